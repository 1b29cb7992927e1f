package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.optimize.api.InvocationType;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.optimize.listeners.CheckpointListener;
import org.deeplearning4j.optimize.listeners.CollectScoresIterationListener;
import org.deeplearning4j.optimize.listeners.CollectScoresListener;
import org.deeplearning4j.optimize.listeners.EvaluativeListener;
import org.deeplearning4j.optimize.listeners.PerformanceListener;
import org.deeplearning4j.optimize.listeners.ScoreIterationListener;
import org.deeplearning4j.optimize.listeners.TimeIterationListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mtl4j.balance.DynamicWeightAverage;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingEvent.Kind;
import org.nd4j.evaluation.IEvaluation;
import org.nd4j.evaluation.regression.RegressionEvaluation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Whoever asks the graph in between changes nothing: same bits, same losses, as many threads. */
class GraphListenersTest {
    private static final INDArray FEATURES = numbers(1, 32, 4);
    private static final INDArray OTHERS = numbers(2, 20, 4).muli(3);

    @TempDir
    private Path directory;

    private static INDArray numbers(long seed, int rows, int columns) {
        float[] values = new float[rows * columns];
        Random random = new Random(seed);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        return Nd4j.createFromArray(values).reshape(rows, columns);
    }

    private static INDArray sums(INDArray features) {
        return features.sum(true, 1);
    }

    private static INDArray classes(INDArray features) {
        INDArray classes = Nd4j.zeros(DataType.FLOAT, features.size(0), 2);
        for (int row = 0; row < features.size(0); row++) {
            classes.putScalar(row, features.getRow(row).sumNumber().doubleValue() > 2 ? 1 : 0, 1);
        }
        return classes;
    }

    private static ArrayBatches data(INDArray features) {
        return ArrayBatches.of(features, sums(features), classes(features)).withBatchSize(16);
    }

    /** Others' data, every second example without a label of the first task. */
    private static MultiDataSet masked() {
        INDArray mask = Nd4j.zeros(DataType.FLOAT, OTHERS.size(0), 1);
        for (int row = 0; row < OTHERS.size(0); row += 2) {
            mask.putScalar(row, 0, 1);
        }
        return new MultiDataSet(
                new INDArray[] {OTHERS.dup()}, new INDArray[] {sums(OTHERS), classes(OTHERS)}, null, new INDArray[] {
                    mask, null
                });
    }

    private static Dl4jModel model(boolean dropout) {
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.vector(4))
                .tower("a", SplitHead.of(Task.regression("y", 1)))
                .tower("b", SplitHead.of(Task.classification("k", "no", "yes")))
                .dense("fc", 8)
                .batchNormalization();
        if (dropout) {
            network.dropout(0.3);
        }
        return Dl4jModel.create(
                network.stitch(CrossStitchUnit.perChannel()).build(),
                TrainingPlan.adam(1e-2).withSeed(3));
    }

    /** What somebody may ask a model or its graph for. */
    private enum Question {
        LOSSES((model, step) -> model.losses(data(OTHERS))),
        EVALUATE((model, step) -> model.evaluate(data(OTHERS))),
        PREDICT((model, step) -> model.predict(OTHERS)),
        SCORE((model, step) -> model.graph().score(masked())),
        SCORE_AS_IN_TRAINING((model, step) -> model.graph().score(masked(), true)),
        GRAPH_EVALUATES((model, step) -> model.graph()
                .evaluate(data(OTHERS), new TreeMap<Integer, IEvaluation[]>(Map.of(0, new IEvaluation[] {
                    new RegressionEvaluation(1)
                })))),
        FEED_FORWARD((model, step) -> model.graph().feedForward(OTHERS, true)),
        OUTPUT_AS_IN_TRAINING((model, step) -> model.graph().output(true, OTHERS)),
        RNN_TIME_STEP((model, step) -> model.graph().rnnTimeStep(OTHERS)),
        GRADIENT_OF_OTHER_DATA((model, step) -> {
            model.graph().setInputs(OTHERS);
            model.graph().setLabels(sums(OTHERS), classes(OTHERS));
            model.graph().computeGradientAndScore();
        }),
        MASKS_LEFT((model, step) ->
                model.graph().setLayerMaskArrays(null, new INDArray[] {Nd4j.zeros(DataType.FLOAT, 3, 1), null})),
        SCORE_SET((model, step) -> model.graph().setScore(-7)),
        RANDOM_NUMBERS((model, step) -> Nd4j.rand(DataType.FLOAT, 1 + step)),
        NOT_A_NUMBER((model, step) ->
                model.losses(ArrayBatches.of(OTHERS, sums(OTHERS).muli(Float.NaN), classes(OTHERS))
                        .withNaNAsMissing()));

        private final BiConsumer<Dl4jModel, Integer> ask;

        Question(BiConsumer<Dl4jModel, Integer> ask) {
            this.ask = ask;
        }
    }

    private static void trained(Dl4jModel model, int workers, ProgressListener... listeners) {
        FitOptions options = FitOptions.epochs(4).withWorkers(workers).withLossWeighting(new DynamicWeightAverage(2));
        for (ProgressListener listener : listeners) {
            options = options.withListener(listener);
        }
        model.fit(data(FEATURES), options);
    }

    private static void assertSame(Dl4jModel asked, Dl4jModel alone) {
        assertThat(asked.history().epochs()).isEqualTo(alone.history().epochs());
        assertThat(asked.graph().params()).isEqualTo(alone.graph().params());
    }

    @ParameterizedTest
    @EnumSource
    void a_listener_that_asks_for_something_else_changes_nothing(Question question) {
        for (int workers : new int[] {1, 2}) {
            boolean dropout = workers == 1;
            Dl4jModel alone = model(dropout);
            trained(alone, workers);
            Dl4jModel ofGraph = model(dropout);
            ofGraph.graph().setListeners(new BaseTrainingListener() {
                @Override
                public void iterationDone(Model graph, int iteration, int epoch) {
                    question.ask.accept(ofGraph, iteration);
                }
            });
            trained(ofGraph, workers);
            assertSame(ofGraph, alone);
            Dl4jModel ofOptions = model(dropout);
            trained(ofOptions, workers, new ProgressListener() {
                @Override
                public void onStep(int epoch, int step, int examples, double score) {
                    question.ask.accept(ofOptions, step);
                }

                @Override
                public void onEpoch(EpochResult result) {
                    question.ask.accept(ofOptions, result.epoch());
                }
            });
            assertSame(ofOptions, alone);
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_was_asked_before_is_not_in_the_next_answer(Question question) {
        Dl4jModel model = model(true);
        trained(model, 2);
        INDArray expected = model.predict(FEATURES).of("y");
        question.ask.accept(model, 1);
        assertThat(model.predict(FEATURES).of("y")).isEqualTo(expected);
        Map<String, Double> losses = model.losses(data(FEATURES));
        question.ask.accept(model, 1);
        assertThat(model.losses(data(FEATURES))).isEqualTo(losses);
        question.ask.accept(model, 1);
        assertThat(model.evaluate(data(FEATURES))).isEqualTo(model.evaluate(data(FEATURES)));
    }

    @Test
    void listeners_are_told_in_the_same_order_with_threads_and_without() {
        List<List<String>> told = new ArrayList<>();
        List<double[]> numbers = new ArrayList<>();
        for (int workers : new int[] {1, 2}) {
            List<String> calls = new ArrayList<>();
            List<Double> seen = new ArrayList<>();
            Dl4jModel model = model(false);
            BaseTrainingListener listener = new BaseTrainingListener() {
                @Override
                public void onBackwardPass(Model graph) {
                    calls.add("backward");
                    seen.add(graph.score());
                }

                @Override
                public void onGradientCalculation(Model graph) {
                    double norm = graph.gradient()
                            .gradientForVariable()
                            .get("y_W")
                            .norm2Number()
                            .doubleValue();
                    calls.add("gradient");
                    seen.add(norm);
                }

                @Override
                public void iterationDone(Model graph, int iteration, int epoch) {
                    calls.add("step " + iteration + " of epoch " + epoch);
                }
            };
            model.graph().setListeners(listener);
            trained(model, workers);
            assertThat(model.graph().getListeners()).containsExactly(listener);
            assertThat(model.history().events()).extracting(TrainingEvent::kind).containsExactly(Kind.RUN_STARTED);
            told.add(calls);
            numbers.add(seen.stream().mapToDouble(Double::doubleValue).toArray());
        }
        assertThat(told.get(0)).hasSize(4 * 2 * 3).element(2).isEqualTo("step 0 of epoch 0");
        assertThat(told.get(1)).isEqualTo(told.get(0));
        // single precision, sums in another order, over eight steps
        assertThat(numbers.get(1)).containsExactly(numbers.get(0), within(1e-3));
    }

    /**
     * Those that come with Deeplearning4j; {@code SleepyTrainingListener} may sleep in between, and looks at nothing.
     */
    @Test
    void known_listeners_leave_threads_on() throws IOException {
        Dl4jModel alone = model(false);
        trained(alone, 2);
        Dl4jModel heard = model(false);
        heard.graph()
                .setListeners(
                        new ScoreIterationListener(1),
                        new PerformanceListener(1),
                        new CollectScoresIterationListener(),
                        new CollectScoresListener(1),
                        new TimeIterationListener(8),
                        new EvaluativeListener(data(OTHERS), 1, InvocationType.EPOCH_END, new RegressionEvaluation(1)),
                        new CheckpointListener.Builder(directory.toFile())
                                .keepLast(1)
                                .saveEveryEpoch()
                                .build());
        assertThat(GraphListeners.thatNeedTheWholeBatch(heard.graph())).isEmpty();
        trained(heard, 2);
        assertSame(heard, alone);
        assertThat(heard.history().events()).extracting(TrainingEvent::kind).containsExactly(Kind.RUN_STARTED);
    }

    @Test
    void a_listener_that_looks_at_activations_turns_threads_off_and_the_history_says_so() {
        Dl4jModel alone = model(false);
        trained(alone, 1);
        Dl4jModel model = model(false);
        List<Long> rows = new ArrayList<>();
        TrainingListener looking = new BaseTrainingListener() {
            @Override
            public void onForwardPass(Model graph, Map<String, INDArray> activations) {
                rows.add(activations.get("a/fc").size(0));
            }
        };
        model.graph().setListeners(looking);
        trained(model, 2);
        assertThat(rows).hasSize(8).containsOnly(16L);
        assertSame(model, alone);
        assertThat(model.history().events())
                .filteredOn(event -> event.kind() == Kind.LISTENER_LIMITS)
                .singleElement()
                .extracting(TrainingEvent::text)
                .asString()
                .startsWith(looking.getClass().getName() + ": listens to onForwardPass")
                .contains("not divided among threads");
    }
}
