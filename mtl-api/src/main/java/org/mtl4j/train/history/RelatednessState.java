package org.mtl4j.train.history;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.mtl4j.relatedness.WeightRelatednessRegularizer.Pair;

/**
 * How related one layer is in one pair of towers.
 *
 * @param layer the layer's name
 * @param pair the towers
 * @param value r_w now, without its strength
 * @param coefficients the learned scalars by name, such as a and b; empty if the function has none
 */
public record RelatednessState(String layer, Pair pair, double value, Map<String, Double> coefficients) {
    /** Copies the map. */
    public RelatednessState {
        coefficients = ImmutableMap.copyOf(coefficients);
    }
}
