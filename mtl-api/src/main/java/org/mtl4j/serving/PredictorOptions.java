package org.mtl4j.serving;

import java.time.Duration;
import java.util.Objects;
import org.mtl4j.internal.check.Check;

/**
 * Says how a predictor works. Immutable; each method gives changed options.
 *
 * @param threads among how many threads one call is divided that has enough examples for it, the caller's included;
 *     default as many as Java has processors
 * @param mostCalls how many calls may be under way at once, before further ones are refused; default as many as come
 * @param refusesNotFinite whether features that are infinite or no numbers are refused; default no
 * @param gathersWithin how long a small call waits for others to be computed with; default not at all
 * @param gathersAtMost of how many examples a batch of gathered calls is at most; larger calls are computed at once
 */
public record PredictorOptions(
        int threads, int mostCalls, boolean refusesNotFinite, Duration gathersWithin, int gathersAtMost) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a number is below 1, or the delay is negative or over a minute
     */
    public PredictorOptions {
        Check.atLeast(1, threads, "PredictorOptions: threads");
        Check.atLeast(1, mostCalls, "PredictorOptions: calls at once");
        Check.atLeast(1, gathersAtMost, "PredictorOptions: examples of a gathered batch");
        if (Objects.requireNonNull(gathersWithin, "gathersWithin").isNegative()
                || gathersWithin.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException(
                    "PredictorOptions: calls are gathered within 0 to 60 seconds, got %s".formatted(gathersWithin));
        }
    }

    /** {@return all defaults} */
    public static PredictorOptions standard() {
        return new PredictorOptions(
                Runtime.getRuntime().availableProcessors(), Integer.MAX_VALUE, false, Duration.ZERO, 1);
    }

    /** {@return these options with calls divided among at most so many threads; with 1 the caller's computes all} */
    public PredictorOptions withThreads(int count) {
        return new PredictorOptions(count, mostCalls, refusesNotFinite, gathersWithin, gathersAtMost);
    }

    /**
     * {@return these options with at most so many calls under way at once} One more is refused by a
     * {@link java.util.concurrent.RejectedExecutionException}, so that a service that is asked too much says so while
     * it still answers the others.
     */
    public PredictorOptions withMostCalls(int count) {
        return new PredictorOptions(threads, count, refusesNotFinite, gathersWithin, gathersAtMost);
    }

    /**
     * {@return these options with features refused that are infinite or no numbers} Without, the answers to them are
     * whatever the network makes of them, most often NaN, and only for their own example.
     */
    public PredictorOptions refusingNotFinite() {
        return new PredictorOptions(threads, mostCalls, true, gathersWithin, gathersAtMost);
    }

    /**
     * {@return these options with small calls gathered into batches} The first waits at most this long for others to
     * join, and all are computed together, which many threads that each ask about one example gain by where a batch
     * costs less than its examples one by one. Nobody waits once the batch is full. Answers are those of single calls.
     *
     * @param within the delay that a call may cost
     * @param atMost examples of a batch
     */
    public PredictorOptions gathering(Duration within, int atMost) {
        return new PredictorOptions(threads, mostCalls, refusesNotFinite, within, atMost);
    }

    /** Tells whether calls are gathered. */
    boolean gathers() {
        return !gathersWithin.isZero() && gathersAtMost > 1;
    }
}
