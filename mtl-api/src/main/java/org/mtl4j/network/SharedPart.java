package org.mtl4j.network;

import java.util.Collection;
import java.util.List;
import org.mtl4j.layer.Shape;

/**
 * What stands between the trunk of a network and its towers, and gives each tower a beginning of its own:
 * {@linkplain Experts experts} with gates, {@linkplain Attention attention} over a shared trunk, or
 * {@linkplain Branching branches} that are learned. A network has one of them at most. Immutable.
 */
public abstract sealed class SharedPart permits Experts, Attention, Branching {

    SharedPart() {}

    /** {@return what parts of this kind are called, such as {@code experts}; their name where none is given} */
    public abstract String kind();

    /**
     * Says what it comes to.
     *
     * @param name in the network
     * @param input shape of one example of what it reads
     * @param towers behind it
     * @throws IllegalArgumentException if something does not fit; the message says what and where
     */
    abstract SharedGraph in(String name, Shape input, List<String> towers);

    /**
     * The same part in a network of one of the towers.
     *
     * @throws IllegalArgumentException if it computes what the tower uses of what other towers have
     */
    SharedPart alone(String tower, Collection<String> towers) {
        return this;
    }

    /** {@return whether several towers use the same weights of it, which no tower could learn by itself} */
    public abstract boolean sharesWeights();
}
