package org.mtl4j.benchmarks;

import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Images per second of whole training steps of the poster's network, two towers on gray crops of 39 pixels. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
public class TrainingStepBenchmark {
    private static final int BATCH = 128;
    private static final int STEPS = 10;

    /** Whose layers. */
    public enum Layers {
        STOCK,
        LIBRARY
    }

    @Param
    Layers layers;

    @Param
    PosterNetwork.Sharing sharing;

    private Runnable epoch;

    @Setup(Level.Trial)
    public void create() {
        MultiDataSet batch = PosterNetwork.noise(BATCH, 2, PosterNetwork.SIZE);
        if (layers == Layers.STOCK) {
            ComputationGraph graph = new ComputationGraph(PosterNetwork.stock(sharing));
            graph.init();
            epoch = () -> {
                for (int i = 0; i < STEPS; i++) {
                    graph.fit(batch);
                }
            };
        } else {
            Dl4jModel model = Dl4jModel.create(
                    PosterNetwork.of(2, PosterNetwork.SIZE, sharing), TrainingPlan.adam(PosterNetwork.RATE));
            var data = ListBatches.of(Collections.nCopies(STEPS, batch));
            epoch = () -> model.fit(data, FitOptions.epochs(1));
        }
    }

    /** Runs an epoch of ten forward passes, backward passes and updates. */
    @Benchmark
    @OperationsPerInvocation(BATCH * STEPS)
    public void steps() {
        epoch.run();
    }
}
