package org.mtl4j.dl4j.internal.steps;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.dense.HostMatrix;

/**
 * Holds what the vertices of a graph give for a batch of one size, and the gradients with respect to that, in memory
 * that is kept from step to step.
 */
final class Values {
    private final int examples;
    private final int[] widths;
    private final @Nullable HostMatrix[] outputs;
    private final @Nullable HostMatrix[] gradients;
    private final @Nullable Within[] within;
    private final boolean[] given;
    private final boolean[] hasGradient;

    /** Where a vertex's numbers stand among those of another. */
    private record Within(int other, int from) {}

    /** @param widths by vertex how many numbers it gives for an example */
    Values(int examples, int[] widths) {
        this.examples = examples;
        this.widths = widths.clone();
        this.outputs = new HostMatrix[widths.length];
        this.gradients = new HostMatrix[widths.length];
        this.within = new Within[widths.length];
        this.given = new boolean[widths.length];
        this.hasGradient = new boolean[widths.length];
    }

    int examples() {
        return examples;
    }

    int width(int vertex) {
        return widths[vertex];
    }

    /** Tells whether it is for batches of a size. */
    boolean fits(int count, int[] columns) {
        return examples == count && Arrays.equals(widths, columns);
    }

    HostMatrix output(int vertex) {
        HostMatrix output = outputs[vertex];
        if (output == null) {
            Within place = within[vertex];
            output = place == null
                    ? HostMatrix.create(examples, widths[vertex])
                    : output(place.other).columns(place.from, widths[vertex]);
            outputs[vertex] = output;
        }
        return output;
    }

    /** Has a vertex's outputs stand in memory that is not kept, until it is {@linkplain #letGo let go of}. */
    void setOutput(int vertex, HostMatrix output) {
        outputs[vertex] = output;
        given[vertex] = true;
    }

    /** Lets go of memory that others have given: what a caller has, large batches among it, is not held for him. */
    void letGo() {
        for (int vertex = 0; vertex < given.length; vertex++) {
            if (given[vertex]) {
                outputs[vertex] = null;
                given[vertex] = false;
            }
        }
    }

    /** {@return the gradient with respect to a vertex's outputs, or the memory for it} */
    HostMatrix gradient(int vertex) {
        HostMatrix gradient = gradients[vertex];
        if (gradient == null) {
            Within place = within[vertex];
            gradient = place == null
                    ? HostMatrix.create(examples, widths[vertex])
                    : gradient(place.other).columns(place.from, widths[vertex]);
            gradients[vertex] = gradient;
        }
        return gradient;
    }

    /** Has a vertex's outputs and their gradient stand among those of another. */
    void placeIn(int vertex, int other, int from) {
        within[vertex] = new Within(other, from);
    }

    /** Adds what one reader of a vertex knows of its gradient. */
    void addGradient(int vertex, HostMatrix more) {
        if (hasGradient[vertex]) {
            gradient(vertex).add(more);
        } else {
            gradient(vertex).set(more);
            hasGradient[vertex] = true;
        }
    }

    /** Says that one reader of a vertex has no gradient for it. */
    void addNothing(int vertex) {
        if (!hasGradient[vertex]) {
            gradient(vertex).scale(0);
            hasGradient[vertex] = true;
        }
    }

    /** Tells whether some reader of a vertex has left a gradient in this step. */
    boolean hasGradient(int vertex) {
        return hasGradient[vertex];
    }

    void gradientIsThere(int vertex) {
        hasGradient[vertex] = true;
    }

    /** Forgets the gradients of the step before. */
    void forgetGradients() {
        Arrays.fill(hasGradient, false);
    }
}
