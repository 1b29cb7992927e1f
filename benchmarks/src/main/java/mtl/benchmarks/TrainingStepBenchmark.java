package mtl.benchmarks;

import java.util.concurrent.TimeUnit;
import mtl.dl4j.Dl4jModel;
import mtl.head.SplitHead;
import mtl.layer.Shape;
import mtl.network.MultiTaskNetwork;
import mtl.relatedness.Relatedness;
import mtl.relatedness.WeightRelatednessRegularizer;
import mtl.stitch.CrossStitchUnit;
import mtl.task.Task;
import mtl.train.TrainingPlan;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
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
@Warmup(iterations = 3, time = 10)
@Measurement(iterations = 5, time = 10)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xmx4g", "-XX:+UseSerialGC"})
public class TrainingStepBenchmark {
    private static final int BATCH = 128;
    private static final int SIZE = 39;

    /** What the towers share. */
    public enum Sharing {
        NOTHING,
        STITCHES,
        STITCHES_AND_RELATEDNESS
    }

    @Param
    Sharing sharing;

    private ComputationGraph graph;
    private MultiDataSet batch;

    @Setup(Level.Trial)
    public void create() {
        graph = Dl4jModel.create(network(), TrainingPlan.adam(1e-3)).graph();
        INDArray poses = Nd4j.eye(5).castTo(DataType.FLOAT).repeat(0, BATCH / 5 + 1);
        batch = new MultiDataSet(
                new INDArray[] {Nd4j.rand(DataType.FLOAT, BATCH, 1, SIZE, SIZE)},
                new INDArray[] {Nd4j.rand(DataType.FLOAT, BATCH, 10), poses.get(NDArrayIndex.interval(0, BATCH))});
    }

    /** One forward pass, backward pass and update. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public ComputationGraph step() {
        graph.fit(batch);
        return graph;
    }

    private MultiTaskNetwork network() {
        MultiTaskNetwork.Builder network = MultiTaskNetwork.builder(Shape.image(1, SIZE, SIZE))
                .tower("landmarks", SplitHead.of(Task.regression("points", 10)))
                .tower("attributes", SplitHead.of(Task.classification("pose", 5)));
        int[] channels = {20, 40, 60, 80};
        int[] kernels = {4, 3, 3, 2};
        for (int i = 0; i < channels.length; i++) {
            network.convolution("conv" + (i + 1), channels[i], kernels[i]);
            if (i < 3) {
                network.maxPool(2);
            }
            if (sharing != Sharing.NOTHING) {
                network.stitch(CrossStitchUnit.perChannel(0.9));
            }
        }
        network.dense("fc", 120);
        if (sharing == Sharing.STITCHES_AND_RELATEDNESS) {
            network.regularize(WeightRelatednessRegularizer.over("conv1", "conv2", "conv3", "conv4", "fc")
                    .by(Relatedness.l2())
                    .strength(1e-3));
        }
        return network.build();
    }
}
