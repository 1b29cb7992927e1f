package org.mtl4j.dl4j.vertex;

import java.io.Serializable;
import java.util.Objects;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Names two layers of one graph whose weights are related.
 *
 * @param first vertex name of the layer whose weights are mapped (θ1)
 * @param second vertex name of the layer that they are compared with (θ2)
 */
public record WeightTie(
        @JsonProperty("first") String first,
        @JsonProperty("second") String second) implements Serializable {
    /**
     * Checks the names.
     *
     * @throws IllegalArgumentException if both are the same
     */
    public WeightTie {
        Objects.requireNonNull(first, "first");
        Objects.requireNonNull(second, "second");
        if (first.equals(second)) {
            throw new IllegalArgumentException(
                    "WeightTie: a layer cannot be tied to itself, got '" + first + "' twice");
        }
    }
}
