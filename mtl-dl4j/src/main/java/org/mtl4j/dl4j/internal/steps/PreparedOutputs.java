package org.mtl4j.dl4j.internal.steps;

import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.dense.HostMatrix;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Does what {@link ComputationGraph#output(boolean, INDArray...)} does in predictions, for graphs of fully connected
 * layers: some rows after others, through all layers while they are in the caches, by products and loops over memory
 * that is kept. Reads the parameters as they are; results differ from the graph's by rounding. Of use to one thread at
 * a time.
 */
public final class PreparedOutputs {
    /** Rows at a time: what lies between layers of some hundred units fits into the caches of a core. */
    private static final int ROWS = 256;

    private final List<VertexPart> parts;
    private final List<PredictedPart> outputs;
    private final KeptValues kept;

    private PreparedOutputs(ComputationGraph graph, PreparedParts<PredictedPart> prepared) {
        this.parts = prepared.parts();
        this.outputs = prepared.outputs();
        this.kept = new KeptValues(graph.getVertices().length, prepared.inputs(), parts);
    }

    /** {@return those of a graph; empty if there is something in the graph that it does not know} */
    public static Optional<PreparedOutputs> of(ComputationGraph graph) {
        return PreparedParts.forPredictions(graph).map(found -> new PreparedOutputs(graph, found));
    }

    /** Has the inputs of a batch and memory for its outputs. */
    public static final class Batch {
        private final HostMatrix[] inputs;
        private final HostMatrix[] results;

        private Batch(HostMatrix[] inputs, HostMatrix[] results) {
            this.inputs = inputs;
            this.results = results;
        }
    }

    /**
     * {@return a batch without masks, of which some rows after others may be computed, on several threads by the
     * prepared outputs of as many graphs of the same form; null if it is such that the graph has to be asked}
     *
     * @param features by input of the graph
     */
    public @Nullable Batch begin(INDArray[] features) {
        HostMatrix[] inputs = KeptValues.matrices(features);
        return inputs == null
                ? null
                : new Batch(
                        inputs,
                        outputs.stream()
                                .map(output -> HostMatrix.create(inputs[0].rows(), output.outputs()))
                                .toArray(HostMatrix[]::new));
    }

    /**
     * Computes the rows from {@code from} to before {@code to}, by products of as many threads as BLAS has now.
     *
     * @return false if there is something in them that is left to the graph
     */
    public boolean run(Batch batch, int from, int to) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            for (int row = from; row < to; row += ROWS) {
                if (!runSome(batch, row, Math.min(ROWS, to - row))) {
                    return false;
                }
            }
            return true;
        }
    }

    private boolean runSome(Batch batch, int from, int count) {
        HostMatrix[] rows = new HostMatrix[batch.inputs.length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = batch.inputs[i].rows(from, count);
        }
        Values values = kept.of(rows);
        for (int i = 0; i < batch.results.length; i++) {
            values.setOutput(outputs.get(i).vertex(), batch.results[i].rows(from, count));
        }
        try {
            for (VertexPart part : parts) {
                if (!part.begin(values)) {
                    return false;
                }
            }
            for (VertexPart part : parts) {
                part.forward(values);
            }
            return true;
        } finally {
            values.letGo();
        }
    }

    /** {@return the outputs of the graph, all rows of which have been computed: new arrays outside of workspaces} */
    public INDArray[] end(Batch batch) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            INDArray[] arrays = new INDArray[batch.results.length];
            for (int i = 0; i < arrays.length; i++) {
                arrays[i] = outputs.get(i).activated(batch.results[i].array());
            }
            return arrays;
        }
    }
}
