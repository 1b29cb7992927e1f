package org.mtl4j.dl4j.tune;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * One choice of all parameters.
 *
 * @param values by name, as text
 */
public record Configuration(Map<String, String> values) {
    /** Copies the map, its order included. */
    public Configuration {
        values = ImmutableMap.copyOf(values);
    }

    /**
     * The value of a parameter.
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
     * The value of a parameter that is a number.
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
