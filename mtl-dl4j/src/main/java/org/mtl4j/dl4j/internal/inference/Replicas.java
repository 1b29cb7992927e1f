package org.mtl4j.dl4j.internal.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.layer.LayerType;
import org.mtl4j.network.MultiTaskNetwork;

/**
 * Has a graph several times over, with one array of parameters for all, each on a thread of its own. Two threads with
 * half a batch each are faster than one operation after the other on two threads: nobody waits at the end of each
 * operation.
 *
 * <p>Threads end by themselves when they have had nothing to do for a while.
 */
public final class Replicas {
    private static final long IDLE_SECONDS = 5;

    private final List<ComputationGraph> graphs;
    private final ThreadPoolExecutor threads;

    /**
     * @param graph the first of the graphs
     * @param count how many there are, this one included
     */
    Replicas(ComputationGraph graph, int count) {
        graphs = new ArrayList<>(List.of(graph));
        while (graphs.size() < count) {
            ComputationGraph replica =
                    new ComputationGraph(graph.getConfiguration().clone());
            replica.init(graph.params(), false);
            graphs.add(replica);
        }
        threads = new ThreadPoolExecutor(
                count, count, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "mtl-replica");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /** {@return how many replicas use the processor best: one per thread that ND4J would use; one on other devices} */
    static int best() {
        return HostThreads.available();
    }

    /**
     * Tells whether a step of training comes out the same, to rounding, when its batch is divided. Statistics of
     * batches and random numbers do not, and what foreign layers do is not known.
     */
    public static boolean mayDivideTraining(MultiTaskNetwork network) {
        return network.placedLayers().stream()
                .allMatch(layer -> mayDivide(layer.spec().type()));
    }

    private static boolean mayDivide(LayerType type) {
        return switch (type) {
            case CONVOLUTION, POOLING, GLOBAL_POOLING, DENSE, ACTIVATION, RESIDUAL, SOFT_ARGMAX -> true;
            case BATCH_NORMALIZATION, DROPOUT, CUSTOM -> false;
        };
    }

    /** {@return how many there are} */
    public int count() {
        return graphs.size();
    }

    /** {@return one of the graphs, the original being number 0} */
    public ComputationGraph graph(int replica) {
        return graphs.get(replica);
    }

    /**
     * Does the part of a batch that a replica has.
     *
     * @param <T> what comes out
     */
    @FunctionalInterface
    public interface Part<T> {
        /**
         * Does the examples from {@code from} to before {@code to}.
         *
         * @param part which part this is, counted from 0
         */
        T run(ComputationGraph graph, int part, long from, long to);
    }

    /** Divides a batch among all replicas; see {@link #divide(long, int, Part)}. */
    public <T> List<T> divide(long examples, Part<T> work) {
        return divide(examples, graphs.size(), work);
    }

    /**
     * Divides a batch among the first {@code n} replicas and waits for all of them.
     *
     * @return the results in the order of the parts
     */
    <T> List<T> divide(long examples, int n, Part<T> work) {
        List<Callable<T>> parts = new ArrayList<>(n);
        for (int i = 0; i < n; i++) {
            ComputationGraph graph = graphs.get(i);
            int part = i;
            long from = examples * i / n;
            long to = examples * (i + 1) / n;
            parts.add(() -> {
                HostThreads.useOneHere();
                return work.run(graph, part, from, to);
            });
        }
        try {
            List<T> results = new ArrayList<>(n);
            for (Future<T> part : threads.invokeAll(parts)) {
                results.add(part.get());
            }
            return results;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a batch was worked on", e);
        }
    }
}
