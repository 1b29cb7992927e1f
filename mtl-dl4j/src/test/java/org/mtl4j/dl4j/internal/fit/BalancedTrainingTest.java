package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.KIND;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.POINTS;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.TAGS;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.model;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.step;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.balance.BalanceScope;
import org.mtl4j.balance.GradientBalance;
import org.mtl4j.balance.GradientStep;
import org.mtl4j.balance.Gramian;
import org.mtl4j.balance.LossStep;
import org.mtl4j.balance.StepWeighting;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.history.EpochResult;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/** Steps whose gradients are combined, or whose losses are weighed, one by one. */
class BalancedTrainingTest {
    private static final int ROWS = 32;

    private static NetworkBuilder stitched() {
        return MultiTaskNetwork.builder(Shape.vector(5))
                .tower("a", SplitHead.of(POINTS))
                .tower("b", SplitHead.of(KIND, TAGS))
                .dense("fc1", 6)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc2", 5)
                .stitch(CrossStitchUnit.perLayer());
    }

    private static MultiTaskNetwork split() {
        return MultiTaskNetwork.builder(Shape.vector(5))
                .tower("all", SplitHead.of(POINTS, KIND, TAGS))
                .dense("fc1", 6)
                .dense("fc2", 5)
                .build();
    }

    private static MultiTaskNetwork tied() {
        return stitched()
                .regularize(WeightRelatednessRegularizer.over("fc1", "fc2").withStrength(0.05))
                .build();
    }

    private static MultiDataSet batch(int seed, INDArray tagsMask) {
        return ThreeTasks.batch(ROWS, seed, tagsMask);
    }

    private static FitOptions once(int workers) {
        return FitOptions.epochs(1).withWorkers(workers);
    }

    /** {@return the gradient of each task's λ·L, by steps in which the others weigh nothing} */
    private static double[][] gradients(MultiTaskNetwork network, MultiDataSet batch) {
        double[][] rows = new double[3][];
        for (int t = 0; t < 3; t++) {
            double[] one = new double[3];
            one[t] = 1;
            rows[t] = step(network, batch, once(1).withLossWeighting((tasks, run) -> one));
        }
        return rows;
    }

    static Stream<Arguments> balances() {
        return Stream.of(
                        GradientBalance.mgda(),
                        GradientBalance.pcGrad(),
                        GradientBalance.caGrad(),
                        GradientBalance.imtlG(),
                        GradientBalance.nashMtl(),
                        GradientBalance.alignedMtl(),
                        GradientBalance.upGrad())
                .flatMap(balance -> Stream.of(1, 2).map(workers -> Arguments.of(balance, workers)));
    }

    @ParameterizedTest(name = "{0}, {1} workers")
    @MethodSource("balances")
    void the_gradient_that_reaches_the_updater_is_what_the_formula_says(GradientBalance balance, int workers) {
        for (MultiTaskNetwork network : List.of(stitched().build(), split())) {
            MultiDataSet batch = batch(5, null);
            double[][] rows = gradients(network, batch);
            double[] losses = model(network).losses(ListBatches.of(List.of(batch))).values().stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
            losses[0] *= 7;
            losses[2] *= 2;
            boolean[] shared = new boolean[rows[0].length];
            double[][] ofShared = new double[3][shared.length];
            for (int k = 0; k < shared.length; k++) {
                int users = 0;
                for (double[] row : rows) {
                    users += row[k] == 0 ? 0 : 1;
                }
                shared[k] = users > 1;
                for (int t = 0; t < 3 && shared[k]; t++) {
                    ofShared[t][k] = rows[t][k];
                }
            }
            double[] weights = balance.balance(new GradientStep(
                            Gramian.ofRows(ofShared),
                            losses,
                            balance.initialState(3),
                            new BalanceMemory(model(network).state(), balance.initialState(3)).random(0)))
                    .weights();
            double[] moved = step(network, batch, once(workers).withGradientBalance(balance));
            int sharedCount = 0;
            for (int k = 0; k < moved.length; k++) {
                double expected = 0;
                for (int t = 0; t < 3; t++) {
                    expected += (shared[k] ? weights[t] : 1) * rows[t][k];
                }
                sharedCount += shared[k] ? 1 : 0;
                assertThat(moved[k]).as("parameter %s", k).isCloseTo(expected, within(1e-8));
            }
            assertThat(sharedCount).isGreaterThan(60).isLessThan(moved.length - 20);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void relatedness_is_added_after_the_gradients_were_combined(int workers) {
        MultiDataSet batch = batch(5, null);
        double[] plain = step(stitched().build(), batch, once(1));
        double[] withTerm = step(tied(), batch, once(1));
        GradientBalance balance = GradientBalance.upGrad();
        double[] balanced = step(stitched().build(), batch, once(1).withGradientBalance(balance));
        double[] balancedWithTerm = step(tied(), batch, once(workers).withGradientBalance(balance));
        double term = 0;
        for (int k = 0; k < plain.length; k++) {
            assertThat(balancedWithTerm[k] - balanced[k]).isCloseTo(withTerm[k] - plain[k], within(1e-12));
            term += Math.abs(withTerm[k] - plain[k]);
        }
        assertThat(term).isGreaterThan(0.1);
    }

    @Test
    void the_sum_is_the_plain_step() {
        GradientBalance sum = step -> {
            double[] ones = new double[step.size()];
            Arrays.fill(ones, 1);
            return step.balanced(ones);
        };
        MultiDataSet batch = batch(6, null);
        GraphModel plain = model(tied());
        GraphModel summed = model(tied());
        double score = plain.fit(ListBatches.of(List.of(batch)), once(1)).last().score();
        EpochResult last = summed.fit(ListBatches.of(List.of(batch)), once(2).withGradientBalance(sum))
                .last();
        assertThat(last.score()).isCloseTo(score, within(1e-12));
        assertThat(last.lossWeights()).isEqualTo(Map.of("points", 7.0, "kind", 1.0, "tags", 2.0));
        assertThat(summed.graph().params().distance2(plain.graph().params())).isLessThan(1e-13);
    }

    @Test
    void a_task_without_labels_is_left_out() {
        MultiDataSet batch = batch(5, Nd4j.zeros(DataType.DOUBLE, ROWS, 1));
        GraphModel model = model(split());
        int[] sizes = {0};
        GradientBalance balance = step -> {
            sizes[0] = step.size();
            return step.balanced(new double[] {2, 3});
        };
        EpochResult last = model.fit(ListBatches.of(List.of(batch)), once(1).withGradientBalance(balance))
                .last();
        assertThat(sizes[0]).isEqualTo(2);
        assertThat(last.lossWeights()).isEqualTo(Map.of("points", 14.0, "kind", 3.0, "tags", 0.0));
    }

    @Test
    void networks_that_share_nothing_are_refused() {
        MultiTaskNetwork apart = MultiTaskNetwork.builder(Shape.vector(5))
                .tower("a", SplitHead.of(POINTS))
                .tower("b", SplitHead.of(KIND, TAGS))
                .dense("fc1", 6)
                .build();
        // the tasks of tower b share its layer; alone, nothing is
        MultiTaskNetwork alone = MultiTaskNetwork.builder(Shape.vector(5))
                .tower("a", SplitHead.of(POINTS))
                .tower("b", SplitHead.of(KIND))
                .dense("fc1", 6)
                .build();
        MultiDataSet batch = batch(5, null);
        step(apart, batch, once(1).withGradientBalance(GradientBalance.mgda()));
        GraphModel model = model(alone);
        MultiDataSet two = new MultiDataSet(
                batch.getFeatures(), new INDArray[] {batch.getLabels(0), batch.getLabels(1)}, null, null);
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        model.fit(ListBatches.of(List.of(two)), once(1).withGradientBalance(GradientBalance.mgda())))
                .withMessage(
                        "Mgda[normalization=NONE] combines gradients of what tasks share, and the tasks [points, kind]"
                                + " of this network share no parameter: join their towers by a unit, or give them one"
                                + " tower or trunk");
    }

    static Stream<Arguments> weightings() {
        return Stream.of(
                        StepWeighting.uncertainty(0.01, 100),
                        StepWeighting.imtlL(0.01, 100),
                        StepWeighting.random(),
                        StepWeighting.geometric(),
                        StepWeighting.logarithmic(),
                        StepWeighting.famo(),
                        StepWeighting.smoothTchebycheff(1, 1),
                        StepWeighting.go4Align(2, 0.1))
                .flatMap(weighting -> Stream.of(1, 2).map(workers -> Arguments.of(weighting, workers)));
    }

    @ParameterizedTest(name = "{0}, {1} workers")
    @MethodSource("weightings")
    void the_first_step_has_the_factors_of_the_whole_batch(StepWeighting weighting, int workers) {
        MultiTaskNetwork network = tied();
        MultiDataSet batch = batch(5, null);
        double[] losses = model(network).losses(ListBatches.of(List.of(batch))).values().stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
        losses[0] *= 7;
        losses[2] *= 2;
        double[] factors = weighting.factors(new LossStep(
                List.of(POINTS, KIND, TAGS),
                losses,
                0,
                weighting.initialState(3),
                new BalanceMemory(model(network).state(), weighting.initialState(3)).random(0)));
        double[] expected = step(network, batch, once(1).withLossWeighting((tasks, run) -> factors));
        GraphModel model = model(network);
        INDArray start = model.graph().params().dup();
        EpochResult result = model.fit(
                        ListBatches.of(List.of(batch)), once(workers).withStepWeighting(weighting))
                .last();
        double[] moved = start.sub(model.graph().params()).toDoubleVector();
        for (int k = 0; k < moved.length; k++) {
            assertThat(moved[k]).isCloseTo(expected[k], within(1e-12));
        }
        assertThat(result.lossWeights().get("points")).isCloseTo(7 * factors[0], within(1e-12));
        assertThat(result.lossWeights().get("tags")).isCloseTo(2 * factors[2], within(1e-12));
        assertThat(result.trainingLoss().get("points") * 7).isCloseTo(losses[0], within(1e-12)); // without factors
    }

    private static Stream<FitOptions> all() {
        return Stream.of(
                FitOptions.epochs(4).withStepWeighting(StepWeighting.uncertainty()),
                FitOptions.epochs(4).withStepWeighting(StepWeighting.random()),
                FitOptions.epochs(4).withStepWeighting(StepWeighting.famo()),
                FitOptions.epochs(4).withStepWeighting(StepWeighting.smoothTchebycheff(1, 1)),
                FitOptions.epochs(4).withStepWeighting(StepWeighting.go4Align()),
                FitOptions.epochs(4).withGradientBalance(GradientBalance.gradVac()),
                FitOptions.epochs(4).withGradientBalance(GradientBalance.pcGrad()),
                FitOptions.epochs(4).withGradientBalance(GradientBalance.nashMtl(1, 3)),
                FitOptions.epochs(4).withGradientBalance(GradientBalance.gradNorm(1.5, 0.025, "fc1")),
                FitOptions.epochs(4).withGradientBalance(GradientBalance.gradDrop()),
                FitOptions.epochs(4).withGradientBalance(GradientBalance.dbMtl()),
                FitOptions.epochs(4).withGradientBalance(GradientBalance.excessMtl()),
                FitOptions.epochs(4)
                        .withGradientBalance(GradientBalance.moCo())
                        .withBalanceScope(BalanceScope.SHARED_LAYERS));
    }

    /** With dropout, whose numbers are the same in the passes of one step. */
    private static GraphModel withDropout() {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(5))
                .tower("all", SplitHead.of(POINTS, KIND, TAGS))
                .dense("fc1", 12)
                .dropout(0.5)
                .dense("fc2", 5)
                .batchNormalization()
                .build();
        return GraphModel.create(network, TrainingPlan.of(new Adam(0.01)).withSeed(3));
    }

    @ParameterizedTest
    @MethodSource("all")
    void a_run_that_is_cut_off_ends_as_one_that_is_not(FitOptions options, @TempDir Path directory) {
        ListBatches data = ListBatches.of(List.of(batch(1, null), batch(2, null), batch(3, null)));
        GraphModel whole = withDropout();
        whole.fit(data, options);
        GraphModel cut = withDropout();
        FitOptions stored = options.withCheckpoints(Checkpoints.in(directory));
        assertThatThrownBy(() -> cut.fit(data, stored.withListener(new ProgressListener() {
                    @Override
                    public void onEpoch(EpochResult result) {
                        if (result.epoch() == 2) {
                            throw new IllegalStateException("cut off");
                        }
                    }
                })))
                .hasMessage("cut off");
        GraphModel resumed = withDropout();
        resumed.fit(data, stored);
        assertThat(resumed.graph().params()).isEqualTo(whole.graph().params());
        assertThat(resumed.history().last().lossWeights())
                .isEqualTo(whole.history().last().lossWeights());
        assertThat(resumed.state().balance()).isEmpty();
        assertThat(whole.graph().params().distance2(withDropout().graph().params()))
                .isGreaterThan(0.1);
    }

    @Test
    void a_weighting_that_fails_on_one_thread_lets_all_go() {
        StepWeighting fails = new Failing();
        assertThatThrownBy(() -> model(stitched().build())
                        .fit(ListBatches.of(List.of(batch(1, null))), once(2).withStepWeighting(fails)))
                .hasMessage("on purpose");
    }

    private record Failing() implements StepWeighting {
        @Override
        public LossStep.Known needs() {
            return LossStep.Known.LOSSES;
        }

        @Override
        public double[] factors(LossStep step) {
            throw new IllegalArgumentException("on purpose");
        }
    }

    @Test
    void options_that_exclude_each_other_are_refused() {
        GraphModel model = model(split());
        ListBatches data = ListBatches.of(List.of(batch(1, null)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.fit(
                        data,
                        once(1).withStepWeighting(StepWeighting.random()).withGradientBalance(GradientBalance.mgda())))
                .withMessageContaining("not both");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.fit(
                        data,
                        once(1).withStepWeighting(StepWeighting.random())
                                .withLossWeighting((tasks, run) -> new double[3])))
                .withMessageContaining("not both");
    }
}
