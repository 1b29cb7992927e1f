package org.mtl4j.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mtl4j.layer.Shape;
import org.mtl4j.relatedness.GroupRelatedness;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.relatedness.WeightRelatednessRegularizer.Pair;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.RelatednessState;

/** Regularizers over groups of towers, beside those over pairs. */
class GroupRegularizerTest {
    private static final WeightRelatednessRegularizer TRACE_NORM = WeightRelatednessRegularizer.over("fc1", "fc2")
            .withRelatedness(GroupRelatedness.traceNorm())
            .withStrength(0.01);

    private static NetworkBuilder towers() {
        return MultiTaskNetwork.builder(Shape.vector(4))
                .tower("a", SplitHead.of(Task.regression("x", 1)))
                .tower("b", SplitHead.of(Task.regression("y", 1)))
                .tower("c", SplitHead.of(Task.regression("z", 1)))
                .dense("fc1", 3)
                .dense("fc2", 2);
    }

    @Test
    void a_function_of_all_towers_has_one_term_for_each_layer() {
        MultiTaskNetwork network = towers().regularize(TRACE_NORM).build();
        assertThat(network.regularizedGroups()).containsExactly(List.of("a", "b", "c"));
        assertThat(network.regularizedPairs()).isEmpty();
        assertThat(network.toString()).contains("a & b & c", "relatedness trace-norm, strength 0.01");
        assertThat(TRACE_NORM.describe()).isEqualTo("trace-norm, strength 0.01, over fc1, fc2");
    }

    @Test
    void towers_can_be_named_for_functions_of_pairs_and_of_all() {
        MultiTaskNetwork some = towers().regularize(TRACE_NORM.among("c", "a")).build();
        assertThat(some.regularizedGroups()).containsExactly(List.of("c", "a"));
        assertThat(some.regularizer().orElseThrow().describe()).endsWith("over fc1, fc2, among [c, a]");
        MultiTaskNetwork pairs = towers().regularize(
                        TRACE_NORM.withRelatedness(Relatedness.l2()).among("c", "a"))
                .build();
        assertThat(pairs.regularizedPairs()).containsExactly(new Pair("c", "a"));
        assertThat(pairs.regularizedGroups()).containsExactly(List.of("c", "a"));
        assertThat(pairs.toString()).contains("c -> a");
    }

    @Test
    void json_keeps_function_and_towers() {
        for (GroupRelatedness function :
                List.of(GroupRelatedness.traceNorm(), GroupRelatedness.tuckerTraceNorm(), Relatedness.l2())) {
            MultiTaskNetwork network = towers().regularize(
                            TRACE_NORM.withRelatedness(function).among("a", "b"))
                    .build();
            assertThat(MultiTaskNetwork.fromJson(network.toJson())).isEqualTo(network);
        }
        assertThat(towers().regularize(TRACE_NORM).build().toJson())
                .contains("\"trace-norm\"")
                .doesNotContain("org.mtl4j");
    }

    @Test
    void a_state_of_two_towers_is_that_of_a_pair() {
        RelatednessState two = new RelatednessState("fc1", new Pair("a", "b"), 1, Map.of());
        assertThat(two).isEqualTo(new RelatednessState("fc1", List.of("a", "b"), 1, Map.of()));
        assertThat(two.pair()).isEqualTo(new Pair("a", "b"));
        assertThat(two.between()).isEqualTo("a -> b");
        RelatednessState three = new RelatednessState("fc1", List.of("a", "b", "c"), 1, Map.of());
        assertThat(three.between()).isEqualTo("a, b, c");
        assertThatThrownBy(three::pair)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("layer 'fc1': [a, b, c] are no pair of towers");
    }

    @Test
    void what_does_not_fit_is_refused() {
        refused(
                () -> TRACE_NORM.withPair("a", "b"),
                "'trace-norm' is a function of all towers at once, so there are no pairs of towers, got [a -> b];"
                        + " name towers by among(...)");
        WeightRelatednessRegularizer pairwise = TRACE_NORM.withRelatedness(Relatedness.l2());
        refused(() -> pairwise.withPair("a", "b").withRelatedness(GroupRelatedness.traceNorm()), "no pairs of towers");
        refused(
                () -> pairwise.withPair("a", "b").among("b", "c"),
                "name pairs or towers, got pairs [a -> b] and towers [b, c]");
        refused(() -> TRACE_NORM.among("a"), "among takes two different towers or more, got [a]");
        refused(() -> TRACE_NORM.among("a", "a"), "got [a, a]");
        refused(() -> towers().regularize(TRACE_NORM.among("a", "d")).build(), "no tower 'd'; there are [a, b, c]");
        refused(
                () -> MultiTaskNetwork.builder(Shape.vector(4))
                        .tower("a", SplitHead.of(Task.regression("x", 1)))
                        .tower("b", SplitHead.of(Task.regression("y", 1)))
                        .tower("c", SplitHead.of(Task.regression("z", 1)))
                        .in("a", a -> a.dense("fc1", 3))
                        .in("b", b -> b.dense("fc1", 3))
                        .in("c", c -> c.dense("fc1", 2))
                        .dense("fc2", 2)
                        .regularize(TRACE_NORM)
                        .build(),
                "layer 'fc1': the weights differ in shape, tower 'a' has [4, 3], tower 'c' has [4, 2]");
    }

    private static void refused(Runnable what, String message) {
        assertThatThrownBy(what::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
