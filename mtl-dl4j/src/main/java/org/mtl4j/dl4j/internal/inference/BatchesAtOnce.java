package org.mtl4j.dl4j.internal.inference;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.SingleThreadedBlas;

/**
 * Works on several batches at once, each on a thread of its own, while the caller reads the next. For one caller; the
 * work must not touch what the caller goes on with. Matrix products stay on their thread meanwhile: those of several
 * batches would wait for each other for the threads of BLAS.
 */
final class BatchesAtOnce implements AutoCloseable {
    private final ReplicaThreads threads;
    /** What has been begun and not been waited for, the earliest first. */
    private final Deque<Future<?>> begun = new ArrayDeque<>();

    private @Nullable SingleThreadedBlas blas;

    BatchesAtOnce(ReplicaThreads threads) {
        this.threads = threads;
    }

    /**
     * Begins some work, as soon as one of the threads is free; throws what the earliest work that has not been waited
     * for has thrown.
     */
    void run(Runnable work) {
        if (blas == null && !begun.isEmpty()) { // one batch alone is asked as predict asks it
            blas = SingleThreadedBlas.open();
        }
        while (begun.size() >= threads.count()) {
            finishEarliest();
        }
        begun.add(threads.submit(work));
    }

    /** Waits for all work, and throws what the earliest that has failed has thrown. */
    void finish() {
        while (!begun.isEmpty()) {
            finishEarliest();
        }
    }

    private void finishEarliest() {
        try {
            begun.element().get(); // what was interrupted is still worked on, and waited for when this is closed
            begun.remove();
        } catch (ExecutionException e) {
            begun.remove();
            throw ReplicaThreads.cause(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a batch was worked on", e);
        }
    }

    /** Waits until nothing is worked on any more; nobody asks for results. */
    @Override
    public void close() {
        boolean interrupted = false;
        while (!begun.isEmpty()) {
            try {
                begun.element().get();
                begun.remove();
            } catch (ExecutionException e) {
                begun.remove(); // what came first has been thrown, and is why this is closed
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (blas != null) {
            blas.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
