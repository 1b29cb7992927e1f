package org.mtl4j.dl4j.internal.steps;

import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What a network of codes and numbers has between its inputs and its heads, of fully connected layers. */
enum DenseForm {
    TRUNK(network ->
            network.trunk(layers -> layers.dense("a", 24).dense("b", 17)).dense("top", 9)),
    NOTHING(network -> {}),
    OTHER_ACTIVATIONS(
            network -> network.trunk(layers -> layers.layer("a", Dense.of(24).withActivation(Activation.TANH))
                            .layer("b", Dense.of(17).withActivation(Activation.ELU)))
                    .layer("top", Dense.of(9).withActivation(Activation.SIGMOID))),
    NO_BIAS(network -> network.trunk(layers -> layers.layer("a", Dense.of(24).withoutBias()))
            .layer("top", Dense.of(9).withoutBias().withActivation(Activation.SWISH))),
    RESIDUAL(network -> network.trunk(layers -> layers.dense("a", 12)
                    .residual("block", block -> block.dense("x", 12).dense("y", 12)))
            .activation(Activation.TANH)
            .dense("top", 9)),
    STITCHES(network -> network.dense("a", 20)
            .stitch(CrossStitchUnit.perChannel())
            .dense("b", 11)
            .stitch(CrossStitchUnit.perLayer())),
    TIES(network -> network.dense("a", 20)
            .dense("b", 11)
            .regularize(WeightRelatednessRegularizer.over("a", "b").withStrength(0.02))),
    DROPOUT(network -> network.trunk(
                    layers -> layers.dropout(0.2).dense("a", 24).dropout(0.4))
            .dense("top", 9)
            .dropout(0.1));

    /** Of which the second table has more numbers than most batches look up. */
    static final int[] CODES = {7, 300, 5};

    private static final int NUMBERS = 4;

    private final Consumer<NetworkBuilder> layers;

    DenseForm(Consumer<NetworkBuilder> layers) {
        this.layers = layers;
    }

    /** {@return a network of this form, with a tower for each task} */
    MultiTaskNetwork network(List<Task> tasks) {
        NetworkBuilder network = MultiTaskNetwork.builder()
                .input("codes", Shape.categories(CODES), layers -> layers.embedding(3))
                .input("numbers", Shape.vector(NUMBERS));
        tasks.forEach(task -> network.tower(task.name(), SplitHead.of(task)));
        layers.accept(network);
        return network.build();
    }

    /** {@return drawn codes and numbers} */
    static INDArray[] features(Random random, int examples) {
        float[][] codes = new float[examples][CODES.length];
        float[][] numbers = new float[examples][NUMBERS];
        for (int n = 0; n < examples; n++) {
            for (int c = 0; c < CODES.length; c++) {
                codes[n][c] = random.nextInt(CODES[c]);
            }
            for (int c = 0; c < NUMBERS; c++) {
                numbers[n][c] = (float) random.nextGaussian();
            }
        }
        return new INDArray[] {Nd4j.createFromArray(codes), Nd4j.createFromArray(numbers)};
    }
}
