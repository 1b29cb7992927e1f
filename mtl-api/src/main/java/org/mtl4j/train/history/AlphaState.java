package org.mtl4j.train.history;

import java.io.Serializable;
import java.util.Objects;
import org.mtl4j.train.MultiTaskModel;

/**
 * What a cross-stitch unit has learned about one tower's activations in another, over its channels: little enough to be
 * kept for each epoch. {@link MultiTaskModel#alphas()} has every single α.
 *
 * @param place the unit's place in the network
 * @param to the tower that the activations go into
 * @param from the tower that they come from; with {@code to} itself it is the own share
 * @param mean mean of α over the channels; α itself where a unit has one per layer
 * @param least smallest α over the channels
 * @param largest largest α over the channels
 */
public record AlphaState(String place, String to, String from, double mean, double least, double largest)
        implements Serializable {
    /** Checks that nothing is null. */
    public AlphaState {
        Objects.requireNonNull(place, "place");
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(from, "from");
    }
}
