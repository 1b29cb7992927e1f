package org.mtl4j.dl4j.internal.steps;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.dense.HostMatrix;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Keeps memory for what the vertices of a graph give, for batches of two sizes: most, and the last of an epoch. */
final class KeptValues {
    private static final int SIZES = 2;

    private final int vertices;
    private final int[] inputs;
    private final List<VertexPart> parts;
    /** The latest first. */
    private final List<Values> kept = new ArrayList<>();

    /**
     * @param vertices how many the graph has
     * @param inputs by input of the graph the number of its vertex
     * @param parts of all other vertices, each behind those that it reads
     */
    KeptValues(int vertices, int[] inputs, List<VertexPart> parts) {
        this.vertices = vertices;
        this.inputs = inputs;
        this.parts = parts;
    }

    /** {@return arrays as matrices of as many rows; null if they are not all such} */
    static HostMatrix @Nullable [] matrices(INDArray[] given) {
        HostMatrix[] matrices = new HostMatrix[given.length];
        for (int i = 0; i < given.length; i++) {
            if (given[i].rank() != 2 || given[i].size(0) != given[0].size(0) || !HostMemory.isContiguous(given[i])) {
                return null;
            }
            matrices[i] = HostMatrix.of(given[i]);
        }
        return matrices;
    }

    /** {@return memory in which the graph's inputs are these, and gradients are not there} */
    Values of(HostMatrix[] given) {
        int examples = given[0].rows();
        int[] widths = new int[vertices];
        for (int i = 0; i < given.length; i++) {
            widths[inputs[i]] = given[i].columns();
        }
        for (VertexPart part : parts) {
            widths[part.vertex()] = part.width(widths);
        }
        Values values = kept.stream()
                .filter(each -> each.fits(examples, widths))
                .findFirst()
                .orElseGet(() -> {
                    Values made = new Values(examples, widths);
                    parts.forEach(part -> part.arrange(made));
                    return made;
                });
        kept.remove(values);
        kept.add(0, values);
        if (kept.size() > SIZES) {
            kept.remove(SIZES);
        }
        for (int i = 0; i < given.length; i++) {
            values.setOutput(inputs[i], given[i]);
        }
        values.forgetGradients();
        return values;
    }
}
