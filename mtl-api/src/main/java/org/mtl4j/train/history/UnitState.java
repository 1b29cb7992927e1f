package org.mtl4j.train.history;

import java.io.Serializable;
import java.util.Objects;
import org.mtl4j.sharing.UnitReading;

/**
 * One thing that a unit has learned about sharing, over some of its numbers: a {@link UnitReading} at a place of the
 * network.
 *
 * @param place the unit's place in the network
 * @param quantity what is told, such as {@code alpha} or {@code weight}
 * @param to the tower that activations go into; empty if it is about no tower
 * @param from the tower, or whatever else, that they come from; empty if there is none
 * @param mean mean of the numbers
 * @param least the smallest
 * @param largest the largest
 */
public record UnitState(
        String place, String quantity, String to, String from, double mean, double least, double largest)
        implements Serializable {
    /** Checks that nothing is null. */
    public UnitState {
        Objects.requireNonNull(place, "place");
        Objects.requireNonNull(quantity, "quantity");
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(from, "from");
    }

    /** {@return what a unit at a place says} */
    public static UnitState of(String place, UnitReading reading) {
        return new UnitState(
                place,
                reading.quantity(),
                reading.to(),
                reading.from(),
                reading.mean(),
                reading.least(),
                reading.largest());
    }

    /** {@return a cross-stitch unit's α in the general form} */
    public static UnitState of(AlphaState alpha) {
        return new UnitState(
                alpha.place(), "alpha", alpha.to(), alpha.from(), alpha.mean(), alpha.least(), alpha.largest());
    }

    /** {@return the towers as text, such as {@code points ← attributes}; empty if it is about none} */
    public String between() {
        return from.isEmpty() ? to : to + " ← " + from;
    }
}
