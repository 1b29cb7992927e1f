package org.mtl4j.serving;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the calls that are under way, refuses those that are too many or too late, and knows when the last ends. */
final class CallsUnderWay {
    /** Added to the number of calls when it is closed. */
    private static final long CLOSED = 1L << 62;

    private final AtomicLong state = new AtomicLong();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final int most;
    private final Runnable afterLast;

    /**
     * Counts from 0.
     *
     * @param most how many there may be
     * @param afterLast is done once, when it is closed and no call is under way
     */
    CallsUnderWay(int most, Runnable afterLast) {
        this.most = most;
        this.afterLast = afterLast;
    }

    /**
     * Begins a call, which {@link #leave} ends.
     *
     * @throws IllegalStateException if it is closed
     * @throws RejectedExecutionException if there are as many as there may be
     */
    void enter() {
        long before;
        do {
            before = state.get();
            if (before >= CLOSED) {
                throw new IllegalStateException("the predictor is closed; make another one of the model");
            }
            if (before >= most) {
                throw new RejectedExecutionException(
                        ("%s calls of the predictor are under way, as many as its options allow at once"
                                        + " (withMostCalls): ask again later, or with fewer threads")
                                .formatted(most));
            }
        } while (!state.compareAndSet(before, before + 1));
    }

    /** Ends a call. */
    void leave() {
        if (state.decrementAndGet() == CLOSED) {
            end();
        }
    }

    /** Closes it; a second time nothing happens. */
    void close() {
        long before = state.getAndUpdate(now -> now >= CLOSED ? now : now + CLOSED);
        if (before == 0) {
            end();
        }
    }

    private void end() {
        if (ended.compareAndSet(false, true)) {
            afterLast.run();
        }
    }
}
