package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class RegressionScoreTest {

    @Test
    void squared_and_absolute_errors_per_output_and_over_all() {
        RegressionScore score = RegressionScore.accumulator(2)
                .add(
                        Nd4j.createFromArray(new double[][] {{1, 10}, {2, 20}}),
                        Nd4j.createFromArray(new double[][] {{1.5, 7}, {2, 21}}),
                        null)
                .result();
        assertThat(score.squaredError(0)).isEqualTo(0.125); // (0.25 + 0) / 2
        assertThat(score.squaredError(1)).isEqualTo(5); // (9 + 1) / 2
        assertThat(score.absoluteError(0)).isEqualTo(0.25);
        assertThat(score.absoluteError(1)).isEqualTo(2);
        assertThat(score.squaredError()).isEqualTo(2.5625); // 10.25 / 4
        assertThat(score.absoluteError()).isEqualTo(1.125); // 4.5 / 4
        assertThat(score.count(1)).isEqualTo(2);
    }

    @Test
    void the_mean_over_all_weighs_numbers_not_outputs() {
        RegressionScore score = RegressionScore.accumulator(2)
                .add(
                        Nd4j.createFromArray(new double[][] {{0, 0}, {0, Double.NaN}, {0, 0}}),
                        Nd4j.createFromArray(new double[][] {{3, 1}, {3, 1}, {3, 1}}),
                        Nd4j.createFromArray(new double[][] {{1, 1}, {1, 0}, {0, 0}}))
                .result();
        assertThat(score.count(0)).isEqualTo(2);
        assertThat(score.count(1)).isEqualTo(1);
        assertThat(score.absoluteError()).isCloseTo(7 / 3.0, within(1e-15)); // (3 + 3 + 1) / 3
        assertThat(RegressionScore.accumulator(2).result().squaredError()).isNaN();
    }

    @Test
    void a_prediction_that_is_no_number_is_an_infinite_error_and_such_a_label_a_fault() {
        RegressionScore.Accumulator score = RegressionScore.accumulator(1);
        INDArray zero = Nd4j.zeros(1, 1);
        INDArray nan = Nd4j.createFromArray(new double[][] {{Double.NaN}});
        assertThat(score.add(zero, nan, null).result().squaredError()).isEqualTo(Double.POSITIVE_INFINITY);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> score.add(nan, zero, null))
                .withMessage("labels, row 0, output 0: must be finite, got NaN");
    }

    @Test
    void batches_and_merges_do_not_change_a_bit() {
        Random random = new Random(3);
        int rows = 300;
        double[][] labels = new double[rows][2];
        double[][] predictions = new double[rows][2];
        for (int row = 0; row < rows; row++) {
            for (int output = 0; output < 2; output++) {
                labels[row][output] = random.nextGaussian() * 1e6;
                predictions[row][output] = random.nextGaussian();
            }
        }
        RegressionScore whole = RegressionScore.accumulator(2)
                .add(Nd4j.createFromArray(labels), Nd4j.createFromArray(predictions), null)
                .result();
        RegressionScore.Accumulator[] parts = {
            RegressionScore.accumulator(2), RegressionScore.accumulator(2), RegressionScore.accumulator(2)
        };
        for (int row = rows - 1; row >= 0; row--) {
            parts[row % 3].add(
                    Nd4j.createFromArray(new double[][] {labels[row]}),
                    Nd4j.createFromArray(new double[][] {predictions[row]}),
                    null);
        }
        assertThat(parts[2].merge(parts[0]).merge(parts[1]).result()).isEqualTo(whole);
    }

    @Test
    void errors_stand_beside_those_of_one_number_for_all() {
        RegressionScore score = RegressionScore.accumulator(1)
                .add(
                        Nd4j.createFromArray(new double[][] {{0}, {1}, {8}}),
                        Nd4j.createFromArray(new double[][] {{1}, {2}, {9}}),
                        null)
                .result();
        assertThat(score.squaredErrorBaseline()).isCloseTo((9 + 4 + 25) / 3.0, within(1e-14)); // about their mean, 3
        assertThat(score.absoluteErrorBaseline()).isCloseTo((1 + 0 + 7) / 3.0, within(1e-15)); // about their median, 1
        assertThat(score.r2()).isCloseTo(1 - 3 / 38.0, within(1e-15));
        assertThat(score.explainedVariance()).isEqualTo(1); // all are off by the same
    }

    @Test
    void a_variance_is_right_however_far_from_zero_the_labels_lie() {
        double far = 1L << 40; // its square has 81 bits
        RegressionScore score = RegressionScore.accumulator(1)
                .add(
                        Nd4j.createFromArray(new double[][] {{far - 0.5}, {far + 0.5}}),
                        Nd4j.createFromArray(new double[][] {{far}, {far}}),
                        null)
                .result();
        assertThat(score.squaredErrorBaseline()).isEqualTo(0.25);
        assertThat(score.r2()).isZero();
    }
}
