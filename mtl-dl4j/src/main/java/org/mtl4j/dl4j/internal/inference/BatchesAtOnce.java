package org.mtl4j.dl4j.internal.inference;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.dl4j.internal.cpu.SingleThreadedBlas;

/**
 * Works on several batches at once: on the threads of helpers, and on that of the caller, who hands a batch to the
 * helpers if they have none ahead, and else works on it. So nobody waits for the next batch, unless reading takes
 * longer than working. For one caller; the work must not touch what the caller goes on with. Matrix products stay on
 * their thread meanwhile: those of several batches would wait for each other for the threads of BLAS.
 */
final class BatchesAtOnce implements AutoCloseable {
    private final ReplicaThreads helpers;
    /** The first batch, as long as it may be the only one: that one is asked as predict asks it. */
    private @Nullable Work first;

    private int begun;
    private @Nullable SingleThreadedBlas blas;

    /** What helpers do next, at most as much as there are of them; guarded by this, as all below. */
    private final Deque<Work> ahead = new ArrayDeque<>();
    /** How many helpers have been asked and have not begun. */
    private int asked;
    /** How many are at work. */
    private int helping;
    /** What has failed, of several what was begun first. */
    private @Nullable Failure failure;

    private record Work(int number, Runnable task) {}

    private record Failure(int number, Throwable cause) {}

    /** @param helpers threads beside that of the caller, at least one */
    BatchesAtOnce(ReplicaThreads helpers) {
        this.helpers = helpers;
    }

    /** Has some work done, later or now; throws what earlier work has thrown, if that is known. */
    void run(Runnable task) {
        Work work = new Work(begun++, task);
        if (work.number == 0) {
            first = work;
            return;
        }
        if (blas == null) {
            blas = SingleThreadedBlas.open();
        }
        Work before = first;
        first = null;
        if (before != null) {
            begin(before);
        }
        begin(work);
    }

    private void begin(Work work) {
        throwFailure();
        if (!leave(work)) {
            attempt(work);
            throwFailure();
        }
    }

    /** Leaves work to the helpers; false if they have enough ahead. */
    private synchronized boolean leave(Work work) {
        if (ahead.size() >= helpers.count()) {
            return false;
        }
        if (asked + helping < helpers.count()) {
            helpers.submit(this::help);
            asked++; // the helper waits for this
        }
        ahead.add(work);
        return true;
    }

    private void help() {
        synchronized (this) {
            asked--;
            helping++;
        }
        Work work = next();
        while (work != null) {
            attempt(work);
            work = next();
        }
        synchronized (this) {
            helping--;
            notifyAll();
        }
    }

    /**
     * {@return what is to be done next; null if there is nothing, or if nothing is left that matters after a failure}
     */
    private synchronized @Nullable Work next() {
        Work work = ahead.peek();
        return work != null && (failure == null || work.number < failure.number) ? ahead.remove() : null;
    }

    private void attempt(Work work) {
        try {
            HostThreads.withOne(() -> {
                work.task.run();
                return work;
            });
        } catch (Throwable e) { // else nobody would hear of a helper's
            fail(new Failure(work.number, e));
        }
    }

    private synchronized void fail(Failure other) {
        failure = failure == null || other.number < failure.number ? other : failure;
    }

    private synchronized @Nullable Failure failure() {
        return failure;
    }

    /** Throws what has failed, if anything has, when all that was begun before it has come to its end. */
    private void throwFailure() {
        if (failure() != null) {
            finishBegun();
            throw ReplicaThreads.thrown(failure().cause);
        }
    }

    /** Does and awaits all work, and throws what has failed, of several what was begun first. */
    void finish() {
        Work alone = first;
        first = null;
        if (alone != null) {
            alone.task.run();
        }
        finishBegun();
        throwFailure();
    }

    private void finishBegun() {
        Work work = next();
        while (work != null) {
            attempt(work);
            work = next();
        }
        try {
            awaitHelpers();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a batch was worked on", e);
        }
    }

    private synchronized void awaitHelpers() throws InterruptedException {
        while (helping > 0) {
            wait();
        }
    }

    /** Waits until nothing is worked on any more; what has not been begun is left. */
    @Override
    public void close() {
        boolean interrupted = false;
        synchronized (this) {
            ahead.clear();
        }
        boolean waiting = true;
        while (waiting) {
            try {
                awaitHelpers();
                waiting = false;
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
