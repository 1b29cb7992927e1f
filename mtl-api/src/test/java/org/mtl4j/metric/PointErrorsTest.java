package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class PointErrorsTest {

    /** Two points; errors 3-4-5 / 100 = 0.05 and 0, then 6-8-10 / 50 = 0.2 and 1 / 50 = 0.02. */
    private static PointErrors.Accumulator example() {
        return PointErrors.accumulator(2, 0.05)
                .add(new double[] {10, 10, 50, 50}, new double[] {13, 14, 50, 50}, 100)
                .add(new double[] {10, 10, 50, 50}, new double[] {4, 2, 51, 50}, 50);
    }

    @Test
    void means_and_rates_over_points_and_images() {
        PointErrors errors = example().result();
        assertThat(errors.toArray()).isDeepEqualTo(new double[][] {{0.05, 0}, {0.2, 0.02}});
        assertThat(errors.meanError(0)).isEqualTo(0.125); // (0.05 + 0.2) / 2
        assertThat(errors.meanError(1)).isEqualTo(0.01);
        assertThat(errors.meanError()).isCloseTo(0.0675, within(1e-17)); // 0.27 / 4, rounded twice
        assertThat(errors.failureRate(0)).isEqualTo(0.5); // exactly 0.05 is no failure
        assertThat(errors.failureRate(1)).isZero();
        assertThat(errors.failureRate()).isEqualTo(0.25);
        assertThat(errors.imageError(1)).isEqualTo(0.11);
        assertThat(errors.imageFailureRate()).isEqualTo(0.5); // image means 0.025 and 0.11
        assertThat(errors.shareWithin(0.05)).isEqualTo(0.75);
        assertThat(errors.shareWithin(0.049)).isEqualTo(0.5);
    }

    @Test
    void image_and_point_failures_differ() {
        // one bad point in each image: half of the points fail, but no image mean does
        PointErrors errors = PointErrors.accumulator(2, 0.1)
                .add(new double[] {0, 0, 0, 0}, new double[] {0.15, 0, 0, 0}, 1)
                .result();
        assertThat(errors.failureRate()).isEqualTo(0.5);
        assertThat(errors.imageFailureRate()).isZero();
        assertThat(errors.withThreshold(0.07).imageFailureRate()).isEqualTo(1);
    }

    @Test
    void both_array_shapes_are_read_alike_and_masked_images_left_out() {
        INDArray truth =
                Nd4j.createFromArray(new double[][] {{10, 10, 50, 50}, {Double.NaN, 0, 0, 0}, {10, 10, 50, 50}});
        INDArray prediction = Nd4j.createFromArray(new double[][] {{13, 14, 50, 50}, {0, 0, 0, 0}, {4, 2, 51, 50}});
        INDArray mask = Nd4j.createFromArray(new double[][] {{1}, {0}, {1}});
        double[] widths = {100, 0, 50}; // the normaliser of an image that is left out does not matter
        PointErrors expected = example().result();
        assertThat(PointErrors.accumulator(2, 0.05)
                        .add(truth, prediction, widths, mask)
                        .result())
                .isEqualTo(expected);
        assertThat(PointErrors.accumulator(2, 0.05)
                        .add(truth.reshape(3, 2, 2), prediction.reshape(3, 2, 2), widths, mask)
                        .result())
                .isEqualTo(expected);
    }

    @Test
    void a_prediction_that_is_no_number_is_an_infinite_error() {
        PointErrors errors = PointErrors.accumulator(2, 0.05)
                .add(new double[] {1, 1, 2, 2}, new double[] {Double.NaN, 1, 2, 2}, 10)
                .add(new double[] {1, 1, 2, 2}, new double[] {1, 1, 2, Double.NEGATIVE_INFINITY}, 10)
                .result();
        assertThat(errors.toArray())
                .isDeepEqualTo(new double[][] {{Double.POSITIVE_INFINITY, 0}, {0, Double.POSITIVE_INFINITY}});
        assertThat(errors.failureRate()).isEqualTo(0.5);
        assertThat(errors.imageFailureRate()).isEqualTo(1);
        assertThat(errors.meanError()).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @Test
    void faults_of_the_data_are_named_and_add_nothing() {
        PointErrors.Accumulator errors = PointErrors.accumulator(1, 0.05);
        double[][] good = {{1, 1}, {2, 2}};
        assertThatIllegalArgumentException()
                .isThrownBy(() -> errors.add(new double[][] {{1, 1}, {2, Double.NaN}}, good, new double[] {1, 1}))
                .withMessage("image 1, point 0: the truth must be finite, got (2.0, NaN)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> errors.add(good, good, new double[] {1, Double.NaN}))
                .withMessage("image 1: the normaliser must be finite and above 0, got NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> errors.add(good, good, new double[] {1, 0}))
                .withMessageContaining("got 0.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> errors.add(good, new double[][] {{1, 1}}, new double[] {1, 1}))
                .withMessage("2 examples in the truth, but 1 in the prediction");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> errors.add(good, new double[][] {{1, 1}, {1, 1, 1}}, new double[] {1, 1}))
                .withMessage("image 1: 1 points have 2 coordinates, got 3 in the prediction");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> errors.add(Nd4j.zeros(2, 4), Nd4j.zeros(2, 2), new double[] {1, 1}, null))
                .withMessage("truth: expected shape [images, 1, 2] or [images, 2], got [2, 4]");
        assertThat(errors.result().images()).isZero();
    }

    @Test
    void no_images_have_no_score() {
        PointErrors none = PointErrors.accumulator(5, 0.05).result();
        assertThat(none.meanError()).isNaN();
        assertThat(none.failureRate()).isNaN();
        assertThat(none.imageFailureRate()).isNaN();
    }

    @Test
    void a_threshold_that_is_no_number_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PointErrors.accumulator(5, Double.NaN))
                .withMessage("PointErrors: threshold must be at least 0, got NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PointErrors.accumulator(5, 0.1).merge(PointErrors.accumulator(5, 0.05)))
                .withMessageContaining("threshold 0.1 with 5 points, threshold 0.05");
    }

    @Test
    void figures_over_images_are_those_of_papers() {
        // mean errors of the images: 0.02, 0.06, 0.15
        PointErrors errors = new PointErrors(2, 0.1, List.of(0.01, 0.03, 0.04, 0.08, 0.1, 0.2));
        assertThat(errors.normalizedMeanError()).isCloseTo(0.23 / 3, within(1e-15));
        assertThat(errors.imageFailureRate()).isEqualTo(1 / 3.0);
        assertThat(errors.imageShareWithin(0.06)).isEqualTo(2 / 3.0);
        // the steps of the distribution: 1/3 from 0.02 on, 2/3 from 0.06 on; up to 0.1: (0.04 + 2 * 0.04) / 3 / 0.1
        assertThat(errors.areaWithin(0.1)).isCloseTo(0.4, within(1e-15));
        assertThat(errors.areaWithin(0.2)).isCloseTo((0.9 + 0.7 + 0.25) / 3, within(1e-15));
        assertThat(new PointErrors(1, 0.1, List.of(0.0, Double.POSITIVE_INFINITY)).areaWithin(0.07))
                .isEqualTo(0.5);
        assertThat(new PointErrors(1, 0.1, List.of()).areaWithin(0.07)).isNaN();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> errors.areaWithin(0))
                .withMessage("PointErrors: limit must be finite and above 0, got 0.0");
    }

    @Test
    void unknown_points_are_left_out() {
        PointErrors errors = PointErrors.accumulator(2, 0.1)
                .add(new double[] {0, 0, 3, 4}, new double[] {0, 0, 0, 0}, 10, new boolean[] {true, true})
                .add(new double[] {0, 0, 7, 7}, new double[] {0, 3, 0, 0}, 10, new boolean[] {true, false})
                .result();
        assertThat(errors.toArray()[1]).containsExactly(0.3, Double.NaN);
        assertThat(errors.count(0)).isEqualTo(2);
        assertThat(errors.count(1)).isEqualTo(1);
        assertThat(errors.meanError(1)).isEqualTo(0.5);
        assertThat(errors.meanError()).isCloseTo(0.8 / 3, within(1e-15)); // over points
        assertThat(errors.normalizedMeanError()).isCloseTo((0.25 + 0.3) / 2, within(1e-15)); // over images
        assertThat(errors.failureRate()).isEqualTo(2 / 3.0);
        assertThat(errors.failureRate(1)).isEqualTo(1);
        assertThat(errors.shareWithin(0.3)).isEqualTo(2 / 3.0);
        // the same by arrays: a point is unknown if one of its coordinates is, an image if all its points are
        INDArray truth = Nd4j.createFromArray(new double[][] {{0, 0, 3, 4}, {0, 0, 7, 7}, {1, 1, 1, 1}});
        INDArray prediction = Nd4j.createFromArray(new double[][] {{0, 0, 0, 0}, {0, 3, 0, 0}, {9, 9, 9, 9}});
        INDArray mask = Nd4j.createFromArray(new double[][] {{1, 1, 1, 1}, {1, 1, 1, 0}, {1, 0, 0, 1}});
        assertThat(PointErrors.accumulator(2, 0.1)
                        .add(truth, prediction, new double[] {10, 10, 10}, mask)
                        .result())
                .isEqualTo(errors);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PointErrors.accumulator(1, 0.1)
                        .add(new double[] {0, 0}, new double[] {0, 0}, 1, new boolean[] {false}))
                .withMessage("image 0: no point is known");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PointErrors(2, 0.1, List.of(1.0, 2.0, Double.NaN, Double.NaN)))
                .withMessage("image 1: the error of no point is known");
    }
}
