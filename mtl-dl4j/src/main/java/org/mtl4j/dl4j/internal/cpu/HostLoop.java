package org.mtl4j.dl4j.internal.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinTask;

/** Loops over the examples of a batch, or other parts of it that are worked on by themselves, on as many threads as ND4J's own operations use. */
public final class HostLoop {
    /** Below this many numbers handing work over costs more than it saves. */
    private static final long WORTH_SHARING = 1 << 15;

    private HostLoop() {}

    /** A part of the loop. */
    @FunctionalInterface
    public interface Part {
        /**
         * Does the examples from {@code from} to before {@code to}.
         *
         * @param part which part this is, counted from 0
         */
        void run(int part, int from, int to);
    }

    /**
     * In how many parts {@link #over} divides a loop. It depends on the number of threads, not on how busy they are, so
     * that sums over parts come out the same each time.
     *
     * @param examples number of turns of the loop
     * @param numbers how many numbers the whole loop touches
     */
    public static int parts(int examples, long numbers) {
        if (numbers < WORTH_SHARING) {
            return 1;
        }
        return Math.max(1, Math.min(examples, HostThreads.available()));
    }

    /** Runs a loop over {@code examples} in so many parts of about one size, the first of them on this thread. */
    public static void over(int examples, int parts, Part body) {
        if (parts <= 1) {
            body.run(0, 0, examples);
            return;
        }
        List<ForkJoinTask<?>> others = new ArrayList<>(parts - 1);
        for (int p = 1; p < parts; p++) {
            int part = p;
            others.add(ForkJoinTask.adapt(
                            () -> body.run(part, start(part, examples, parts), start(part + 1, examples, parts)))
                    .fork());
        }
        try {
            body.run(0, 0, start(1, examples, parts));
        } finally {
            others.forEach(ForkJoinTask::quietlyJoin); // they must not outlive the memory that they work on
        }
        others.forEach(ForkJoinTask::join);
    }

    private static int start(int part, int examples, int parts) {
        return Math.toIntExact((long) examples * part / parts);
    }
}
