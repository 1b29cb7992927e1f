package org.mtl4j.dl4j.internal.steps;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes an activation by itself, as ND4J does. */
final class ActivationPart extends VertexPart {
    private final IActivation activation;

    ActivationPart(Place place, IActivation activation) {
        super(place);
        this.activation = activation;
    }

    @Override
    int width(int[] widths) {
        return widths[input(0)];
    }

    @Override
    void forward(Values values) {
        values.output(vertex()).set(values.output(input(0)));
        INDArray result = values.output(vertex()).array();
        INDArray activated = activation.getActivation(result, true);
        if (activated != result) {
            result.assign(activated);
        }
    }

    @Override
    void backward(Values values) {
        if (!isWanted(0)) {
            return;
        }
        // the activation may overwrite what it is given, which others may read
        values.output(vertex()).set(values.output(input(0)));
        INDArray z = values.output(vertex()).array();
        INDArray epsilon = values.gradient(vertex()).array();
        INDArray found = activation.backprop(z, epsilon).getFirst();
        if (found != epsilon) {
            epsilon.assign(found);
        }
        values.addGradient(input(0), values.gradient(vertex()));
    }
}
