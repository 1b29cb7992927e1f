package org.mtl4j.dl4j.internal.steps;

/** Adds its inputs up. */
final class SumPart extends VertexPart {
    SumPart(Place place) {
        super(place);
    }

    @Override
    int width(int[] widths) {
        return widths[input(0)];
    }

    @Override
    void forward(Values values) {
        values.output(vertex()).set(values.output(input(0)));
        for (int i = 1; i < inputs(); i++) {
            values.output(vertex()).add(values.output(input(i)));
        }
    }

    @Override
    void backward(Values values) {
        for (int i = 0; i < inputs(); i++) {
            if (isWanted(i)) {
                values.addGradient(input(i), values.gradient(vertex()));
            }
        }
    }
}
