package org.mtl4j.dl4j.vertex;

import java.io.Serializable;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Names layers of one graph whose weights are related: two, or for functions of several towers at once any number.
 *
 * @param layers vertex names of the layers, in the order in which r_w takes their weights
 */
public record WeightTie(List<String> layers) implements Serializable {
    /**
     * Checks the names.
     *
     * @throws IllegalArgumentException if there are fewer than two, or a layer comes twice
     */
    public WeightTie {
        layers = List.copyOf(layers);
        if (layers.size() < 2) {
            throw new IllegalArgumentException("WeightTie: at least two layers are tied, got " + layers);
        }
        if (new LinkedHashSet<>(layers).size() != layers.size()) {
            throw new IllegalArgumentException(
                    layers.size() == 2
                            ? "WeightTie: a layer cannot be tied to itself, got '" + layers.get(0) + "' twice"
                            : "WeightTie: a layer comes twice in " + layers);
        }
    }

    /**
     * Ties two layers.
     *
     * @param first vertex name of the layer whose weights are mapped (θ1)
     * @param second vertex name of the layer that they are compared with (θ2)
     * @throws IllegalArgumentException if both are the same
     */
    public WeightTie(String first, String second) {
        this(List.of(first, second));
    }

    /** Reads what this and earlier versions wrote: a list, or two names. */
    @JsonCreator
    static WeightTie of(
            @JsonProperty("layers") @Nullable List<String> layers,
            @JsonProperty("first") @Nullable String first,
            @JsonProperty("second") @Nullable String second) {
        return layers != null ? new WeightTie(layers) : new WeightTie(String.valueOf(first), String.valueOf(second));
    }

    @Override
    @JsonProperty("layers")
    public List<String> layers() {
        return layers;
    }

    /** Returns the vertex name of the first layer. */
    public String first() {
        return layers.get(0);
    }

    /** Returns the vertex name of the second layer. */
    public String second() {
        return layers.get(1);
    }
}
