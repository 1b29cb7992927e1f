package org.mtl4j.dl4j.internal.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.mtl4j.dl4j.internal.cpu.HostThreads;

/**
 * Works on the parts of a batch, or on several batches, each on a thread of its own with one native thread. Threads end
 * by themselves when they have had nothing to do for a while.
 */
final class ReplicaThreads {
    private static final long IDLE_SECONDS = 5;

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

    /** Runs the parts 0 to before {@code n}, and waits for all of them; the results are in the order of the parts. */
    <T> List<T> run(int n, IntFunction<T> part) {
        List<Callable<T>> parts = new ArrayList<>(n);
        for (int i = 0; i < n; i++) {
            int number = i;
            parts.add(() -> {
                HostThreads.useOneHere();
                return part.apply(number);
            });
        }
        try {
            List<T> results = new ArrayList<>(n);
            for (Future<T> result : threads.invokeAll(parts)) {
                results.add(result.get());
            }
            return results;
        } catch (ExecutionException e) {
            throw cause(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a batch was worked on", e);
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
