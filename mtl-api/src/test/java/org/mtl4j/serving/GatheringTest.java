package org.mtl4j.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mtl4j.layer.Shape;
import org.mtl4j.task.Task;

/** Calls that are gathered: who is computed with whom, and what one of them has to do with what goes wrong. */
class GatheringTest {
    /** Nobody waits so long in these tests: batches fill. */
    private static final Duration LONG = Duration.ofMinutes(1);

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    /** Answers each example of two numbers by their sum and their difference. */
    private static final class Sums implements Engine {
        private final List<Integer> batches = new CopyOnWriteArrayList<>();
        private final Consumer<FloatBuffer> look;

        Sums(Consumer<FloatBuffer> look) {
            this.look = look;
        }

        @Override
        public String description() {
            return "sums";
        }

        @Override
        public void run(
                int examples, FloatBuffer[] features, @Nullable FloatBuffer @Nullable [] masks, FloatBuffer[] outputs) {
            batches.add(examples);
            look.accept(features[0]);
            for (int e = 0; e < examples; e++) {
                float a = features[0].get(features[0].position() + 2 * e);
                float b = features[0].get(features[0].position() + 2 * e + 1);
                outputs[0].put(outputs[0].position() + 2 * e, a + b);
                outputs[0].put(outputs[0].position() + 2 * e + 1, a - b);
            }
        }

        @Override
        public void close() {}
    }

    private static Predictor predictor(Engine engine, Duration within, int atMost) {
        Signature signature = new Signature(
                List.of(new Signature.Input("two", Shape.vector(2))), List.of(Task.regression("both", 2)), false);
        PredictorOptions options = PredictorOptions.standard().gathering(within, atMost);
        return EnginePredictor.of(signature, engine, options, Map.of(), Optional.empty());
    }

    private Future<float[]> ask(Predictor predictor, float... numbers) {
        return threads.submit(() -> predictor.predict(numbers).of("both"));
    }

    @Test
    void calls_that_fill_a_batch_are_computed_as_one_without_a_wait() throws Exception {
        Sums engine = new Sums(features -> {});
        try (Predictor predictor = predictor(engine, LONG, 6)) {
            for (int round = 0; round < 50; round++) { // batches are used again
                Future<float[]> one = ask(predictor, round, 1);
                Future<float[]> two = ask(predictor, 2, round, 3, 4);
                Future<float[]> three = ask(predictor, 5, 6, 7, 8, round, round);
                assertThat(one.get()).containsExactly(round + 1, round - 1);
                assertThat(two.get()).containsExactly(2 + round, 2 - round, 7, -1);
                assertThat(three.get()).containsExactly(11, -1, 15, -1, 2 * round, 0);
            }
            assertThat(engine.batches).hasSize(50).containsOnly(6);
        }
    }

    @Test
    void a_call_that_nobody_joins_is_computed_after_the_delay_and_a_large_one_at_once() {
        Sums engine = new Sums(features -> {});
        try (Predictor predictor = predictor(engine, Duration.ofMillis(1), 3)) {
            assertThat(predictor.predict(new float[] {3, 1}).of("both")).containsExactly(4, 2);
            assertThat(predictor.predict(new float[10]).examples()).isEqualTo(5);
            assertThat(engine.batches).containsExactly(1, 5);
        }
    }

    /** Of whatever kind: an engine may throw at a batch what it would not at each of its calls. */
    @Test
    void what_goes_wrong_with_one_call_is_said_to_that_one_alone() throws Exception {
        for (RuntimeException wrong :
                List.of(new IllegalArgumentException("a negative one"), new IllegalStateException("no memory"))) {
            Sums engine = new Sums(features -> {
                for (int i = features.position(); i < features.limit(); i++) {
                    if (features.get(i) < 0) {
                        throw wrong;
                    }
                }
            });
            try (Predictor predictor = predictor(engine, LONG, 3)) {
                for (int round = 0; round < 20; round++) { // the call may be any of the three, the first included
                    Future<float[]> one = ask(predictor, 1, 2);
                    Future<float[]> bad = ask(predictor, 1, -2);
                    Future<float[]> other = ask(predictor, 4, 2);
                    assertThat(one.get()).containsExactly(3, -1);
                    assertThat(other.get()).containsExactly(6, 2);
                    assertThatExceptionOfType(ExecutionException.class)
                            .isThrownBy(bad::get)
                            .withCause(wrong);
                }
            }
        }
    }

    @Test
    void who_is_interrupted_gets_the_answer_at_once_and_stays_interrupted() {
        Sums engine = new Sums(features -> {});
        try (Predictor predictor = predictor(engine, LONG, 2)) {
            Thread.currentThread().interrupt();
            float[] found = predictor.predict(new float[] {5, 2}).of("both");
            assertThat(Thread.interrupted()).isTrue();
            assertThat(found).containsExactly(7, 3);
        }
    }

    @Test
    void what_is_refused_does_not_reach_others() throws Exception {
        Sums engine = new Sums(features -> {});
        Signature signature = new Signature(
                List.of(new Signature.Input("two", Shape.vector(2))), List.of(Task.regression("both", 2)), false);
        PredictorOptions options =
                PredictorOptions.standard().gathering(LONG, 2).refusingNotFinite();
        try (Predictor predictor = EnginePredictor.of(signature, engine, options, Map.of(), Optional.empty())) {
            List<Future<float[]>> good = new ArrayList<>();
            good.add(ask(predictor, 1, 1));
            assertThatIllegalArgumentException().isThrownBy(() -> predictor.predict(new float[] {Float.NaN, 1}));
            good.add(ask(predictor, 2, 1));
            assertThat(good.get(0).get()).containsExactly(2, 0);
            assertThat(good.get(1).get()).containsExactly(3, 1);
            assertThat(engine.batches).containsExactly(2);
        }
    }

    @Test
    void batches_that_java_has_no_arrays_for_are_refused_where_the_predictor_is_made() {
        Sums engine = new Sums(features -> {});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> predictor(engine, LONG, 1 << 30))
                .withMessage("calls are to be gathered into batches of 1073741824 examples, and one has 2 numbers for"
                        + " 'two': an array holds 2147483639 at most; gather fewer (PredictorOptions.gathering)");
    }
}
