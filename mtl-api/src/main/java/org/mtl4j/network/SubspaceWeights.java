package org.mtl4j.network;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mtl4j.layer.LayerType;
import org.mtl4j.layer.NamedLayer;

/** Finds the layer whose weights make the channels at a place. */
final class SubspaceWeights {
    private SubspaceWeights() {}

    /**
     * {@return the name of the last convolution or fully connected layer up to a place, if only layers that keep
     * channels apart are between}
     *
     * @param place the last layer before the place
     */
    static Optional<String> before(List<NamedLayer> layers, @Nullable String place) {
        boolean reached = false;
        for (int i = layers.size() - 1; i >= 0; i--) {
            reached |= layers.get(i).name().equals(place);
            if (reached) {
                LayerType type = layers.get(i).spec().type();
                if (type == LayerType.CONVOLUTION || type == LayerType.CONVOLUTION_1D || type == LayerType.DENSE) {
                    return Optional.of(layers.get(i).name());
                }
                if (type != LayerType.POOLING
                        && type != LayerType.GLOBAL_POOLING
                        && type != LayerType.ACTIVATION
                        && type != LayerType.DROPOUT
                        && type != LayerType.BATCH_NORMALIZATION) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }
}
