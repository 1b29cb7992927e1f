package org.mtl4j.dl4j.internal.inference;

import org.mtl4j.network.MultiTaskNetwork;

/** Estimates how much there is to compute, which decides on how many threads it is worth computing. */
final class ComputeCost {
    /** With fewer multiplications for each thread they are not worth waking. */
    private static final long LEAST_PART = 20_000_000;

    /** With fewer the threads of ND4J's own operations wait for each other longer than they work. */
    private static final long LEAST_FOR_OPERATIONS = 200_000_000;

    private final long perExample;

    private ComputeCost(long perExample) {
        this.perExample = perExample;
    }

    /** That of predicting: about as many multiplications as each parameter is used times. */
    static ComputeCost of(MultiTaskNetwork network) {
        long sum = network.placedLayers().stream()
                .mapToLong(layer -> layer.spec().parameters(layer.input())
                        * layer.spec().outputShape(layer.input()).positions())
                .sum();
        return new ComputeCost(Math.max(1, sum));
    }

    /** Among how many threads to divide so many examples, if there are so many threads; at least 1. */
    int parts(long examples, int threads) {
        long worth = Math.min(examples, examples * perExample / LEAST_PART);
        return (int) Math.max(1, Math.min(worth, threads));
    }

    /** Whether so many examples that are not divided are worth more than one thread within each operation. */
    boolean worthThreadsInOperations(long examples) {
        return examples * perExample >= LEAST_FOR_OPERATIONS;
    }
}
