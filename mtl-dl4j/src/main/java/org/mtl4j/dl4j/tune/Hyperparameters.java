package org.mtl4j.dl4j.tune;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * Holds one choice of a value for each parameter of a search.
 *
 * @param values by name, as text
 */
public record Hyperparameters(Map<String, String> values) {
    /** Copies the map, its order included. */
    public Hyperparameters {
        values = ImmutableMap.copyOf(values);
    }

    /**
     * {@return the value of a parameter}
     *
     * @throws IllegalArgumentException if there is no such parameter
     */
    public String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no parameter '%s'; there are %s".formatted(name, values.keySet()));
        }
        return value;
    }

    /**
     * {@return the value of a parameter that is a number}
     *
     * @throws IllegalArgumentException if there is no such parameter, or it is not a number
     */
    public double number(String name) {
        String value = text(name);
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("parameter '%s' is not a number: %s".formatted(name, value), e);
        }
    }
}
