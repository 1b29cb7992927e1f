package org.mtl4j.benchmarks;

import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.sharing.CrossStitchUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
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

/**
 * What sharing costs by itself, in milliseconds: one output of a unit at the poster's first place, forward and
 * backward, and the relatedness of its largest layer with its gradients; beside them an addition in place of as many
 * numbers, which reads and writes memory and does hardly anything else. In a network that trains with the batch last a
 * unit costs less, as all its outputs are computed in one pass and gradients are handed on by position; see
 * {@link SharingCost}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xmx1g", "-XX:+UseSerialGC"})
public class SharingBenchmark {
    private static final long[] SHAPE = {128, 20, 18, 18};

    @Param({"2", "4"})
    int towers;

    private INDArray[] inputs;
    private INDArray epsilon;
    private GraphVertex vertex;
    private INDArray first;
    private INDArray second;
    private INDArray ofFirst;
    private INDArray ofSecond;

    @Setup(Level.Trial)
    public void create() {
        inputs = new INDArray[towers];
        for (int t = 0; t < towers; t++) {
            inputs[t] = Nd4j.rand(DataType.FLOAT, SHAPE);
        }
        epsilon = Nd4j.rand(DataType.FLOAT, SHAPE);
        var configuration = new org.mtl4j.dl4j.vertex.CrossStitchVertex(
                CrossStitchUnit.perChannel(0.9), towers, 0, new Adam(1e-3), (int) SHAPE[1]);
        INDArray alpha = Nd4j.create(DataType.FLOAT, 1, towers * SHAPE[1]);
        vertex = configuration.instantiate((ComputationGraph) null, "unit", 0, alpha, true, DataType.FLOAT);
        vertex.setBackpropGradientsViewArray(Nd4j.create(DataType.FLOAT, 1, towers * SHAPE[1]));
        first = Nd4j.rand(DataType.FLOAT, 320, 120);
        second = Nd4j.rand(DataType.FLOAT, 320, 120);
        ofFirst = Nd4j.create(DataType.FLOAT, 320, 120);
        ofSecond = Nd4j.create(DataType.FLOAT, 320, 120);
    }

    @Benchmark
    public INDArray unitForward() {
        vertex.setInputs(inputs);
        return vertex.doForward(true, LayerWorkspaceMgr.noWorkspaces());
    }

    @Benchmark
    public Object unitBackward() {
        vertex.setInputs(inputs);
        vertex.setEpsilon(epsilon);
        return vertex.doBackward(false, LayerWorkspaceMgr.noWorkspaces());
    }

    @Benchmark
    public double relatedness() {
        return Relatedness.l2Linear()
                .addGradients(first, second, new double[] {1, 0}, 1e-6, ofFirst, ofSecond, new double[2]);
    }

    @Benchmark
    public INDArray additionInPlace() {
        return inputs[0].addi(inputs[1]);
    }
}
