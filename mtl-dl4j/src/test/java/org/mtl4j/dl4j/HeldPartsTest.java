package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.HeldPart;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;

/** What a plan holds still keeps its bits while the rest is trained. */
class HeldPartsTest {
    private static final Task Y = Task.regression("y", 1);
    private static final Task Z = Task.regression("z", 1);

    @TempDir
    private Path directory;

    static Stream<IUpdater> updaters() {
        return Stream.of(
                new Adam(0.01),
                new AMSGrad(0.01),
                new Nadam(0.01),
                new Nesterovs(0.01, 0.9),
                new RmsProp(0.01),
                new AdaGrad(0.01),
                new Sgd(0.01));
    }

    private static ListBatches data() {
        INDArray x = Nd4j.create(DataType.FLOAT, 32, 3);
        for (int i = 0; i < x.length(); i++) {
            x.putScalar(i, Math.sin(i + 1.0));
        }
        return ListBatches.of(List.of(new MultiDataSet(
                new INDArray[] {x}, new INDArray[] {x.sum(true, 1), x.prod(1).reshape(32, 1)})));
    }

    private static NetworkBuilder network() {
        return MultiTaskNetwork.builder(Shape.vector(3))
                .trunk(trunk -> trunk.dense("base", 5))
                .tower("a", SplitHead.of(Y))
                .tower("b", SplitHead.of(Z))
                .dense("fc", 4)
                .stitch(CrossStitchUnit.perChannel())
                .batchNormalization()
                .dense("last", 3)
                .regularize(WeightRelatednessRegularizer.over("fc").withStrength(1e-2));
    }

    private static Map<String, INDArray> parameters(Dl4jModel model) {
        Map<String, INDArray> parameters = new TreeMap<>();
        for (GraphVertex vertex : model.graph().getVertices()) {
            if (vertex.numParams() > 0) {
                parameters.put(vertex.getVertexName(), vertex.params().dup());
            }
        }
        return parameters;
    }

    private static List<String> moved(Dl4jModel model, Map<String, INDArray> before) {
        return parameters(model).entrySet().stream()
                .filter(entry -> !entry.getValue().equals(before.get(entry.getKey())))
                .map(Map.Entry::getKey)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("updaters")
    void a_held_tower_keeps_its_bits_normalisation_included(IUpdater updater) {
        Dl4jModel model = Dl4jModel.create(
                network().build(), TrainingPlan.of(updater).withL2(1e-2).withGradientClipping(0.5));
        model.fit(data(), 2); // so that there is momentum
        Dl4jModel held = model.withPlan(model.plan().withHeld(HeldPart.tower("a"), HeldPart.trunk()));
        Map<String, INDArray> before = parameters(held);
        assertThat(before.keySet()).contains("a/norm1");
        held.fit(data(), 3);
        assertThat(moved(held, before))
                .contains("a/fc:stitch", "b/fc", "b/fc:stitch", "b/last", "b/norm1", "z")
                .noneMatch(name -> name.equals("y") || name.startsWith("a/") && !name.endsWith(":stitch"))
                .noneMatch(name -> name.startsWith("shared:"));
        Dl4jModel free = held.withPlan(held.plan().withHeld());
        free.fit(data(), 1);
        assertThat(moved(free, before)).containsAll(before.keySet());
    }

    @Test
    void parts_are_let_go_after_their_epochs_and_then_make_steps_of_the_usual_size() throws IOException {
        Dl4jModel model = Dl4jModel.create(network().build(), TrainingPlan.adam(0.01));
        model.fit(data(), 4);
        Dl4jModel held = model.withPlan(TrainingPlan.adam(0.01)
                .withHeld(
                        HeldPart.layer("a", "fc").forEpochs(2), HeldPart.units().forEpochs(1)));
        Map<String, INDArray> before = parameters(held);
        held.fit(data(), 1);
        assertThat(moved(held, before))
                .doesNotContain("a/fc", "a/fc:stitch", "b/fc:stitch")
                .contains("a/last");
        Path file = directory.resolve("m.zip");
        held.save(file);
        Dl4jModel loaded = Dl4jModel.load(file);
        assertThat(loaded.plan()).isEqualTo(held.plan());
        loaded.fit(data(), 1);
        assertThat(moved(loaded, before)).doesNotContain("a/fc").contains("a/fc:stitch", "b/fc:stitch");
        loaded.fit(data(), 1);
        double step = parameters(loaded)
                .get("a/fc")
                .sub(before.get("a/fc"))
                .amaxNumber()
                .doubleValue();
        assertThat(step).isBetween(1e-4, 0.011);
    }

    @Test
    void parts_are_held_when_batches_are_divided_too() {
        MultiTaskNetwork dividable = MultiTaskNetwork.builder(Shape.vector(3))
                .tower("a", SplitHead.of(Y))
                .tower("b", SplitHead.of(Z))
                .dense("fc", 4)
                .stitch(CrossStitchUnit.perChannel())
                .build();
        Dl4jModel model =
                Dl4jModel.create(dividable, TrainingPlan.adam(0.01).withHeld(HeldPart.task(Y), HeldPart.unit("fc")));
        model.fit(data(), FitOptions.epochs(1).withWorkers(2));
        Map<String, INDArray> before = parameters(model);
        model.fit(data(), FitOptions.epochs(2).withWorkers(2).withParameterAveraging(0.9));
        assertThat(moved(model, before)).containsExactlyInAnyOrder("a/fc", "b/fc", "z");
    }

    @Test
    void a_plan_with_held_parts_is_written_and_read() {
        TrainingPlan plan = TrainingPlan.adam(0.01)
                .withHeld(
                        HeldPart.tower("a").forEpochs(3).beginningAt(7),
                        HeldPart.task(Y),
                        HeldPart.input("codes"),
                        HeldPart.parameters("relatedness"));
        assertThat(TrainingPlan.fromJson(plan.toJson(SavedTypes.none()), SavedTypes.none()))
                .isEqualTo(plan);
        assertThat(plan.held()).hasToString("[tower 'a' for 3 epochs, task 'y', inputs/codes, relatedness]");
        assertThat(HeldPart.tower("a").forEpochs(3).beginningAt(7).isHeldIn(9)).isTrue();
        assertThat(HeldPart.tower("a").forEpochs(3).beginningAt(7).isHeldIn(10)).isFalse();
        assertThat(HeldPart.tower("a").forEpochs(3).beginningAt(7).isHeldIn(6)).isFalse();
        assertThatThrownBy(() -> TrainingPlan.fromJson(
                        plan.toJson(SavedTypes.none()).replace("\"task\"", "\"head\""), SavedTypes.none()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'head' is no kind of part; there are tower, task and parameters");
    }

    @Test
    void what_is_not_there_cannot_be_held() {
        refused(HeldPart.tower("c"), "no tower 'c'");
        refused(HeldPart.task(Task.regression("w", 1)), "no task 'w'");
        refused(
                HeldPart.layer("a", "conv1"),
                "TrainingPlan.withHeld: the network has no parameters of towers/a/conv1; it has those of [tasks/y,"
                        + " tasks/z, towers/a/");
        refused(HeldPart.input("input"), "no parameters of inputs/input");
        assertThatThrownBy(() -> HeldPart.units().forEpochs(0)).hasMessageContaining("epochs");
        assertThatThrownBy(() -> HeldPart.parameters(" ")).hasMessage("HeldPart: the name is empty");
    }

    private static void refused(HeldPart part, String message) {
        MultiTaskNetwork network = network().build();
        assertThatThrownBy(
                        () -> Dl4jModel.create(network, TrainingPlan.adam(0.01).withHeld(part)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
