package org.mtl4j.dl4j.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.dl4j.internal.fit.LocalSteps;
import org.mtl4j.dl4j.internal.fit.OutputStarts;
import org.mtl4j.dl4j.testing.SerialWorkers;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Branching;
import org.mtl4j.network.Experts;
import org.mtl4j.network.Gate;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SharedPart;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingDivergedException;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;

/** Workers that get questions and give answers as bytes, as other processes do, and are asked everything twice. */
class WorkersTest {
    @TempDir
    Path directory;

    /** Doubles; sums of some thousand products in another order, over some steps. */
    static final double ROUNDING = 1e-11;

    static MultiTaskNetwork network() {
        return MultiTaskNetwork.builder(Shape.image(1, 10, 10))
                .tower("a", SplitHead.of(Task.regression("points", 4).withWeight(10)))
                .tower("b", SplitHead.of(Task.classification("kind", 3)))
                .convolution("conv", 4, 3)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc", 8)
                .regularize(WeightRelatednessRegularizer.over("conv", "fc")
                        .withRelatedness(Relatedness.l2Linear())
                        .withStrength(1e-2))
                .build();
    }

    /** The answers of all workers are asked for twice, of a model that has answered before and of one that has not. */
    @Test
    void what_dropout_drops_depends_on_the_step_alone() throws IOException {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.image(1, 10, 10))
                .tower("a", SplitHead.of(Task.regression("points", 4), Task.classification("kind", 3)))
                .dense("fc", 8)
                .dropout(0.5)
                .build();
        for (Averaging averaging : List.of(Averaging.gradients(), Averaging.parameters(2))) {
            INDArray[] found = new INDArray[2];
            for (int i = 0; i < 2; i++) {
                Nd4j.getRandom().setSeed(i + 1);
                Dl4jModel model = Dl4jModel.create(network, plan(new Sgd(0.1)));
                model.fit(new SerialWorkers(model, equalShards()), averaging, FitOptions.epochs(2));
                found[i] = model.graph().params();
            }
            assertThat(found[1]).isEqualTo(found[0]);
        }
    }

    /** Numbers and a sequence whose steps miss in one shard alone, joined before a trunk. */
    @Test
    void several_inputs_with_masks_are_those_of_one_process() throws IOException {
        MultiTaskNetwork network = MultiTaskNetwork.builder()
                .input("numbers", Shape.vector(3))
                .input("sequence", Shape.sequence(2, 4), layers -> layers.globalAveragePool())
                .trunk(layers -> layers.dense("trunk", 5))
                .tower("a", SplitHead.of(Task.regression("points", 4)))
                .tower("b", SplitHead.of(Task.classification("kind", 3)))
                .dense("fc", 4)
                .stitch(CrossStitchUnit.perLayer())
                .build();
        List<TrainingShard> shards = List.of(
                TrainingShard.of(List.of(inputs(1, 8, true), inputs(2, 5, false))),
                TrainingShard.of(List.of(inputs(3, 7, false), inputs(4, 6, false))));
        Dl4jModel together = Dl4jModel.create(network, plan(new Nesterovs(0.05, 0.9)));
        together.fit(new SerialWorkers(together, shards), Averaging.gradients(), FitOptions.epochs(3));
        Dl4jModel alone = Dl4jModel.create(network, plan(new Nesterovs(0.05, 0.9)));
        alone.fit(TrainingShard.joined(shards), FitOptions.epochs(3).withWorkers(1));
        assertSame(together, alone);
        assertThatThrownBy(() -> together.predict(inputs(1, 8, false).getFeatures(0)))
                .hasMessageStartingWith("the network has the inputs [numbers, sequence]");
        assertThatThrownBy(() -> together.predict(Map.of(
                        "numbers", inputs(1, 8, false).getFeatures(0),
                        "sequence", inputs(1, 8, false).getFeatures(1))))
                .hasMessageStartingWith("the model was trained on sequences of which some steps were masked");
    }

    private static MultiDataSet inputs(int seed, int size, boolean masked) {
        Random random = new Random(seed);
        INDArray numbers =
                Nd4j.createFromArray(random.doubles(size * 3L, -1, 1).toArray()).reshape(size, 3);
        INDArray sequence =
                Nd4j.createFromArray(random.doubles(size * 8L, -1, 1).toArray()).reshape(size, 2, 4);
        INDArray steps = Nd4j.ones(DataType.DOUBLE, size, 4);
        steps.putScalar(1, 3, 0);
        MultiDataSet labels = batch(seed, size, 1);
        return new MultiDataSet(
                new INDArray[] {numbers, sequence},
                labels.getLabels(),
                masked ? new INDArray[] {null, steps} : null,
                labels.getLabelsMaskArrays());
    }

    static MultiDataSet batch(int seed, int size, int unlabelled) {
        Random random = new Random(seed);
        INDArray images = Nd4j.createFromArray(
                        random.doubles(size * 100L, -1, 1).toArray())
                .reshape(size, 1, 10, 10);
        INDArray points =
                Nd4j.createFromArray(random.doubles(size * 4L, -1, 1).toArray()).reshape(size, 4);
        INDArray kinds = Nd4j.zeros(DataType.DOUBLE, size, 3);
        INDArray known = Nd4j.ones(DataType.DOUBLE, size, 1);
        for (int row = 0; row < size; row++) {
            kinds.putScalar(row, (row * 7 + seed) % 3, 1);
            known.putScalar(row, 0, row < unlabelled ? 0 : 1);
        }
        return new MultiDataSet(new INDArray[] {images}, new INDArray[] {points, kinds}, null, new INDArray[] {
            Nd4j.ones(DataType.DOUBLE, size, 1), known
        });
    }

    /** Two shards of different length, whose batches differ in size and in how many labels are missing. */
    static List<TrainingShard> unequalShards() {
        return List.of(
                TrainingShard.of(List.of(batch(1, 12, 0), batch(2, 7, 7), batch(3, 5, 1))),
                TrainingShard.of(List.of(batch(4, 9, 4), batch(5, 11, 0))));
    }

    static List<TrainingShard> equalShards() {
        return List.of(
                TrainingShard.of(List.of(batch(1, 8, 0), batch(2, 8, 0), batch(3, 8, 0))),
                TrainingShard.of(List.of(batch(4, 8, 0), batch(5, 8, 0), batch(6, 8, 0))));
    }

    static TrainingPlan plan(IUpdater updater) {
        return TrainingPlan.of(updater).withDataType(DataType.DOUBLE).withSeed(5);
    }

    private static Dl4jModel alone(TrainingPlan plan, List<TrainingShard> shards, FitOptions options) {
        Dl4jModel model = Dl4jModel.create(network(), plan);
        model.fit(TrainingShard.joined(shards), options.withWorkers(1));
        return model;
    }

    private static Dl4jModel together(
            TrainingPlan plan, List<TrainingShard> shards, Averaging averaging, FitOptions options) throws IOException {
        Dl4jModel model = Dl4jModel.create(network(), plan);
        model.fit(new SerialWorkers(model, shards), averaging, options);
        return model;
    }

    static void assertSame(Dl4jModel found, Dl4jModel expected) {
        assertThat(found.graph().params().distance2(expected.graph().params())).isLessThan(ROUNDING);
        assertThat(found.graph().getIterationCount()).isEqualTo(expected.graph().getIterationCount());
        List<EpochResult> epochs = found.history().epochs();
        assertThat(epochs).hasSameSizeAs(expected.history().epochs());
        for (int e = 0; e < epochs.size(); e++) {
            EpochResult result = expected.history().epochs().get(e);
            assertThat(epochs.get(e).score()).isCloseTo(result.score(), within(ROUNDING));
            assertThat(epochs.get(e).relatedness()).isCloseTo(result.relatedness(), within(ROUNDING));
            for (Map.Entry<String, Double> loss : result.trainingLoss().entrySet()) {
                assertThat(epochs.get(e).trainingLoss().get(loss.getKey()))
                        .isCloseTo(loss.getValue(), within(ROUNDING));
            }
        }
    }

    /** Gates, their shares and penalties, and what is drawn for the step, the same in all workers. */
    @Test
    void experts_and_branches_are_those_of_one_process() throws IOException {
        SharedPart[] parts = {
            Experts.cgc(3, 1, expert -> expert.dense(6)).withGate(Gate.dselect(2)),
            Experts.ple(2, 2, 1, expert -> expert.dense(5)),
            Branching.level(2, node -> node.dense(6))
                    .then(2, node -> node.dense(4))
                    .searching(1)
        };
        for (SharedPart part : parts) {
            NetworkBuilder builder = MultiTaskNetwork.builder(Shape.image(1, 10, 10))
                    .tower("a", SplitHead.of(Task.regression("points", 4)))
                    .tower("b", SplitHead.of(Task.classification("kind", 3)))
                    .dense("fc", 4);
            MultiTaskNetwork network = (part instanceof Experts experts
                            ? builder.experts(experts)
                            : builder.branching((Branching) part))
                    .build();
            List<TrainingShard> shards = equalShards();
            Dl4jModel alone = Dl4jModel.create(network, plan(new Nesterovs(0.05)));
            alone.fit(TrainingShard.joined(shards), FitOptions.epochs(2).withWorkers(1));
            Dl4jModel together = Dl4jModel.create(network, plan(new Nesterovs(0.05)));
            together.fit(new SerialWorkers(together, shards), Averaging.gradients(), FitOptions.epochs(2));
            assertSame(together, alone);
            assertThat(together.history().last().units()).isNotEmpty();
        }
    }

    @Test
    void listeners_of_the_graph_see_every_step() throws IOException {
        List<Integer> steps = new ArrayList<>();
        Dl4jModel model = Dl4jModel.create(network(), plan(new Sgd(0.01)));
        model.graph().setListeners(new BaseTrainingListener() {
            @Override
            public void iterationDone(Model graph, int iteration, int epoch) {
                steps.add(iteration);
            }
        });
        model.fit(new SerialWorkers(model, equalShards()), Averaging.gradients(), FitOptions.epochs(2));
        assertThat(steps).containsExactly(0, 1, 2, 3, 4, 5);
        steps.clear();
        model.fit(new SerialWorkers(model, equalShards()), Averaging.parameters(2), FitOptions.epochs(1));
        assertThat(steps).as("one of each round").containsExactly(7, 8);
    }

    @Test
    void averaged_gradients_are_those_of_one_process_with_all_of_the_batch() throws IOException {
        // Adam, schedule, penalty, clipping; labels that miss in parts; weights that change, and drop a task in epoch 3
        TrainingPlan plan = new TrainingPlan(
                5,
                TrainingPlan.adam(1e-2).withExponentialDecay(0.5).updater(),
                1e-3,
                OptionalDouble.of(0.5),
                DataType.DOUBLE,
                Map.of());
        FitOptions options =
                FitOptions.epochs(3).withLossWeighting((tasks, run) -> new double[] {1, run.size() == 2 ? 0 : 0.5});
        Dl4jModel together = together(plan, unequalShards(), Averaging.gradients(), options);
        assertSame(together, alone(plan, unequalShards(), options));
        assertThat(together.relatedness().get(0).coefficients().get("a")).isNotEqualTo(1.0);
        assertThat(together.history().events())
                .filteredOn(event -> event.kind() == TrainingEvent.Kind.RUN_STARTED)
                .singleElement()
                .satisfies(event -> assertThat(event.text()).contains("workers 2 shards, gradients averaged"));
    }

    @Test
    void parameters_averaged_after_each_step_are_those_of_one_process_where_the_updater_is_linear() throws IOException {
        for (IUpdater updater : List.of(new Sgd(0.05), new Nesterovs(0.02, 0.9))) {
            assertSame(
                    together(plan(updater), equalShards(), Averaging.parameters(1), FitOptions.epochs(2)),
                    alone(plan(updater), equalShards(), FitOptions.epochs(2)));
        }
    }

    @Test
    void workers_go_their_own_way_between_averages() throws IOException {
        TrainingPlan plan = plan(new Sgd(0.05));
        Dl4jModel found = together(plan, equalShards(), Averaging.parameters(2), FitOptions.epochs(1));
        // by hand: two models with the same start, two steps each, mean, and one more step each
        GraphModel start = GraphModel.create(network(), plan);
        OutputStarts.set(
                start.state(), new LocalSteps(start, TrainingShard.joined(equalShards()), FitOptions.epochs(1)));
        INDArray first = byHand(start.graph().params(), batch(1, 8, 0), batch(2, 8, 0));
        INDArray second = byHand(start.graph().params(), batch(4, 8, 0), batch(5, 8, 0));
        INDArray mean = first.add(second).muli(0.5);
        INDArray expected =
                byHand(mean, batch(3, 8, 0)).addi(byHand(mean, batch(6, 8, 0))).muli(0.5);
        assertThat(found.graph().params().distance2(expected)).isLessThan(ROUNDING);
        assertThat(found.graph().getIterationCount()).isEqualTo(3);
        assertThat(first.distance2(second)).isGreaterThan(1e-3);
    }

    private static INDArray byHand(INDArray parameters, MultiDataSet... batches) {
        Dl4jModel model = Dl4jModel.create(network(), plan(new Sgd(0.05)));
        model.graph().params().assign(parameters);
        for (MultiDataSet batch : batches) {
            model.graph().fit(batch);
        }
        return model.graph().params();
    }

    @Tag("slow")
    @Test
    void a_run_that_was_cut_off_goes_on_from_its_checkpoint() throws IOException {
        TrainingPlan plan = TrainingPlan.adam(1e-2).withDataType(DataType.DOUBLE);
        FitOptions options = FitOptions.epochs(2).withCheckpoints(Checkpoints.in(directory));
        together(plan, unequalShards(), Averaging.gradients(), options);
        Dl4jModel resumed = together(plan, unequalShards(), Averaging.gradients(), options.withEpochs(4));
        Dl4jModel undisturbed = together(plan, unequalShards(), Averaging.gradients(), FitOptions.epochs(4));
        assertThat(resumed.graph().params()).isEqualTo(undisturbed.graph().params());
        assertThat(resumed.history().epochs()).isEqualTo(undisturbed.history().epochs());
    }

    @Test
    void what_is_not_finite_stops_the_run_and_says_where() {
        MultiDataSet bad = batch(1, 4, 0);
        bad.getFeatures(0).putScalar(0, Double.NaN);
        for (Averaging averaging : List.of(Averaging.gradients(), Averaging.parameters(2))) {
            assertThatThrownBy(() -> together(
                            plan(new Sgd(0.05)),
                            List.of(TrainingShard.of(List.of(bad)), TrainingShard.of(List.of(batch(2, 4, 0)))),
                            averaging,
                            FitOptions.epochs(1)))
                    .isInstanceOf(TrainingDivergedException.class)
                    .hasMessageContaining("epoch 1, step 1")
                    .hasMessageContaining("'a/conv'");
        }
    }

    @Test
    void nonsense_is_refused() {
        assertThatThrownBy(() -> Averaging.parameters(0)).hasMessageContaining("every 1 or more steps, got 0");
        assertThatThrownBy(() -> together(plan(new Sgd(0.1)), List.of(), Averaging.gradients(), FitOptions.epochs(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one shard");
        assertThatThrownBy(() -> together(
                        plan(new Sgd(0.1)),
                        List.of(TrainingShard.of(List.of())),
                        Averaging.gradients(),
                        FitOptions.epochs(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the training data is empty");
    }
}
