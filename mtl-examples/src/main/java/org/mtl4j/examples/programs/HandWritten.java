package org.mtl4j.examples.programs;

import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SDVertexParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.network.Stitch;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;

/** The network of {@link QuickStart}, written with Deeplearning4j alone. What the library does besides is not here. */
public final class HandWritten {
    private static final String[] TOWERS = {"landmarks", "smile"};

    private HandWritten() {}

    /** What goes into tower {@code own} of two; Deeplearning4j has nothing of the kind, so SameDiff computes it. */
    public static final class Mixture extends SameDiffVertex {
        private static final long serialVersionUID = 1L;

        private final int own;
        private final long[] alphaShape; // [1, channels, 1, 1] for maps, [1] for one number

        Mixture(int own, long... alphaShape) {
            this.own = own;
            this.alphaShape = alphaShape;
        }

        @Override
        public SDVariable defineVertex(
                SameDiff graph,
                Map<String, SDVariable> inputs,
                Map<String, SDVariable> alphas,
                Map<String, SDVariable> masks) {
            return inputs.get("x0")
                    .mul(alphas.get("from0"))
                    .add(inputs.get("x1").mul(alphas.get("from1")));
        }

        @Override
        public void defineParametersAndInputs(SDVertexParams parameters) {
            parameters.defineInputs("x0", "x1");
            parameters.addWeightParam("from0", alphaShape);
            parameters.addWeightParam("from1", alphaShape);
        }

        @Override
        public void initializeParameters(Map<String, INDArray> alphas) {
            alphas.get("from" + own).assign(0.9);
            alphas.get("from" + (1 - own)).assign(0.1);
        }

        @Override
        public InputType getOutputType(int index, InputType... inputs) {
            return inputs[0];
        }

        @Override
        public GraphVertex clone() {
            return new Mixture(own, alphaShape);
        }
    }

    /** {@return the graph: two towers layer by layer, two mixtures behind each, two output layers} */
    public static ComputationGraph graph() {
        GraphBuilder graph = new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(2e-3))
                .graphBuilder()
                .addInputs("input")
                .setInputTypes(InputType.convolutional(24, 24, 1));
        for (int t = 0; t < 2; t++) {
            String tower = TOWERS[t];
            graph.addLayer(tower + "/conv1", convolution(12, 5), "input");
            graph.addLayer(tower + "/pool1", pool(), tower + "/conv1");
            graph.addVertex(tower + "/mix1", new Mixture(t, 1, 12, 1, 1), "landmarks/pool1", "smile/pool1");
            graph.addLayer(tower + "/conv2", convolution(24, 3), tower + "/mix1");
            graph.addLayer(tower + "/pool2", pool(), tower + "/conv2");
            graph.addVertex(tower + "/mix2", new Mixture(t, 1, 24, 1, 1), "landmarks/pool2", "smile/pool2");
            graph.addLayer(tower + "/fc", dense(48), tower + "/mix2");
            graph.addVertex(tower + "/mix3", new Mixture(t, 1), "landmarks/fc", "smile/fc");
        }
        graph.addLayer(
                "landmarks",
                new OutputLayer.Builder(new LossMSE(Nd4j.valueArrayOf(1, 10, 1000.0)))
                        .nOut(10)
                        .activation(Activation.IDENTITY)
                        .build(),
                "landmarks/mix3");
        graph.addLayer(
                "smile",
                new OutputLayer.Builder(new LossMCXENT())
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build(),
                "smile/mix3");
        ComputationGraph built =
                new ComputationGraph(graph.setOutputs("landmarks", "smile").build());
        built.init();
        return built;
    }

    private static ConvolutionLayer convolution(int channels, int kernel) {
        return new ConvolutionLayer.Builder(kernel, kernel)
                .nOut(channels)
                .activation(Activation.RELU)
                .build();
    }

    private static SubsamplingLayer pool() {
        return new SubsamplingLayer.Builder(PoolingType.MAX)
                .kernelSize(2, 2)
                .stride(2, 2)
                .build();
    }

    private static DenseLayer dense(int units) {
        return new DenseLayer.Builder().nOut(units).activation(Activation.RELU).build();
    }

    /** Copies the library's weights to the graph by hand. */
    static void copy(Dl4jModel from, ComputationGraph to) {
        for (String layer : new String[] {"conv1", "conv2", "fc"}) {
            for (String tower : TOWERS) {
                String name = tower + "/" + layer;
                to.getLayer(name).setParams(from.graph().getLayer(name).params().dup());
            }
        }
        for (String task : new String[] {"landmarks", "smile"}) {
            to.getLayer(task).setParams(from.graph().getLayer(task).params().dup());
        }
        int place = 0;
        for (Stitch stitch : from.network().stitches()) {
            place++;
            INDArray alpha = from.alphas().get(stitch.place());
            for (int s = 0; s < 2; s++) {
                Map<String, INDArray> own =
                        to.getVertex(TOWERS[s] + "/mix" + place).paramTable(false);
                for (int t = 0; t < 2; t++) {
                    INDArray target = own.get("from" + t);
                    INDArray row = alpha.get(NDArrayIndex.point(s), NDArrayIndex.point(t));
                    target.assign(row.reshape(target.shape()));
                }
            }
        }
    }

    /** Computes the largest difference between what both predict. */
    public static double run(INDArray images) {
        Dl4jModel model = Dl4jModel.create(QuickStart.network(), TrainingPlan.adam(2e-3));
        INDArray all = model.graph().params();
        all.addi(Nd4j.randn(all.shape()).mul(0.05)); // output layers start at 0, where all networks predict the same
        ComputationGraph graph = graph();
        copy(model, graph);
        INDArray[] byHand = graph.output(images);
        INDArray points = model.predict(images).of("landmarks").sub(byHand[0]);
        INDArray smile = model.predict(images).of("smile").sub(byHand[1]);
        return Math.max(points.amaxNumber().doubleValue(), smile.amaxNumber().doubleValue());
    }

    /** Prints how far both are apart. */
    public static void main(String[] args) {
        System.out.println("largest difference: " + run(Nd4j.rand(16, 1, 24, 24)));
    }
}
