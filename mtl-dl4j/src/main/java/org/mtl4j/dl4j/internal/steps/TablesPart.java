package org.mtl4j.dl4j.internal.steps;

import org.mtl4j.dl4j.internal.cpu.dense.TablesKernel;

/** Looks rows of tables up. */
final class TablesPart extends VertexPart {
    private final TablesKernel kernel;

    TablesPart(Place place, TablesKernel kernel) {
        super(place);
        this.kernel = kernel;
    }

    @Override
    int width(int[] widths) {
        return kernel.width();
    }

    @Override
    boolean begin(Values values) {
        return kernel.readCodes(values.output(input(0)));
    }

    @Override
    void forward(Values values) {
        kernel.forward(values.output(vertex()));
    }

    @Override
    void backward(Values values) {
        kernel.backward(values.gradient(vertex()));
    }
}
