package org.mtl4j.dl4j.internal.inference;

import org.mtl4j.dl4j.internal.cpu.BatchLastLayout;
import org.mtl4j.layer.LayerType;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.PlacedLayer;

/** Estimates how much there is to compute, which decides on how many threads it is worth computing. */
final class ComputeCost {
    /** Least multiplications for each thread; with fewer, threads are not worth waking. */
    private static final long LEAST_PART = 20_000_000;

    /** The same where threads are awake, or somebody else does what they have not begun. */
    private static final long LEAST_PREPARED_PART = 2_000_000;

    /**
     * Least multiplications for threads within operations; with fewer, they wait for each other longer than they work.
     */
    private static final long LEAST_FOR_OPERATIONS = 200_000_000;

    /** Least multiplications of a piece; with fewer, calls of the graph's layers take time beside them. */
    private static final long LEAST_PIECE = 100_000_000;

    /** Least examples of a piece: vectors are of examples. */
    private static final long LEAST_PIECE_EXAMPLES = 2 * BatchLastLayout.MIN_BATCH;

    private final long perExample;

    private ComputeCost(long perExample) {
        this.perExample = perExample;
    }

    /**
     * Estimates the cost of predicting: as many multiplications as the sum over parameters of how often each is used.
     */
    static ComputeCost of(MultiTaskNetwork network) {
        long sum = network.placedLayers().stream()
                .mapToLong(ComputeCost::perExample)
                .sum();
        return new ComputeCost(Math.max(1, sum));
    }

    private static long perExample(PlacedLayer layer) {
        Shape output = layer.spec().outputShape(layer.input());
        return layer.spec().type() == LayerType.EMBEDDING
                ? output.elements() // which are copied
                : layer.spec().parameters(layer.input()) * output.positions();
    }

    /** {@return among how many threads, at most those there are, to divide so many examples; at least 1} */
    int parts(long examples, int threads) {
        return parts(examples, threads, LEAST_PART);
    }

    /** {@return the same for prepared outputs} */
    int preparedParts(long examples, int threads) {
        return parts(examples, threads, LEAST_PREPARED_PART);
    }

    private int parts(long examples, int threads, long least) {
        long worth = Math.min(examples, examples * perExample / least);
        return (int) Math.max(1, Math.min(worth, threads));
    }

    /** {@return into how many pieces to divide so many examples of one thread; at least 1} */
    long pieces(long examples) {
        long least = Math.max(LEAST_PIECE_EXAMPLES, LEAST_PIECE / perExample);
        return Math.max(1, examples / least);
    }

    /** Tells whether so many examples, undivided, are worth more than one thread within each operation. */
    boolean worthThreadsInOperations(long examples) {
        return examples * perExample >= LEAST_FOR_OPERATIONS;
    }
}
