package org.mtl4j.examples.programs;

import java.io.IOException;
import java.util.Locale;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.mtl4j.dl4j.join.StitchedGraph;
import org.mtl4j.faces.FaceBatches;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.synthetic.SyntheticFaces;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Two networks of plain Deeplearning4j, trained apart, then joined by units, trained on, and taken apart again. */
public final class StitchTrained {
    private static final InputType IMAGE = InputType.convolutional(24, 24, 1);

    private StitchTrained() {}

    /**
     * Root of the mean squared error of the points, in face widths, on faces that were not trained on.
     *
     * @param apart after training alone
     * @param joined of the joined graph before it was trained on; units at the identity change nothing
     * @param together after training together
     * @param joint the joined graph
     */
    public record Result(double apart, double joined, double together, StitchedGraph joint) {}

    /** Configures a network as anybody might have one: its layers have names of their own. */
    private static MultiLayerNetwork network(LossFunction loss, Activation activation, int outputs, String suffix) {
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .updater(new Adam(2e-3))
                .activation(Activation.RELU)
                .list()
                .layer(new ConvolutionLayer.Builder(5, 5).nOut(12).build())
                .layer(new SubsamplingLayer.Builder(new int[] {2, 2}, new int[] {2, 2})
                        .name("pool" + suffix)
                        .build())
                .layer(new DenseLayer.Builder().nOut(48).name("fc" + suffix).build())
                .layer(new OutputLayer.Builder(loss)
                        .activation(activation)
                        .nOut(outputs)
                        .build())
                .setInputType(IMAGE)
                .build());
        network.init();
        return network;
    }

    /** Trains on four fifths of so many drawn faces. */
    public static Result run(int faces, int epochs, long seed) throws IOException {
        var split = SyntheticFaces.corpus(faces, seed).split(0.2, seed);
        FaceCrops training = split.training().crops(FaceCrop.of(24));
        MultiDataSet held = batches(split.validation().crops(FaceCrop.of(24)), faces, FaceTask.LANDMARKS)
                .next();

        MultiLayerNetwork points = network(LossFunction.MSE, Activation.IDENTITY, 10, "");
        points.fit(batches(training, 32, FaceTask.LANDMARKS), epochs);
        MultiLayerNetwork smile = network(LossFunction.MCXENT, Activation.SOFTMAX, 2, "_smile");
        smile.fit(batches(training, 32, FaceTask.SMILE), epochs);

        StitchedGraph joint = StitchedGraph.builder()
                .network("points", points) // a ComputationGraph would do as well
                .network("smile", smile)
                .sharedInput("face", IMAGE)
                .stitch(CrossStitchUnit.perChannel(1.0), "pool", "pool_smile")
                .stitch(CrossStitchUnit.perLayer(1.0), "fc", "fc_smile")
                .build();
        double apart = error(points.output(held.getFeatures(0)), held);
        double joined = error(joint.graph().output(held.getFeatures(0))[0], held);
        joint.graph().fit(batches(training, 32, FaceTask.LANDMARKS, FaceTask.SMILE), epochs);
        double together = error(joint.graph().output(held.getFeatures(0))[0], held);
        return new Result(apart, joined, together, joint);
    }

    private static FaceBatches batches(FaceCrops faces, int size, FaceTask... tasks) {
        return faces.batches().tasks(tasks).batchSize(size).shuffleSeed(1).build();
    }

    private static double error(INDArray predicted, MultiDataSet held) {
        INDArray difference = predicted.sub(held.getLabels(0));
        return difference.norm2Number().doubleValue() / Math.sqrt(difference.length() / 2.0);
    }

    /** Prints the errors, and takes the network of the points out again. */
    public static void main(String[] args) throws IOException {
        Result result = run(800, 8, 3);
        System.out.printf(
                Locale.ROOT,
                "points: %.2f %% of the face's width apart, %.2f %% joined, %.2f %% after training together%n",
                100 * result.apart(),
                100 * result.joined(),
                100 * result.together());
        ComputationGraph alone = result.joint().tower("points"); // plain, with what its weights have become
        System.out.println(alone.summary());
    }
}
