package org.mtl4j.dl4j.internal.steps;

import org.mtl4j.dl4j.internal.cpu.PlainActivation;
import org.mtl4j.dl4j.internal.cpu.dense.DenseKernel;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes the output layer of a task up to its activation, which is done for all rows at once. */
final class PredictedPart extends VertexPart {
    private final DenseKernel kernel;
    private final IActivation activation;

    PredictedPart(Place place, DenseKernel kernel, IActivation activation) {
        super(place);
        this.kernel = kernel;
        this.activation = activation;
    }

    @Override
    int width(int[] widths) {
        return kernel.outputs();
    }

    int outputs() {
        return kernel.outputs();
    }

    @Override
    void forward(Values values) {
        kernel.forward(values.output(input(0)), false, values.output(vertex()));
    }

    /** {@return what the activation makes of the numbers of all rows, which it may overwrite} */
    INDArray activated(INDArray outputs) {
        return PlainActivation.isIdentity(activation) ? outputs : activation.getActivation(outputs, false);
    }

    @Override
    void backward(Values values) {
        throw new IllegalStateException("predictions have no gradients");
    }
}
