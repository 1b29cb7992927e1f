package org.mtl4j.dl4j.internal.steps;

import org.mtl4j.dl4j.internal.cpu.dense.HostMatrix;
import org.mtl4j.dl4j.internal.cpu.dense.StitchRowKernel;

/** Computes one output of a cross-stitch unit on vectors. */
final class StitchPart extends VertexPart {
    private final StitchRowKernel kernel;

    StitchPart(Place place, StitchRowKernel kernel) {
        super(place);
        this.kernel = kernel;
    }

    @Override
    int width(int[] widths) {
        return widths[input(0)];
    }

    @Override
    void forward(Values values) {
        kernel.forward(inputsOf(values), values.output(vertex()));
    }

    @Override
    void backward(Values values) {
        HostMatrix[] gradients = new HostMatrix[inputs()];
        boolean[] add = new boolean[inputs()];
        for (int i = 0; i < gradients.length; i++) {
            if (isWanted(i)) {
                gradients[i] = values.gradient(input(i));
                add[i] = values.hasGradient(input(i));
                values.gradientIsThere(input(i));
            }
        }
        kernel.backward(inputsOf(values), values.gradient(vertex()), gradients, add);
    }

    private HostMatrix[] inputsOf(Values values) {
        HostMatrix[] found = new HostMatrix[inputs()];
        for (int i = 0; i < found.length; i++) {
            found[i] = values.output(input(i));
        }
        return found;
    }
}
