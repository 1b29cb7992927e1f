package org.mtl4j.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.mtl4j.layer.Shape;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.task.Task;

class SharedPartTest {
    private static NetworkBuilder towers() {
        return MultiTaskNetwork.builder(Shape.vector(6))
                .tower("income", SplitHead.of(Task.multiLabel("rich", 1)))
                .tower("family", SplitHead.of(Task.multiLabel("married", 1)));
    }

    private static void assertRefused(NetworkBuilder network, String message) {
        assertThatIllegalArgumentException().isThrownBy(network::build).withMessage(message);
    }

    /**
     * Two shared experts 6-5-4 and one of each tower's own: 4 (35 + 24) = 236; gates of 3: 2 * 21 = 42; shares: 6;
     * output layers: 2 * 5 = 10; in all 294.
     */
    @Test
    void a_table_has_experts_gates_and_mixes() {
        MultiTaskNetwork network =
                towers().experts(Experts.cgc(2, 1, e -> e.dense(5).dense(4))).build();
        assertThat(network.parameters()).isEqualTo(294);
        assertThat(network.toString().lines().map(String::strip).map(line -> line.replaceAll(" {2,}", "|")))
                .containsExactly(
                        "MultiTaskNetwork: input [6], 294 parameters",
                        "tower|layer|what|output|parameters",
                        "experts|level1/shared/experts/dense1|2 x dense 5, relu|[5]|70",
                        "experts|level1/shared/experts/dense2|2 x dense 4, relu|[4]|48",
                        "experts of income|level1/tower/income/experts/dense1|dense 5, relu|[5]|35",
                        "experts of income|level1/tower/income/experts/dense2|dense 4, relu|[4]|24",
                        "experts of family|level1/tower/family/experts/dense1|dense 5, relu|[5]|35",
                        "experts of family|level1/tower/family/experts/dense2|dense 4, relu|[4]|24",
                        "experts of income|level1/tower/income/gate|softmax gate|[3]|21",
                        "experts of income|level1/tower/income/mix|mix of 2 x level1/shared/experts,"
                                + " 1 x level1/tower/income/experts|[4]|3",
                        "experts of family|level1/tower/family/gate|softmax gate|[3]|21",
                        "experts of family|level1/tower/family/mix|mix of 2 x level1/shared/experts,"
                                + " 1 x level1/tower/family/experts|[4]|3",
                        "income|rich|task, multi-label, weight 1.0|[1]|5",
                        "family|married|task, multi-label, weight 1.0|[1]|5");
    }

    /** Of 5 experts 3 bits: (6 + 1) * (2 * 3 + 2) = 56 for each example, 8 for all. */
    @Test
    void gates_of_dselect_k_are_counted() {
        Experts experts = Experts.mmoe(5, e -> e.dense(4));
        long perExample =
                towers().experts(experts.withGate(Gate.dselect(2))).build().parameters();
        long forAll = towers().experts(experts.withGate(Gate.dselect(2).sameForAllExamples()))
                .build()
                .parameters();
        assertThat(perExample).isEqualTo(5 * 28 + 2 * 56 + 10 + 10);
        assertThat(forAll).isEqualTo(5 * 28 + 2 * 8 + 10 + 10);
    }

    @Test
    void each_tower_begins_with_what_its_gate_mixes() {
        MultiTaskNetwork network =
                towers().experts(Experts.ple(2, 1, 1, e -> e.dense(7))).build();
        assertThat(network.shapeBeforeLayers("income")).isEqualTo(Shape.vector(7));
        SharedGraph graph = network.sharedGraph().orElseThrow();
        assertThat(graph.endOf("income")).isEqualTo("level2/tower/income/mix");
        assertThat(graph.nodes())
                .extracting(SharedNode::name)
                .contains("level1/shared/mix")
                .doesNotContain("level2/shared/mix");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> network.alone("income"))
                .withMessage("tower 'income' is nothing by itself: behind level 1 of the experts it reads a mix of all"
                        + " towers' own experts");
        MultiTaskNetwork one = towers().experts(
                        Experts.cgc(2, 1, e -> e.dense(7)).withOwn("income", 3))
                .build()
                .alone("income");
        assertThat(one.toString()).doesNotContain("family").contains("3 x level1/tower/income/experts");
    }

    /** A shared gate that nothing reads is not there. */
    @Test
    void levels_may_differ() {
        MultiTaskNetwork network = towers().experts(
                        Experts.cgc(2, 1, e -> e.dense(7)).then(Experts.cgc(0, 2, e -> e.dense(3))))
                .build();
        assertThat(network.sharedGraph().orElseThrow().nodes())
                .extracting(SharedNode::name)
                .doesNotContain("level1/shared/gate", "level2/shared/experts")
                .contains("level2/tower/family/mix");
    }

    @Test
    void a_gate_over_no_experts_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Experts.cgc(0, 0, e -> e.dense(4)))
                .withMessage("Experts: a gate over no experts: 0 shared and 0 of a tower's own");
        assertRefused(
                towers().experts(Experts.cgc(0, 2, e -> e.dense(4)).withOwn("family", 0)),
                "experts 'experts', level 1: the gate of tower 'family' is over no experts: 0 shared and 0 of its own");
    }

    @Test
    void k_above_the_number_of_experts_is_refused() {
        assertRefused(
                towers().experts(Experts.cgc(2, 1, e -> e.dense(4)).withGate(Gate.dselect(4))),
                "experts 'experts', level 1: k of DSelect-k is 4, but the gate of tower 'income' is over 3 experts");
    }

    @Test
    void own_experts_of_an_unknown_tower_are_refused() {
        assertRefused(
                towers().experts("mine", Experts.cgc(2, 1, e -> e.dense(4)).withOwn("incme", 2)),
                "experts 'mine': own experts are given for tower 'incme', which there is not; there are [income,"
                        + " family]");
    }

    @Test
    void experts_of_unequal_outputs_are_refused() {
        assertRefused(
                towers().experts(Experts.cgc(2, 1, e -> e.dense(4)).withOwnLayers(e -> e.dense(5))),
                "experts 'experts', level 1: what a gate mixes must be of one shape, but 'level1/shared/experts' gives"
                        + " [4] and 'level1/tower/income/experts' gives [5]");
    }

    @Test
    void a_layer_that_does_not_fit_is_named() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> towers().experts(Experts.mmoe(2, e -> e.convolution("conv", 4, 3)))
                        .build())
                .withMessageStartingWith("experts 'experts', level 1, shared experts, layer 'conv': ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> towers().experts(Experts.mmoe(2, e -> e.dense(4))
                                .withGate(Gate.softmax().withLayers(g -> g.maxPool(2))))
                        .build())
                .withMessageStartingWith("experts 'experts', level 1, gate of tower 'income', layer 'pool1': ");
        assertRefused(
                towers().experts(Experts.mmoe(2, e -> {})),
                "experts 'experts', level 1, shared experts: an expert has at least one layer");
    }

    @Test
    void a_gate_over_sequences_is_refused() {
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.sequence(3, 4))
                .tower("a", SplitHead.of(Task.regression("x", 1)))
                .experts(Experts.mmoe(2, e -> e.globalAveragePool().dense(4)));
        assertThatIllegalArgumentException()
                .isThrownBy(network::build)
                .withMessageStartingWith(
                        "experts 'experts', level 1: the gate of tower 'a' reads vectors or images, not")
                .withMessageEndingWith("give it layers that make a vector of that: Gate.softmax().withLayers(...)");
    }

    @Test
    void two_parts_and_towers_that_read_different_inputs_are_refused() {
        NetworkBuilder experts = towers().experts(Experts.mmoe(2, e -> e.dense(4)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> experts.branching(Branching.level(2, n -> n.dense(4))))
                .withMessage("a network has one kind of experts, attention or branches at most, but 'branches' are"
                        + " added to 'experts'; levels of experts go together by Experts.then");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MultiTaskNetwork.builder()
                        .input("numbers", Shape.vector(3))
                        .input("codes", Shape.vector(4))
                        .tower("a", SplitHead.of(Task.regression("x", 1)))
                        .tower("b", SplitHead.of(Task.regression("y", 1)))
                        .reads("a", "numbers")
                        .experts(Experts.mmoe(2, e -> e.dense(4)))
                        .build())
                .withMessageStartingWith("experts 'experts': they are computed once for all towers, and so the towers"
                        + " must read the same inputs, but they read {a=[numbers], b=[numbers, codes]}");
    }

    @Test
    void layers_of_experts_are_not_tied() {
        assertRefused(
                towers().experts(Experts.mmoe(2, e -> e.dense("e", 4)))
                        .dense("fc", 3)
                        .regularize(WeightRelatednessRegularizer.over("fc", "e").withStrength(1)),
                "WeightRelatednessRegularizer: 'e' is a layer of 'experts', which stands before the towers and is no"
                        + " tower's by itself; it ties layers of towers");
    }

    @Test
    void one_gate_goes_with_shared_experts_alone() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Experts.oneGate(2, e -> e.dense(4)).withOwn("income", 1))
                .withMessage("Experts: under one gate for all towers, no tower has experts of its own");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Experts.oneGate(2, e -> e.dense(4)).then(Experts.mmoe(2, e -> e.dense(4))))
                .withMessageContaining("do not go together");
    }

    @Test
    void a_gate_that_makes_no_sense_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gate.dselect(0))
                .withMessage("Gate: k of DSelect-k must be at least 1, got 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gate.softmax().sameForAllExamples())
                .withMessageContaining("one of DSelect-k, without layers");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gate.dselect(2).withGamma(Double.NaN))
                .withMessageContaining("Gate: gamma");
    }

    @Test
    void attention_needs_blocks_whose_parts_fit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Attention.block("one", b -> b.dense(3), b -> {}, b -> {}))
                .withMessage("Attention, block 'one': a block has first and second layers");
        assertRefused(
                MultiTaskNetwork.builder(Shape.image(1, 8, 8))
                        .tower("a", SplitHead.of(Task.regression("x", 1)))
                        .attention(Attention.block(
                                "one", b -> b.convolution("u", 4, 3), b -> b.convolution("p", 4, 3), b -> {})),
                "attention 'attention', block 'one': its first layers give [4, 6, 6] and its second layers [4, 4, 4];"
                        + " masks need two vectors, or images of equal height and width");
        assertRefused(
                towers().attention(Attention.block("one", b -> b.dense(3), b -> b.dense(3), b -> b.dense(2))),
                "attention 'attention', block 'one': pooling is the trunk's and the towers', so its layers have no"
                        + " parameters");
    }

    @Test
    void branches_begin_with_parents_that_there_are() {
        Branching two = Branching.level(2, n -> n.dense(4)).then(2, n -> n.dense(3));
        assertRefused(
                towers().branching(two.choosing("3/1", 1)),
                "branches 'branches': there is no choice '3/1'; there are [2/1, 2/2, income, family]");
        assertRefused(
                towers().branching(two.choosing("income", 3)),
                "branches 'branches': 'income' is to choose parent 3, but there are 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> two.withTemperature(0, 0.9))
                .withMessageContaining("Branching: temperature");
        assertThat(towers().branching(two).build().parameters()).isEqualTo(2 * 28 + 2 * 15 + 4 * 2 + 2 * 4);
    }
}
