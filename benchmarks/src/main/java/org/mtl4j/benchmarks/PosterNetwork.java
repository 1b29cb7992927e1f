package org.mtl4j.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.mtl4j.dl4j.vertex.CrossStitchVertex;
import org.mtl4j.dl4j.vertex.WeightRelatednessVertex;
import org.mtl4j.dl4j.vertex.WeightTie;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** The poster's network: per tower four convolutions, three maximum pools and a dense layer, then ten numbers. */
public final class PosterNetwork {
    static final int SIZE = 39;
    static final int OUTPUTS = 10;
    static final double RATE = 1e-3;

    private static final int[] CHANNELS = {20, 40, 60, 80};
    private static final int[] KERNELS = {4, 3, 3, 2};
    private static final int POOLS = 3;
    private static final int HIDDEN = 120;
    private static final double STRENGTH = 1e-3;

    /** What the towers share. */
    public enum Sharing {
        NOTHING,
        STITCHES,
        STITCHES_AND_RELATEDNESS
    }

    private PosterNetwork() {}

    /** Builds the network of this library, each tower with numbers to predict. */
    static MultiTaskNetwork of(int towers, int size, Sharing sharing) {
        Map<String, SplitHead> heads = new LinkedHashMap<>();
        for (int t = 0; t < towers; t++) {
            heads.put("tower" + t, SplitHead.of(Task.regression("task" + t, OUTPUTS)));
        }
        return of(heads, size, sharing);
    }

    /** @param heads by tower */
    static MultiTaskNetwork of(Map<String, SplitHead> heads, int size, Sharing sharing) {
        int towers = heads.size();
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.image(1, size, size));
        heads.forEach(network::tower);
        for (int i = 0; i < CHANNELS.length; i++) {
            network.convolution("conv" + i, CHANNELS[i], KERNELS[i]);
            if (i < POOLS) {
                network.maxPool(2);
            }
            if (towers > 1 && sharing != Sharing.NOTHING) {
                network.stitch(CrossStitchUnit.perChannel(0.9));
            }
        }
        network.dense("fc", HIDDEN);
        if (towers > 1 && sharing == Sharing.STITCHES_AND_RELATEDNESS) {
            network.regularize(WeightRelatednessRegularizer.over("conv0", "conv1", "conv2", "conv3", "fc")
                    .withRelatedness(Relatedness.l2())
                    .withStrength(STRENGTH));
        }
        return network.build();
    }

    /** Draws noise in place of faces and targets. */
    static MultiDataSet noise(int examples, int towers, int size) {
        return new MultiDataSet(
                new INDArray[] {Nd4j.rand(DataType.FLOAT, examples, 1, size, size)},
                IntStream.range(0, towers)
                        .mapToObj(task -> Nd4j.rand(DataType.FLOAT, examples, OUTPUTS))
                        .toArray(INDArray[]::new));
    }

    /**
     * Configures the same network of two towers with the layers that Deeplearning4j brings, and this library's
     * vertices.
     */
    static ComputationGraphConfiguration stock(Sharing sharing) {
        var graph = new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(RATE))
                .weightInit(WeightInit.RELU)
                .graphBuilder()
                .addInputs("input")
                .setInputTypes(InputType.convolutional(SIZE, SIZE, 1));
        String source = "input";
        if (sharing == Sharing.STITCHES_AND_RELATEDNESS) {
            List<WeightTie> ties = List.of(
                    new WeightTie("conv0-0", "conv0-1"),
                    new WeightTie("conv1-0", "conv1-1"),
                    new WeightTie("conv2-0", "conv2-1"),
                    new WeightTie("conv3-0", "conv3-1"),
                    new WeightTie("fc-0", "fc-1"));
            graph.addVertex(
                    "related",
                    new WeightRelatednessVertex(ties, Relatedness.l2(), STRENGTH, new Adam(RATE), 1),
                    source);
            source = "related";
        }
        String[] ends = {source, source};
        for (int i = 0; i < CHANNELS.length; i++) {
            for (int t = 0; t < ends.length; t++) {
                String convolution = "conv" + i + "-" + t;
                graph.addLayer(
                        convolution,
                        new ConvolutionLayer.Builder(KERNELS[i], KERNELS[i])
                                .nOut(CHANNELS[i])
                                .activation(Activation.RELU)
                                .build(),
                        ends[t]);
                ends[t] = convolution;
                if (i < POOLS) {
                    String pool = "pool" + i + "-" + t;
                    graph.addLayer(
                            pool,
                            new SubsamplingLayer.Builder(PoolingType.MAX)
                                    .kernelSize(2, 2)
                                    .stride(2, 2)
                                    .build(),
                            convolution);
                    ends[t] = pool;
                }
            }
            if (sharing != Sharing.NOTHING) {
                ends = CrossStitchVertex.join(
                                graph, "stitch" + i, CrossStitchUnit.perChannel(0.9), new Adam(RATE), ends)
                        .toArray(String[]::new);
            }
        }
        for (int t = 0; t < ends.length; t++) {
            graph.addLayer(
                    "fc-" + t,
                    new DenseLayer.Builder()
                            .nOut(HIDDEN)
                            .activation(Activation.RELU)
                            .build(),
                    ends[t]);
            graph.addLayer(
                    "task" + t,
                    new OutputLayer.Builder(LossFunction.MSE)
                            .nOut(OUTPUTS)
                            .activation(Activation.IDENTITY)
                            .build(),
                    "fc-" + t);
        }
        return graph.setOutputs("task0", "task1").build();
    }
}
