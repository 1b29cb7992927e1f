package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.KIND;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.POINTS;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.TAGS;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.model;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.moved;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.balance.DynamicWeightAverage;
import org.mtl4j.balance.GradientBalance;
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
import org.mtl4j.train.batches.Batch;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.ExampleWeights;
import org.mtl4j.train.history.TaskGradients;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/** Gradients of tasks that are looked at while they are trained. */
class GradientWatchTest {
    private static final int ROWS = 32;

    private static NetworkBuilder stitched() {
        return MultiTaskNetwork.builder(Shape.vector(5))
                .tower("a", SplitHead.of(POINTS))
                .tower("b", SplitHead.of(KIND, TAGS))
                .dense("fc1", 6)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc2", 5);
    }

    private static MultiTaskNetwork tied() {
        return stitched()
                .regularize(WeightRelatednessRegularizer.over("fc1").withStrength(0.05))
                .build();
    }

    /** Random numbers in each step, statistics of the batch, and no threads. */
    private static MultiTaskNetwork drawing() {
        return MultiTaskNetwork.builder(Shape.vector(5))
                .tower("all", SplitHead.of(POINTS, KIND, TAGS))
                .dense("fc1", 12)
                .dropout(0.5)
                .dense("fc2", 5)
                .batchNormalization()
                .build();
    }

    private static GraphModel inSteps(MultiTaskNetwork network) {
        return GraphModel.create(network, TrainingPlan.of(new Adam(0.01)).withSeed(3));
    }

    private static MultiDataSet batch(int seed) {
        return batch(seed, null);
    }

    private static MultiDataSet batch(int seed, INDArray tagsMask) {
        return ThreeTasks.batch(ROWS, seed, tagsMask);
    }

    private static INDArray noTags() {
        return Nd4j.zeros(DataType.DOUBLE, ROWS, 1);
    }

    private static ListBatches five() {
        return ListBatches.of(List.of(batch(1), batch(2), batch(3, noTags()), batch(4), batch(5)));
    }

    private static FitOptions once() {
        return FitOptions.epochs(1).withWorkers(1);
    }

    /** By steps of plain gradient descent at a rate of 1 in which the other tasks weigh nothing. */
    private static double[][] gradients(MultiTaskNetwork network, MultiDataSet batch) {
        double[][] rows = new double[3][];
        for (int t = 0; t < 3; t++) {
            double[] one = new double[3];
            one[t] = 1;
            GraphModel model = model(network);
            INDArray start = model.graph().params().dup();
            model.fit(ListBatches.of(List.of(batch)), once().withLossWeighting((tasks, run) -> one));
            rows[t] = start.sub(model.graph().params()).toDoubleVector();
        }
        for (int k = 0; k < rows[0].length; k++) {
            int users = 0;
            for (double[] row : rows) {
                users += row[k] == 0 ? 0 : 1;
            }
            for (double[] row : rows) {
                row[k] = users > 1 ? row[k] : 0;
            }
        }
        return rows;
    }

    private static double product(double[] one, double[] other) {
        double sum = 0;
        for (int k = 0; k < one.length; k++) {
            sum += one[k] * other[k];
        }
        return sum;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void lengths_and_cosines_are_those_of_each_tasks_gradient_of_what_is_shared(int workers) {
        MultiDataSet batch = batch(5);
        double[][] rows = gradients(stitched().build(), batch);
        TaskGradients seen = model(tied()) // whose term belongs to no task
                .fit(
                        ListBatches.of(List.of(batch)),
                        FitOptions.epochs(1).withWorkers(workers).withGradientWatch(1))
                .last()
                .gradients()
                .orElseThrow();
        String[] names = {"points", "kind", "tags"};
        assertThat(seen.steps()).isEqualTo(1);
        assertThat(seen.cosines()).hasSize(3);
        for (int i = 0; i < 3; i++) {
            double norm = Math.sqrt(product(rows[i], rows[i]));
            assertThat(seen.norm(names[i]).orElseThrow().mean()).isCloseTo(norm, within(1e-10));
            for (int j = i + 1; j < 3; j++) {
                double cosine = product(rows[i], rows[j]) / norm / Math.sqrt(product(rows[j], rows[j]));
                TaskGradients.Cosine told = seen.cosine(names[j], names[i]).orElseThrow();
                assertThat(told.mean()).isCloseTo(cosine, within(1e-10));
                assertThat(told.conflicts()).isEqualTo(cosine < 0 ? 1 : 0);
            }
        }
    }

    static Stream<FitOptions> options() {
        FitOptions three = FitOptions.epochs(3);
        return Stream.of(
                three.withWorkers(1),
                three.withWorkers(2),
                three.withWorkers(2).withStepWeighting(StepWeighting.uncertainty()),
                three.withStepWeighting(StepWeighting.random()),
                three.withLossWeighting(new DynamicWeightAverage(2)));
    }

    @ParameterizedTest
    @MethodSource("options")
    void whoever_looks_changes_no_bit(FitOptions options) {
        for (MultiTaskNetwork network : List.of(drawing(), tied())) {
            GraphModel plain = inSteps(network);
            plain.fit(five(), options);
            GraphModel watched = inSteps(network);
            watched.fit(five(), options.withGradientWatch(2));
            assertThat(watched.graph().params()).isEqualTo(plain.graph().params());
            assertThat(watched.graph().getUpdater().getStateViewArray())
                    .isEqualTo(plain.graph().getUpdater().getStateViewArray());
            assertThat(watched.history().epochs().stream()
                            .map(epoch -> epoch.toBuilder()
                                    .gradients(Optional.empty())
                                    .build())
                            .toList())
                    .isEqualTo(plain.history().epochs());
            assertThat(plain.history().last().gradients()).isEmpty();
        }
    }

    @Test
    void the_first_step_of_each_epoch_and_every_so_manieth_after_it_are_looked_at() {
        GraphModel model = moved(inSteps(drawing()));
        model.fit(five(), FitOptions.epochs(2).withGradientWatch(2));
        for (EpochResult epoch : model.history().epochs()) { // steps 0, 2 and 4, of which the second has no tags
            TaskGradients seen = epoch.gradients().orElseThrow();
            assertThat(seen.steps()).isEqualTo(3);
            assertThat(seen.norm("points").orElseThrow().steps()).isEqualTo(3);
            assertThat(seen.norm("tags").orElseThrow().steps()).isEqualTo(2);
            assertThat(seen.cosine("points", "tags").orElseThrow().steps()).isEqualTo(2);
            assertThat(seen.cosine("points", "kind").orElseThrow().steps()).isEqualTo(3);
            for (TaskGradients.Cosine cosine : seen.cosines()) {
                assertThat(cosine.mean()).isBetween(cosine.least(), cosine.largest());
            }
        }
    }

    @Test
    void gradients_that_are_0_have_no_direction() {
        TaskGradients seen = inSteps(drawing()) // whose outputs begin at weights of 0
                .fit(ListBatches.of(List.of(batch(1))), FitOptions.epochs(1).withGradientWatch(1))
                .last()
                .gradients()
                .orElseThrow();
        assertThat(seen.norms()).hasSize(3).allSatisfy(norm -> assertThat(norm.mean())
                .isZero());
        assertThat(seen.cosines()).isEmpty();
    }

    @Test
    void a_task_that_has_no_label_has_no_gradient() {
        TaskGradients seen = model(drawing())
                .fit(
                        ListBatches.of(List.of(batch(1, noTags()))),
                        FitOptions.epochs(1).withGradientWatch(1))
                .last()
                .gradients()
                .orElseThrow();
        assertThat(seen.norm("tags")).isEmpty();
        assertThat(seen.cosine("tags", "kind")).isEmpty();
        assertThat(seen.cosines()).hasSize(1);
    }

    @Test
    void gradients_that_are_combined_are_told_of_in_any_case() {
        MultiDataSet batch = batch(5);
        FitOptions combined = once().withGradientBalance(GradientBalance.upGrad());
        EpochResult watched = model(tied())
                .fit(ListBatches.of(List.of(batch)), once().withGradientWatch(1))
                .last();
        EpochResult balanced =
                model(tied()).fit(ListBatches.of(List.of(batch)), combined).last();
        assertThat(balanced.gradients()).isEqualTo(watched.gradients());
        assertThat(model(tied())
                        .fit(ListBatches.of(List.of(batch)), combined.withGradientWatch(5))
                        .last()
                        .gradients())
                .isEqualTo(watched.gradients());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_run_that_is_cut_off_has_the_same_history(boolean combined, @TempDir Path directory) {
        FitOptions options = combined
                ? FitOptions.epochs(4).withGradientBalance(GradientBalance.pcGrad())
                : FitOptions.epochs(4).withGradientWatch(2);
        GraphModel whole = inSteps(drawing());
        whole.fit(five(), options);
        FitOptions stored = options.withCheckpoints(Checkpoints.in(directory));
        assertThatThrownBy(() -> inSteps(drawing()).fit(five(), stored.withListener(new ProgressListener() {
                    @Override
                    public void onStep(int epoch, int step, int examples, double score) {
                        if (epoch == 2 && step == 3) {
                            throw new IllegalStateException("cut off");
                        }
                    }
                })))
                .hasMessage("cut off");
        GraphModel resumed = inSteps(drawing());
        resumed.fit(five(), stored);
        assertThat(resumed.graph().params()).isEqualTo(whole.graph().params());
        assertThat(resumed.history().epochs()).isEqualTo(whole.history().epochs());
    }

    @Test
    void a_network_in_which_nothing_is_shared_is_refused() {
        MultiTaskNetwork alone = MultiTaskNetwork.builder(Shape.vector(5))
                .tower("a", SplitHead.of(POINTS))
                .dense("fc1", 6)
                .build();
        MultiDataSet batch = batch(5);
        MultiDataSet one = new MultiDataSet(batch.getFeatures(), new INDArray[] {batch.getLabels(0)}, null, null);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model(alone).fit(ListBatches.of(List.of(one)), once().withGradientWatch(1)))
                .withMessageStartingWith(
                        "withGradientWatch looks at gradients of what tasks share, and the tasks [points]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FitOptions.epochs(1).withGradientWatch(0))
                .withMessageContaining("got 0");
    }

    @Test
    void the_history_has_what_examples_weigh() {
        INDArray weights = Nd4j.zeros(DataType.DOUBLE, ROWS, 1);
        for (int row = 0; row < ROWS; row++) {
            weights.putScalar(row, 0, row % 4);
        }
        List<org.nd4j.linalg.dataset.api.MultiDataSet> batches = new ArrayList<>();
        batches.add(Batch.of(batch(1), weights));
        EpochResult all = inSteps(drawing())
                .fit(ListBatches.of(batches), FitOptions.epochs(1))
                .last();
        // 8 each of 0, 1, 2, 3: sum 48, squares 8 (1 + 4 + 9)
        assertThat(all.exampleWeights()).contains(new ExampleWeights(ROWS, 48, 112, 0, 3));
        assertThat(all.exampleWeights().orElseThrow().effective()).isCloseTo(48.0 * 48 / 112, within(1e-12));
        batches.add(batch(2)); // each of which weighs 1
        GraphModel mixed = inSteps(drawing());
        mixed.fit(ListBatches.of(batches), FitOptions.epochs(2));
        assertThat(mixed.history().last().exampleWeights()).contains(new ExampleWeights(2 * ROWS, 80, 144, 0, 3));
        assertThat(inSteps(drawing()).fit(five(), FitOptions.epochs(1)).last().exampleWeights())
                .isEqualTo(Optional.empty());
    }
}
