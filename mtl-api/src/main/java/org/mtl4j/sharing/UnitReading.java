package org.mtl4j.sharing;

import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One thing that a unit says of what it has learned, over some of its numbers.
 *
 * @param quantity what is told, such as {@code alpha}
 * @param to the tower that activations go into; empty if it is about no tower
 * @param from the tower, or whatever else, that they come from; empty if there is none
 * @param mean mean of the numbers
 * @param least the smallest
 * @param largest the largest
 */
public record UnitReading(String quantity, String to, String from, double mean, double least, double largest) {
    /** Checks that nothing is null. */
    public UnitReading {
        Objects.requireNonNull(quantity, "quantity");
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(from, "from");
    }

    /**
     * {@return mean, least and largest of an array}
     *
     * @param numbers at least one
     */
    public static UnitReading of(String quantity, String to, String from, INDArray numbers) {
        return new UnitReading(
                quantity,
                to,
                from,
                numbers.meanNumber().doubleValue(),
                numbers.minNumber().doubleValue(),
                numbers.maxNumber().doubleValue());
    }
}
