package org.mtl4j.dl4j.internal.serving;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Has threads that compute beside callers, which are started when a call first is worth them and end when idle. */
final class HelperThreads implements AutoCloseable {
    /** Least multiplications of a part; waking a thread takes as long as some of them. */
    private static final long LEAST_PART = 2_000_000;

    private static final int IDLE_SECONDS = 30;

    private final int count;
    private final ThreadPoolExecutor threads;

    /** @param count how many there are at most; 0 for none */
    HelperThreads(int count) {
        this.count = count;
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                Math.max(1, count),
                Math.max(1, count),
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                work -> {
                    Thread thread = new Thread(work, "mtl-predictor-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /** {@return among how many threads a call is divided, the caller's included} */
    int parts(int examples, long cost) {
        return count == 0
                ? 1
                : (int) Math.max(1, Math.min(Math.min(examples, count + 1L), examples * cost / LEAST_PART));
    }

    /**
     * Has a call computed by the caller, and by helpers that are free before it is done.
     *
     * @param parts of {@link #parts}
     */
    void run(Division division, int parts) {
        for (int i = 1; i < parts; i++) {
            try {
                threads.execute(division::work);
            } catch (RejectedExecutionException e) {
                break; // closed meanwhile: the caller computes all
            }
        }
        division.work();
        division.await();
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
