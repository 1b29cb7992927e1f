package org.mtl4j.dl4j.internal.inference;

import java.util.List;
import java.util.OptionalInt;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.dl4j.internal.cpu.SingleThreadedBlas;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.network.MultiTaskNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Divides batches among as many threads as they are worth, each with a replica of a model's graph. */
public final class BatchDivision {
    private final MultiTaskNetwork network;
    private final ComputationGraph graph;
    private final ComputeCost cost;
    private @Nullable Replicas replicas;

    /** Starts without replicas; they are made when a batch is first worth them. */
    public BatchDivision(ModelState model) {
        this.network = model.network();
        this.graph = model.graph();
        this.cost = ComputeCost.of(network);
    }

    /**
     * Does something with some rows of a batch.
     *
     * @param <T> what comes out
     */
    @FunctionalInterface
    interface RowsOfBatch<T> {
        /** Does it with those from {@code from} to before {@code to}. */
        T run(ComputationGraph replica, INDArray features, long from, long to);
    }

    /** {@return the results for the parts of a batch, in their order} */
    <T> List<T> divide(INDArray features, RowsOfBatch<T> work) {
        int workers = Replicas.best();
        long examples = features.size(0);
        int parts = cost.parts(examples, workers);
        if (parts == 1) {
            return cost.worthThreadsInOperations(examples)
                    ? List.of(work.run(graph, features, 0, examples))
                    : HostThreads.withOne(() -> List.of(work.run(graph, features, 0, examples)));
        }
        try (SingleThreadedBlas blas = SingleThreadedBlas.open()) {
            return replicas(workers)
                    .divide(
                            examples,
                            parts,
                            (replica, part, from, to) -> work.run(
                                    replica, BatchSlices.of(new INDArray[] {features}, from, to)[0], from, to));
        }
    }

    /**
     * Gives the graphs for a call of {@code fit}.
     *
     * @param workers how many are wanted; empty for as many as use the processor best
     * @return null if one graph does everything
     */
    public @Nullable Replicas forTraining(OptionalInt workers) {
        int count = workers.orElseGet(() -> Replicas.mayDivideTraining(network) ? Replicas.best() : 1);
        return count == 1 ? null : replicas(count);
    }

    private Replicas replicas(int count) {
        if (replicas == null || replicas.count() != count) {
            replicas = new Replicas(graph, count);
        }
        return replicas;
    }
}
