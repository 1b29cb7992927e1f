package org.mtl4j.train.history;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.mtl4j.relatedness.WeightRelatednessRegularizer.Pair;

/**
 * How related one layer is in one pair of towers, or in all the towers that r_w is a function of.
 *
 * @param layer the layer's name
 * @param towers the towers, in their order
 * @param value r_w now, without its strength
 * @param coefficients the learned scalars by name, such as a and b; empty if the function has none
 */
public record RelatednessState(String layer, List<String> towers, double value, Map<String, Double> coefficients)
        implements Serializable {
    /** Copies list and map. */
    public RelatednessState {
        towers = ImmutableList.copyOf(towers);
        coefficients = ImmutableMap.copyOf(coefficients);
    }

    /** Makes the state of a pair. */
    public RelatednessState(String layer, Pair pair, double value, Map<String, Double> coefficients) {
        this(layer, List.of(pair.first(), pair.second()), value, coefficients);
    }

    /**
     * {@return the towers as a pair}
     *
     * @throws IllegalStateException if there are not two
     */
    public Pair pair() {
        if (towers.size() != 2) {
            throw new IllegalStateException("layer '%s': %s are no pair of towers".formatted(layer, towers));
        }
        return new Pair(towers.get(0), towers.get(1));
    }

    /** {@return the towers as text: {@code a -> b} for two, {@code a, b, c} for more} */
    public String between() {
        return towers.size() == 2 ? pair().toString() : String.join(", ", towers);
    }
}
