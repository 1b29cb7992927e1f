package org.mtl4j.dl4j;

import java.util.List;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.PlacedLayer;
import org.mtl4j.network.Tower;

/** How much there is to compute, which decides on how many threads it is worth computing. */
final class Work {
    /** With fewer multiplications for each thread they are not worth waking. */
    private static final long LEAST_PART = 20_000_000;

    /** With fewer the threads of ND4J's own operations wait for each other longer than they work. */
    private static final long LEAST_FOR_OPERATIONS = 200_000_000;

    private final long perExample;

    private Work(long perExample) {
        this.perExample = perExample;
    }

    /** That of predicting: about as many multiplications as each parameter is used times. */
    static Work of(MultiTaskNetwork network) {
        long sum = 0;
        for (Tower tower : network.towers()) {
            sum += multiplications(tower.layers(), network.input());
            Shape shared = tower.layers().isEmpty()
                    ? network.input()
                    : network.shapeAfter(
                            tower.name(),
                            tower.layers().get(tower.layers().size() - 1).name());
            sum += tower.head().branches().stream()
                    .mapToLong(branch -> multiplications(branch.layers(), shared))
                    .sum();
        }
        return new Work(Math.max(1, sum));
    }

    private static long multiplications(List<NamedLayer> layers, Shape input) {
        return PlacedLayer.of(layers, input).stream()
                .mapToLong(layer -> layer.spec().parameters(layer.input())
                        * positions(layer.spec().outputShape(layer.input())))
                .sum();
    }

    private static long positions(Shape shape) {
        if (shape instanceof Shape.Image image) {
            return (long) image.height() * image.width();
        }
        return shape instanceof Shape.Sequence sequence ? sequence.steps() : 1;
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
