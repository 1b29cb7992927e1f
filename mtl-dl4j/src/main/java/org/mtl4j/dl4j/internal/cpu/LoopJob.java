package org.mtl4j.dl4j.internal.cpu;

import com.google.common.base.Throwables;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Holds what is left to do of one loop. */
final class LoopJob implements SpinningThreadPool.Job {
    private final int parts;
    private final IntConsumer part;
    private final Thread caller = Thread.currentThread();
    /** The first part is the caller's. */
    private final AtomicInteger next = new AtomicInteger(1);

    private final AtomicInteger left;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    LoopJob(int parts, IntConsumer part) {
        this.parts = parts;
        this.part = part;
        this.left = new AtomicInteger(parts);
    }

    /** Does the first part and others that nobody has begun, for the caller. */
    void doFirst() {
        doPart(0);
        finished(1 + doNext());
    }

    @Override
    public int doParts(int worker) {
        return doNext();
    }

    private int doNext() {
        int done = 0;
        for (int number = next.getAndIncrement(); number < parts; number = next.getAndIncrement()) {
            doPart(number);
            done++;
        }
        return done;
    }

    private void doPart(int number) {
        try {
            part.accept(number);
        } catch (Throwable e) { // whatever it is, nobody may wait for ever
            failure.compareAndSet(null, e);
        }
    }

    @Override
    public void finished(int count) {
        if (count > 0 && left.addAndGet(-count) == 0 && Thread.currentThread() != caller) {
            LockSupport.unpark(caller);
        }
    }

    /** Waits for the parts of others, awake for so long; throws what a part has thrown. */
    void await(long spinNanos) {
        long end = 0;
        boolean interrupted = false;
        while (left.get() > 0) {
            if (end == 0) {
                end = System.nanoTime() + spinNanos;
            } else if (System.nanoTime() < end) {
                Thread.onSpinWait();
            } else {
                LockSupport.park(this);
                interrupted |= Thread.interrupted(); // else it would not sleep
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Throwable thrown = failure.get();
        if (thrown != null) {
            Throwables.throwIfUnchecked(thrown);
            throw new IllegalStateException(thrown); // loops declare none
        }
    }
}
