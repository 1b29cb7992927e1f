package org.mtl4j.dl4j.internal.inference;

import com.google.common.base.Suppliers;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.dl4j.internal.cpu.ParallelLoop;
import org.mtl4j.dl4j.internal.cpu.SingleThreadedBlas;
import org.mtl4j.dl4j.internal.model.ModelAccess;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.dl4j.internal.steps.PreparedOutputs;
import org.mtl4j.network.MultiTaskNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Divides batches among as many threads as they are worth, each with a replica of a model's graph. */
public final class BatchDivision {
    private final MultiTaskNetwork network;
    private final ComputationGraph graph;
    private final ComputeCost cost;
    private final ModelAccess access;
    private final GraphPool graphs;
    private final DeadReferences dead = new DeadReferences();
    /** Whether outputs are prepared, which the form of the graph says; looked at when it is first asked for. */
    private final Supplier<Boolean> prepared;

    private @Nullable ReplicaThreads threads;
    /** Others than those for parts: a batch that is divided has its graphs before it has threads. */
    private @Nullable ReplicaThreads batchThreads;

    /** How many work on several batches at once, each of which sees one thread. */
    private volatile int severalAtOnce = 1;

    private @Nullable Replicas replicas;

    /** The number of the thread that has trained last; 0 if none has. */
    private volatile long trainer;

    /** Starts without replicas; they are made when a batch is first worth them. */
    public BatchDivision(ModelState model) {
        this.network = model.network();
        this.graph = model.graph();
        this.cost = ComputeCost.of(network);
        this.access = model.access();
        this.graphs = new GraphPool(graph, graph.params());
        this.prepared = Suppliers.memoize(() -> PreparedOutputs.of(graph).isPresent());
    }

    /**
     * Does something with some rows of a batch.
     *
     * @param <T> what comes out
     */
    @FunctionalInterface
    interface RowsOfBatch<T> {
        /** Does it with those from {@code from} to before {@code to}. */
        T run(AskedGraph replica, INDArray[] features, long from, long to);
    }

    /** Asks a model for several batches as it is at the start, whoever trains it meanwhile. */
    final class Session implements AutoCloseable {
        private final ModelAccess.Use batches;
        private final ModelAccess.Reading reading;
        private @Nullable GraphPool copies;

        private Session(MultiDataSetIterator data, String what) {
            batches = access.readBatches(data, what);
            reading = access.keep();
        }

        private synchronized GraphPool graphs() {
            INDArray copy = reading.copy();
            if (copy == null) {
                return graphs;
            }
            if (copies == null) {
                copies = new GraphPool(graph, copy);
            }
            return copies;
        }

        @Override
        public void close() {
            reading.close();
            batches.close();
        }
    }

    /**
     * {@return the model as it is now, to be asked of data}
     *
     * @param what reads the data, as it is to stand in a message
     * @throws IllegalStateException if they are being read for this model
     */
    Session session(MultiDataSetIterator data, String what) {
        return new Session(data, what);
    }

    /** Tells whether batches of so many examples are too small to be divided, and there are threads for several. */
    boolean isWorthSeveral(long examples) {
        int workers = Replicas.best();
        return workers > 1
                && (cost.parts(examples, workers) == 1 || prepared.get() && !cost.worthThreadsInOperations(examples));
    }

    /** {@return a place for several batches, as many at once as there are threads, that of the caller among them} */
    synchronized BatchesAtOnce severalBatches() {
        int helpers = Math.max(1, Replicas.best() - 1);
        if (batchThreads == null || batchThreads.count() != helpers) {
            batchThreads = new ReplicaThreads(helpers);
        }
        severalAtOnce = helpers + 1;
        return new BatchesAtOnce(batchThreads);
    }

    /**
     * Does something with a batch, between two changes of the parameters: some rows after others, so that a batch of
     * any size needs no more memory than these, and several of those at once.
     *
     * @param session whose parameters are meant; null for those that the model has now
     * @return the results, in the order of the rows
     */
    <T> List<T> divide(INDArray[] features, @Nullable Session session, RowsOfBatch<T> work) {
        int workers = Replicas.best();
        long examples = features[0].size(0);
        int parts = cost.parts(examples, workers);
        dead.afterUse();
        try (ModelAccess.Use reading = access.read()) {
            GraphPool asked = session == null ? graphs : session.graphs();
            if (parts == 1) {
                Supplier<List<T>> whole = () -> asked.lend(
                        1, Math.max(workers, severalAtOnce), one -> pieces(one.get(0), features, 0, examples, work));
                return cost.worthThreadsInOperations(examples)
                        ? HostThreads.withAvailable(whole)
                        : HostThreads.withOne(whole);
            }
            return asked.lend(parts, workers, replicas -> {
                try (SingleThreadedBlas blas = SingleThreadedBlas.open()) {
                    IntFunction<List<T>> ofPart = part -> pieces(
                            replicas.get(part), features, examples * part / parts, examples * (part + 1) / parts, work);
                    List<List<T>> results = prepared.get() || trains(Thread.currentThread())
                            ? Replicas.here(parts, ofPart)
                            : threads(workers).run(parts, ofPart);
                    return results.stream().flatMap(List::stream).toList();
                }
            });
        }
    }

    /**
     * Computes the outputs of a batch without masks, between two changes of the parameters, if they are prepared: parts
     * on the calling thread and on those that help with loops.
     *
     * @param session whose parameters are meant; null for those that the model has now
     * @return null if the graph has to be asked
     */
    INDArray @Nullable [] preparedOutputs(INDArray[] features, @Nullable Session session) {
        if (!prepared.get()) {
            return null;
        }
        dead.afterUse();
        try (ModelAccess.Use reading = access.read()) {
            GraphPool asked = session == null ? graphs : session.graphs();
            int workers = Replicas.best();
            int examples = Math.toIntExact(features[0].size(0));
            int parts = cost.preparedParts(examples, workers);
            return asked.lend(
                    parts,
                    Math.max(workers, severalAtOnce),
                    replicas -> HostThreads.withOne(() -> outputs(
                            replicas.stream()
                                    .map(replica -> replica.prepared().orElseThrow())
                                    .toList(),
                            features,
                            examples)));
        }
    }

    private static INDArray @Nullable [] outputs(List<PreparedOutputs> parts, INDArray[] features, int examples) {
        PreparedOutputs.Batch batch = parts.get(0).begin(features);
        if (batch == null) {
            return null;
        }
        AtomicBoolean isKnown = new AtomicBoolean(true);
        try (SingleThreadedBlas blas = SingleThreadedBlas.open()) {
            ParallelLoop.run(examples, parts.size(), (part, from, to) -> {
                HostThreads.useOneHere();
                if (!parts.get(part).run(batch, from, to)) {
                    isKnown.set(false);
                }
            });
        }
        return isKnown.get() ? parts.get(0).end(batch) : null;
    }

    /**
     * Tells whether a thread has trained, and so has memory for what lies between layers, as those that help with loops
     * have. Others may be many, and would each keep some if they computed parts themselves; what is prepared has memory
     * of its own.
     */
    private boolean trains(Thread thread) {
        return thread.getId() == trainer;
    }

    /** Does it with some rows, one piece after the other. */
    private <T> List<T> pieces(AskedGraph replica, INDArray[] features, long from, long to, RowsOfBatch<T> work) {
        long examples = to - from;
        long pieces = HostThreads.onHost() ? cost.pieces(examples) : 1; // other devices have a thread for each example
        List<T> results = new ArrayList<>();
        for (long piece = 0; piece < pieces; piece++) {
            long first = from + examples * piece / pieces;
            long end = from + examples * (piece + 1) / pieces;
            results.add(work.run(replica, BatchSlices.of(features, first, end), first, end));
        }
        return results;
    }

    private synchronized ReplicaThreads threads(int count) {
        if (threads == null || threads.count() < count) {
            threads = new ReplicaThreads(count);
        }
        return threads;
    }

    /**
     * Gives the graphs for a call of {@code fit}, to the thread that trains.
     *
     * @param workers how many are wanted; empty for as many as use the processor best
     * @return null if one graph does everything
     */
    public synchronized @Nullable Replicas forTraining(OptionalInt workers) {
        dead.afterUse();
        trainer = Thread.currentThread().getId();
        int count = workers.orElseGet(() -> Replicas.mayDivideTraining(network) ? Replicas.best() : 1);
        if (count == 1) {
            return null;
        }
        if (replicas == null || replicas.count() != count) {
            replicas = new Replicas(graph, count);
        }
        return replicas;
    }
}
