package org.mtl4j.benchmarks;

import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
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

/**
 * Milliseconds of a training step, batch 128, of two towers with each kind of unit, and of hard sharing of as many
 * parameters. {@link UnitCost} compares both in one process.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
public class UnitBenchmark {
    private static final int BATCH = 128;
    private static final int STEPS = 10;

    @Param
    UnitNetwork.Unit unit;

    @Param({"false", "true"})
    boolean hardSharing;

    private Runnable epoch;

    @Setup(Level.Trial)
    public void create() {
        MultiTaskNetwork network = UnitNetwork.joined(unit);
        if (hardSharing) {
            network = UnitNetwork.hardSharing(network.parameters());
        }
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(1e-3));
        ListBatches data = ListBatches.of(Collections.nCopies(STEPS, UnitNetwork.noise(BATCH, network.input())));
        epoch = () -> model.fit(data, FitOptions.epochs(1));
    }

    /** Runs an epoch of ten steps. */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public void steps() {
        epoch.run();
    }
}
