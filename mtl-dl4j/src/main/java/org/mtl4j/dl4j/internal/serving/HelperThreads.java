package org.mtl4j.dl4j.internal.serving;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Has threads that compute beside callers, which are started when a call first is worth them and end when idle. After a
 * job a thread looks for the next one for some microseconds before it sleeps, since waking it takes as long as a small
 * network.
 */
final class HelperThreads implements AutoCloseable {
    /** Least multiplications of a part; waking a thread takes as long as some of them. */
    private static final long LEAST_PART = 2_000_000;

    private static final long IDLE_NANOSECONDS = TimeUnit.SECONDS.toNanos(30);

    private static final long AWAKE_NANOSECONDS = TimeUnit.MICROSECONDS.toNanos(100);

    private final Worker[] helpers;
    private volatile boolean closed;

    /** @param count how many there are at most; 0 for none */
    HelperThreads(int count) {
        helpers = new Worker[count];
        for (int i = 0; i < count; i++) {
            helpers[i] = new Worker(i);
        }
    }

    /** {@return among how many threads a call of so many multiplications is divided, the caller's included} */
    int parts(long cost) {
        return (int) Math.max(1, Math.min(helpers.length + 1L, cost / LEAST_PART));
    }

    /**
     * Asks helpers that are free to help with a job.
     *
     * @param job is called with the number of the helper, and returns when there is nothing left to do; what it throws
     *     is for it to tell its caller
     * @param count how many helpers at most
     */
    void ask(IntConsumer job, int count) {
        int asked = 0;
        for (int i = 0; i < helpers.length && asked < count && !closed; i++) {
            if (helpers[i].take(job)) {
                asked++;
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Worker helper : helpers) {
            helper.wake();
        }
    }

    /** One thread, or none where there was nothing to do. */
    private final class Worker implements Runnable {
        private final int number;
        private final AtomicReference<@Nullable IntConsumer> job = new AtomicReference<>();
        private volatile boolean asleep = true;
        private @Nullable Thread thread; // guarded by this

        private Worker(int number) {
            this.number = number;
        }

        /** {@return whether it is free, and so will help} */
        private boolean take(IntConsumer wanted) {
            if (job.get() != null || !job.compareAndSet(null, wanted)) {
                return false;
            }
            if (asleep) {
                start();
            }
            return true;
        }

        private synchronized void start() {
            if (thread == null && !closed) {
                thread = new Thread(this, "mtl-predictor-" + (number + 1));
                thread.setDaemon(true);
                thread.start();
            } else {
                LockSupport.unpark(thread);
            }
        }

        private synchronized void wake() {
            LockSupport.unpark(thread);
        }

        /** Lets go of the thread, if nothing has come in. */
        private synchronized boolean leave() {
            if (job.get() != null && !closed) {
                return false;
            }
            thread = null;
            return true;
        }

        @Override
        public void run() {
            asleep = false;
            long since = System.nanoTime();
            while (true) {
                IntConsumer now = job.get();
                if (now != null) {
                    try {
                        now.accept(number);
                    } catch (RuntimeException | Error e) {
                        since = 0; // the job's caller computes the rest, and throws what there is to throw
                    } finally {
                        job.set(null);
                    }
                    since = System.nanoTime();
                } else if (closed || System.nanoTime() - since > IDLE_NANOSECONDS) {
                    asleep = true;
                    if (leave()) {
                        return;
                    }
                    asleep = false;
                } else if (System.nanoTime() - since < AWAKE_NANOSECONDS) {
                    Thread.onSpinWait();
                } else {
                    asleep = true;
                    if (job.get() == null && !closed) {
                        LockSupport.parkNanos(this, IDLE_NANOSECONDS);
                    }
                    asleep = false;
                }
            }
        }
    }
}
