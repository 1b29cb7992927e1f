package org.mtl4j.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.onnx.OnnxExport;
import org.mtl4j.dl4j.serving.Predictors;
import org.mtl4j.faces.FlipAveraging;
import org.mtl4j.onnxruntime.OnnxRuntimePredictors;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.serving.Signature;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What predictors take beside ONNX Runtime on the exported file, called by hand, round by round in one process; all are
 * asked by Java for answers in Java's arrays.
 *
 * <ul>
 *   <li>{@code ServingCost [ROUNDS]}: the library's own engine.
 *   <li>{@code ServingCost runtime [ROUNDS]}: ONNX Runtime behind a predictor, by {@code mtl-onnxruntime}.
 *   <li>{@code ServingCost ratios [ROUNDS]}: both, as lines of a name and a ratio, for {@code compare.py}.
 *   <li>{@code ServingCost save FILE} writes the poster's network, and exports it beside, and {@code ServingCost first
 *       FILE own|runtime|hand} says how long it takes from the start of the virtual machine to the first answer: of the
 *       library's engine, of ONNX Runtime behind a predictor, and of ONNX Runtime alone with the exported file.
 * </ul>
 */
final class ServingCost {
    private static final int[] BATCHES = {1, 8, 128};
    private static final int ROUNDS = 30;

    private ServingCost() {}

    /** Measures. */
    public static void main(String[] arguments) throws Exception {
        String what = arguments.length == 0 || arguments[0].matches("\\d+") ? "own" : arguments[0];
        String last = arguments.length == 0 ? "" : arguments[arguments.length - 1];
        int rounds = last.matches("\\d+") ? Integer.parseInt(last) : ROUNDS;
        switch (what) {
            case "save" -> save(Path.of(arguments[1]));
            case "first" -> first(Path.of(arguments[1]), last);
            case "runtime" -> runtime(rounds);
            case "ratios" -> ratios(rounds);
            case "own" -> {
                for (ServingNetwork network : ServingNetwork.values()) {
                    compare(network, rounds);
                }
                flipAveraging(rounds);
            }
            default -> throw new IllegalArgumentException("runtime, ratios, save or first, not " + what);
        }
    }

    private static void compare(ServingNetwork network, int rounds) {
        Dl4jModel model = network.model();
        for (int threads = 1; threads <= 2; threads++) {
            try (Predictor own = model.predictor(PredictorOptions.standard().withThreads(threads));
                    RuntimeSession byHand = new RuntimeSession(model, threads)) {
                System.out.printf("%n%s, %s thread(s): %s%n", network.title(), threads, own);
                for (int batch : BATCHES) {
                    new ServingPair(own.signature(), batch, own, byHand).compare("built-in", rounds);
                }
                if (threads == 1) {
                    ServingPair single = new ServingPair(own.signature(), 1, own, byHand);
                    single.tail("built-in", single::askPredictor);
                    single.tail("ONNX Runtime", single::askByHand);
                    eightThreads(own);
                }
            }
        }
    }

    private static void runtime(int rounds) {
        for (ServingNetwork network : ServingNetwork.values()) {
            Dl4jModel model = network.model();
            for (int threads = 1; threads <= 2; threads++) {
                try (Predictor predictor = OnnxRuntimePredictors.of(
                                model, PredictorOptions.standard().withThreads(threads));
                        RuntimeSession byHand = new RuntimeSession(model, threads)) {
                    System.out.printf("%n%s, %s thread(s): %s%n", network.title(), threads, predictor);
                    for (int batch : BATCHES) {
                        ServingPair pair = new ServingPair(predictor.signature(), batch, predictor, byHand);
                        pair.compare("predictor", rounds);
                        if (threads == 1) {
                            pair.compareOnProcessor("predictor", rounds);
                        }
                    }
                }
            }
        }
    }

    private static void ratios(int rounds) {
        for (ServingNetwork network : ServingNetwork.values()) {
            Dl4jModel model = network.model();
            for (int threads = 1; threads <= 2; threads++) {
                PredictorOptions options = PredictorOptions.standard().withThreads(threads);
                try (Predictor own = model.predictor(options);
                        Predictor runtime = OnnxRuntimePredictors.of(model, options);
                        RuntimeSession byHand = new RuntimeSession(model, threads)) {
                    for (int batch : BATCHES) {
                        for (Predictor each : List.of(own, runtime)) {
                            ServingPair pair = new ServingPair(each.signature(), batch, each, byHand);
                            System.out.printf(
                                    Locale.ROOT,
                                    "%s-%s-%s-%s %.3f%n",
                                    each == own ? "built-in" : "predictor",
                                    network.name().toLowerCase(Locale.ROOT),
                                    batch,
                                    threads,
                                    pair.measure(rounds).ratio());
                        }
                    }
                }
            }
        }
    }

    private static void eightThreads(Predictor predictor) {
        double[] ratios = new double[9];
        double one = 0;
        double eight = 0;
        for (int round = -2; round < ratios.length; round++) {
            one = throughput(predictor, 1);
            eight = throughput(predictor, 8);
            ratios[Math.max(0, round)] = eight / one;
        }
        System.out.printf(
                Locale.ROOT,
                "single predictions of eight threads: %.0f a second, of one %.0f; %.2f times (median of rounds)%n",
                eight,
                one,
                InterleavedTiming.quantile(ratios, 0.5));
    }

    private static double throughput(Predictor predictor, int threads) {
        Signature signature = predictor.signature();
        AtomicLong answered = new AtomicLong();
        long start = System.nanoTime();
        long end = start + 400_000_000L;
        Thread[] all = new Thread[threads];
        for (int t = 0; t < threads; t++) {
            all[t] = new Thread(() -> {
                FloatBuffer[] features = {
                    FloatBuffer.allocate(signature.inputs().get(0).elements())
                };
                FloatBuffer[] outputs = signature.tasks().stream()
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
        Dl4jModel model = ServingNetwork.BEST.model();
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

    private static void save(Path file) throws IOException {
        Dl4jModel model = ServingNetwork.POSTER.model();
        model.save(file);
        OnnxExport.of(model).write(exported(file));
    }

    private static Path exported(Path file) {
        return file.resolveSibling(file.getFileName() + ".onnx");
    }

    private static void first(Path file, String engine) throws IOException {
        PredictorOptions options = PredictorOptions.standard().withThreads(1);
        switch (engine) {
            case "runtime" -> first(file, () -> OnnxRuntimePredictors.of(Dl4jModel.load(file), options));
            case "hand" -> firstByHand(exported(file));
            default -> first(file, () -> Predictors.load(file, options, SavedTypes.none()));
        }
    }

    private static void first(Path file, Callable<Predictor> load) throws IOException {
        FirstAnswer times = new FirstAnswer();
        try (Predictor predictor = load.call()) {
            times.read();
            float[] face = new float[predictor.signature().inputs().get(0).elements()];
            times.ask(() -> predictor.predict(face), predictor::warmUp);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(file.toString(), e);
        }
    }

    private static void firstByHand(Path file) throws IOException {
        FirstAnswer times = new FirstAnswer();
        try (RuntimeSession session = new RuntimeSession(Files.readAllBytes(file), 1)) {
            times.read();
            FloatBuffer face = RuntimeSession.buffer(session.elements());
            float[][] answers =
                    IntStream.of(session.widths()).mapToObj(float[]::new).toArray(float[][]::new);
            times.ask(
                    () -> session.ask(1, face, answers),
                    () -> ServingPair.microseconds(2000, () -> session.ask(1, face, answers)));
        }
    }

    /** Times from the start of the virtual machine on. */
    private static final class FirstAnswer {
        private final long start = ManagementFactory.getRuntimeMXBean().getStartTime();
        private final long main = System.currentTimeMillis() - start;
        private long read;

        void read() {
            read = System.currentTimeMillis() - start;
        }

        void ask(Runnable ask, Runnable warmUp) throws IOException {
            ask.run();
            long answered = System.currentTimeMillis() - start;
            ask.run();
            double third = ServingPair.microseconds(1, ask) / 1e3;
            warmUp.run();
            long warm = System.currentTimeMillis() - start;
            double[] times = new double[200];
            for (int i = 0; i < times.length; i++) {
                times[i] = ServingPair.microseconds(1, ask);
            }
            System.out.printf(
                    Locale.ROOT,
                    "main after %s ms, model read after %s ms, first answer after %s ms; third answer %.2f ms;"
                            + " warmed up after %s ms, then %.3f ms (median); peak %.0f MB%n",
                    main,
                    read,
                    answered,
                    third,
                    warm,
                    InterleavedTiming.quantile(times, 0.5) / 1e3,
                    ProcessMemory.peak().orElse(Double.NaN));
        }
    }
}
