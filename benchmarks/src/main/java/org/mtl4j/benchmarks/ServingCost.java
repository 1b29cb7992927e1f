package org.mtl4j.benchmarks;

import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.serving.Predictors;
import org.mtl4j.faces.FlipAveraging;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.task.Task;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What the library's own predictor takes beside ONNX Runtime on the exported file, both asked by Java for answers in
 * Java's arrays, round by round in one process: {@code ServingCost [ROUNDS]}. {@code ServingCost save FILE} writes the
 * poster's network, and {@code ServingCost first FILE} says how long it takes from the start of the virtual machine to
 * the first answer.
 */
final class ServingCost {
    private static final int CALLS = 2000;
    private static final double SECONDS_OF_ROUND = 0.06;
    private static final int MILLISECONDS_OF_REST = 40;
    private static final int[] BATCHES = {1, 8, 128};

    private ServingCost() {}

    /** Measures. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 2 && arguments[0].equals("save")) {
            model(poster()).save(Path.of(arguments[1]));
        } else if (arguments.length == 2 && arguments[0].equals("first")) {
            first(Path.of(arguments[1]));
        } else {
            int rounds = arguments.length == 0 ? 30 : Integer.parseInt(arguments[0]);
            compare("the poster's, stitched", poster(), rounds);
            compare("best", BestNetwork.build(), rounds);
            flipAveraging(rounds);
        }
    }

    private static MultiTaskNetwork poster() {
        return PosterNetwork.of(2, PosterNetwork.SIZE, PosterNetwork.Sharing.STITCHES_AND_RELATEDNESS);
    }

    /** A model whose output layers, which start at 0, have other numbers. */
    private static Dl4jModel model(MultiTaskNetwork network) {
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(PosterNetwork.RATE));
        INDArray parameters = model.graph().params();
        parameters.addi(
                Nd4j.rand(parameters.dataType(), parameters.shape()).subi(0.5).muli(0.02));
        return model;
    }

    private static void compare(String name, MultiTaskNetwork network, int rounds) {
        Dl4jModel model = model(network);
        for (int threads = 1; threads <= 2; threads++) {
            try (Predictor own = model.predictor(PredictorOptions.standard().withThreads(threads));
                    RuntimeSession other = new RuntimeSession(model, threads)) {
                System.out.printf("%n%s, %s thread(s): %s%n", name, threads, own);
                for (int batch : BATCHES) {
                    new Pair(network, batch, own, other).compare(rounds);
                }
                if (threads == 1) {
                    Pair single = new Pair(network, 1, own, other);
                    single.tail("built-in", single::askOwn);
                    single.tail("ONNX Runtime", single::askOther);
                    eightThreads(network, own);
                }
            }
        }
    }

    /** Both engines, asked about the same batch. */
    private static final class Pair {
        private final int batch;
        private final Predictor own;
        private final RuntimeSession other;
        private final FloatBuffer[] features;
        private final FloatBuffer direct;
        private final FloatBuffer[] outputs;
        private final float[][] answers;

        Pair(MultiTaskNetwork network, int batch, Predictor own, RuntimeSession other) {
            this.batch = batch;
            this.own = own;
            this.other = other;
            int size = (int) network.input().elements();
            SplittableRandom random = new SplittableRandom(batch);
            features = new FloatBuffer[] {FloatBuffer.allocate(batch * size)};
            direct = RuntimeSession.buffer(batch * size);
            for (int i = 0; i < batch * size; i++) {
                features[0].put(i, (float) random.nextDouble(-1, 1));
                direct.put(i, features[0].get(i));
            }
            List<Task> tasks = network.tasks();
            outputs = tasks.stream()
                    .map(task -> FloatBuffer.allocate(batch * task.outputs()))
                    .toArray(FloatBuffer[]::new);
            answers = tasks.stream()
                    .map(task -> new float[batch * task.outputs()])
                    .toArray(float[][]::new);
        }

        void askOwn() {
            own.predict(features, outputs);
        }

        void askOther() {
            other.ask(batch, direct, answers);
        }

        private double difference() {
            askOwn();
            askOther();
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

        void compare(int rounds) {
            int calls = calls(this::askOwn);
            calls(this::askOther);
            double[] mine = new double[rounds];
            double[] theirs = new double[rounds];
            double[] ratios = new double[rounds];
            for (int round = -rounds / 3; round < rounds; round++) {
                double first = rested(calls, round % 2 == 0 ? this::askOwn : this::askOther);
                double second = rested(calls, round % 2 == 0 ? this::askOther : this::askOwn);
                int at = Math.max(0, round);
                mine[at] = round % 2 == 0 ? first : second;
                theirs[at] = round % 2 == 0 ? second : first;
                ratios[at] = theirs[at] / mine[at];
            }
            System.out.printf(
                    Locale.ROOT,
                    "batches of %3d: built-in %9.1f us, ONNX Runtime %9.1f us, %.2f times as many (%.2f to %.2f);"
                            + " largest difference %.1e%n",
                    batch,
                    InterleavedTiming.quantile(mine, 0.5),
                    InterleavedTiming.quantile(theirs, 0.5),
                    InterleavedTiming.quantile(ratios, 0.5),
                    InterleavedTiming.quantile(ratios, 0.25),
                    InterleavedTiming.quantile(ratios, 0.75),
                    difference());
        }

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

    /** Lets the threads of the other side, which look for work for some milliseconds after a call, fall asleep first. */
    private static double rested(int calls, Runnable ask) {
        try {
            Thread.sleep(MILLISECONDS_OF_REST);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        ask.run();
        return microseconds(calls, ask);
    }

    private static double microseconds(int calls, Runnable ask) {
        long start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            ask.run();
        }
        return (System.nanoTime() - start) / 1e3 / calls;
    }

    private static void eightThreads(MultiTaskNetwork network, Predictor predictor) {
        double[] ratios = new double[9];
        double one = 0;
        double eight = 0;
        for (int round = -2; round < ratios.length; round++) {
            one = throughput(network, predictor, 1);
            eight = throughput(network, predictor, 8);
            ratios[Math.max(0, round)] = eight / one;
        }
        System.out.printf(
                Locale.ROOT,
                "single predictions of eight threads: %.0f a second, of one %.0f; %.2f times (median of rounds)%n",
                eight,
                one,
                InterleavedTiming.quantile(ratios, 0.5));
    }

    private static double throughput(MultiTaskNetwork network, Predictor predictor, int threads) {
        AtomicLong answered = new AtomicLong();
        long start = System.nanoTime();
        long end = start + 400_000_000L;
        Thread[] all = new Thread[threads];
        for (int t = 0; t < threads; t++) {
            all[t] = new Thread(() -> {
                FloatBuffer[] features = {
                    FloatBuffer.allocate((int) network.input().elements())
                };
                FloatBuffer[] outputs = network.tasks().stream()
                        .map(task -> FloatBuffer.allocate(task.outputs()))
                        .toArray(FloatBuffer[]::new);
                long count = 0;
                while (System.nanoTime() < end) {
                    predictor.predict(features, outputs);
                    count++;
                }
                answered.addAndGet(count);
            });
            all[t].start();
        }
        try {
            for (Thread thread : all) {
                thread.join();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return answered.get() * 1e9 / (System.nanoTime() - start);
    }

    /** One face with flip averaging, by the model and by its predictor. */
    private static void flipAveraging(int rounds) {
        Dl4jModel model = model(BestNetwork.build());
        INDArray face = Nd4j.rand(new long[] {1, 1, BestNetwork.SIZE, BestNetwork.SIZE});
        try (Predictor predictor = model.predictor(PredictorOptions.standard().withThreads(1))) {
            Function<INDArray, Predictions> byModel = FlipAveraging.of(model::predict);
            Function<INDArray, Predictions> byPredictor = FlipAveraging.of(predictor::predict);
            Map<String, Runnable> kinds = new LinkedHashMap<>();
            kinds.put("predict", () -> repeat(byModel, face));
            kinds.put("predictor", () -> repeat(byPredictor, face));
            InterleavedTiming.compare(kinds, rounds, 20, "best, one face with flip averaging");
        }
    }

    private static void repeat(Function<INDArray, Predictions> ask, INDArray face) {
        for (int i = 0; i < 20; i++) {
            Objects.requireNonNull(ask.apply(face));
        }
    }

    private static void first(Path file) throws Exception {
        long atMain = System.currentTimeMillis();
        long start = ManagementFactory.getRuntimeMXBean().getStartTime();
        try (Predictor predictor =
                Predictors.load(file, PredictorOptions.standard().withThreads(1), org.mtl4j.saved.SavedTypes.none())) {
            long loaded = System.currentTimeMillis();
            float[] face = new float[predictor.signature().inputs().get(0).elements()];
            predictor.predict(face);
            long answered = System.currentTimeMillis();
            predictor.predict(face);
            long again = System.nanoTime();
            predictor.predict(face);
            double third = (System.nanoTime() - again) / 1e6;
            predictor.warmUp();
            long warm = System.currentTimeMillis();
            double[] times = new double[200];
            for (int i = 0; i < times.length; i++) {
                times[i] = microseconds(1, () -> predictor.predict(face));
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s bytes: main after %s ms, model read after %s ms, first answer after %s ms;"
                            + " third answer %.2f ms; warmed up after %s ms, then %.3f ms (median)%n",
                    Files.size(file),
                    atMain - start,
                    loaded - start,
                    answered - start,
                    third,
                    warm - start,
                    InterleavedTiming.quantile(times, 0.5) / 1e3);
        }
    }
}
