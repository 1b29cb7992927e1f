package org.mtl4j.dl4j.internal.cpu;

/**
 * Divides a loop over examples, or other independent parts of a batch, among as many threads as ND4J's own operations
 * use.
 */
public final class ParallelLoop {
    /** Loops over fewer numbers run faster on one thread. */
    private static final long MIN_NUMBERS = 1 << 15;

    /** Products of fewer multiplications are done before another thread has begun. */
    private static final long MIN_MULTIPLICATIONS = 1 << 19;

    /**
     * Serves all loops of this process, as a processor does. A step of training is a hundred loops with little in
     * between, and threads stay awake for as long as a step has nothing to be divided.
     */
    private static final SpinningThreadPool THREADS = new SpinningThreadPool(
            "mtl-loop", Math.max(1, Runtime.getRuntime().availableProcessors() - 1), 150, 150, 5);

    private ParallelLoop() {}

    /** Runs a part of the loop. */
    @FunctionalInterface
    public interface Part {
        /**
         * Runs the iterations from {@code from}, inclusive, to {@code to}, exclusive.
         *
         * @param part index of this part, from 0
         */
        void run(int part, int from, int to);
    }

    /**
     * Computes into how many parts a loop should be divided. It depends on the number of threads, not on how busy they
     * are, so that sums over parts are the same, bit for bit, each time.
     *
     * @param examples number of iterations
     * @param numbers how many numbers the whole loop reads or writes
     */
    public static int parts(int examples, long numbers) {
        if (numbers < MIN_NUMBERS) {
            return 1;
        }
        return Math.max(1, Math.min(examples, HostThreads.available()));
    }

    /**
     * Computes the same for a loop over products of matrices.
     *
     * @param multiplications of the whole loop
     */
    public static int partsOfWork(int examples, long multiplications) {
        if (multiplications < MIN_MULTIPLICATIONS) {
            return 1;
        }
        return Math.max(1, Math.min(examples, HostThreads.available()));
    }

    /**
     * Runs a loop of {@code examples} iterations in parts of about equal size, the first of them on the calling thread.
     */
    public static void run(int examples, int parts, Part body) {
        run(examples, parts, body, true);
    }

    /** Runs such a loop with the help of no thread that is asleep: for loops that are done before it is awake. */
    static void runBriefly(int examples, int parts, Part body) {
        run(examples, parts, body, false);
    }

    private static void run(int examples, int parts, Part body, boolean wake) {
        if (parts <= 1) {
            body.run(0, 0, examples);
            return;
        }
        THREADS.run(
                parts,
                parts,
                wake,
                part -> body.run(part, start(part, examples, parts), start(part + 1, examples, parts)));
    }

    private static int start(int part, int examples, int parts) {
        return Math.toIntExact((long) examples * part / parts);
    }
}
