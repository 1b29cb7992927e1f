package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ParameterGroup;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingEvent.Kind;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;

/** A model goes on by another plan, all of it. */
class WithPlanTest {
    @TempDir
    Path directory;

    private static INDArray x() {
        INDArray numbers = Nd4j.create(DataType.FLOAT, 16, 3);
        for (int i = 0; i < numbers.length(); i++) {
            numbers.putScalar(i, Math.sin(i + 1.0));
        }
        return numbers;
    }

    private static ListBatches data() {
        INDArray x = x();
        return ListBatches.of(List.of(new MultiDataSet(
                new INDArray[] {x}, new INDArray[] {x.sum(true, 1), x.prod(1).reshape(16, 1)})));
    }

    private static Dl4jModel trained(TrainingPlan plan, int epochs) {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(3))
                .tower("a", SplitHead.of(Task.regression("y", 1)))
                .tower("b", SplitHead.of(Task.regression("z", 1)))
                .dense("fc", 4)
                .stitch(CrossStitchUnit.perChannel().withFrozenEpochs(2))
                .regularize(WeightRelatednessRegularizer.over("fc")
                        .withRelatedness(Relatedness.l2Linear())
                        .withStrength(1e-2))
                .build();
        Dl4jModel model = Dl4jModel.create(network, plan);
        model.fit(data(), epochs);
        return model;
    }

    /** By how much each vertex has moved in one step. */
    private static Map<String, Double> step(Dl4jModel model) {
        Map<String, INDArray> before = new TreeMap<>();
        for (GraphVertex vertex : model.graph().getVertices()) {
            if (vertex.numParams() > 0) {
                before.put(vertex.getVertexName(), vertex.params().dup());
            }
        }
        model.fit(data(), 1);
        Map<String, Double> moved = new TreeMap<>();
        before.forEach((name, old) -> moved.put(
                name,
                model.graph().getVertex(name).params().sub(old).amaxNumber().doubleValue()));
        return moved;
    }

    @Test
    void everything_moves_at_the_new_rate_and_goes_on_to_after_saving() throws IOException {
        Path file = directory.resolve("m.zip");
        trained(TrainingPlan.adam(1e-2), 5).save(file);
        Dl4jModel old = Dl4jModel.load(file);
        INDArray expected = old.predict(x()).of("y");
        Dl4jModel model = old.withPlan(TrainingPlan.adam(1e-4));
        assertThat(model.predict(x()).of("y")).isEqualTo(expected);
        for (int time = 0; time < 2; time++) {
            // Adam's steps are of about its rate; where gradients have shrunk, much smaller
            assertThat(step(model))
                    .hasSize(7)
                    .allSatisfy((vertex, moved) -> assertThat(moved).as(vertex).isBetween(1e-6, 1.5e-4));
            assertThat(model.history().last().learningRate()).isEqualTo(1e-4);
            model.save(file);
            model = Dl4jModel.load(file);
        }
        assertThat(old.plan()).isEqualTo(TrainingPlan.adam(1e-2));
        assertThat(old.history().epochs()).hasSize(5);
        assertThat(model.history().epochs()).extracting(EpochResult::epoch).containsExactly(0, 1, 2, 3, 4, 5, 6);
        assertThat(model.history().events())
                .filteredOn(event -> event.kind() == Kind.PLAN_CHANGED)
                .singleElement()
                .extracting(TrainingEvent::text)
                .asString()
                .contains("1.0E-4")
                .contains("; before: ")
                .doesNotContain("anew");
    }

    @Test
    void the_same_plan_changes_no_bit() {
        TrainingPlan plan = TrainingPlan.adam(1e-2).withExponentialDecay(0.5);
        Dl4jModel model = trained(plan, 3);
        Dl4jModel going = model.withPlanGoingOn(model.plan());
        model.fit(data(), 2);
        going.fit(data(), 2);
        assertThat(going.graph().params()).isEqualTo(model.graph().params());
        assertThat(going.history().epochs()).isEqualTo(model.history().epochs());
    }

    @Test
    void schedules_begin_now_or_go_on() throws IOException {
        Dl4jModel model = trained(TrainingPlan.adam(1e-2), 3);
        TrainingPlan plan = TrainingPlan.adam(1e-3).withCosineDecay(2).withWarmUp(2);
        Dl4jModel anew = model.withPlan(plan);
        anew.fit(data(), 2);
        List<EpochResult> epochs = anew.history().epochs();
        assertThat(epochs.get(3).learningRate()).isCloseTo(0.5e-3, within(1e-12)); // the first of two steps
        assertThat(epochs.get(4).learningRate()).isCloseTo(0.5e-3, within(1e-12)); // cos 90 degrees
        assertThat(epochs.get(4).iterations()).isEqualTo(5);
        anew.save(directory.resolve("later.zip"));
        assertThat(Dl4jModel.load(directory.resolve("later.zip")).plan()).isEqualTo(anew.plan());
        Dl4jModel going = model.withPlanGoingOn(plan);
        going.fit(data(), 1);
        assertThat(going.history().last().learningRate()).isZero();
        assertThat(going.plan()).isEqualTo(plan);
    }

    @Test
    void an_updater_of_another_kind_begins_like_a_fresh_one() throws IOException {
        Dl4jModel model = trained(TrainingPlan.of(new Nesterovs(1e-2, 0.9)), 30)
                .withPlan(TrainingPlan.adam(1e-4).withUpdater(ParameterGroup.ALPHA, new Sgd(0)));
        model.save(directory.resolve("anew.zip"));
        Dl4jModel loaded = Dl4jModel.load(directory.resolve("anew.zip"));
        for (Dl4jModel each : List.of(model, loaded)) {
            Map<String, Double> moved = step(each);
            // moments that are corrected by the thirty steps before would give three times as much
            assertThat(moved.get("a/fc")).isCloseTo(1e-4, within(2e-6));
            assertThat(moved.get("a/fc:stitch")).isZero();
            assertThat(each.history().last().iterations()).isEqualTo(31);
            assertThat(each.history().events().get(1).text())
                    .contains("the updater's state begins anew for layers, alpha, coefficients");
        }
        assertThat(loaded.graph().params()).isEqualTo(model.graph().params());
    }

    @Test
    void units_are_frozen_for_the_first_epochs_of_a_life_only() {
        Dl4jModel young = trained(TrainingPlan.adam(1e-2), 1).withPlan(TrainingPlan.adam(1e-3));
        assertThat(step(young).get("a/fc:stitch")).isZero();
        assertThat(step(young).get("a/fc:stitch")).isPositive();
    }

    @Test
    void precision_penalty_and_clipping_are_of_the_new_plan() {
        Dl4jModel old = trained(TrainingPlan.adam(1e-2), 3);
        Dl4jModel model = old.withPlan(
                TrainingPlan.of(new Sgd(1)).withDataType(DataType.DOUBLE).withGradientClipping(1e-3));
        assertThat(model.graph().params().dataType()).isEqualTo(DataType.DOUBLE);
        // single precision against double
        assertThat(model.predict(x())
                        .of("y")
                        .castTo(DataType.FLOAT)
                        .distance2(old.predict(x()).of("y")))
                .isLessThan(1e-5);
        Map<String, Double> moved = step(model);
        assertThat(moved.get("a/fc")).isBetween(1e-5, 1e-3); // of all of the layer together 1e-3
        Dl4jModel penalised = old.withPlan(TrainingPlan.of(new Sgd(1e-12)).withL2(10));
        Dl4jModel plain = old.withPlan(TrainingPlan.of(new Sgd(1e-12)));
        penalised.fit(data(), 1);
        plain.fit(data(), 1);
        double squares = 0;
        for (String layer : List.of("a/fc", "b/fc", "y", "z")) {
            squares += Math.pow(
                    plain.graph().getLayer(layer).getParam("W").norm2Number().doubleValue(), 2);
        }
        assertThat(penalised.history().last().score() - plain.history().last().score())
                .isCloseTo(10 * squares / 2, within(1e-4));
    }

    @Test
    void a_run_by_another_plan_that_was_cut_off_ends_the_same() {
        TrainingPlan plan = TrainingPlan.of(new Nesterovs(1e-2, 0.9)).withCosineDecay(4);
        Dl4jModel whole = trained(TrainingPlan.adam(1e-2), 2).withPlan(plan);
        whole.fit(data(), FitOptions.epochs(4).withCheckpoints(Checkpoints.in(directory.resolve("whole"))));
        for (int epochs : new int[] {2, 4}) {
            Dl4jModel cut = trained(TrainingPlan.adam(1e-2), 2).withPlan(plan);
            cut.fit(data(), FitOptions.epochs(epochs).withCheckpoints(Checkpoints.in(directory.resolve("cut"))));
            if (epochs == 4) {
                assertThat(cut.graph().params()).isEqualTo(whole.graph().params());
                assertThat(cut.history().epochs()).isEqualTo(whole.history().epochs());
            }
        }
    }

    @Test
    void a_rate_set_on_the_graph_is_said() {
        Dl4jModel model = trained(TrainingPlan.adam(1e-2), 1);
        model.graph().setLearningRate(1e-6);
        model.fit(data(), 2);
        assertThat(model.history().last().learningRate()).isEqualTo(1e-6);
        assertThat(model.history().events())
                .filteredOn(event -> event.kind() == Kind.RATE_SET_ON_GRAPH)
                .singleElement()
                .extracting(TrainingEvent::text)
                .asString()
                .startsWith("learning rates were set on the graph, of 'a/fc' 1.0E-6, 'b/fc' 1.0E-6, 'y' 1.0E-6 (of 4"
                        + " layers in all)")
                .contains("Dl4jModel.withPlan");
        model.graph().setLearningRate("a/fc", 1e-5);
        model.fit(data(), 1);
        assertThat(model.history().last().learningRate()).as("of the plan").isEqualTo(1e-2);
    }
}
