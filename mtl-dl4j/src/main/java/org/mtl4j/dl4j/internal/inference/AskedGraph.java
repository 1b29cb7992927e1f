package org.mtl4j.dl4j.internal.inference;

import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.steps.PreparedOutputs;
import org.mtl4j.dl4j.internal.steps.PreparedOutputs.Batch;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Has a graph that is asked and never trained, by one thread at a time, and its prepared outputs if there are any. */
final class AskedGraph {
    private final ComputationGraph graph;
    private final Optional<PreparedOutputs> prepared;

    AskedGraph(ComputationGraph graph) {
        this.graph = graph;
        this.prepared = PreparedOutputs.of(graph);
    }

    /** {@return the graph, to be left as it is} */
    ComputationGraph graph() {
        return graph;
    }

    /** {@return its prepared outputs; empty if there is something in the graph that they do not know} */
    Optional<PreparedOutputs> prepared() {
        return prepared;
    }

    /**
     * {@return the output of each task}
     *
     * @param masks of these rows; null if they have none
     */
    INDArray[] outputs(INDArray[] rows, @Nullable INDArray @Nullable [] masks) {
        INDArray[] outputs = masks == null && prepared.isPresent() ? outputs(prepared.get(), rows) : null;
        // with masks or without, but not with those of whatever the graph was asked before
        return outputs == null ? graph.output(false, rows, masks, (INDArray[]) null) : outputs;
    }

    private static INDArray @Nullable [] outputs(PreparedOutputs prepared, INDArray[] rows) {
        Batch batch = prepared.begin(rows);
        return batch != null && prepared.run(batch, 0, Math.toIntExact(rows[0].size(0))) ? prepared.end(batch) : null;
    }
}
