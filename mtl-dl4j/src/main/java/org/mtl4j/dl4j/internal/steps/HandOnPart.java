package org.mtl4j.dl4j.internal.steps;

/** Hands an input on as it is. */
class HandOnPart extends VertexPart {
    HandOnPart(Place place) {
        super(place);
    }

    @Override
    final int width(int[] widths) {
        return widths[input(0)];
    }

    @Override
    final boolean begin(Values values) {
        values.setOutput(vertex(), values.output(input(0)));
        return true;
    }

    @Override
    final void forward(Values values) {
        // the input is there
    }

    @Override
    void backward(Values values) {
        if (isWanted(0)) {
            values.addGradient(input(0), values.gradient(vertex()));
        }
    }
}
