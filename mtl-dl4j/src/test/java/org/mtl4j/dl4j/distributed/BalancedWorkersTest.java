package org.mtl4j.dl4j.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.balance.BalanceScope;
import org.mtl4j.balance.GradientBalance;
import org.mtl4j.balance.StepWeighting;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.testing.SerialWorkers;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Experts;
import org.mtl4j.network.Gate;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.EpochResult;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;

/** Tasks that are weighed in each step, and gradients that are combined, with workers of {@link WorkersTest}. */
class BalancedWorkersTest {
    private static final FitOptions TWO = FitOptions.epochs(2);

    static Stream<FitOptions> options() {
        return Stream.of(
                TWO.withGradientBalance(GradientBalance.mgda()),
                TWO.withGradientBalance(GradientBalance.pcGrad()),
                TWO.withGradientBalance(GradientBalance.gradNorm()),
                TWO.withGradientBalance(GradientBalance.gradDrop()).withBalanceScope(BalanceScope.SHARED_LAYERS),
                TWO.withGradientBalance(GradientBalance.dbMtl()),
                TWO.withGradientWatch(2),
                TWO.withStepWeighting(StepWeighting.uncertainty(0.01, 100)),
                TWO.withStepWeighting(StepWeighting.random()),
                TWO.withStepWeighting(StepWeighting.geometric()),
                TWO.withStepWeighting(StepWeighting.smoothTchebycheff(1, 1)),
                TWO.withStepWeighting(StepWeighting.famo()));
    }

    /** Those that do different things with what shards answer. */
    static Stream<FitOptions> some() {
        return Stream.of(
                TWO.withGradientBalance(GradientBalance.pcGrad()),
                TWO.withGradientBalance(GradientBalance.dbMtl()).withBalanceScope(BalanceScope.SHARED_LAYERS),
                TWO.withGradientWatch(2),
                TWO.withStepWeighting(StepWeighting.uncertainty(0.01, 100)),
                TWO.withStepWeighting(StepWeighting.famo()));
    }

    /** Random numbers, gates with a term and shares of their own, weights that are tied. */
    private static MultiTaskNetwork drawing() {
        return MultiTaskNetwork.builder(Shape.image(1, 10, 10))
                .tower("a", SplitHead.of(Task.regression("points", 4).withWeight(10)))
                .tower("b", SplitHead.of(Task.classification("kind", 3)))
                .experts(Experts.ple(2, 2, 1, expert -> expert.dense(6)).withGate(Gate.dselect(2)))
                .dense("fc", 8)
                .dropout(0.5)
                .regularize(WeightRelatednessRegularizer.over("fc").withStrength(1e-2))
                .build();
    }

    private static TrainingPlan single() {
        return TrainingPlan.of(new Adam(0.01)).withSeed(5);
    }

    @ParameterizedTest
    @MethodSource("options")
    void one_shard_comes_to_the_bits_of_one_process(FitOptions options) throws IOException {
        List<TrainingShard> shard = WorkersTest.equalShards().subList(0, 1);
        Dl4jModel alone = Dl4jModel.create(drawing(), single());
        alone.fit(TrainingShard.joined(shard), options.withWorkers(1));
        Dl4jModel together = Dl4jModel.create(drawing(), single());
        together.fit(new SerialWorkers(together, shard).twice(6), Averaging.gradients(), options);
        assertThat(together.graph().params()).isEqualTo(alone.graph().params());
        assertThat(together.history().epochs()).isEqualTo(alone.history().epochs());
        assertThat(together.history().last().gradients().isPresent())
                .isEqualTo(options.stepWeighting().isEmpty());
    }

    /** Of layers of which a step is prepared, on workers as in one process. */
    @ParameterizedTest
    @MethodSource("some")
    void one_shard_comes_to_the_bits_of_one_process_with_prepared_steps(FitOptions options) throws IOException {
        List<MultiDataSet> batches = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            MultiDataSet batch = WorkersTest.batch(i, 8, 0);
            INDArray vectors = batch.getFeatures(0).reshape(8, 100).castTo(DataType.FLOAT);
            batches.add(new MultiDataSet(new INDArray[] {vectors}, batch.getLabels()));
        }
        List<TrainingShard> shard = List.of(TrainingShard.of(batches));
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(100))
                .tower("a", SplitHead.of(Task.regression("points", 4).withWeight(10)))
                .tower("b", SplitHead.of(Task.classification("kind", 3)))
                .dense("fc", 8)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc2", 6)
                .regularize(WeightRelatednessRegularizer.over("fc2").withStrength(1e-2))
                .build();
        Dl4jModel alone = Dl4jModel.create(network, single());
        alone.fit(TrainingShard.joined(shard), options.withWorkers(1));
        Dl4jModel together = Dl4jModel.create(network, single());
        together.fit(new SerialWorkers(together, shard).twice(6), Averaging.gradients(), options);
        assertThat(together.graph().params()).isEqualTo(alone.graph().params());
        assertThat(together.history().epochs()).isEqualTo(alone.history().epochs());
    }

    @ParameterizedTest
    @MethodSource("some")
    void shards_with_labels_that_miss_come_to_what_one_process_does_with_all_of_the_batch(FitOptions options)
            throws IOException {
        List<TrainingShard> shards = WorkersTest.unequalShards();
        TrainingPlan plan = WorkersTest.plan(new Nesterovs(0.02, 0.9));
        Dl4jModel alone = Dl4jModel.create(WorkersTest.network(), plan);
        alone.fit(TrainingShard.joined(shards), options.withWorkers(1));
        Dl4jModel together = Dl4jModel.create(WorkersTest.network(), plan);
        together.fit(new SerialWorkers(together, shards).twice(4), Averaging.gradients(), options);
        WorkersTest.assertSame(together, alone);
        for (int e = 0; e < 2; e++) {
            EpochResult found = together.history().epochs().get(e);
            EpochResult expected = alone.history().epochs().get(e);
            for (String task : List.of("points", "kind")) {
                assertThat(found.lossWeights().get(task))
                        .isCloseTo(expected.lossWeights().get(task), within(1e-9));
            }
            assertThat(found.gradients()
                            .map(seen -> seen.norm("points").orElseThrow().steps()))
                    .isEqualTo(expected.gradients()
                            .map(seen -> seen.norm("points").orElseThrow().steps()));
            expected.gradients().ifPresent(seen -> assertThat(found.gradients()
                            .orElseThrow()
                            .norm("points")
                            .orElseThrow()
                            .mean())
                    .isCloseTo(seen.norm("points").orElseThrow().mean(), within(1e-9)));
        }
    }

    @Test
    void weights_are_decided_once_a_round_where_parameters_are_averaged() throws IOException {
        for (StepWeighting weighting :
                List.of(StepWeighting.uncertainty(0.01, 100), StepWeighting.logarithmic(), StepWeighting.famo())) {
            FitOptions options = TWO.withStepWeighting(weighting);
            TrainingPlan plan = WorkersTest.plan(new Sgd(0.02));
            Dl4jModel alone = Dl4jModel.create(WorkersTest.network(), plan);
            alone.fit(TrainingShard.joined(WorkersTest.equalShards()), options.withWorkers(1));
            Dl4jModel together = Dl4jModel.create(WorkersTest.network(), plan);
            together.fit(
                    new SerialWorkers(together, WorkersTest.equalShards()).twice(0), Averaging.parameters(1), options);
            assertThat(together.graph().params().distance2(alone.graph().params()))
                    .isLessThan(WorkersTest.ROUNDING);
            Dl4jModel rounds = Dl4jModel.create(WorkersTest.network(), plan);
            rounds.fit(new SerialWorkers(rounds, WorkersTest.equalShards()).twice(0), Averaging.parameters(2), options);
            assertThat(rounds.history().last().lossWeights().get("kind")).isPositive();
            assertThat(rounds.history().events().get(0).text()).contains("every 2 steps, weights decided once a round");
        }
    }

    @Test
    void the_history_says_when_weights_are_decided() throws IOException {
        assertThat(started(TWO.withStepWeighting(StepWeighting.random())))
                .contains("2 shards, gradients averaged, weights decided in each step");
        assertThat(started(TWO.withStepWeighting(StepWeighting.famo())))
                .contains("weights decided in each step, for which all are asked for its losses before and after");
        assertThat(started(TWO.withGradientBalance(GradientBalance.upGrad())))
                .contains(
                        "2 shards, gradients averaged, each task's first, and then combined", "gradients combined of");
    }

    private static String started(FitOptions options) throws IOException {
        Dl4jModel model = Dl4jModel.create(WorkersTest.network(), WorkersTest.plan(new Sgd(0.02)));
        model.fit(
                new SerialWorkers(model, WorkersTest.equalShards()).twice(0),
                Averaging.gradients(),
                options.withEpochs(1));
        return model.history().events().get(0).text();
    }

    @Test
    void a_run_that_was_cut_off_goes_on_with_what_its_balance_remembers(@TempDir Path directory) throws IOException {
        FitOptions options = TWO.withGradientBalance(GradientBalance.moCo());
        Dl4jModel cut = Dl4jModel.create(drawing(), single());
        FitOptions stored = options.withCheckpoints(Checkpoints.in(directory));
        cut.fit(
                new SerialWorkers(cut, WorkersTest.unequalShards()).twice(0),
                Averaging.gradients(),
                stored.withEpochs(1));
        Dl4jModel resumed = Dl4jModel.create(drawing(), single());
        resumed.fit(new SerialWorkers(resumed, WorkersTest.unequalShards()).twice(0), Averaging.gradients(), stored);
        Dl4jModel whole = Dl4jModel.create(drawing(), single());
        whole.fit(new SerialWorkers(whole, WorkersTest.unequalShards()).twice(0), Averaging.gradients(), options);
        assertThat(resumed.graph().params()).isEqualTo(whole.graph().params());
        assertThat(resumed.history().epochs()).isEqualTo(whole.history().epochs());
    }

    @Test
    void gradients_that_do_not_meet_cannot_be_combined() throws IOException {
        Dl4jModel model = Dl4jModel.create(WorkersTest.network(), WorkersTest.plan(new Sgd(0.02)));
        SerialWorkers workers = new SerialWorkers(model, WorkersTest.equalShards()).twice(0);
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        model.fit(workers, Averaging.parameters(2), TWO.withGradientBalance(GradientBalance.mgda())))
                .withMessage("withGradientBalance needs the gradients of all workers in each step, and with parameters"
                        + " averaged every 2 steps they do not meet; give Averaging.gradients()");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.fit(workers, Averaging.parameters(1), TWO.withGradientWatch(1)))
                .withMessageStartingWith("withGradientWatch needs");
    }
}
