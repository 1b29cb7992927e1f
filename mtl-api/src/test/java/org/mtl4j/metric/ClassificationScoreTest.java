package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

class ClassificationScoreTest {

    private static final List<String> COLOURS = List.of("red", "green", "blue");

    /** red: 3 right, 1 as blue; green: 1 right, 2 as red; blue: never labelled. */
    private static ClassificationScore.Accumulator example() {
        return ClassificationScore.accumulator(COLOURS)
                .add(0, 0)
                .add(0, 0)
                .add(0, 2)
                .add(1, 0)
                .add(1, 1)
                .add(0, 0)
                .add(1, 0);
    }

    @Test
    void accuracy_stands_beside_the_majority_of_the_same_labels() {
        ClassificationScore score = example().result();
        assertThat(score.count()).isEqualTo(7);
        assertThat(score.accuracy()).isCloseTo(4 / 7.0, within(1e-16));
        assertThat(score.majorityClass()).isZero();
        assertThat(score.majorityBaseline()).isCloseTo(4 / 7.0, within(1e-16));
        assertThat(score.count(1, 0)).isEqualTo(2);
        assertThat(score.count(0, 1)).isZero();
        assertThat(score.recall(0)).isEqualTo(0.75);
        assertThat(score.recall(1)).isCloseTo(1 / 3.0, within(1e-16));
        assertThat(score.recall(2)).isNaN();
        assertThat(score.balancedAccuracy()).isCloseTo((0.75 + 1 / 3.0) / 2, within(1e-16));
    }

    @Test
    void the_baseline_is_that_of_the_labels_not_of_the_predictions() {
        ClassificationScore score = ClassificationScore.accumulator(COLOURS)
                .add(0, 2)
                .add(1, 2)
                .add(1, 2)
                .result();
        assertThat(score.majorityClass()).isEqualTo(1);
        assertThat(score.majorityBaseline()).isCloseTo(2 / 3.0, within(1e-16));
        assertThat(score.accuracy()).isZero();
    }

    @Test
    void arrays_are_read_by_their_largest_entry_and_masked_rows_left_out() {
        ClassificationScore score = ClassificationScore.accumulator(COLOURS)
                .add(
                        Nd4j.createFromArray(new float[][] {{1, 0, 0}, {0, 0, 0}, {0, 1, 0}, {0, 0, 1}}),
                        Nd4j.createFromArray(new float[][] {
                            {0.5f, 0.3f, 0.2f}, {1, 0, 0}, {0.4f, 0.4f, 0.2f}, {0, 0, Float.POSITIVE_INFINITY}
                        }),
                        Nd4j.createFromArray(new float[][] {{1}, {0}, {1}, {1}}))
                .result();
        assertThat(score.count()).isEqualTo(3);
        assertThat(score.count(0, 0)).isEqualTo(1);
        assertThat(score.count(1, 0)).isEqualTo(1); // a tie goes to the first
        assertThat(score.count(2)).isEqualTo(1); // infinite: counted, and wrong
        assertThat(score.recall(2)).isZero();
        assertThat(score.accuracy()).isCloseTo(1 / 3.0, within(1e-16));
    }

    @Test
    void parts_merge_to_the_whole() {
        ClassificationScore.Accumulator other =
                ClassificationScore.accumulator(COLOURS).add(2, 1).add(2, 2);
        ClassificationScore score = example().merge(other).result();
        assertThat(score).isEqualTo(example().add(2, 2).add(2, 1).result());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> example().merge(ClassificationScore.accumulator(List.of("a", "b"))))
                .withMessage("cannot merge classes [red, green, blue] with [a, b]");
    }

    @Test
    void a_label_that_is_not_one_hot_is_refused_and_nothing_counted() {
        ClassificationScore.Accumulator score = ClassificationScore.accumulator(COLOURS);
        for (float[] bad : new float[][] {{0, 0, 0}, {1, 1, 0}, {0.5f, 0.5f, 0}, {Float.NaN, 1, 0}, {2, 0, 0}}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            score.add(Nd4j.createFromArray(new float[][] {{1, 0, 0}, bad}), Nd4j.zeros(2, 3), null))
                    .withMessageStartingWith("labels, row 1: expected one 1 and else 0, got [");
        }
        assertThat(score.result().count()).isZero();
        assertThat(score.result().accuracy()).isNaN();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> score.add(Nd4j.zeros(2, 2), Nd4j.zeros(2, 3), null))
                .withMessage("labels: expected shape [examples, 3], got [2, 2]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> score.add(Nd4j.zeros(2, 3), Nd4j.zeros(2, 3), Nd4j.zeros(2, 3)))
                .withMessage("mask: expected shape [2, 1], got [2, 3]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> score.add(
                        Nd4j.zeros(2, 3), Nd4j.zeros(2, 3), Nd4j.ones(2, 1).mul(0.5)))
                .withMessage("mask: entries are 0 or 1, got 0.5 in row 0");
    }

    @Test
    void order_and_probabilities_are_measured_beside_what_knows_only_frequencies() {
        ClassificationScore score = ClassificationScore.accumulator(List.of("no", "yes"))
                .add(
                        Nd4j.createFromArray(new double[][] {{0, 1}, {1, 0}, {0, 1}, {1, 0}}),
                        Nd4j.createFromArray(new double[][] {{0.25, 0.75}, {0.5, 0.5}, {0.5, 0.5}, {0.875, 0.125}}),
                        null)
                .result();
        assertThat(score.rocAuc()).isEqualTo(3.5 / 4); // of four pairs three in order and one a tie
        assertThat(score.averagePrecision()).isCloseTo(0.5 * 1 + 0.5 * 2 / 3, within(1e-15));
        assertThat(score.averagePrecisionBaseline()).isEqualTo(0.5);
        assertThat(score.logLoss()).isCloseTo(-(Math.log(0.75 * 0.25 * 0.875)) / 4, within(1e-15));
        assertThat(score.logLossBaseline()).isCloseTo(Math.log(2), within(1e-15));
        // bins of one example each, but for 0.5, 0.5: |1 - 0.75| + |1 - 1| + |0 - 0.125|, of four
        assertThat(score.calibrationError()).isCloseTo((0.25 + 0 + 0.125) / 4, within(1e-15));
        assertThat(score.precision(0)).isCloseTo(2 / 3.0, within(1e-16)); // of a tie the first class is predicted
    }

    @Test
    void a_prediction_that_is_no_number_is_as_wrong_as_can_be_by_every_measure() {
        double nan = Double.NaN;
        ClassificationScore score = ClassificationScore.accumulator(List.of("no", "yes"))
                .add(
                        Nd4j.createFromArray(new double[][] {{0, 1}, {1, 0}, {0, 1}}),
                        Nd4j.createFromArray(new double[][] {{nan, 0.9}, {0.1, nan}, {0.4, 0.6}}),
                        null)
                .result();
        assertThat(score.accuracy()).isCloseTo(1 / 3.0, within(1e-16));
        assertThat(score.rocAuc()).isZero();
        assertThat(score.logLoss()).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(score.calibrationError()).isCloseTo((1 + 1 + 0.4) / 3, within(1e-15));
        assertThat(score.microF1()).isEqualTo(2 / 6.0); // one hit, two misses, each a false alarm of the other class
        assertThat(score.precision(1)).isEqualTo(0.5); // one hit, and the false alarm of row 1
        assertThat(score.f1(1)).isEqualTo(0.5); // 2 / (2 + one miss + one false alarm)
        assertThat(score.f1(0)).isZero();
        assertThat(score.macroF1()).isEqualTo(0.25);
    }

    @Test
    void a_prediction_that_is_no_number_is_a_false_alarm_of_none_of_three_classes() {
        double nan = Double.NaN;
        ClassificationScore score = ClassificationScore.accumulator(COLOURS)
                .add(
                        Nd4j.createFromArray(new double[][] {{1, 0, 0}, {1, 0, 0}, {0, 1, 0}}),
                        Nd4j.createFromArray(new double[][] {{0.5, 0.25, 0.25}, {nan, 0, 0}, {0, 1, 0}}),
                        null)
                .result();
        assertThat(score.f1(0)).isEqualTo(2 / 3.0); // one hit, one miss
        assertThat(score.f1(1)).isEqualTo(1);
        assertThat(score.microF1()).isEqualTo(4 / 5.0); // two hits, one miss: 4 / (4 + 1)
    }

    @Test
    void scores_that_are_no_probabilities_have_ranks_but_no_log_loss() {
        ClassificationScore score = ClassificationScore.accumulator(COLOURS)
                .add(
                        Nd4j.createFromArray(new double[][] {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}),
                        Nd4j.createFromArray(new double[][] {{3, -1, 0}, {0, 2, 1}, {-5, 0, 7}}),
                        null)
                .result();
        assertThat(score.rocAuc()).isEqualTo(1);
        assertThat(score.logLoss()).isNaN();
        assertThat(score.calibrationError()).isNaN();
        assertThat(example().result().rocAuc()).isNaN(); // only classes were counted
    }

    @Test
    void an_example_of_weight_two_is_two_examples() {
        var labels = Nd4j.createFromArray(new double[][] {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 1, 0}});
        var predictions = Nd4j.createFromArray(
                new double[][] {{0.5, 0.25, 0.25}, {0.5, 0.25, 0.25}, {0.125, 0.125, 0.75}, {0, 0.75, 0.25}});
        ClassificationScore weighted = ClassificationScore.accumulator(COLOURS)
                .add(labels, predictions, null, Nd4j.createFromArray(new double[][] {{2}, {1}, {0}, {2}}))
                .result();
        ClassificationScore.Accumulator repeated = ClassificationScore.accumulator(COLOURS);
        for (double[] mask : new double[][] {{1, 1, 0, 1}, {1, 0, 0, 1}}) {
            repeated.add(labels, predictions, Nd4j.createFromArray(mask).reshape(4, 1));
        }
        ClassificationScore expected = repeated.result();
        assertThat(weighted.count()).isEqualTo(4); // of examples, the one of weight 0 too
        assertThat(weighted.weights()).isEqualTo(expected.weights());
        assertThat(weighted.rankings()).isEqualTo(expected.rankings());
        assertThat(weighted.logLoss()).isEqualTo(expected.logLoss());
        assertThat(weighted.calibrationError()).isEqualTo(expected.calibrationError());
        assertThat(weighted.macroF1()).isEqualTo(expected.macroF1());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClassificationScore.accumulator(COLOURS)
                        .add(labels, predictions, null, Nd4j.createFromArray(new double[][] {{2}, {-1}, {0}, {2}})))
                .withMessage("weights: must be finite and at least 0, got -1.0 in row 1");
    }
}
