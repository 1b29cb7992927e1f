package org.mtl4j.dl4j.join;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import java.util.Random;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Small networks of several kinds, written with Deeplearning4j alone and trained a little, so that nothing is at its
 * start.
 */
final class Trained {
    static final InputType IMAGE = InputType.convolutional(9, 9, 2);
    static final int EXAMPLES = 5;

    /** Made once, because training is slow; tests get copies. */
    private static final Supplier<ComputationGraph> IMAGES = Suppliers.memoize(Trained::trainedImages);

    private static final Supplier<MultiLayerNetwork> STACK = Suppliers.memoize(Trained::trainedStack);
    private static final Supplier<ComputationGraph> RESIDUAL = Suppliers.memoize(Trained::trainedResidual);

    private Trained() {}

    static NeuralNetConfiguration.Builder settings(int seed) {
        return new NeuralNetConfiguration.Builder()
                .seed(seed)
                .optimizationAlgo(OptimizationAlgorithm.STOCHASTIC_GRADIENT_DESCENT)
                .updater(new Sgd(0.1));
    }

    static ConvolutionLayer convolution(int channels) {
        return new ConvolutionLayer.Builder(2, 2)
                .nOut(channels)
                .activation(Activation.TANH)
                .build();
    }

    static SubsamplingLayer pooling() {
        return new SubsamplingLayer.Builder(PoolingType.MAX)
                .kernelSize(2, 2)
                .stride(2, 2)
                .build();
    }

    static DenseLayer dense(int units) {
        return new DenseLayer.Builder().nOut(units).activation(Activation.TANH).build();
    }

    static OutputLayer points(int outputs) {
        return new OutputLayer.Builder(LossFunction.MSE)
                .nOut(outputs)
                .activation(Activation.IDENTITY)
                .build();
    }

    static OutputLayer classes(int outputs) {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .nOut(outputs)
                .activation(Activation.SOFTMAX)
                .build();
    }

    /** Images to three numbers: conv1 [4, 8, 8], pool1 [4, 4, 4], fc [6], points. */
    static ComputationGraph images() {
        return IMAGES.get().clone();
    }

    private static ComputationGraph trainedImages() {
        GraphBuilder graph = settings(1)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(IMAGE)
                .addLayer("conv1", convolution(4), "in")
                .addLayer("pool1", pooling(), "conv1")
                .addLayer("fc", dense(6), "pool1")
                .addLayer("points", points(3), "fc")
                .setOutputs("points");
        return trained(graph, images(7), targets(3, 8));
    }

    /**
     * Images to two classes, in Deeplearning4j's simpler form: conv [4, 8, 8], maxpool_1 [4, 4, 4], layer2 [6], layer3.
     */
    static MultiLayerNetwork stack() {
        return STACK.get().clone();
    }

    private static MultiLayerNetwork trainedStack() {
        MultiLayerNetwork network = new MultiLayerNetwork(settings(2)
                .list()
                .layer(named("conv", convolution(4)))
                .layer(named("maxpool_1", pooling()))
                .layer(dense(6))
                .layer(classes(2))
                .setInputType(IMAGE)
                .build());
        network.init();
        for (int step = 0; step < 3; step++) {
            network.fit(new DataSet(images(9), oneHot(2, 10)));
        }
        return network;
    }

    /** Images to three classes by way of a residual block: conv0 [4, 8, 8], block [4, 8, 8], pool [4, 4, 4], kind. */
    static ComputationGraph residual() {
        return RESIDUAL.get().clone();
    }

    private static ComputationGraph trainedResidual() {
        ConvolutionLayer same = convolution(4);
        same.setConvolutionMode(org.deeplearning4j.nn.conf.ConvolutionMode.Same);
        GraphBuilder graph = settings(3)
                .graphBuilder()
                .addInputs("picture")
                .setInputTypes(IMAGE)
                .addLayer("conv0", convolution(4), "picture")
                .addLayer("conv1", same, "conv0")
                .addLayer("norm", new BatchNormalization(), "conv1")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "norm", "conv0")
                .addLayer(
                        "block",
                        new ActivationLayer.Builder()
                                .activation(Activation.RELU)
                                .build(),
                        "sum")
                .addLayer("pool", pooling(), "block")
                .addLayer("kind", classes(3), "pool")
                .setOutputs("kind");
        return trained(graph, images(11), oneHot(3, 12));
    }

    /** Vectors [4] to two numbers: first [5], second [5], out. */
    static ComputationGraph vectors(int seed, String input) {
        GraphBuilder graph = settings(seed)
                .graphBuilder()
                .addInputs(input)
                .setInputTypes(InputType.feedForward(4))
                .addLayer("first", dense(5), input)
                .addLayer("second", dense(5), "first")
                .addLayer("out", points(2), "second")
                .setOutputs("out");
        return trained(graph, random(seed, EXAMPLES, 4), targets(2, seed + 1));
    }

    private static ComputationGraph trained(GraphBuilder configuration, INDArray features, INDArray labels) {
        ComputationGraph graph = new ComputationGraph(configuration.build());
        graph.init();
        for (int step = 0; step < 3; step++) {
            graph.fit(new DataSet(features, labels));
        }
        return graph;
    }

    static <L extends org.deeplearning4j.nn.conf.layers.Layer> L named(String name, L layer) {
        layer.setLayerName(name);
        return layer;
    }

    static INDArray images(int seed) {
        return random(seed, EXAMPLES, 2, 9, 9);
    }

    static INDArray targets(int outputs, int seed) {
        return random(seed, EXAMPLES, outputs);
    }

    static INDArray oneHot(int classes, int seed) {
        INDArray labels = Nd4j.zeros(DataType.FLOAT, EXAMPLES, classes);
        Random random = new Random(seed);
        for (int n = 0; n < EXAMPLES; n++) {
            labels.putScalar(n, random.nextInt(classes), 1);
        }
        return labels;
    }

    static INDArray random(int seed, long... shape) {
        Random random = new Random(seed);
        int length = 1;
        for (long size : shape) {
            length *= (int) size;
        }
        return Nd4j.createFromArray(random.doubles(length, -1, 1).toArray())
                .castTo(DataType.FLOAT)
                .reshape('c', shape);
    }

    /** The numbers to the bit: ND4J's own comparison of arrays allows differences of 1e-5. */
    static float[] bits(INDArray array) {
        return array.dup('c').data().asFloat();
    }
}
