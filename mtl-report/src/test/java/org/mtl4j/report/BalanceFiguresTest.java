package org.mtl4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TaskGradients;
import org.mtl4j.train.history.TaskGradients.Cosine;
import org.mtl4j.train.history.TaskGradients.Norm;

class BalanceFiguresTest {
    private static EpochResult epoch(int number, double weight, TaskGradients gradients) {
        return EpochResult.builder(number)
                .lossWeights(Map.of("age", weight, "smile", 1.0))
                .gradients(Optional.ofNullable(gradients))
                .build();
    }

    private static TaskGradients pair(double mean, double conflicts) {
        return new TaskGradients(
                8,
                List.of(new Norm("age", 8, 0.001, 0.001, 0.002), new Norm("smile", 8, 2, 1, 3)),
                List.of(new Cosine("age", "smile", 8, mean, mean - 0.25, mean + 0.25, conflicts)));
    }

    private static List<String> names(Section section) {
        return section.figures().stream().map(Figure::name).toList();
    }

    @Test
    void nothing_is_shown_of_weights_that_stay_and_gradients_that_nobody_looked_at() {
        assertThat(BalanceFigures.section(List.of(epoch(0, 2, null), epoch(1, 2, null))))
                .isEmpty();
    }

    @Test
    void weights_that_change_are_drawn() {
        Section section = BalanceFigures.section(List.of(epoch(0, 2, null), epoch(1, 3, null)))
                .orElseThrow();
        assertThat(names(section)).containsExactly("task-weights");
        assertThat(section.figures().get(0).caption()).contains("age 3.000").contains("smile 1.000");
        assertThat(section.tables()).isEmpty();
    }

    @Test
    void cosines_conflicts_and_lengths_of_a_pair_are_drawn() {
        Section section = BalanceFigures.section(
                        List.of(epoch(0, 2, pair(0.5, 0)), epoch(1, 2, pair(-0.25, 0.75)), epoch(2, 2, null)))
                .orElseThrow();
        assertThat(names(section)).containsExactly("gradient-cosines", "gradient-conflicts", "gradient-lengths");
        assertThat(section.figures().get(0).caption())
                .contains("In epoch 2 least between age and smile: -0.250 in the mean, from -0.500 to 0.000");
        assertThat(section.figures().get(1).caption()).contains("In epoch 2 at most 75 %, between age and smile");
        assertThat(section.figures().get(2).caption()).contains("age 0.001000, smile 2.000");
        assertThat(section.figures().get(2).html())
                .contains(">0.01<", ">0.1<", ">1<")
                .doesNotContain(">0.5<");
        assertThat(section.tables().get(0).rows())
                .containsExactly(List.of("age, smile", "8", "-0.250", "-0.500", "0.000", "75 %"));
    }

    @Test
    void of_many_pairs_those_are_drawn_over_the_epochs_that_conflict_most() {
        List<Norm> norms = new ArrayList<>();
        List<Cosine> cosines = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            norms.add(new Norm("t" + i, 1, 1, 1, 1));
            for (int j = i + 1; j < 5; j++) {
                double cosine = 0.1 * (i + j) - 0.35; // t0 and t1 conflict most
                cosines.add(new Cosine("t" + i, "t" + j, 1, cosine, cosine, cosine, cosine < 0 ? 1 : 0));
            }
        }
        Section section = BalanceFigures.section(List.of(epoch(0, 1, new TaskGradients(1, norms, cosines))))
                .orElseThrow();
        assertThat(names(section))
                .containsExactly(
                        "gradient-cosines", "gradient-conflicts", "gradient-cosine-matrix", "gradient-lengths");
        assertThat(section.figures().get(0).caption())
                .contains("of the 6 pairs that conflict most")
                .contains("between t0 and t1: -0.250");
        assertThat(section.figures().get(0).html()).contains("t0, t1").doesNotContain("t3, t4");
        assertThat(section.figures().get(2).html()).contains(">-0.25<", ">0.35<");
        assertThat(section.tables().get(0).rows()).hasSize(10);
    }
}
