package org.mtl4j.internal.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.mtl4j.internal.data.Rows.NewFloats;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class RowsTest {
    private static final INDArray WHOLE = Nd4j.arange(40).castTo(DataType.FLOAT).reshape(10, 4);

    /** A view begins somewhere in the memory of the whole. */
    @Test
    void rows_of_a_view_are_read_from_its_first_number_on() {
        INDArray view = WHOLE.get(NDArrayIndex.interval(3, 8), NDArrayIndex.all());
        Rows.Floats rows = Objects.requireNonNull(Rows.Floats.of(view));
        int[] some = new int[8];
        rows.read(4, some);
        assertThat(floats(some)).containsExactly(16, 17, 18, 19, 20, 21, 22, 23);
        rows.read(0, some);
        assertThat(floats(some)).containsExactly(12, 13, 14, 15, 16, 17, 18, 19);
        assertThat(Rows.floats(view)).startsWith(12, 13).hasSize(20);
        assertThat(Rows.numbers(view)).startsWith(12, 13).hasSize(20);
    }

    @Test
    void columns_of_a_view_are_read_row_by_row() {
        INDArray view = WHOLE.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 3));
        Rows.Floats rows = Objects.requireNonNull(Rows.Floats.of(view));
        int[] some = new int[4];
        rows.read(2, some);
        assertThat(floats(some)).containsExactly(5, 6, 9, 10);
        INDArray turned = WHOLE.transpose();
        Objects.requireNonNull(Rows.Floats.of(turned)).read(0, some);
        assertThat(floats(some)).containsExactly(0, 4, 8, 12);
    }

    private static float[] floats(int... bits) {
        float[] floats = new float[bits.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = Float.intBitsToFloat(bits[i]);
        }
        return floats;
    }

    private static float[] numbers(int count) {
        Random random = new Random(count);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = random.nextFloat() - 0.5f;
        }
        return numbers;
    }

    @Test
    void arrays_are_those_of_nd4j() {
        for (long[] shape : new long[][] {{1}, {7}, {3, 5}, {2, 1, 4, 4}, {1, 1}, {}}) {
            int length = 1;
            for (long size : shape) {
                length *= (int) size;
            }
            float[] values = numbers(length);
            INDArray expected = Nd4j.create(values, shape, 'c');
            INDArray array = Rows.array(values, shape);
            assertThat(array).isEqualTo(expected);
            assertThat(array.shape()).isEqualTo(shape);
            assertThat(array.dataType()).isEqualTo(DataType.FLOAT);
            assertThat(array.ordering()).isEqualTo('c');
            values[0] += 1; // copied
            assertThat(array).isEqualTo(expected);
        }
    }

    @Test
    void another_number_of_values_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Rows.array(new float[5], 2, 3))
                .withMessage("an array [2, 3] has 6 numbers, got 5");
    }

    @Test
    void pieces_are_written_by_several_threads_to_places_of_their_own() throws InterruptedException {
        float[] all = numbers(64 * 300);
        NewFloats floats = new NewFloats(64, 300);
        List<Thread> threads = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            int first = thread;
            threads.add(new Thread(() -> {
                float[] piece = new float[300];
                for (int row = first; row < 64; row += 4) {
                    System.arraycopy(all, row * 300, piece, 0, 300);
                    floats.write(row * 300, piece);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(Rows.floats(floats.array())).isEqualTo(all);
        assertThat(floats.array()).isEqualTo(Nd4j.create(all, new long[] {64, 300}, 'c'));
    }

    @Test
    void pieces_beyond_the_end_are_refused() {
        NewFloats floats = new NewFloats(2, 3);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> floats.write(4, new float[3]));
    }
}
