package org.mtl4j.dl4j.internal.cpu.convolution;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** One example of one channel, whose output of four rows and four columns is pooled two by two. */
class PooledOutputTest {
    private static final int[] WINDOW = {2, 2};

    private final INDArray pooled = Nd4j.create(DataType.FLOAT, new long[] {1, 1, 2, 2}, 'f');
    private final INDArray places = Nd4j.create(DataType.FLOAT, new long[] {1, 1, 2, 2}, 'f');

    private void pool(double[]... rows) {
        OutputColumns.Sink sink = new PooledOutput(pooled, places, WINDOW).sink(new ColumnArrays(4));
        for (int column = 0; column < 4; column++) {
            float[] array = sink.array(column);
            for (int row = 0; row < 4; row++) {
                array[row] = (float) rows[row][column];
            }
            sink.put(column, 0, 4);
        }
    }

    @Test
    void of_equal_numbers_in_a_window_the_first_is_the_largest_row_by_row() {
        pool(new double[] {0, 2, 1, 1}, new double[] {2, 2, 1, 1}, new double[] {0, 0, 3, 4}, new double[] {5, 5, 4, 3
        });
        assertThat(pooled)
                .isEqualTo(Nd4j.createFromArray(new float[] {2, 1, 5, 4}).reshape(1, 1, 2, 2));
        assertThat(places)
                .isEqualTo(Nd4j.createFromArray(new float[] {1, 0, 2, 1}).reshape(1, 1, 2, 2));
    }

    @Test
    void numbers_that_differ_by_the_least_differ_and_none_below_zero_counts() {
        double least = Float.MIN_VALUE;
        float large = Float.MAX_VALUE;
        pool(
                new double[] {-1, -least, 0, least},
                new double[] {-0.0, 0, 2 * least, least},
                new double[] {large, Math.nextDown(large), 1, Math.nextUp(1f)},
                new double[] {-large, 0, Math.nextUp(1f), 1});
        assertThat(pooled.dup('c').data().asFloat()).containsExactly(0, 2 * (float) least, large, Math.nextUp(1f));
        assertThat(places.dup('c').data().asFloat()).containsExactly(-1, 2, 0, 1);
    }

    @Test
    void what_is_not_a_number_stays_so() {
        pool(new double[] {1, 2, 1, 1}, new double[] {Double.NaN, 0, 1, 1}, new double[4], new double[4]);
        assertThat(pooled.getFloat(0, 0, 0, 0)).isNaN();
        assertThat(pooled.getFloat(0, 0, 0, 1)).isOne();
    }

    @Test
    void a_gradient_goes_to_the_largest_and_some_rows_of_windows_can_be_asked_for() {
        pool(new double[] {0, 2, 1, 1}, new double[] {3, 2, 0, 1}, new double[] {0, 0, 3, 5}, new double[4]);
        INDArray epsilon = Nd4j.createFromArray(new float[] {10, 20, 30, 40})
                .reshape(1, 1, 2, 2)
                .dup('f');
        ColumnArrays arrays = new ColumnArrays(4);
        OutputColumns.Source source = new PooledOutput(epsilon, places, WINDOW).source(arrays);
        source.get(0, 4, 0, 4);
        assertThat(arrays.of(ColumnArrays.DELTAS)).startsWith(0, 10, 0, 0);
        assertThat(arrays.of(ColumnArrays.DELTAS + 1)).startsWith(0, 0, 0, 0);
        assertThat(arrays.of(ColumnArrays.DELTAS + 2)).startsWith(20, 0, 0, 0);
        assertThat(arrays.of(ColumnArrays.DELTAS + 3)).startsWith(0, 0, 40, 0);
        source.get(2, 2, 1, 2);
        assertThat(arrays.of(ColumnArrays.DELTAS)).startsWith(0, 0);
        assertThat(arrays.of(ColumnArrays.DELTAS + 1)).startsWith(0, 40);
    }
}
