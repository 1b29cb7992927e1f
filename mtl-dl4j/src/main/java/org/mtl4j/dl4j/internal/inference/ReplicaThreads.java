package org.mtl4j.dl4j.internal.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import org.mtl4j.dl4j.internal.cpu.HostThreads;

/**
 * Works on the parts of a batch, or on several batches, each on a thread of its own with one native thread. Threads end
 * by themselves when they have had nothing to do for a while.
 */
final class ReplicaThreads {
    static final String INTERRUPTED = "interrupted while a batch was worked on";

    private static final long IDLE_SECONDS = 5;

    /** After how long to see to it that work has its threads. */
    private static final long LOST_MILLISECONDS = 100;

    private final ThreadPoolExecutor threads;

    /** @param count how many there are at most */
    ReplicaThreads(int count) {
        threads = new ThreadPoolExecutor(
                count, count, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "mtl-replica");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /** {@return how many there are at most} */
    int count() {
        return threads.getMaximumPoolSize();
    }

    /**
     * Runs the parts 0 to before {@code n}, all at the same time if there are as many threads, and waits for all of
     * them, also if it is interrupted; the results are in the order of the parts.
     */
    <T> List<T> run(int n, IntFunction<T> part) {
        List<Future<T>> parts = new ArrayList<>(n);
        try {
            for (int i = 0; i < n; i++) {
                int number = i;
                parts.add(threads.submit(() -> {
                    HostThreads.useOneHere();
                    return part.apply(number);
                }));
            }
        } catch (RuntimeException | Error e) {
            parts.forEach(begun -> begun.cancel(true)); // which may wait for those that were not begun
            throw e;
        }
        boolean interrupted = false;
        for (Future<T> each : parts) {
            interrupted |= waitFor(each);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(INTERRUPTED);
        }
        return parts.stream().map(ReplicaThreads::result).toList();
    }

    /** Waits until some work is done, well or badly; answers whether this thread was interrupted meanwhile. */
    private boolean waitFor(Future<?> work) {
        boolean interrupted = false;
        while (!work.isDone()) {
            try {
                work.get(LOST_MILLISECONDS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                // a thread that was idle for too long may have ended just when work came that others wait for
                threads.prestartAllCoreThreads();
            } catch (ExecutionException e) {
                return interrupted; // it is done, and is asked for its result later
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        return interrupted;
    }

    private static <T> T result(Future<T> done) {
        try {
            return done.get();
        } catch (ExecutionException e) {
            throw cause(e);
        } catch (InterruptedException e) { // is not waited for
            Thread.currentThread().interrupt();
            throw new IllegalStateException(INTERRUPTED, e);
        }
    }

    /** Runs some work on one of the threads, as soon as one is free. */
    void submit(Runnable work) {
        threads.execute(work);
    }

    private static RuntimeException cause(ExecutionException e) {
        return thrown(e.getCause());
    }

    /** {@return what work has thrown, to be thrown again; an error is thrown here} */
    static RuntimeException thrown(Throwable cause) {
        if (cause instanceof RuntimeException exception) {
            return exception;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(cause);
    }
}
