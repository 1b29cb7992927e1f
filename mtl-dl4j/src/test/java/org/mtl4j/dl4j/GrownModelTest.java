package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Experts;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.SluiceUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.HeldPart;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;

/** A trained model goes on in a larger network, and knows what it knew. */
class GrownModelTest {
    private static final Task Y = Task.regression("y", 1);
    private static final Task Z = Task.regression("z", 1);
    private static final Task NEW = Task.regression("new", 1);

    @TempDir
    private Path directory;

    private static INDArray images() {
        INDArray x = Nd4j.create(DataType.FLOAT, 12, 1, 6, 6);
        for (int i = 0; i < x.length(); i++) {
            x.putScalar(i, Math.sin(0.7 * i + 1));
        }
        return x;
    }

    private static ListBatches data(INDArray x, int tasks) {
        List<INDArray> labels = new ArrayList<>();
        for (int task = 0; task < tasks; task++) {
            INDArray column = Nd4j.create(DataType.FLOAT, x.size(0), 1);
            for (int row = 0; row < x.size(0); row++) {
                column.putScalar(row, task == 2 ? 5 + Math.sin(row) : Math.cos((task + 1.0) * row));
            }
            labels.add(column);
        }
        return ListBatches.of(List.of(new MultiDataSet(new INDArray[] {x}, labels.toArray(INDArray[]::new))));
    }

    private static NetworkBuilder towers() {
        return MultiTaskNetwork.builder(Shape.image(1, 6, 6))
                .tower("a", SplitHead.of(Y))
                .tower("b", SplitHead.of(Z))
                .convolution("conv1", 3, 3)
                .stitch(CrossStitchUnit.perChannel())
                .batchNormalization()
                .maxPool(2)
                .dense("fc", 4)
                .stitch(CrossStitchUnit.perLayer());
    }

    private static Dl4jModel trained(MultiTaskNetwork network) {
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(0.02).withSeed(3));
        model.fit(data(images(), network.tasks().size()), 4);
        return model;
    }

    private static void assertUnchanged(Dl4jModel before, Dl4jModel after, INDArray x) {
        before.network().tasks().forEach(task -> assertThat(after.predict(x)
                        .of(task.name())
                        .sub(before.predict(x).of(task.name()))
                        .amaxNumber()
                        .doubleValue())
                .as(task.name())
                .isLessThan(1e-6));
    }

    @Test
    void a_tower_joins_the_units_and_the_old_ones_predict_what_they_did() {
        Dl4jModel model = trained(towers().build());
        GrownModel grown = model.grownTo(
                model.network().toBuilder().tower("c", SplitHead.of(NEW)).build());
        assertUnchanged(model, grown.model(), images());

        INDArray before = model.alphas().get("conv1");
        INDArray after = grown.model().alphas().get("conv1"); // [to, from, channel]
        for (int channel = 0; channel < 3; channel++) {
            for (int to = 0; to < 2; to++) {
                for (int from = 0; from < 2; from++) {
                    assertThat(after.getDouble(to, from, channel)).isEqualTo(before.getDouble(to, from, channel));
                }
                assertThat(after.getDouble(to, 2, channel)).isZero();
            }
            assertThat(after.getDouble(2, 2, channel)).isCloseTo(0.9, within(1e-7)); // as the unit says for three
            assertThat(after.getDouble(2, 0, channel)).isCloseTo(0.05, within(1e-7));
        }
        assertThat(grown.adapted())
                .containsExactly("units/conv1/a/alpha", "units/conv1/b/alpha", "units/fc/a/alpha", "units/fc/b/alpha");
        assertThat(grown.anew())
                .contains("tasks/new/W", "tasks/new/b", "towers/c/conv1/W", "units/conv1/c/alpha", "units/fc/c/alpha")
                .noneMatch(name -> name.startsWith("towers/a"));
        assertThat(grown.kept()).contains("tasks/y/W", "towers/b/conv1/W").anyMatch(name -> name.endsWith("/mean"));
        assertThat(grown.dropped()).isEmpty();
        assertThat(grown.toString()).contains("begun anew [tasks/new/W, ");
    }

    @Test
    void units_of_other_kinds_keep_what_was_between_the_old_towers_too() {
        for (SharingUnit unit : List.of(NddrUnit.standard(), NddrUnit.linear(), SluiceUnit.of(2))) {
            MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(36))
                    .tower("a", SplitHead.of(Y))
                    .tower("b", SplitHead.of(Z))
                    .dense("fc", 4)
                    .stitch(unit)
                    .dense("last", 3)
                    .build();
            INDArray x = images().reshape(12, 36);
            Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(0.02));
            model.fit(data(x, 2), 3);
            GrownModel grown = model.grownTo(
                    network.toBuilder().tower("c", SplitHead.of(NEW)).build());
            assertUnchanged(model, grown.model(), x);
            String mix = unit instanceof NddrUnit ? "W" : "alpha";
            assertThat(grown.adapted()).containsExactly("units/fc/a/" + mix, "units/fc/b/" + mix);
            grown.model().fit(data(x, 3), 2);
            assertThat(grown.model().history().last().score()).isFinite();

            MultiTaskNetwork free = MultiTaskNetwork.builder(Shape.vector(36))
                    .tower("a", SplitHead.of(Y))
                    .tower("b", SplitHead.of(Z))
                    .dense("fc", 4)
                    .dense("last", 3)
                    .build();
            Dl4jModel apart = Dl4jModel.create(free, TrainingPlan.adam(0.02));
            apart.fit(data(x, 2), 2);
            if (!unit.equals(NddrUnit.standard())) { // whose normalisation and ReLU are no identity
                assertUnchanged(apart, apart.grownTo(network).model(), x);
            }
        }
    }

    @Test
    void a_gate_for_a_new_tower_leaves_the_experts_as_they_are() {
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.vector(36))
                .experts(Experts.mmoe(3, expert -> expert.dense(5)))
                .tower("a", SplitHead.of(Y))
                .tower("b", SplitHead.of(Z))
                .dense("fc", 4);
        INDArray x = images().reshape(12, 36);
        Dl4jModel model = Dl4jModel.create(network.build(), TrainingPlan.adam(0.02));
        model.fit(data(x, 2), 3);
        GrownModel grown = model.grownTo(
                model.network().toBuilder().tower("c", SplitHead.of(NEW)).build());
        assertUnchanged(model, grown.model(), x);
        assertThat(grown.dropped()).isEmpty();
        assertThat(grown.anew())
                .contains("shared/experts/level1/tower/c/gate/W", "towers/c/fc/W", "tasks/new/b")
                .allMatch(name -> name.contains("/c/") || name.contains("/new/"));
        Dl4jModel held = grown.model().withPlan(TrainingPlan.adam(0.02).withHeld(HeldPart.shared("experts")));
        INDArray before = held.graph().params().dup();
        held.fit(data(x, 3), 2);
        assertThat(held.graph().params()).isNotEqualTo(before);
        assertThat(held.graph().getVertices())
                .filteredOn(vertex ->
                        vertex.numParams() > 0 && vertex.getVertexName().contains("experts"))
                .isNotEmpty()
                .allSatisfy(vertex -> assertThat(vertex.params())
                        .as(vertex.getVertexName())
                        .isEqualTo(grown.model()
                                .graph()
                                .getVertex(vertex.getVertexName())
                                .params()));
    }

    @Test
    void the_old_towers_can_be_held_still_while_the_new_one_learns() throws IOException {
        Dl4jModel model = trained(towers().build());
        Dl4jModel grown = model.grownTo(
                        model.network().toBuilder()
                                .tower("c", SplitHead.of(NEW))
                                .build(),
                        TrainingPlan.adam(0.02)
                                .withHeld(
                                        HeldPart.tower("a"),
                                        HeldPart.tower("b"),
                                        HeldPart.parameters("units/conv1/a"),
                                        HeldPart.parameters("units/conv1/b"),
                                        HeldPart.parameters("units/fc/a"),
                                        HeldPart.parameters("units/fc/b")))
                .model();
        grown.fit(data(images(), 3), 1);
        double first = grown.history().last().trainingLoss().get("new");
        grown.fit(data(images(), 3), 60);
        assertThat(grown.history().last().trainingLoss().get("new")).isLessThan(0.5 * first);
        for (GraphVertex vertex : model.graph().getVertices()) {
            if (vertex.numParams() > 0 && !vertex.getVertexName().endsWith(":stitch")) {
                assertThat(grown.graph().getVertex(vertex.getVertexName()).params())
                        .as(vertex.getVertexName())
                        .isEqualTo(vertex.params());
            }
        }
        assertUnchanged(model, grown, images());

        Path file = directory.resolve("grown.zip");
        grown.save(file);
        Dl4jModel loaded = Dl4jModel.load(file);
        assertThat(loaded.history()).isEqualTo(grown.history());
        assertThat(loaded.history().epochs())
                .extracting(EpochResult::epoch)
                .containsExactly(IntStream.range(0, 65).boxed().toArray(Integer[]::new));
        assertThat(loaded.history().events())
                .filteredOn(event -> event.kind() == TrainingEvent.Kind.NETWORK_CHANGED)
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.epoch()).isEqualTo(3);
                    assertThat(event.text())
                            .contains("towers [a, b, c], before [a, b]; tasks [y, z, new], before [y, z]; arrays kept ")
                            .contains("adapted [units/conv1/a/alpha, ")
                            .contains("dropped []; plan TrainingPlan[");
                });
    }

    @Test
    void new_parameters_make_the_first_steps_of_a_fresh_model_and_old_ones_no_larger_ones() {
        double rate = 1e-3;
        Dl4jModel model = trained(towers().build());
        Dl4jModel grown = model.grownTo(
                        model.network().toBuilder()
                                .tower("c", SplitHead.of(NEW))
                                .build(),
                        TrainingPlan.adam(rate))
                .model();
        INDArray old = grown.graph().getVertex("a/fc").params().dup();
        INDArray young = grown.graph().getVertex("c/fc:stitch").params().dup();
        for (int step = 1; step <= 3; step++) {
            grown.fit(data(images(), 3), 1);
            double most = 1.2 * rate * step;
            assertThat(grown.graph()
                            .getVertex("a/fc")
                            .params()
                            .sub(old)
                            .amaxNumber()
                            .doubleValue())
                    .isBetween(1e-6, most);
            assertThat(grown.graph()
                            .getVertex("c/fc:stitch")
                            .params()
                            .sub(young)
                            .amaxNumber()
                            .doubleValue())
                    .isBetween(step == 1 ? 0 : 0.2 * rate, most);
        }
        assertThat(grown.history().last().iterations()).isEqualTo(7);
    }

    @Test
    void one_tower_becomes_two_with_units_between_them() {
        MultiTaskNetwork one = MultiTaskNetwork.builder(Shape.image(1, 6, 6))
                .tower("a", SplitHead.of(Y))
                .convolution("conv1", 3, 3)
                .dense("fc", 4)
                .build();
        Dl4jModel model = trained(one);
        GrownModel grown = model.grownTo(MultiTaskNetwork.builder(Shape.image(1, 6, 6))
                .tower("a", SplitHead.of(Y))
                .tower("b", SplitHead.of(Z))
                .convolution("conv1", 3, 3)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc", 4)
                .stitch(CrossStitchUnit.perLayer())
                .build());
        assertUnchanged(model, grown.model(), images());
        assertThat(grown.model().alphas().get("fc").toDoubleMatrix()).isEqualTo(new double[][] {{1, 0}, {0.1f, 0.9f}});
    }

    @Test
    void tasks_branches_inputs_and_trunk_are_kept_and_a_new_task_starts_at_its_mean() {
        NetworkBuilder two = MultiTaskNetwork.builder()
                .input("image", Shape.image(1, 6, 6), image -> image.convolution("conv", 2, 3))
                .trunk(trunk -> trunk.dense("base", 6))
                .tower("a", SplitHead.of(Y, new NamedLayer("own", Dense.of(3))).with(Z));
        Dl4jModel model = trained(two.build());
        MultiTaskNetwork three = MultiTaskNetwork.builder()
                .input("image", Shape.image(1, 6, 6), image -> image.convolution("conv", 2, 3))
                .trunk(trunk -> trunk.dense("base", 6))
                .tower(
                        "a",
                        SplitHead.of(Y, new NamedLayer("own", Dense.of(3)))
                                .with(Z)
                                .with(NEW))
                .build();
        GrownModel grown = model.grownTo(three, TrainingPlan.of(new NoOp()));
        assertUnchanged(model, grown.model(), images());
        assertThat(grown.anew()).containsExactly("tasks/new/W", "tasks/new/b");
        assertThat(grown.kept())
                .contains("inputs/image/conv/W", "trunk/base/W", "towers/a/y/own/W", "tasks/y/W", "tasks/z/b");
        INDArray labels = data(images(), 3).next().getLabels(2);
        Dl4jModel slow = grown.model().withPlan(TrainingPlan.adam(1e-30));
        slow.fit(data(images(), 3), 1);
        double mean = labels.meanNumber().doubleValue();
        assertThat(slow.predict(images()).of("new").meanNumber().doubleValue()).isCloseTo(mean, within(1e-5));
        assertUnchanged(model, slow, images());
    }

    @Test
    void a_tower_that_must_start_equal_does() {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(36))
                .tower("a", SplitHead.of(Y))
                .tower("b", SplitHead.of(Z))
                .dense("fc", 4)
                .regularize(WeightRelatednessRegularizer.over("fc")
                        .withRelatedness(Relatedness.exponentialLinear())
                        .withStrength(1e-4))
                .build();
        INDArray x = images().reshape(12, 36);
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(0.01));
        model.fit(data(x, 2), 3);
        GrownModel grown =
                model.grownTo(network.toBuilder().tower("c", SplitHead.of(NEW)).build());
        assertThat(grown.model().graph().getLayer("c/fc").getParam("W"))
                .isEqualTo(model.graph().getLayer("a/fc").getParam("W"));
        grown.model().fit(data(x, 3), 2);
        assertThat(grown.model().history().last().score()).isFinite();
    }

    @Test
    void what_is_left_out_is_dropped_and_what_changes_shape_begins_anew() {
        Dl4jModel model = trained(towers().tower("c", SplitHead.of(NEW)).build());
        GrownModel smaller = model.grownTo(towers().build());
        assertThat(smaller.dropped()).contains("tasks/new/W", "towers/c/fc/W", "units/fc/c/alpha");
        assertThat(smaller.anew()).isEmpty();
        INDArray before = model.alphas().get("fc");
        INDArray after = smaller.model().alphas().get("fc");
        assertThat(after.getDouble(0, 1)).isEqualTo(before.getDouble(0, 1));

        GrownModel wider = model.grownTo(MultiTaskNetwork.builder(Shape.image(1, 6, 6))
                .tower("a", SplitHead.of(Y))
                .tower("b", SplitHead.of(Z))
                .convolution("conv1", 3, 3)
                .dense("fc", 9)
                .build());
        assertThat(wider.anew()).contains("towers/a/fc/W", "tasks/y/W").doesNotContain("towers/a/conv1/W");
        assertThat(model.history().events())
                .as("the model itself stays as it is")
                .noneMatch(event -> event.kind() == TrainingEvent.Kind.NETWORK_CHANGED);
        assertThatThrownBy(() ->
                        model.grownTo(towers().build(), TrainingPlan.adam(0.01).withHeld(HeldPart.tower("c"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no tower 'c'");
    }
}
