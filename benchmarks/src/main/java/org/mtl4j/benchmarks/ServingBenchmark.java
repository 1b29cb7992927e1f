package org.mtl4j.benchmarks;

import java.util.concurrent.TimeUnit;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.onnxruntime.OnnxRuntimePredictors;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Microseconds for the answers about one batch: by a predictor of each engine, and by ONNX Runtime called by hand,
 * which reads the same exported file. Processes are not compared as well as rounds within one; for ratios take
 * {@code ServingCost}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
public class ServingBenchmark {
    /** Whose answers are waited for. */
    public enum Engine {
        BUILT_IN,
        ONNX_RUNTIME,
        ONNX_RUNTIME_BY_HAND
    }

    @Param({"POSTER", "BEST"})
    String network;

    @Param
    Engine engine;

    @Param({"1", "8", "128"})
    int batch;

    @Param({"1", "2"})
    int threads;

    private Predictor predictor;
    private RuntimeSession byHand;
    private Runnable ask;

    @Setup(Level.Trial)
    public void create() {
        Dl4jModel model = ServingNetwork.valueOf(network).model();
        PredictorOptions options = PredictorOptions.standard().withThreads(threads);
        predictor = engine == Engine.BUILT_IN ? model.predictor(options) : OnnxRuntimePredictors.of(model, options);
        byHand = new RuntimeSession(model, threads);
        ServingPair pair = new ServingPair(predictor.signature(), batch, predictor, byHand);
        ask = engine == Engine.ONNX_RUNTIME_BY_HAND ? pair::askByHand : pair::askPredictor;
        if (!(pair.difference() <= 1e-5)) {
            throw new IllegalStateException("%s differs by %s".formatted(predictor, pair.difference()));
        }
    }

    @Benchmark
    public void predict() {
        ask.run(); // into arrays that are read by nobody else
    }

    @TearDown(Level.Trial)
    public void close() {
        predictor.close();
        byHand.close();
    }
}
