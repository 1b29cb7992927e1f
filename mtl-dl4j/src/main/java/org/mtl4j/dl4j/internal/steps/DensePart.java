package org.mtl4j.dl4j.internal.steps;

import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.PlainActivation;
import org.mtl4j.dl4j.internal.cpu.dense.DenseKernel;
import org.mtl4j.dl4j.internal.cpu.dense.HostMatrix;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes a fully connected layer. Activations other than ReLU are ND4J's. */
final class DensePart extends VertexPart {
    private final DenseKernel kernel;
    private final IActivation activation;
    private final boolean relu;
    private final boolean identity;
    /** The outputs before the activation, for batches of one size. */
    private @Nullable HostMatrix before;

    DensePart(Place place, DenseKernel kernel, IActivation activation) {
        super(place);
        this.kernel = kernel;
        this.activation = activation;
        this.relu = PlainActivation.isRelu(activation);
        this.identity = PlainActivation.isIdentity(activation);
    }

    @Override
    int width(int[] widths) {
        return kernel.outputs();
    }

    @Override
    void forward(Values values) {
        HostMatrix x = values.output(input(0));
        HostMatrix y = values.output(vertex());
        if (relu || identity) {
            kernel.forward(x, relu, y);
            return;
        }
        HostMatrix z = before(values.examples());
        kernel.forward(x, false, z);
        y.set(z);
        INDArray result = y.array();
        INDArray activated = activation.getActivation(result, true);
        if (activated != result) {
            result.assign(activated);
        }
    }

    private HostMatrix before(int examples) {
        HostMatrix z = before;
        if (z == null || z.rows() != examples) {
            z = HostMatrix.create(examples, kernel.outputs());
            before = z;
        }
        return z;
    }

    @Override
    void backward(Values values) {
        HostMatrix delta = values.gradient(vertex());
        if (relu) {
            kernel.rectify(values.output(vertex()), delta);
        } else if (!identity) {
            INDArray epsilon = delta.array();
            INDArray z = before(values.examples()).array();
            INDArray found = activation.backprop(z, epsilon).getFirst();
            if (found != epsilon) {
                epsilon.assign(found);
            }
        }
        backward(kernel, this, values, delta);
    }

    /** Computes the gradients of weights, bias and input of a layer from that of its outputs before the activation. */
    static void backward(DenseKernel kernel, VertexPart layer, Values values, HostMatrix delta) {
        int input = layer.input(0);
        HostMatrix x = values.output(input);
        if (layer.isWanted(0)) {
            kernel.backward(x, delta, values.gradient(input), values.hasGradient(input));
            values.gradientIsThere(input);
        } else {
            kernel.backward(x, delta, null, false);
        }
    }
}
