package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.testing.Closeness;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.LayerSpec;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Attention;
import org.mtl4j.network.Branching;
import org.mtl4j.network.Experts;
import org.mtl4j.network.Gate;
import org.mtl4j.network.LayerStack;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.UnitState;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Experts, attention and branches in networks that are described: what they come to where that is known. */
class SharedPartsTest {
    private static final Task A = Task.regression("a", 1).withStart(OutputStart.RANDOM);
    private static final Task B = Task.regression("b", 1).withStart(OutputStart.RANDOM);

    @TempDir
    private Path directory;

    private static NetworkBuilder towers(Shape input) {
        return MultiTaskNetwork.builder(input)
                .tower("left", SplitHead.of(A))
                .tower("right", SplitHead.of(B))
                .dense("fc", 3);
    }

    private static TrainingPlan plan() {
        return TrainingPlan.adam(1e-2).withSeed(5);
    }

    private static ArrayBatches data(int examples, int batch) {
        return batches(batch(examples), batch);
    }

    private static ArrayBatches batches(MultiDataSet all, int batch) {
        return ArrayBatches.of(all.getFeatures(0), all.getLabels()).withBatchSize(batch);
    }

    private static MultiDataSet batch(int examples) {
        Random random = new Random(3);
        INDArray x = Nd4j.create(examples, 4);
        INDArray a = Nd4j.create(examples, 1);
        INDArray b = Nd4j.create(examples, 1);
        for (int n = 0; n < examples; n++) {
            double sum = 0;
            for (int i = 0; i < 4; i++) {
                double value = random.nextGaussian();
                x.putScalar(n, i, value);
                sum += (i % 2 == 0 ? 1 : -0.5) * value;
            }
            a.putScalar(n, 0, Math.sin(sum));
            b.putScalar(n, 0, Math.cos(2 * sum));
        }
        return new MultiDataSet(new INDArray[] {x}, new INDArray[] {a, b});
    }

    private static Dl4jModel model(NetworkBuilder network) {
        return Dl4jModel.create(network.build(), plan());
    }

    static Stream<NetworkBuilder> kinds() {
        Shape vector = Shape.vector(4);
        Shape image = Shape.image(1, 2, 2);
        return Stream.of(
                towers(vector).experts(Experts.oneGate(3, e -> e.dense(5))),
                towers(vector).experts(Experts.mmoe(3, e -> e.dense(5).dense(4))),
                towers(vector)
                        .experts(
                                "mixed",
                                Experts.cgc(2, 1, e -> e.dense(5).dense(4))
                                        .withOwn("right", 2)
                                        .withGate(Gate.softmax().withLayers(g -> g.dense(6)))),
                towers(vector)
                        .experts(Experts.ple(2, 2, 1, e -> e.dense(5))
                                .then(Experts.cgc(1, 1, e -> e.dense(4).dropout(0.2)))
                                .withGate(Gate.softmax().readingInput())),
                towers(vector).experts(Experts.mmoe(5, e -> e.dense(4)).withGate(Gate.dselect(2))),
                towers(vector)
                        .experts(Experts.cgc(2, 1, e -> e.dense(4).batchNormalization())
                                .withGate(Gate.dselect(1)
                                        .sameForAllExamples()
                                        .withGamma(2)
                                        .withEntropy(0.1))),
                towers(image)
                        .trunk(t -> t.layer("conv", Convolution.of(3, 3).withPadding(Padding.SAME)))
                        .experts(Experts.cgc(
                                1, 1, e -> e.layer("conv", Convolution.of(2, 3).withPadding(Padding.SAME))
                                        .batchNormalization())),
                towers(vector)
                        .attention(Attention.block("one", b -> b.dense(6), b -> b.dense(5), b -> {})
                                .then("two", b -> b.dense(4), b -> b.dense(3), b -> {})),
                towers(image)
                        .attention(Attention.block(
                                        "one",
                                        b -> b.layer("u", Convolution.of(2, 3).withPadding(Padding.SAME)),
                                        b -> b.layer("p", Convolution.of(3, 1)),
                                        b -> b.maxPool(2))
                                .then("two", b -> b.convolution("u", 4, 1), b -> b.convolution("p", 2, 1), b -> {})
                                .withoutNormalization()),
                towers(vector)
                        .branching(Branching.level(2, n -> n.dense(5))
                                .then(3, n -> n.dense(4))
                                .searching(2)));
    }

    private static MultiDataSet shaped(MultiDataSet batch, MultiTaskNetwork network) {
        INDArray x = batch.getFeatures(0);
        return network.input() instanceof Shape.Image
                ? new MultiDataSet(new INDArray[] {x.reshape('c', x.size(0), 1, 2, 2)}, batch.getLabels())
                : batch;
    }

    /** Everything that is done with a network: written, read, counted, printed, trained, saved, gone on with. */
    @ParameterizedTest
    @MethodSource("kinds")
    void a_network_is_written_read_counted_trained_and_saved(NetworkBuilder builder) throws IOException {
        MultiTaskNetwork network = builder.build();
        assertThat(MultiTaskNetwork.fromJson(network.toJson()))
                .isEqualTo(network)
                .hasToString(network.toString());
        assertThat(network.toBuilder().build()).isEqualTo(network);
        ArrayBatches data = batches(shaped(batch(64), network), 16);
        Dl4jModel whole = Dl4jModel.create(network, plan());
        assertThat(whole.graph().params().length()).as(network.toString()).isEqualTo(network.parameters());
        whole.fit(data, FitOptions.epochs(4));
        Checkpoints checkpoints = Checkpoints.in(directory);
        Dl4jModel.create(network, plan()).fit(data, FitOptions.epochs(2).withCheckpoints(checkpoints));
        Dl4jModel resumed = Dl4jModel.create(network, plan());
        resumed.fit(data, FitOptions.epochs(4).withCheckpoints(checkpoints));
        assertThat(resumed.graph().params()).isEqualTo(whole.graph().params());
        assertThat(resumed.history().epochs()).isEqualTo(whole.history().epochs());
        Path file = directory.resolve("model.zip");
        whole.save(file);
        Dl4jModel loaded = Dl4jModel.load(file);
        assertThat(loaded.graph().params()).isEqualTo(whole.graph().params());
        INDArray x = shaped(batch(64), network).getFeatures(0);
        if (!network.toString().contains("level3")) { // whose shared experts read what those of all towers say
            assertThat(Closeness.difference(
                            whole.tower("left").predict(x).of("a"),
                            whole.predict(x).of("a")))
                    .isLessThan(1e-5);
        }
        whole.fit(data, FitOptions.epochs(1));
        loaded.fit(data, FitOptions.epochs(1));
        assertThat(loaded.graph().params()).isEqualTo(whole.graph().params());
        List<UnitState> states = loaded.sharing();
        assertThat(states.isEmpty()).isEqualTo(network.toString().contains("attention"));
        states.stream().map(UnitState::to).distinct().forEach(to -> assertThat(states.stream()
                        .filter(state -> state.to().equals(to)
                                && state.place().equals(states.get(0).place()))
                        .mapToDouble(UnitState::mean)
                        .sum())
                .isLessThan(1 + 1e-5));
        assertThat(loaded.history().epochs().get(0).units()).hasSameSizeAs(states);
    }

    static Stream<NetworkBuilder> smooth() {
        LayerSpec tanh = Dense.of(3).withActivation(Activation.TANH);
        Consumer<LayerStack<?>> expert = e -> e.layer("e", tanh);
        return Stream.of(
                smoothTowers(Shape.vector(4)).experts(Experts.ple(2, 2, 1, expert)),
                smoothTowers(Shape.vector(4))
                        .experts(Experts.cgc(3, 2, expert)
                                .withGate(Gate.dselect(2).withEntropy(0.2))),
                smoothTowers(Shape.vector(4))
                        .attention(Attention.block("one", expert, expert, b -> {})
                                .then("two", expert, expert, b -> {})
                                .withoutNormalization()),
                smoothTowers(Shape.image(1, 2, 2))
                        .attention(Attention.block(
                                        "one",
                                        b -> b.layer(
                                                "u",
                                                Convolution.of(2, 3)
                                                        .withPadding(Padding.SAME)
                                                        .withActivation(Activation.TANH)),
                                        b -> b.layer("p", Convolution.of(3, 1).withActivation(Activation.TANH)),
                                        b -> b.averagePool(2))
                                .then(
                                        "two",
                                        b -> b.layer("u", Convolution.of(2, 1).withActivation(Activation.TANH)),
                                        b -> b.layer("p", Convolution.of(2, 1).withActivation(Activation.TANH)),
                                        b -> {})
                                .withoutNormalization()));
    }

    private static NetworkBuilder smoothTowers(Shape input) {
        return MultiTaskNetwork.builder(input)
                .tower("left", SplitHead.of(A))
                .tower("right", SplitHead.of(B))
                .layer("fc", Dense.of(3).withActivation(Activation.TANH));
    }

    /**
     * Central differences on every parameter that is trained, in double precision; without batch normalisation, which
     * is left to Deeplearning4j's layer then.
     */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("smooth")
    void gradients_are_those_of_central_differences(NetworkBuilder builder) {
        MultiTaskNetwork network = builder.build();
        ComputationGraph graph = Dl4jModel.create(
                        network, TrainingPlan.adam(1e-2).withSeed(7).withDataType(DataType.DOUBLE))
                .graph();
        MultiDataSet batch = shaped(batch(5), network);
        graph.setInputs(batch.getFeatures(0).castTo(DataType.DOUBLE));
        graph.setLabels(
                batch.getLabels(0).castTo(DataType.DOUBLE), batch.getLabels(1).castTo(DataType.DOUBLE));
        graph.computeGradientAndScore();
        Map<String, INDArray> gradients = new LinkedHashMap<>();
        graph.gradient().gradientForVariable().forEach((name, array) -> gradients.put(name, array.dup()));
        Set<String> estimates = Set.of("share", "mean", "var", "log10stdev");
        int checked = 0;
        for (GraphVertex vertex : graph.getVertices()) {
            for (Map.Entry<String, INDArray> parameter :
                    vertex.paramTable(false).entrySet()) {
                if (estimates.contains(parameter.getKey())) {
                    continue;
                }
                INDArray gradient = gradients.get(vertex.getVertexName() + "_" + parameter.getKey());
                INDArray values = parameter.getValue();
                for (long k = 0; k < values.length(); k++) {
                    long[] i = org.nd4j.linalg.api.shape.Shape.ind2subC(values.shape(), k);
                    double before = values.getDouble(i);
                    values.putScalar(i, before + 1e-6);
                    graph.computeGradientAndScore();
                    double above = graph.score();
                    values.putScalar(i, before - 1e-6);
                    graph.computeGradientAndScore();
                    double numeric = (above - graph.score()) / 2e-6;
                    values.putScalar(i, before);
                    // rounding of scores of order 1 about 1e-10
                    assertThat(gradient.getDouble(i) / 5)
                            .as("%s %s %s", vertex.getVertexName(), parameter.getKey(), k)
                            .isCloseTo(numeric, within(1e-8 + 1e-5 * Math.abs(numeric)));
                    checked++;
                }
            }
        }
        assertThat(checked).isGreaterThan(80);
    }

    private static void copy(Dl4jModel from, String vertex, Dl4jModel to, String other) {
        to.graph()
                .getVertex(other)
                .params()
                .assign(from.graph().getVertex(vertex).params());
    }

    private static void copyTowers(Dl4jModel from, Dl4jModel to) {
        for (String vertex : List.of("left/fc", "right/fc", "a", "b")) {
            copy(from, vertex, to, vertex);
        }
    }

    private static void assertSameWay(Dl4jModel found, Dl4jModel expected) {
        ArrayBatches data = data(64, 16);
        INDArray x = batch(64).getFeatures(0);
        assertThat(Closeness.difference(
                        found.predict(x).of("a"), expected.predict(x).of("a")))
                .isLessThan(1e-5);
        found.fit(data, FitOptions.epochs(5));
        expected.fit(data, FitOptions.epochs(5));
        for (String task : List.of("a", "b")) {
            assertThat(Closeness.difference(
                            found.predict(x).of(task), expected.predict(x).of(task)))
                    .as(task)
                    .isLessThan(1e-3); // 20 steps of 0.01 by Adam, whose first steps have the gradient's sign alone
        }
    }

    @Test
    void one_expert_is_hard_sharing() {
        for (Experts one : List.of(
                Experts.mmoe(1, e -> e.dense("e", 6)),
                Experts.cgc(1, 0, e -> e.dense("e", 6)),
                Experts.oneGate(1, e -> e.dense("e", 6)),
                Experts.mmoe(1, e -> e.dense("e", 6)).withGate(Gate.dselect(1)))) {
            Dl4jModel found = model(towers(Shape.vector(4)).experts(one));
            Dl4jModel hard = model(towers(Shape.vector(4)).trunk(t -> t.dense("e", 6)));
            copy(found, "shared:experts/level1/shared/experts/e", hard, "shared:trunk/e");
            copyTowers(found, hard);
            assertSameWay(found, hard);
        }
    }

    @Test
    void no_experts_of_their_own_is_mmoe() {
        assertThat(Experts.cgc(3, 0, e -> e.dense(4))).isEqualTo(Experts.mmoe(3, e -> e.dense(4)));
        assertThat(Experts.ple(1, 2, 1, e -> e.dense(4))).isEqualTo(Experts.cgc(2, 1, e -> e.dense(4)));
    }

    @Test
    void equal_gates_average_the_experts() {
        Dl4jModel found = model(towers(Shape.vector(4)).experts(Experts.mmoe(3, e -> e.dense("e", 6))));
        for (String tower : List.of("left", "right")) {
            found.graph()
                    .getVertex("shared:experts/level1/tower/" + tower + "/gate")
                    .params()
                    .assign(0);
        }
        Map<String, INDArray> all = found.graph().feedForward(batch(9).getFeatures(0), false);
        INDArray mean = all.get("shared:experts/level1/shared/experts/e")
                .reshape('c', 9, 3, 6)
                .mean(1);
        for (String tower : List.of("left", "right")) {
            assertThat(Closeness.difference(all.get("shared:experts/level1/tower/" + tower + "/mix"), mean))
                    .isLessThan(1e-6);
        }
    }

    /** A level's shared gate knows all experts, a tower's gate the shared ones and its own. */
    @Test
    void ple_mixes_what_the_paper_says() {
        Dl4jModel found = model(towers(Shape.vector(4)).experts(Experts.ple(2, 2, 1, e -> e.dense("e", 3))));
        Map<String, INDArray> all = found.graph().feedForward(batch(5).getFeatures(0), false);
        String one = "shared:experts/level1/";
        INDArray shared = all.get(one + "shared/experts/e");
        INDArray left = all.get(one + "tower/left/experts/e");
        INDArray right = all.get(one + "tower/right/experts/e");
        assertThat(Closeness.difference(
                        all.get(one + "shared/mix"), mixed(all.get(one + "shared/gate"), shared, left, right)))
                .isLessThan(1e-6);
        assertThat(Closeness.difference(
                        all.get(one + "tower/left/mix"), mixed(all.get(one + "tower/left/gate"), shared, left)))
                .isLessThan(1e-6);
        String two = "shared:experts/level2/";
        assertThat(found.graph().getConfiguration().getVertexInputs())
                .containsEntry(two + "shared/experts/e", List.of(one + "shared/mix"))
                .containsEntry(two + "tower/left/experts/e", List.of(one + "tower/left/mix"))
                .containsEntry(two + "tower/left/gate", List.of(one + "tower/left/mix"))
                .doesNotContainKey(two + "shared/gate");
    }

    private static INDArray mixed(INDArray logits, INDArray... banks) {
        INDArray weights = Nd4j.nn().softmax(logits, 1);
        INDArray all = Nd4j.concat(1, banks);
        int experts = (int) logits.size(1);
        return all.reshape('c', logits.size(0), experts, all.size(1) / experts)
                .mul(weights.dup('c').reshape('c', logits.size(0), experts, 1))
                .sum(1);
    }

    @Test
    void masks_of_one_are_hard_sharing() {
        Attention attention = Attention.block("one", b -> b.dense("u", 6), b -> b.dense("p", 5), b -> {})
                .then("two", b -> b.dense("u", 4), b -> b.dense("p", 4), b -> {});
        Dl4jModel found = model(towers(Shape.vector(4)).attention(attention));
        Dl4jModel hard = model(towers(Shape.vector(4))
                .trunk(t -> t.dense("u1", 6).dense("p1", 5).dense("u2", 4).dense("p2", 4)));
        String prefix = "shared:attention/";
        copy(found, prefix + "one/trunk/first/u", hard, "shared:trunk/u1");
        copy(found, prefix + "one/trunk/second/p", hard, "shared:trunk/p1");
        copy(found, prefix + "two/trunk/first/u", hard, "shared:trunk/u2");
        copy(found, prefix + "two/trunk/second/p", hard, "shared:trunk/p2");
        copyTowers(found, hard);
        INDArray x = batch(20).getFeatures(0);
        assertThat(Closeness.difference(
                        found.predict(x).of("a"), hard.predict(x).of("a")))
                .isGreaterThan(1e-3);
        for (String block : List.of("one", "two")) {
            for (String tower : List.of("left", "right")) {
                var norm = found.graph().getLayer(prefix + block + "/tower/" + tower + "/mask/norm2");
                norm.getParam("gamma").assign(0);
                norm.getParam("beta").assign(40); // the sigmoid of which is 1 in single precision
            }
        }
        for (String task : List.of("a", "b")) {
            assertThat(Closeness.difference(
                            found.predict(x).of(task), hard.predict(x).of(task)))
                    .isLessThan(1e-6);
        }
    }

    @Test
    void fixed_branches_are_the_tree_that_they_describe() {
        Branching branching = Branching.level(2, n -> n.dense("one", 5))
                .then(3, n -> n.dense("two", 4))
                .choosing("2/1", 2)
                .choosing("2/3", 1)
                .choosing("left", 1)
                .choosing("right", 3)
                .searching(0);
        Dl4jModel found = model(towers(Shape.vector(4)).branching(branching));
        Dl4jModel tree = model(MultiTaskNetwork.builder(Shape.vector(4))
                .tower("left", SplitHead.of(A))
                .tower("right", SplitHead.of(B))
                .dense("one", 5)
                .dense("two", 4)
                .dense("fc", 3));
        String prefix = "shared:branches/";
        copy(found, prefix + "level1/node2/one", tree, "left/one");
        copy(found, prefix + "level2/node1/two", tree, "left/two");
        copy(found, prefix + "level1/node1/one", tree, "right/one");
        copy(found, prefix + "level2/node3/two", tree, "right/two");
        copyTowers(found, tree);
        assertSameWay(found, tree);
    }

    @Test
    void branches_are_searched_and_then_stay() {
        Dl4jModel found = model(towers(Shape.vector(4))
                .branching(Branching.level(2, n -> n.dense(5))
                        .then(2, n -> n.dense(4))
                        .searching(3)));
        ArrayBatches data = data(64, 16);
        found.fit(data, FitOptions.epochs(3));
        List<UnitState> searched = found.sharing();
        assertThat(searched).extracting(UnitState::mean).anyMatch(p -> Math.abs(p - 0.5) > 1e-3);
        found.fit(data, FitOptions.epochs(2));
        assertThat(found.sharing()).isEqualTo(searched);
        assertThat(searched.get(0).place()).isEqualTo("branches/level2/choice1");
    }

    /** In a batch that is divided each part computes what it has, and the shares are those of the whole. */
    @ParameterizedTest
    @MethodSource("kinds")
    void workers_come_to_the_same(NetworkBuilder builder) {
        MultiTaskNetwork network = builder.build();
        if (network.toString().contains("dropout") || network.toString().contains("norm")) {
            return; // what is drawn, and the means of a batch, are of each part
        }
        MultiDataSet batch = shaped(batch(64), network);
        Dl4jModel one = Dl4jModel.create(network, plan());
        Dl4jModel two = Dl4jModel.create(network, plan());
        INDArray before = one.graph().params().dup();
        one.fit(batches(batch, 32), FitOptions.epochs(2).withWorkers(1));
        two.fit(batches(batch, 32), FitOptions.epochs(2).withWorkers(2));
        Closeness.assertSameWay(two.graph().params(), one.graph().params(), before, 2e-3, 4);
    }

    /** Everything that a dropped task alone uses stays as it is, to the bit. */
    @Test
    void own_experts_and_gates_of_a_dropped_task_stay() {
        Dl4jModel found = model(towers(Shape.vector(4)).experts(Experts.cgc(2, 2, e -> e.dense("e", 5))));
        Map<String, INDArray> before = new LinkedHashMap<>();
        found.fit(
                data(64, 16),
                FitOptions.epochs(3)
                        .withValidation(data(16, 16))
                        .withTaskStopping((task, run) -> Optional.of("enough"), "a")
                        .withListener(new ProgressListener() {
                            @Override
                            public void onEpoch(EpochResult result) {
                                for (GraphVertex vertex : found.graph().getVertices()) {
                                    if (vertex.numParams() > 0 && result.epoch() == 0) {
                                        before.put(
                                                vertex.getVertexName(),
                                                vertex.params().dup());
                                    }
                                }
                            }
                        }));
        assertThat(found.history().stoppedTasks()).containsExactly("b");
        List<String> moved = new ArrayList<>();
        before.forEach((vertex, parameters) -> {
            if (!found.graph().getVertex(vertex).params().equals(parameters)) {
                moved.add(vertex);
            }
        });
        String prefix = "shared:experts/level1/";
        assertThat(moved)
                .containsExactlyInAnyOrder(
                        prefix + "shared/experts/e",
                        prefix + "tower/left/experts/e",
                        prefix + "tower/left/gate",
                        prefix + "tower/left/mix",
                        "left/fc",
                        "a");
    }

    /** The trap: under gates that weigh equal experts equally they get equal gradients. The library's start is none. */
    @Test
    void experts_that_are_made_equal_stay_equal_and_others_differ() {
        Dl4jModel found =
                model(towers(Shape.vector(4)).startTowersEqual(true).experts(Experts.mmoe(2, e -> e.dense("e", 3))));
        INDArray weights =
                found.graph().getLayer("shared:experts/level1/shared/experts/e").getParam("W");
        assertThat(weights.getColumns(0, 1, 2)).isNotEqualTo(weights.getColumns(3, 4, 5));
        assertThat(found.graph().getVertex("left/fc").params())
                .isEqualTo(found.graph().getVertex("right/fc").params());
        weights.assign(Nd4j.hstack(
                weights.getColumns(0, 1, 2).dup(), weights.getColumns(0, 1, 2).dup()));
        for (String tower : List.of("left", "right")) {
            found.graph()
                    .getVertex("shared:experts/level1/tower/" + tower + "/gate")
                    .params()
                    .assign(0);
        }
        INDArray start = weights.dup();
        found.fit(data(64, 16), FitOptions.epochs(3).withWorkers(1));
        assertThat(weights).isNotEqualTo(start);
        assertThat(weights.getColumns(0, 1, 2)).isEqualTo(weights.getColumns(3, 4, 5));
    }

    @Test
    void towers_are_trained_alone_where_they_share_no_experts() {
        ArrayBatches data = data(64, 16);
        MultiTaskNetwork own = towers(Shape.vector(4))
                .experts(Experts.cgc(0, 2, e -> e.dense("e", 4)))
                .build();
        Dl4jModel joined = Dl4jModel.fromSingleTasks(own, plan(), data, FitOptions.epochs(2));
        assertThat(joined.graph()
                        .getVertex("shared:experts/level1/tower/left/experts/e")
                        .params())
                .isNotEqualTo(Dl4jModel.create(own, plan())
                        .graph()
                        .getVertex("shared:experts/level1/tower/left/experts/e")
                        .params());
        MultiTaskNetwork shared = towers(Shape.vector(4))
                .experts(Experts.mmoe(2, e -> e.dense(4)))
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Dl4jModel.fromSingleTasks(shared, plan(), data, FitOptions.epochs(1)))
                .withMessageContaining("would each train the experts 'experts', which they have in common");
    }

    /** Five experts, at most two for each example, when it has converged. */
    @Test
    void dselect_k_comes_to_at_most_k_experts() {
        Dl4jModel found = Dl4jModel.create(
                towers(Shape.vector(4))
                        .experts(Experts.mmoe(5, e -> e.dense(6))
                                .withGate(Gate.dselect(2).withEntropy(0.3)))
                        .build(),
                TrainingPlan.adam(3e-2).withSeed(5));
        found.fit(data(128, 32), FitOptions.epochs(60));
        ComputationGraph graph = found.graph();
        Map<String, INDArray> all = graph.feedForward(batch(128).getFeatures(0), false);
        for (String tower : List.of("left", "right")) {
            INDArray weights = all.get("shared:experts/level1/tower/" + tower + "/gate");
            INDArray sums = weights.sum(1);
            assertThat(sums.minNumber().doubleValue()).as(tower).isCloseTo(1, within(0.05));
            INDArray counts = weights.gt(0.01).castTo(weights.dataType()).sum(1);
            double most = counts.maxNumber().doubleValue();
            double mean = counts.meanNumber().doubleValue();
            assertThat(mean)
                    .as("%s: mean of non-zero gates, at most %s", tower, most)
                    .isLessThan(2.1);
        }
    }
}
