package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * Whatever two threads ask of one model at once, each gets the right answer, to the bit, or is refused at once. A
 * learning rate of 0 keeps the parameters, so that the right answer is known while a model is trained.
 */
@Timeout(180)
class OneModelManyThreadsTest {
    private static final INDArray IMAGES = noise(48, 1, 12, 12);

    private static INDArray noise(long... shape) {
        Random random = new Random(shape[0]);
        INDArray array = Nd4j.create(DataType.FLOAT, shape);
        INDArray row = array.reshape(array.length());
        for (long i = 0; i < row.length(); i++) {
            row.putScalar(i, random.nextGaussian());
        }
        return array;
    }

    private static ArrayBatches data() {
        INDArray kinds = Nd4j.zeros(DataType.FLOAT, 48, 2);
        for (int row = 0; row < 48; row++) {
            kinds.putScalar(row, row % 2, 1);
        }
        return ArrayBatches.of(IMAGES, noise(48, 4), kinds).withBatchSize(24);
    }

    private static Dl4jModel model(double rate) {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.image(1, 12, 12))
                        .tower("a", SplitHead.of(Task.regression("points", 4)))
                        .tower("b", SplitHead.of(Task.classification("kind", 2)))
                        .convolution("conv", 4, 3)
                        .maxPool(2)
                        .stitch(CrossStitchUnit.perChannel())
                        .dense("fc", 8)
                        .stitch(CrossStitchUnit.perLayer())
                        .build(),
                TrainingPlan.of(new Sgd(rate)).withSeed(3));
    }

    private static Dl4jModel trained() {
        Dl4jModel model = model(0);
        model.fit(data(), 1);
        return model;
    }

    /** What can be asked of a model, with an answer that does not depend on who else asks. */
    private enum Question {
        PREDICT(model -> List.of(
                model.predict(IMAGES).of("points"), model.predict(IMAGES).of("kind"))),
        LOSSES(model -> model.losses(data())),
        EVALUATE(model -> {
            Map<String, TaskScore> scores = model.evaluate(data());
            return scores.toString();
        }),
        ALPHAS(Dl4jModel::alphas),
        SAVE_AND_LOAD(model -> {
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            model.save(file, SavedTypes.none());
            Dl4jModel loaded = Dl4jModel.load(new ByteArrayInputStream(file.toByteArray()), SavedTypes.none());
            return List.of(loaded.graph().params(), loaded.predict(IMAGES).of("kind"));
        }),
        TOWER(model -> model.tower("a").graph().params()),
        HISTORY(model -> model.history().epochs().get(0)),
        PROPERTIES(model -> {
            model.setProperty("key", "value");
            return model.properties();
        }),
        GRAPH_OUTPUT(model -> List.of(model.graph().output(false, IMAGES))),
        FIT(model -> {
            try {
                model.fit(data(), FitOptions.epochs(2).withWorkers(2).withValidation(data()));
            } catch (IllegalStateException e) {
                assertThat(e)
                        .hasMessageMatching("fit of this model is running in thread '.*', so fit was refused in"
                                + " thread '.*'\\. Wait for its end, or train a copy: save the model and load it");
            }
            return "right or refused";
        });

        private interface Asked {
            Object of(Dl4jModel model) throws Exception;
        }

        private final Asked asked;

        Question(Asked asked) {
            this.asked = asked;
        }

        Object answer(Dl4jModel model) {
            try {
                return asked.of(model);
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Each question beside all others, those of its own kind included. */
    @ParameterizedTest
    @EnumSource(Question.class)
    void each_question_is_answered_right_beside_each_other_one(Question question) throws Exception {
        Dl4jModel model = trained();
        Object expected = question.answer(model);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (Question other : Question.values()) {
                Object itsExpected = other.answer(model);
                CountDownLatch start = new CountDownLatch(2);
                Callable<Integer> first = () -> asked(model, question, expected, start);
                Callable<Integer> second = () -> asked(model, other, itsExpected, start);
                for (Future<Integer> wrong : List.of(threads.submit(first), threads.submit(second))) {
                    assertThat(wrong.get())
                            .as("wrong answers of %s beside %s", question, other)
                            .isZero();
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static int asked(Dl4jModel model, Question question, Object expected, CountDownLatch start)
            throws InterruptedException {
        start.countDown();
        start.await();
        int wrong = 0;
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(80);
        do {
            wrong += question.answer(model).equals(expected) ? 0 : 1;
        } while (System.nanoTime() < end);
        return wrong;
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2})
    void a_model_that_is_asked_meanwhile_comes_to_the_same_bits(int workers) throws Exception {
        FitOptions options =
                FitOptions.epochs(6).withWorkers(workers).withValidation(data()).withParameterAveraging(0.9);
        Dl4jModel alone = model(0.05);
        alone.fit(data(), options);
        Dl4jModel model = model(0.05);
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger asked = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> others = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                others.add(threads.submit(() -> {
                    while (!done.get()) {
                        assertThat(model.predict(IMAGES)
                                        .of("points")
                                        .sumNumber()
                                        .doubleValue())
                                .isFinite();
                        assertThat(model.losses(data())).containsOnlyKeys("points", "kind");
                        asked.incrementAndGet();
                    }
                }));
            }
            model.fit(data(), options.withListener(new ProgressListener() {
                @Override
                public void onEpoch(EpochResult result) {
                    assertThat(model.predict(IMAGES).of("kind").sumNumber().doubleValue())
                            .isBetween(47.9, 48.1); // probabilities of 48 rows
                }
            }));
            done.set(true);
            for (Future<?> other : others) {
                other.get();
            }
        } finally {
            done.set(true);
            threads.shutdownNow();
        }
        assertThat(asked.get()).isPositive();
        assertThat(model.graph().params()).isEqualTo(alone.graph().params());
        assertThat(model.history().epochs()).isEqualTo(alone.history().epochs());
    }

    /** Before the training that goes on beside it has changed anything, or after: not a bit of both. */
    @Test
    void losses_are_those_of_the_model_at_the_start_whoever_trains_it_meanwhile() throws Exception {
        Dl4jModel model = model(0.05);
        model.fit(data(), 1);
        Map<String, Double> expected = model.losses(data());
        CountDownLatch between = new CountDownLatch(1);
        CountDownLatch trained = new CountDownLatch(1);
        ArrayBatches slow = data().withBatchSize(24);
        slow.setPreProcessor(batch -> {
            if (between.getCount() == 0) { // the second batch is handed out after the training
                await(trained);
            }
            between.countDown();
        });
        Future<Map<String, Double>> losses = CompletableFuture.supplyAsync(() -> model.losses(slow));
        between.await();
        model.fit(data(), 2);
        trained.countDown();
        assertThat(losses.get()).isEqualTo(expected);
        assertThat(model.losses(data())).isNotEqualTo(expected);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As a program with a pool of threads does: the training thread waits for what another one finds out. */
    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2})
    void listeners_may_hand_questions_to_another_thread_and_wait(int workers) {
        Dl4jModel model = model(0.05);
        List<Double> seen = new ArrayList<>();
        Runnable ask = () -> CompletableFuture.runAsync(() -> {
                    seen.add(model.losses(data()).get("points"));
                    Question.SAVE_AND_LOAD.answer(model);
                    Question.PREDICT.answer(model);
                })
                .join();
        model.graph().setListeners(new BaseTrainingListener() {
            @Override
            public void iterationDone(Model graph, int iteration, int epoch) {
                ask.run();
                model.predict(IMAGES);
                model.losses(data());
            }
        });
        model.fit(data(), FitOptions.epochs(2).withWorkers(workers).withListener(new ProgressListener() {
            @Override
            public void onStep(int epoch, int step, int examples, double score) {
                ask.run();
            }
        }));
        assertThat(seen).hasSize(8);
        assertThat(seen.get(1)).isEqualTo(seen.get(0)); // after the same step
        assertThat(seen.get(2)).isNotEqualTo(seen.get(0));
    }

    @Test
    void a_model_saved_by_a_listener_of_a_step_has_counted_the_step() throws Exception {
        Dl4jModel model = model(0.05);
        List<Integer> counts = new ArrayList<>();
        model.graph().setListeners(new BaseTrainingListener() {
            @Override
            public void iterationDone(Model graph, int iteration, int epoch) {
                ByteArrayOutputStream file = new ByteArrayOutputStream();
                try {
                    model.save(file, SavedTypes.none());
                    counts.add(Dl4jModel.load(new ByteArrayInputStream(file.toByteArray()), SavedTypes.none())
                            .graph()
                            .getIterationCount());
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        });
        model.fit(data(), 2);
        assertThat(counts).containsExactly(1, 2, 3, 4);
    }

    @Test
    void fit_within_fit_is_refused_and_the_first_goes_on() {
        Dl4jModel model = model(0.05);
        List<String> refused = new ArrayList<>();
        model.fit(data(), FitOptions.epochs(1).withListener(new ProgressListener() {
            @Override
            public void onEpoch(EpochResult result) {
                assertThatThrownBy(() -> model.fit(data(), 1))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("fit of this model is running, and a listener or the data of that call fit again;"
                                + " call it when the first has returned");
                refused.add("here");
            }
        }));
        assertThat(refused).hasSize(1);
        assertThat(model.fit(data(), 1).epochs()).hasSize(2);
    }

    @Test
    void batches_that_are_being_read_are_not_read_by_another_call() {
        Dl4jModel model = model(0.05);
        ArrayBatches shared = data();
        List<Integer> stepsOfEpochs = new ArrayList<>();
        model.fit(shared, FitOptions.epochs(2).withValidation(shared).withListener(new ProgressListener() {
            @Override
            public void onStep(int epoch, int step, int examples, double score) {
                assertThatThrownBy(() -> model.losses(shared))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage(
                                "losses cannot read these batches (%s) while fit of this model reads them, in"
                                        + " thread '%s': each would get a part. Give each of them batches of its own",
                                ArrayBatches.class.getName(),
                                Thread.currentThread().getName());
                stepsOfEpochs.add(epoch);
            }

            @Override
            public void onEpoch(EpochResult result) {
                assertThat(model.losses(shared)).isEqualTo(result.validationLoss()); // between epochs they are free
            }
        }));
        assertThat(stepsOfEpochs).containsExactly(0, 0, 1, 1);
    }

    @Test
    void the_history_has_the_number_of_workers() {
        Dl4jModel model = model(0);
        model.fit(data(), FitOptions.epochs(1).withWorkers(2));
        model.fit(data(), FitOptions.epochs(1));
        assertThat(model.history().events())
                .extracting(TrainingEvent::text)
                .satisfiesExactly(text -> assertThat(text).contains("workers 2, "), text -> assertThat(text)
                        .containsPattern("workers [0-9]+ \\(chosen by the model\\), "));
    }
}
