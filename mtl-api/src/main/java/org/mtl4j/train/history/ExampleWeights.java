package org.mtl4j.train.history;

import java.io.Serializable;
import org.mtl4j.internal.check.Check;

/**
 * What the examples of an epoch weighed, where they had {@linkplain org.mtl4j.train.batches.Batch weights}. Batches
 * without weights among others count as examples of weight 1.
 *
 * @param examples how many there were
 * @param sum of the weights
 * @param squares sum of the squares of the weights
 * @param least the smallest weight
 * @param largest the largest weight
 */
public record ExampleWeights(long examples, double sum, double squares, double least, double largest)
        implements Serializable {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if there is no example, or a number is below 0 or not finite
     */
    public ExampleWeights {
        Check.atLeast(1, examples, "ExampleWeights: examples");
        Check.finiteAtLeastZero(sum, "ExampleWeights: sum");
        Check.finiteAtLeastZero(squares, "ExampleWeights: squares");
        Check.finiteAtLeastZero(least, "ExampleWeights: least");
        Check.finiteAtLeastZero(largest, "ExampleWeights: largest");
    }

    /** {@return the weights of examples} */
    public static ExampleWeights of(double... weights) {
        double sum = 0;
        double squares = 0;
        double least = Double.POSITIVE_INFINITY;
        double largest = 0;
        for (double weight : weights) {
            sum += weight;
            squares += weight * weight;
            least = Math.min(least, weight);
            largest = Math.max(largest, weight);
        }
        return new ExampleWeights(weights.length, sum, squares, least, largest);
    }

    /** {@return examples that weigh 1 each} */
    public static ExampleWeights ones(long examples) {
        return new ExampleWeights(examples, examples, examples, 1, 1);
    }

    /** {@return these and others} */
    public ExampleWeights plus(ExampleWeights other) {
        return new ExampleWeights(
                examples + other.examples,
                sum + other.sum,
                squares + other.squares,
                Math.min(least, other.least),
                Math.max(largest, other.largest));
    }

    /**
     * {@return the effective number of examples, (Σw)² / Σw²} So many examples of equal weight would give a mean of the
     * same variance (Kish, Survey Sampling, 1965). As many as there are if all weigh the same; 0 if all weigh 0.
     */
    public double effective() {
        return squares == 0 ? 0 : sum / squares * sum;
    }
}
