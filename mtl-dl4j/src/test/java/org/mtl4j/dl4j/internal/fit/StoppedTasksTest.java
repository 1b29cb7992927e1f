package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.balance.ScheduledWeights;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.schedule.CosineSchedule;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ParameterGroup;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingEvent.Kind;
import org.mtl4j.train.stopping.EarlyStopping;
import org.mtl4j.train.stopping.TaskStopping;
import org.mtl4j.train.stopping.ValidationStopping;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/** Tasks that are dropped, runs that end early, weights and rates that change. */
class StoppedTasksTest {
    /** Momentum, weight decay and relatedness: all that moves parameters without a gradient of their task. */
    private static final TrainingPlan PLAN =
            TrainingPlan.adam(1e-2).withL2(1e-2).withGradientClipping(10).withSeed(2);

    @TempDir
    private Path directory;

    /** Two towers; the second carries two tasks, one with a layer of its own. */
    private static MultiTaskNetwork network() {
        return MultiTaskNetwork.builder(Shape.vector(4))
                .tower("a", SplitHead.of(Task.regression("main", 2)))
                .tower(
                        "b",
                        SplitHead.of(Task.classification("kind", 2))
                                .with(Task.regression("size", 1), new org.mtl4j.layer.NamedLayer("own", Dense.of(3))))
                .dense("fc1", 6)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc2", 5)
                .regularize(WeightRelatednessRegularizer.over("fc1", "fc2")
                        .withRelatedness(Relatedness.l2Linear())
                        .withStrength(0.1))
                .build();
    }

    private static ListBatches data(int seed) {
        List<org.nd4j.linalg.dataset.api.MultiDataSet> batches = new ArrayList<>();
        Random random = new Random(seed);
        for (int b = 0; b < 3; b++) {
            INDArray x = Nd4j.create(16, 4);
            INDArray main = Nd4j.create(16, 2);
            INDArray kind = Nd4j.create(16, 2);
            INDArray size = Nd4j.create(16, 1);
            for (int i = 0; i < 16; i++) {
                double sum = 0;
                for (int j = 0; j < 4; j++) {
                    double value = random.nextGaussian();
                    x.putScalar(i, j, value);
                    sum += value;
                }
                main.putScalar(i, 0, sum).putScalar(i, 1, x.getDouble(i, 0));
                kind.putScalar(i, random.nextInt(2), 1);
                size.putScalar(i, 0, random.nextGaussian());
            }
            batches.add(new MultiDataSet(new INDArray[] {x}, new INDArray[] {main, kind, size}));
        }
        return ListBatches.of(batches);
    }

    /** Drops these tasks after that epoch. */
    private static TaskStopping after(int epoch, String... tasks) {
        return (task, run) -> run.size() == epoch && List.of(tasks).contains(task.name())
                ? Optional.of("it is time")
                : Optional.empty();
    }

    private static INDArray parameters(Dl4jModel model, String vertex) {
        return model.graph().getVertex(vertex).params().dup();
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2})
    void a_dropped_task_is_gone_and_what_only_it_uses_stays_as_it_is(int workers) {
        Dl4jModel model = Dl4jModel.create(network(), PLAN);
        List<Map<String, INDArray>> seen = new ArrayList<>();
        List<TrainingEvent> told = new ArrayList<>();
        String[] vertices = {"a/fc1", "a/fc2", "b/fc1", "b/fc2", "b/size/own", "size", "kind", "main"};
        model.fit(
                data(1),
                FitOptions.epochs(6)
                        .withValidation(data(2))
                        .withWorkers(workers)
                        .withTaskStopping(after(3, "size"), "main")
                        .withListener(new ProgressListener() {
                            @Override
                            public void onEpoch(EpochResult result) {
                                Map<String, INDArray> now = new java.util.HashMap<>();
                                for (String vertex : vertices) {
                                    now.put(vertex, parameters(model, vertex));
                                }
                                seen.add(now);
                            }

                            @Override
                            public void onEvent(TrainingEvent event) {
                                told.add(event);
                            }
                        }));
        for (String kept : new String[] {"b/size/own", "size"}) {
            assertThat(seen.get(2).get(kept))
                    .as("before: " + kept)
                    .isNotEqualTo(seen.get(1).get(kept));
            for (int epoch = 3; epoch < 6; epoch++) {
                assertThat(seen.get(epoch).get(kept))
                        .as("%s in epoch %d", kept, epoch)
                        .isEqualTo(seen.get(2).get(kept));
            }
        }
        for (String trained : new String[] {"a/fc1", "a/fc2", "b/fc1", "b/fc2", "kind", "main"}) {
            assertThat(seen.get(3).get(trained))
                    .as(trained)
                    .isNotEqualTo(seen.get(2).get(trained));
        }
        assertThat(model.history().stoppedTasks()).containsExactly("size");
        assertThat(told)
                .filteredOn(event -> event.kind() == Kind.TASK_STOPPED)
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.subject()).isEqualTo("size");
                    assertThat(event.epoch()).isEqualTo(2);
                    assertThat(event.text()).isEqualTo("it is time");
                });
        assertThat(model.history().epochs().get(2).lossWeights()).containsEntry("size", 1.0);
        assertThat(model.history().epochs().get(3).lossWeights()).containsEntry("size", 0.0);
    }

    /** From the step after, everything is as if the task's labels had never been there. */
    @Test
    void nothing_of_a_dropped_tasks_labels_reaches_the_others() {
        Dl4jModel one = Dl4jModel.create(network(), PLAN);
        Dl4jModel other = Dl4jModel.create(network(), PLAN);
        for (Dl4jModel model : List.of(one, other)) {
            model.fit(data(1), FitOptions.epochs(1).withValidation(data(2)).withTaskStopping(after(1, "size"), "main"));
        }
        ListBatches otherLabels = data(1);
        while (otherLabels.hasNext()) {
            otherLabels.next().getLabels(2).assign(Double.NaN);
        }
        one.fit(data(1), 2);
        other.fit(otherLabels, 2);
        assertThat(other.graph().params()).isEqualTo(one.graph().params());
    }

    @Test
    void a_tower_whose_tasks_are_all_dropped_stays_where_nobody_else_uses_it() {
        Dl4jModel model = Dl4jModel.create(network(), PLAN);
        model.fit(
                data(1),
                FitOptions.epochs(1).withValidation(data(2)).withTaskStopping(after(1, "size", "kind"), "main"));
        INDArray private2 = parameters(model, "b/fc2");
        INDArray shared1 = parameters(model, "b/fc1");
        INDArray row = parameters(model, "b/fc1:stitch");
        model.fit(data(1), 3);
        assertThat(parameters(model, "b/fc2")).isEqualTo(private2);
        assertThat(parameters(model, "b/fc1:stitch")).isEqualTo(row);
        assertThat(parameters(model, "b/fc1")).isNotEqualTo(shared1);
    }

    @Test
    void a_task_stays_dropped_when_saved_and_comes_back_when_asked() throws IOException {
        Dl4jModel model = Dl4jModel.create(network(), PLAN);
        model.fit(data(1), FitOptions.epochs(2).withValidation(data(2)).withTaskStopping(after(2, "size"), "main"));
        INDArray head = parameters(model, "size");
        model.save(directory.resolve("model.zip"));
        Dl4jModel loaded = Dl4jModel.load(directory.resolve("model.zip"));
        loaded.fit(data(1), 2);
        model.fit(data(1), 2);
        assertThat(parameters(loaded, "size")).isEqualTo(head);
        assertThat(loaded.graph().params()).isEqualTo(model.graph().params());
        loaded.fit(data(1), FitOptions.epochs(1).withAllTasks());
        assertThat(parameters(loaded, "size")).isNotEqualTo(head);
        assertThat(loaded.history().stoppedTasks()).isEmpty();
    }

    @Test
    void main_tasks_are_never_dropped() {
        Dl4jModel model = Dl4jModel.create(network(), PLAN);
        model.fit(
                data(1),
                FitOptions.epochs(3)
                        .withValidation(data(2))
                        .withTaskStopping((task, run) -> Optional.of("always"), "main", "kind"));
        assertThat(model.history().stoppedTasks()).containsExactly("size");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.fit(
                        data(1), FitOptions.epochs(1).withValidation(data(2)).withTaskStopping(after(1), "age")))
                .withMessageContainingAll("'age'", "main", "kind", "size");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.fit(data(1), FitOptions.epochs(1).withTaskStopping(after(1), "main")))
                .withMessageContaining("withValidation");
    }

    @Test
    void a_run_that_gets_no_better_ends_with_its_best_model() throws IOException {
        Dl4jModel model = Dl4jModel.create(network(), TrainingPlan.adam(5e-2).withSeed(2));
        List<INDArray> after = new ArrayList<>();
        model.fit(
                data(1),
                FitOptions.epochs(200)
                        .withValidation(data(2))
                        .withEarlyStopping(EarlyStopping.on("kind", 3))
                        .withListener(new ProgressListener() {
                            @Override
                            public void onEpoch(EpochResult result) {
                                after.add(model.graph().params().dup());
                            }
                        }));
        List<Double> losses = model.history().epochs().stream()
                .map(result -> result.validationLoss().get("kind"))
                .toList();
        int best = IntStream.range(0, losses.size())
                .reduce((i, j) -> losses.get(j) < losses.get(i) ? j : i)
                .orElseThrow();
        assertThat(losses).hasSizeLessThan(200).hasSize(best + 4);
        assertThat(model.graph().params()).isEqualTo(after.get(best));
        assertThat(model.losses(data(2)).get("kind")).isEqualTo(losses.get(best));
        assertThat(model.history().events())
                .extracting(TrainingEvent::kind)
                .containsExactly(Kind.RUN_STARTED, Kind.RUN_STOPPED, Kind.BEST_KEPT);
    }

    /** Cut off by an exception after each epoch in turn, with all that stopping has to remember. */
    @Test
    void a_run_cut_off_stops_where_it_would_have_stopped() {
        FitOptions options = FitOptions.epochs(30)
                .withValidation(data(2))
                .withTaskStopping(ValidationStopping.of(2), "main")
                .withEarlyStopping(EarlyStopping.on("kind", 6))
                .withLossWeighting(new ScheduledWeights(Map.of("kind", new CosineSchedule(1, 0.1, 20))));
        TrainingPlan plan = TrainingPlan.adam(5e-2).withSeed(2);
        Dl4jModel whole = Dl4jModel.create(network(), plan);
        whole.fit(data(1), options);
        assertThat(whole.history().stoppedTasks()).isNotEmpty();
        assertThat(whole.history().epochs()).hasSizeLessThan(30);

        int calls = 0;
        Dl4jModel cut;
        while (true) {
            cut = Dl4jModel.create(network(), plan);
            int[] epochsHere = {0};
            try {
                cut.fit(
                        data(1),
                        options.withCheckpoints(Checkpoints.in(directory).withInterval(2))
                                .withListener(new ProgressListener() {
                                    @Override
                                    public void onEpoch(EpochResult result) {
                                        if (++epochsHere[0] == 3) {
                                            throw new IllegalStateException("cut off");
                                        }
                                    }
                                }));
                break;
            } catch (IllegalStateException e) {
                calls++;
            }
        }
        assertThat(calls).isGreaterThan(2);
        assertThat(cut.graph().params()).isEqualTo(whole.graph().params());
        assertThat(cut.history().epochs()).isEqualTo(whole.history().epochs());
        assertThat(cut.history().events()).isEqualTo(whole.history().events());
    }

    @Test
    void weights_that_change_are_in_the_step_and_in_the_history() {
        TrainingPlan sgd = TrainingPlan.of(new Sgd(0.1)).withSeed(2);
        Dl4jModel half = Dl4jModel.create(network(), sgd);
        half.fit(data(1), FitOptions.epochs(1).withLossWeighting((tasks, run) -> new double[] {0.5, 0.5, 0.5}));
        NetworkBuilder builder = MultiTaskNetwork.builder(Shape.vector(4));
        builder.tower("a", SplitHead.of(Task.regression("main", 2).withWeight(0.5)))
                .tower(
                        "b",
                        SplitHead.of(Task.classification("kind", 2).withWeight(0.5))
                                .with(
                                        Task.regression("size", 1).withWeight(0.5),
                                        new org.mtl4j.layer.NamedLayer("own", Dense.of(3))))
                .dense("fc1", 6)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc2", 5)
                .regularize(WeightRelatednessRegularizer.over("fc1", "fc2")
                        .withRelatedness(Relatedness.l2Linear())
                        .withStrength(0.1));
        Dl4jModel built = Dl4jModel.create(builder.build(), sgd);
        built.fit(data(1), 1);
        assertThat(half.graph().params().distance2(built.graph().params())).isLessThan(1e-5);
        assertThat(half.history().last().lossWeights())
                .isEqualTo(built.history().last().lossWeights());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> half.fit(
                        data(1), FitOptions.epochs(1).withLossWeighting((tasks, run) -> new double[] {1, -1, 1})))
                .withMessageContaining("-1");
    }

    @Test
    void alpha_keeps_its_start_for_the_first_epochs_and_may_have_its_own_updater() {
        MultiTaskNetwork frozen = MultiTaskNetwork.builder(Shape.vector(4))
                .tower("a", SplitHead.of(Task.regression("main", 2)))
                .tower("b", SplitHead.of(Task.classification("kind", 2)).with(Task.regression("size", 1)))
                .dense("fc1", 6)
                .stitch(CrossStitchUnit.perChannel(0.8).withFrozenEpochs(2))
                .build();
        for (TrainingPlan plan : List.of(PLAN, PLAN.withUpdater(ParameterGroup.ALPHA, new Sgd(10)))) {
            Dl4jModel model = Dl4jModel.create(frozen, plan);
            INDArray start = model.alphas().get("fc1").dup();
            model.fit(data(1), 2);
            assertThat(model.alphas().get("fc1")).isEqualTo(start);
            model.fit(data(1), 1);
            assertThat(model.alphas().get("fc1")).isNotEqualTo(start);
        }
        Dl4jModel fast = Dl4jModel.create(network(), PLAN.withUpdater(ParameterGroup.ALPHA, new Sgd(0)));
        INDArray start = fast.alphas().get("fc1").dup();
        fast.fit(data(1), 1);
        assertThat(fast.alphas().get("fc1")).isEqualTo(start);
    }

    @Test
    void alpha_that_runs_away_is_reported_once() {
        Dl4jModel model = Dl4jModel.create(
                network(),
                TrainingPlan.adam(1e-3).withUpdater(ParameterGroup.ALPHA, new org.nd4j.linalg.learning.config.Adam(5)));
        model.fit(data(1), 4);
        assertThat(model.history().events())
                .filteredOn(event -> event.kind() == Kind.ALPHA_DIVERGING)
                .singleElement()
                .satisfies(event -> assertThat(event.subject()).isEqualTo("fc1"));
    }
}
