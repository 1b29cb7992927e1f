package org.mtl4j.benchmarks;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.ComputeEnvironment;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.serving.Features;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One side of the comparison that {@code compare.py} makes: measures the library or Deeplearning4j's own layers, and
 * says what it is, and prints {@code name value} lines. Images per second of training at batch 128 and of prediction at
 * batch 1 and 128, or rows per second of the network of the Adult table at batch 256; the most memory that the process
 * had at once until then, in megabytes; and images per second of the library's predictor.
 */
final class SideBySide {
    private static final int BATCH = 128;
    private static final int STEPS = 12;
    private static final int ROUNDS = 7;
    private static final int WARM_UP = 25;
    /** So long the just-in-time compiler is at work at least, however fast rounds are. */
    private static final double WARM_UP_SECONDS = 20;

    private static final String ADULT = "ADULT";
    private static final int ROWS = 256;
    private static final int TABLE_STEPS = 120;

    private SideBySide() {}

    private interface Work {
        void run();
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            throw new IllegalArgumentException("usage: library|stock " + Arrays.toString(PosterNetwork.Sharing.values())
                    + ", or library " + ADULT);
        }
        ComputeEnvironment compute = ComputeEnvironment.current();
        System.out.printf(
                "is %s, OpenBLAS %s with kernels for %s%n",
                arguments[0].equals("library") ? "this library" : "Deeplearning4j's stock layers",
                compute.blasVersion().orElse("of unknown version"),
                compute.blasKernels().orElse("an unknown processor"));
        if (arguments[1].equals(ADULT)) {
            table();
        } else {
            faces(arguments[0], PosterNetwork.Sharing.valueOf(arguments[1]));
        }
    }

    private static void printMemory() throws IOException {
        ProcessMemory.peak().ifPresent(peak -> print("megabytes", peak));
    }

    private static PredictorOptions predictorOptions() {
        String threads = System.getenv("OMP_NUM_THREADS");
        PredictorOptions options = PredictorOptions.standard();
        return threads == null ? options : options.withThreads(Integer.parseInt(threads));
    }

    /** Measures the predictor for serving, which peers are compared with by what they predict with themselves. */
    private static void serve(Dl4jModel model, INDArray many, INDArray one) {
        float[] batch = many.data().asFloat();
        float[] single = one.data().asFloat();
        try (Predictor predictor = model.predictor(predictorOptions())) {
            measure("predictor128", BATCH, 20, () -> predictor.predict(batch));
            measure("predictor1", 1, 200, () -> predictor.predict(single));
        }
    }

    private static void table() throws IOException {
        Dl4jModel model = Dl4jModel.create(AdultNetwork.network(), TrainingPlan.adam(PosterNetwork.RATE));
        List<MultiDataSet> batches = AdultNetwork.batches(TABLE_STEPS, ROWS);
        var data = ListBatches.of(batches);
        measure("train", ROWS * TABLE_STEPS, 1, () -> model.fit(data, FitOptions.epochs(1)));
        Map<String, INDArray> features = Map.of(
                TableEncoding.CODES, batches.get(0).getFeatures(0),
                TableEncoding.NUMBERS, batches.get(0).getFeatures(1));
        measure("predict256", ROWS, TABLE_STEPS, () -> model.predict(features));
        printMemory();
        try (Predictor predictor = model.predictor(predictorOptions())) {
            Features rows = Features.of(
                            TableEncoding.CODES,
                            batches.get(0).getFeatures(0).data().asFloat())
                    .and(
                            TableEncoding.NUMBERS,
                            batches.get(0).getFeatures(1).data().asFloat());
            measure("predictor256", ROWS, TABLE_STEPS, () -> predictor.predict(rows));
        }
    }

    private static void faces(String side, PosterNetwork.Sharing sharing) throws IOException {
        MultiDataSet batch = PosterNetwork.noise(BATCH, 2, PosterNetwork.SIZE);
        INDArray one = Nd4j.rand(DataType.FLOAT, 1, 1, PosterNetwork.SIZE, PosterNetwork.SIZE);
        switch (side) {
            case "library" -> {
                Dl4jModel model = Dl4jModel.create(
                        PosterNetwork.of(2, PosterNetwork.SIZE, sharing), TrainingPlan.adam(PosterNetwork.RATE));
                var data = ListBatches.of(Collections.nCopies(STEPS, batch));
                measure("train", BATCH * STEPS, 1, () -> model.fit(data, FitOptions.epochs(1)));
                measure("predict128", BATCH, 20, () -> model.predict(batch.getFeatures(0)));
                measure("predict1", 1, 200, () -> model.predict(one));
                printMemory();
                serve(model, batch.getFeatures(0).dup(), one);
            }
            case "stock" -> {
                ComputationGraph graph = new ComputationGraph(PosterNetwork.stock(sharing));
                graph.init();
                measure("train", BATCH, 2, () -> graph.fit(batch));
                measure("predict128", BATCH, 4, () -> graph.output(false, batch.getFeatures(0)));
                measure("predict1", 1, 50, () -> graph.output(false, one));
                printMemory();
            }
            default -> throw new IllegalArgumentException("library or stock, not " + side);
        }
    }

    /** Prints the median of some rounds after more to warm up. */
    private static void measure(String name, int images, int times, Work work) {
        double[] perSecond = new double[ROUNDS];
        long warm = System.nanoTime() + (long) (WARM_UP_SECONDS * 1e9);
        int round = -WARM_UP;
        while (round < ROUNDS) {
            long start = System.nanoTime();
            for (int i = 0; i < times; i++) {
                work.run();
            }
            if (round >= 0) {
                perSecond[round] = (double) images * times / ((System.nanoTime() - start) / 1e9);
            }
            round += round == -1 && System.nanoTime() < warm ? 0 : 1;
        }
        Arrays.sort(perSecond);
        print(name, perSecond[ROUNDS / 2]);
    }

    private static void print(String name, double value) {
        System.out.printf(Locale.ROOT, "%s %.1f%n", name, value);
    }
}
