package org.mtl4j.dl4j.tune;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * What configurations are drawn from: parameters, each independently of the others.
 *
 * <pre>{@code
 * SearchSpace.of(
 *     Parameter.logUniform("strength", 1e-5, 1e-1),
 *     Parameter.uniform("ownShare", 0.5, 1),
 *     Parameter.choice("place", "all", "last"))
 * }</pre>
 *
 * @param parameters at least one, with different names
 */
public record SearchSpace(List<Parameter> parameters) {
    /** @throws IllegalArgumentException if there is no parameter, or two have one name */
    public SearchSpace {
        parameters = ImmutableList.copyOf(parameters);
        if (parameters.isEmpty()) {
            throw new IllegalArgumentException("SearchSpace: there must be at least one parameter");
        }
        Set<String> names = new HashSet<>();
        for (Parameter parameter : parameters) {
            if (!names.add(parameter.name())) {
                throw new IllegalArgumentException(
                        "SearchSpace: two parameters are called '%s'".formatted(parameter.name()));
            }
        }
    }

    /** These parameters. */
    public static SearchSpace of(Parameter... parameters) {
        return new SearchSpace(List.of(parameters));
    }

    Configuration draw(RandomGenerator random) {
        ImmutableMap.Builder<String, String> values = ImmutableMap.builder();
        for (Parameter parameter : parameters) {
            values.put(parameter.name(), parameter.draw(random));
        }
        return new Configuration(values.build());
    }

    /**
     * One parameter.
     *
     * @param name how it is asked for
     * @param kind how it is drawn
     * @param low least value of a number; 0 for choices
     * @param high largest value of a number; 0 for choices
     * @param choices what is chosen from; empty for numbers
     */
    public record Parameter(String name, Kind kind, double low, double high, List<String> choices) {
        /** How a parameter is drawn. */
        public enum Kind {
            /** A number, all values from low to high alike. */
            UNIFORM,
            /** A number above 0, all orders of magnitude alike. */
            LOG_UNIFORM,
            /** One of several texts, alike. */
            CHOICE
        }

        /** @throws IllegalArgumentException if the range is none, or there is nothing to choose from */
        public Parameter {
            choices = ImmutableList.copyOf(choices);
            boolean range = Double.isFinite(low) && Double.isFinite(high) && low < high;
            boolean good =
                    switch (kind) {
                        case UNIFORM -> range;
                        case LOG_UNIFORM -> range && low > 0;
                        case CHOICE -> !choices.isEmpty();
                    };
            if (!good || name.isBlank()) {
                throw new IllegalArgumentException(
                        "Parameter '%s' (%s): low must be below high, and above 0 for LOG_UNIFORM; a choice needs something to choose from; got %s to %s, %s"
                                .formatted(name, kind, low, high, choices));
            }
        }

        /** A number between these. */
        public static Parameter uniform(String name, double low, double high) {
            return new Parameter(name, Kind.UNIFORM, low, high, List.of());
        }

        /** A number between these, both above 0, whose logarithm is uniform. */
        public static Parameter logUniform(String name, double low, double high) {
            return new Parameter(name, Kind.LOG_UNIFORM, low, high, List.of());
        }

        /** One of these, by its text. */
        public static Parameter choice(String name, Object... choices) {
            return new Parameter(
                    name,
                    Kind.CHOICE,
                    0,
                    0,
                    Arrays.stream(choices).map(String::valueOf).toList());
        }

        private String draw(RandomGenerator random) {
            return switch (kind) {
                case UNIFORM -> String.valueOf(low + (high - low) * random.nextDouble());
                case LOG_UNIFORM -> String.valueOf(low * Math.pow(high / low, random.nextDouble()));
                case CHOICE -> choices.get(random.nextInt(choices.size()));
            };
        }
    }
}
