package org.mtl4j.dl4j.internal.inference;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Lends graphs over one array of parameters, each to one user at a time, and makes as many as are used at once. The
 * model's own graph is not among them: it may be in the middle of a step, or have masks and inputs that somebody else
 * has given it.
 */
final class GraphPool {
    private final ComputationGraph original;
    private final INDArray parameters;
    /** Fair, so that who wants several does not wait for ever. */
    private final Semaphore permits = new Semaphore(0, true);

    private final Deque<AskedGraph> free = new ArrayDeque<>();
    private int most;

    /** Starts without any graph. */
    GraphPool(ComputationGraph original, INDArray parameters) {
        this.original = original;
        this.parameters = parameters;
    }

    /** Does something with graphs, which have to be as they were afterwards. */
    @FunctionalInterface
    interface Borrower<T> {
        T use(List<AskedGraph> graphs);
    }

    /**
     * Waits for some graphs, and has something done with them.
     *
     * @param wanted how many, at most {@code atOnce}
     * @param atOnce how many may be in use at once; more, if it was more in a call before
     */
    <T> T lend(int wanted, int atOnce, Borrower<T> borrower) {
        allow(atOnce);
        permits.acquireUninterruptibly(wanted);
        try {
            List<AskedGraph> graphs = new ArrayList<>(wanted);
            for (int i = 0; i < wanted; i++) {
                graphs.add(take());
            }
            T result = borrower.use(graphs);
            synchronized (free) {
                graphs.forEach(free::push); // not after an exception, which may have left anything
            }
            return result;
        } finally {
            permits.release(wanted);
        }
    }

    private void allow(int atOnce) {
        synchronized (free) {
            if (atOnce > most) {
                permits.release(atOnce - most);
                most = atOnce;
            }
        }
    }

    private AskedGraph take() {
        synchronized (free) {
            if (!free.isEmpty()) {
                return free.pop();
            }
        }
        return new AskedGraph(Replicas.of(original, parameters));
    }
}
