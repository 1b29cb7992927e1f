package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Objects;
import org.mtl4j.layer.NamedLayer;

/**
 * One task network: a stack of layers that ends in a split head.
 *
 * @param name unique within the network
 * @param layers from the input to the head, names unique within the tower; may be empty
 * @param head what the tower predicts
 */
public record Tower(String name, List<NamedLayer> layers, SplitHead head) {
    /** Copies the list. */
    public Tower {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(head, "head");
        layers = ImmutableList.copyOf(layers);
    }
}
