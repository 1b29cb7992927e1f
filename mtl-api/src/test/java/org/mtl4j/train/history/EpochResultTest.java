package org.mtl4j.train.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mtl4j.metric.MetricValue;

class EpochResultTest {
    private static final TaskGradients GRADIENTS = new TaskGradients(
            4,
            List.of(
                    new TaskGradients.Norm("age", 4, 0.5, 0.25, 1),
                    new TaskGradients.Norm("smile", 3, 0.1, 1e-300, Double.MIN_VALUE)),
            List.of(new TaskGradients.Cosine("age", "smile", 3, -0.1, -1, 0.3333333333333333, 2.0 / 3)));

    /** With something in each of its parts. */
    private static EpochResult full() {
        return EpochResult.builder(3)
                .iterations(40)
                .learningRate(0.1)
                .score(2)
                .trainingLoss(Map.of("age", 1.0))
                .relatedness(0.5)
                .validationLoss(Map.of("age", 1.5))
                .lossWeights(Map.of("age", 7.0))
                .alphas(List.of(new AlphaState("fc", "a", "b", 0.1, 0, 0.2)))
                .ties(List.of(new RelatednessState("fc", List.of("a", "b"), 3, Map.of("a", 1.0))))
                .validationMetrics(Map.of("age", Map.of("MAE", new MetricValue(1, 2))))
                .units(List.of(new UnitState("fc", "weight", "a", "b", 1, 0, 2)))
                .gradients(Optional.of(GRADIENTS))
                .exampleWeights(Optional.of(ExampleWeights.of(0.5, 0.25)))
                .build();
    }

    @Test
    void a_builder_of_a_result_has_all_of_it() {
        assertThat(full().toBuilder().build())
                .isEqualTo(full())
                .isNotEqualTo(EpochResult.builder(3).build());
        EpochResult empty = EpochResult.builder(2).build();
        assertThat(empty.toBuilder().build()).isEqualTo(empty);
        assertThat(empty.learningRate()).isNaN();
        assertThat(empty.score()).isNaN();
        assertThat(empty.gradients()).isEmpty();
        assertThat(empty.exampleWeights()).isEmpty();
    }

    @Test
    void gradients_and_weights_come_back_from_json_and_older_histories_have_none() {
        TrainingHistory history = new TrainingHistory(List.of(full()), List.of());
        String json = history.toJson();
        assertThat(TrainingHistory.fromJson(json)).isEqualTo(history);
        assertThat(json.replaceAll("\\s", ""))
                .contains("\"gradients\":{\"steps\":4,\"norms\":[{"
                        + "\"task\":\"age\",\"steps\":4,\"mean\":0.5,\"least\":0.25,")
                .contains("\"exampleWeights\":{\"examples\":2,\"sum\":0.75,\"squares\":0.3125,\"least\":0.25,");
        EpochResult without = full().toBuilder()
                .gradients(Optional.empty())
                .exampleWeights(Optional.empty())
                .build();
        TrainingHistory older = new TrainingHistory(List.of(without), List.of());
        assertThat(older.toJson()).doesNotContain("gradients", "exampleWeights");
        assertThat(TrainingHistory.fromJson(older.toJson())).isEqualTo(older);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrainingHistory.fromJson(json.replace("conflicts", "conflict")))
                .withMessageContaining("conflicts");
    }

    @Test
    void pairs_are_found_in_either_order() {
        assertThat(GRADIENTS.cosine("smile", "age"))
                .isEqualTo(GRADIENTS.cosine("age", "smile"))
                .isPresent();
        assertThat(GRADIENTS.cosine("age", "age")).isEmpty();
        assertThat(GRADIENTS.norm("age").orElseThrow().mean()).isEqualTo(0.5);
        assertThat(GRADIENTS.norm("other")).isEmpty();
    }

    /** (1 + 2 + 3)² / (1 + 4 + 9). */
    @Test
    void the_effective_number_is_that_of_kish() {
        ExampleWeights weights = ExampleWeights.of(1, 2, 3);
        assertThat(weights.effective()).isCloseTo(36.0 / 14, within(1e-15));
        assertThat(ExampleWeights.of(0.1, 0.1, 0.1).effective()).isCloseTo(3, within(1e-12));
        assertThat(ExampleWeights.of(0, 0).effective()).isZero();
        assertThat(weights.plus(ExampleWeights.ones(2))).isEqualTo(new ExampleWeights(5, 8, 16, 1, 3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ExampleWeights.of(1, Double.NaN))
                .withMessageContaining("sum");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TaskGradients(0, List.of(), List.of()))
                .withMessageContaining("steps");
    }
}
