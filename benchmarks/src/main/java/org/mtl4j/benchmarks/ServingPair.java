package org.mtl4j.benchmarks;

import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.Signature;
import org.mtl4j.task.Task;

/** Asks a predictor of a network of one input, and ONNX Runtime by hand, about the same batch. */
final class ServingPair {
    private static final int CALLS = 2000;
    private static final double SECONDS_OF_ROUND = 0.06;
    private static final int MILLISECONDS_OF_REST = 40;

    private final int batch;
    private final Predictor predictor;
    private final RuntimeSession byHand;
    private final FloatBuffer[] features;
    private final FloatBuffer direct;
    private final FloatBuffer[] outputs;
    private final float[][] answers;

    /**
     * What rounds came to.
     *
     * @param predictor microseconds of a call, median
     * @param byHand the same of ONNX Runtime called by hand
     * @param ratio how many times as many calls the predictor answers, median of the rounds
     * @param low lower quartile
     * @param high upper quartile
     */
    record Measured(double predictor, double byHand, double ratio, double low, double high) {}

    ServingPair(Signature signature, int batch, Predictor predictor, RuntimeSession byHand) {
        this.batch = batch;
        this.predictor = predictor;
        this.byHand = byHand;
        int size = signature.inputs().get(0).elements();
        SplittableRandom random = new SplittableRandom(batch);
        features = new FloatBuffer[] {FloatBuffer.allocate(batch * size)};
        direct = RuntimeSession.buffer(batch * size);
        for (int i = 0; i < batch * size; i++) {
            features[0].put(i, (float) random.nextDouble(-1, 1));
            direct.put(i, features[0].get(i));
        }
        List<Task> tasks = signature.tasks();
        outputs = tasks.stream()
                .map(task -> FloatBuffer.allocate(batch * task.outputs()))
                .toArray(FloatBuffer[]::new);
        answers = tasks.stream().map(task -> new float[batch * task.outputs()]).toArray(float[][]::new);
    }

    void askPredictor() {
        predictor.predict(features, outputs);
    }

    void askByHand() {
        byHand.ask(batch, direct, answers);
    }

    /** {@return the largest difference of their answers, of the largest of a task} */
    double difference() {
        askPredictor();
        askByHand();
        double worst = 0;
        for (int t = 0; t < answers.length; t++) {
            double largest = 0;
            double difference = 0;
            for (int i = 0; i < answers[t].length; i++) {
                largest = Math.max(largest, Math.abs(answers[t][i]));
                difference = Math.max(difference, Math.abs(answers[t][i] - outputs[t].get(i)));
            }
            worst = Math.max(worst, difference / largest);
        }
        return worst;
    }

    /** Measures both in turn, after a third of the rounds to warm up, on the clock. */
    Measured measure(int rounds) {
        return measure(rounds, System::nanoTime);
    }

    /**
     * Measures the same by another clock.
     *
     * @param clock nanoseconds, such as those that this thread has been on a processor, which others on the machine
     *     disturb less; for engines of one thread
     */
    Measured measure(int rounds, LongSupplier clock) {
        int calls = calls(this::askPredictor);
        calls(this::askByHand);
        double[] mine = new double[rounds];
        double[] theirs = new double[rounds];
        double[] ratios = new double[rounds];
        for (int round = -rounds / 3; round < rounds; round++) {
            boolean first = round % 2 == 0;
            double one = rested(calls, first ? this::askPredictor : this::askByHand, clock);
            double two = rested(calls, first ? this::askByHand : this::askPredictor, clock);
            int at = Math.max(0, round);
            mine[at] = first ? one : two;
            theirs[at] = first ? two : one;
            ratios[at] = theirs[at] / mine[at];
        }
        return new Measured(
                InterleavedTiming.quantile(mine, 0.5),
                InterleavedTiming.quantile(theirs, 0.5),
                InterleavedTiming.quantile(ratios, 0.5),
                InterleavedTiming.quantile(ratios, 0.25),
                InterleavedTiming.quantile(ratios, 0.75));
    }

    /** Measures on the clock, and prints. */
    void compare(String name, int rounds) {
        print(name, measure(rounds));
    }

    /** Measures by the time that this thread is on a processor, and prints. */
    void compareOnProcessor(String name, int rounds) {
        print(name + ", on a processor", measure(rounds, ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime));
    }

    private void print(String name, Measured measured) {
        System.out.printf(
                Locale.ROOT,
                "batches of %3d: %s %9.1f us, ONNX Runtime by hand %9.1f us, %.2f times as many (%.2f to %.2f);"
                        + " largest difference %.1e%n",
                batch,
                name,
                measured.predictor(),
                measured.byHand(),
                measured.ratio(),
                measured.low(),
                measured.high(),
                difference());
    }

    /** Prints the 99th percentile of calls. */
    void tail(String name, Runnable ask) {
        double[] times = new double[CALLS];
        for (int i = -CALLS; i < CALLS; i++) {
            times[Math.max(0, i)] = microseconds(1, ask);
        }
        System.out.printf(
                Locale.ROOT,
                "single predictions, %s: median %.1f us, 99th percentile %.1f us, %.2f times the median%n",
                name,
                InterleavedTiming.quantile(times, 0.5),
                InterleavedTiming.quantile(times, 0.99),
                InterleavedTiming.quantile(times, 0.99) / InterleavedTiming.quantile(times, 0.5));
    }

    /** {@return how many calls fill a round, after as many have warmed up} */
    private static int calls(Runnable ask) {
        microseconds(20, ask);
        long start = System.nanoTime();
        int count = 0;
        while (System.nanoTime() - start < 5e8) {
            ask.run();
            count++;
        }
        return (int) Math.max(1, count * SECONDS_OF_ROUND / 0.5);
    }

    /** Lets the other side's threads, which look for work for some milliseconds after a call, fall asleep first. */
    private static double rested(int calls, Runnable ask, LongSupplier clock) {
        try {
            Thread.sleep(MILLISECONDS_OF_REST);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        ask.run();
        return microseconds(calls, ask, clock);
    }

    /** {@return what a call takes} */
    static double microseconds(int calls, Runnable ask) {
        return microseconds(calls, ask, System::nanoTime);
    }

    private static double microseconds(int calls, Runnable ask, LongSupplier clock) {
        long start = clock.getAsLong();
        for (int i = 0; i < calls; i++) {
            ask.run();
        }
        return (clock.getAsLong() - start) / 1e3 / calls;
    }
}
