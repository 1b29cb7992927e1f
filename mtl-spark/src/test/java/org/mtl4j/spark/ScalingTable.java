package org.mtl4j.spark;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Measures what docs/scaling.md says: a step of the poster's cross-stitch network with gradients averaged over one to
 * four workers in this process, by the clock and in seconds of processor time, which other programs on the machine
 * disturb little. A program, not a test.
 */
final class ScalingTable {
    private static final int SIZE = 39;
    private static final int BATCH = 128;
    private static final int STEPS = 6;
    private static final int QUESTIONS = 40;

    private final PrintStream out;

    private ScalingTable(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] args) throws IOException {
        new ScalingTable(System.out).run(args.length == 0 ? 3 : Integer.parseInt(args[0]));
    }

    /** Random pictures; the labels do not matter. */
    private record RandomShard(int batch) implements TrainingShard {
        @Override
        public Optional<org.nd4j.linalg.dataset.api.MultiDataSet> batch(int epoch, int step) {
            if (step >= STEPS) {
                return Optional.empty();
            }
            INDArray pose = Nd4j.zeros(DataType.FLOAT, batch, 5);
            pose.getColumn(0).assign(1);
            return Optional.of(new MultiDataSet(
                    new INDArray[] {Nd4j.rand(DataType.FLOAT, batch, 1, SIZE, SIZE)},
                    new INDArray[] {Nd4j.rand(DataType.FLOAT, batch, 10), pose}));
        }
    }

    private static Dl4jModel model() {
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.image(1, SIZE, SIZE))
                .tower("landmarks", SplitHead.of(FaceTask.LANDMARKS.task()))
                .tower("attributes", SplitHead.of(FaceTask.POSE.task()));
        int[] channels = {20, 40, 60, 80};
        int[] kernels = {4, 3, 3, 2};
        for (int i = 0; i < channels.length; i++) {
            network.convolution("conv" + i, channels[i], kernels[i]);
            if (i < 3) {
                network.maxPool(2);
            }
            network.stitch(CrossStitchUnit.perChannel());
        }
        return Dl4jModel.create(
                network.dense("fc", 120).stitch(CrossStitchUnit.perLayer()).build(), TrainingPlan.adam(1e-3));
    }

    private record Time(double wall, double processor) {
        static Time now() {
            OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            return new Time(System.nanoTime() / 1e6, system.getProcessCpuTime() / 1e6);
        }

        /** Milliseconds since then, per turn. */
        Time since(Time then, int turns) {
            return new Time((wall - then.wall) / turns, (processor - then.processor) / turns);
        }
    }

    /** The quietest epoch's time per step, the first left out: nothing makes a computation faster than it is. */
    private static Time perStep(int epochs, Consumer<FitOptions> fit) {
        List<Time> ends = new ArrayList<>();
        fit.accept(FitOptions.epochs(epochs + 1).withWorkers(1).withListener(new ProgressListener() {
            @Override
            public void onEpoch(org.mtl4j.train.history.EpochResult result) {
                ends.add(Time.now());
            }
        }));
        Time best = new Time(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
        for (int i = 1; i < ends.size(); i++) {
            Time time = ends.get(i).since(ends.get(i - 1), STEPS);
            best = new Time(Math.min(best.wall, time.wall), Math.min(best.processor, time.processor));
        }
        return best;
    }

    private void run(int epochs) throws IOException {
        Dl4jModel alone = model();
        Time base =
                perStep(epochs, options -> alone.fit(TrainingShard.joined(List.of(new RandomShard(BATCH))), options));
        out.printf(
                Locale.ROOT, "%d parameters, batch %d%n", alone.graph().params().length(), BATCH);
        out.println(
                "| workers | step, ms | processor time of a step, ms | an empty round, ms | its processor time, ms |");
        out.println("| --- | --- | --- | --- | --- |");
        out.printf(Locale.ROOT, "| no Spark | %.0f | %.0f | | |%n", base.wall, base.processor);
        for (int n = 1; n <= 4; n++) {
            measure(n, epochs);
        }
    }

    private void measure(int n, int epochs) throws IOException {
        SparkConf conf = new SparkConf()
                .setMaster("local[%d]".formatted(n))
                .setAppName("scaling")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.driver.host", "127.0.0.1");
        List<RandomShard> shards = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            shards.add(new RandomShard(BATCH / n));
        }
        Dl4jModel model = model();
        try (JavaSparkContext context = new JavaSparkContext(conf);
                SparkWorkers workers = SparkWorkers.of(context, model, shards)) {
            Time step = perStep(epochs, options -> model.fit(workers, Averaging.gradients(), options));
            Time then = Time.now();
            for (int i = 0; i < QUESTIONS; i++) {
                workers.ask((copy, shard) -> 0);
            }
            Time round = Time.now().since(then, QUESTIONS);
            out.printf(
                    Locale.ROOT,
                    "| %d | %.0f | %.0f | %.1f | %.1f |%n",
                    n,
                    step.wall,
                    step.processor,
                    round.wall,
                    round.processor);
        }
    }
}
