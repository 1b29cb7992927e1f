package org.mtl4j.dl4j.internal.steps;

import org.mtl4j.dl4j.internal.cpu.dense.HostMatrix;

/** Puts inputs side by side. */
final class JoinPart extends VertexPart {
    private final boolean[] inPlace;

    /**
     * @param inPlace by input whether nothing else reads it, and its vertex computes it wherever its place is, and so
     *     where it is joined
     */
    JoinPart(Place place, boolean[] inPlace) {
        super(place);
        this.inPlace = inPlace;
    }

    @Override
    int width(int[] widths) {
        int sum = 0;
        for (int i = 0; i < inputs(); i++) {
            sum += widths[input(i)];
        }
        return sum;
    }

    @Override
    void arrange(Values values) {
        for (int i = 0, from = 0; i < inputs(); from += values.width(input(i)), i++) {
            if (inPlace[i]) {
                values.placeIn(input(i), vertex(), from);
            }
        }
    }

    @Override
    void forward(Values values) {
        HostMatrix joined = values.output(vertex());
        for (int i = 0, from = 0; i < inputs(); from += values.width(input(i)), i++) {
            if (!inPlace[i]) {
                joined.columns(from, values.width(input(i))).set(values.output(input(i)));
            }
        }
    }

    @Override
    void backward(Values values) {
        HostMatrix gradient = values.gradient(vertex());
        for (int i = 0, from = 0; i < inputs(); from += values.width(input(i)), i++) {
            if (inPlace[i]) {
                values.gradientIsThere(input(i));
            } else if (isWanted(i)) {
                values.addGradient(input(i), gradient.columns(from, values.width(input(i))));
            }
        }
    }
}
