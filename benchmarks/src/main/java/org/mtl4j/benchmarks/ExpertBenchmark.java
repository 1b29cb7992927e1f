package org.mtl4j.benchmarks;

import java.util.concurrent.TimeUnit;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
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

/** Milliseconds of a training step of networks with experts, attention and branches, batches of 256. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
public class ExpertBenchmark {
    private static final int STEPS = 10;

    @Param
    ExpertNetwork network;

    private Dl4jModel model;
    private ArrayBatches data;

    @Setup(Level.Trial)
    public void create() {
        model = Dl4jModel.create(network.network(), TrainingPlan.adam(1e-3));
        data = ExpertNetwork.noise(STEPS);
    }

    /** Runs an epoch of ten steps. */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public void steps() {
        model.fit(data, FitOptions.epochs(1));
    }
}
