package org.mtl4j.benchmarks;

import java.util.function.Supplier;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The networks whose serving is measured. */
enum ServingNetwork {
    /** That of the poster: two towers with units and relatedness. */
    POSTER(
            "the poster's, stitched",
            () -> PosterNetwork.of(2, PosterNetwork.SIZE, PosterNetwork.Sharing.STITCHES_AND_RELATEDNESS)),

    /** That of the recipe {@code best}. */
    BEST("best", BestNetwork::build);

    private final String title;
    private final Supplier<MultiTaskNetwork> network;

    ServingNetwork(String title, Supplier<MultiTaskNetwork> network) {
        this.title = title;
        this.network = network;
    }

    /** {@return how tables call it} */
    String title() {
        return title;
    }

    /** {@return a model whose output layers, which start at 0, have other numbers} */
    Dl4jModel model() {
        Dl4jModel model = Dl4jModel.create(network.get(), TrainingPlan.adam(PosterNetwork.RATE));
        INDArray parameters = model.graph().params();
        parameters.addi(
                Nd4j.rand(parameters.dataType(), parameters.shape()).subi(0.5).muli(0.02));
        return model;
    }
}
