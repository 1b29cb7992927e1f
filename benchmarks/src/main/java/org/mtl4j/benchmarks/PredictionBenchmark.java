package org.mtl4j.benchmarks;

import java.util.concurrent.TimeUnit;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Milliseconds for the predictions of one batch by the stitched network. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
public class PredictionBenchmark {
    @Param({"1", "128"})
    int batch;

    private Dl4jModel model;
    private INDArray images;

    @Setup(Level.Trial)
    public void create() {
        model = Dl4jModel.create(
                PosterNetwork.of(2, PosterNetwork.SIZE, PosterNetwork.Sharing.STITCHES),
                TrainingPlan.adam(PosterNetwork.RATE));
        images = Nd4j.rand(DataType.FLOAT, batch, 1, PosterNetwork.SIZE, PosterNetwork.SIZE);
    }

    @Benchmark
    public Predictions predict() {
        return model.predict(images);
    }
}
