package org.mtl4j.dl4j.internal.steps;

/** Does the work of one vertex of a graph in a prepared step. */
abstract class VertexPart {
    private final Place place;

    VertexPart(Place place) {
        this.place = place;
    }

    /**
     * Tells where a vertex stands in its graph.
     *
     * @param vertex its number
     * @param inputs the numbers of those that it reads
     * @param wanted by input whether a gradient with respect to it is of use to anybody
     */
    record Place(int vertex, int[] inputs, boolean[] wanted) {}

    final int vertex() {
        return place.vertex;
    }

    final int inputs() {
        return place.inputs.length;
    }

    final int input(int number) {
        return place.inputs[number];
    }

    final boolean isWanted(int input) {
        return place.wanted[input];
    }

    /** {@return how many numbers it gives for an example} */
    abstract int width(int[] widths);

    /** Arranges memory for batches of one size. */
    void arrange(Values values) {
        // each has its own
    }

    /** Looks at what it reads of the graph's inputs, if it does, and tells whether it can do its work on that. */
    boolean begin(Values values) {
        return true;
    }

    /** Computes the outputs. */
    abstract void forward(Values values);

    /** Computes from the gradient of the outputs those of parameters and of the inputs. */
    abstract void backward(Values values);
}
