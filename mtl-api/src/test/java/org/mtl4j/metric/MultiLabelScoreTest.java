package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

class MultiLabelScoreTest {

    private static final List<String> NAMES = List.of("hat", "scarf");

    @Test
    void each_label_has_its_own_score() {
        MultiLabelScore score = MultiLabelScore.accumulator(NAMES)
                .add(
                        Nd4j.createFromArray(new double[][] {{1, 0}, {0, 0}, {1, 1}, {1, 0}}),
                        Nd4j.createFromArray(new double[][] {{0.5, 0.2}, {0.7, 0.49}, {0.4, 0.9}, {Double.NaN, 0.6}}),
                        null)
                .result();
        // hat: 0.5 is yes; row 1 and 2 wrong, NaN wrong: 1 of 4, majority 3 of 4. scarf: 3 of 4, majority 3 of 4
        assertThat(score.label(0).accuracy()).isEqualTo(0.25);
        assertThat(score.label(0).majorityBaseline()).isEqualTo(0.75);
        assertThat(score.label(1).accuracy()).isEqualTo(0.75);
        assertThat(score.label(1).recall(1)).isEqualTo(1);
        assertThat(score.accuracy()).isEqualTo(0.5);
        assertThat(score.majorityBaseline()).isEqualTo(0.75);
    }

    @Test
    void an_infinite_prediction_is_never_right() {
        MultiLabelScore score = MultiLabelScore.accumulator(NAMES)
                .add(
                        Nd4j.createFromArray(new double[][] {{1, 0}}),
                        Nd4j.createFromArray(new double[][] {{Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}}),
                        null)
                .result();
        assertThat(score.accuracy()).isZero();
    }

    @Test
    void a_prediction_that_is_no_number_of_a_row_without_the_label_is_a_false_alarm_of_yes() {
        double nan = Double.NaN;
        MultiLabelScore score = MultiLabelScore.accumulator(NAMES)
                .add(
                        Nd4j.createFromArray(new double[][] {{1, 1}, {0, 0}, {0, 1}}),
                        Nd4j.createFromArray(new double[][] {{0.9, 0.9}, {nan, 0.1}, {0.1, nan}}),
                        null)
                .result();
        assertThat(score.label(0).f1(1)).isEqualTo(2 / 3.0); // one hit, one false alarm
        assertThat(score.label(1).f1(1)).isEqualTo(2 / 3.0); // one hit, one miss
        assertThat(score.macroF1()).isEqualTo(2 / 3.0);
        assertThat(score.microF1()).isEqualTo(4 / 6.0); // two hits, one miss, one false alarm
        assertThat(score.label(0).precision(1)).isEqualTo(0.5);
    }

    @Test
    void labels_are_masked_by_row_or_one_by_one() {
        var labels = Nd4j.createFromArray(new double[][] {{1, 7}, {0, 1}}); // 7 is masked out
        var prediction = Nd4j.createFromArray(new double[][] {{0.9, 0.9}, {0.9, 0.9}});
        MultiLabelScore single = MultiLabelScore.accumulator(NAMES)
                .add(labels, prediction, Nd4j.createFromArray(new double[][] {{1, 0}, {1, 1}}))
                .result();
        assertThat(single.label(0).count()).isEqualTo(2);
        assertThat(single.label(1).count()).isEqualTo(1);
        assertThat(single.accuracy()).isCloseTo(0.75, within(1e-16)); // (1/2 + 1/1) / 2
        MultiLabelScore rows = MultiLabelScore.accumulator(NAMES)
                .add(labels, prediction, Nd4j.createFromArray(new double[][] {{0}, {1}}))
                .result();
        assertThat(rows.label(0).count()).isEqualTo(1);
        assertThat(rows.accuracy()).isEqualTo(0.5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MultiLabelScore.accumulator(NAMES).add(labels, prediction, null))
                .withMessage("labels, row 0: 'scarf' must be 0 or 1, got 7.0");
    }

    @Test
    void parts_merge_to_the_whole() {
        var yes = Nd4j.ones(1, 2);
        var no = Nd4j.zeros(1, 2);
        MultiLabelScore.Accumulator first = MultiLabelScore.accumulator(NAMES).add(yes, yes, null);
        MultiLabelScore.Accumulator second = MultiLabelScore.accumulator(NAMES).add(no, yes, null);
        assertThat(first.merge(second).result())
                .isEqualTo(MultiLabelScore.accumulator(NAMES)
                        .add(no, yes, null)
                        .add(yes, yes, null)
                        .result());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> first.merge(MultiLabelScore.accumulator(List.of("hat"))))
                .withMessage("cannot merge labels [hat, scarf] with [hat]");
    }
}
