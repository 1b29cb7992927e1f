package org.mtl4j.dl4j.tune;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Says what hyperparameters are drawn from: parameters, each independently of the others.
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

    /** {@return the space of these parameters} */
    public static SearchSpace of(Parameter... parameters) {
        return new SearchSpace(List.of(parameters));
    }

    Hyperparameters draw(RandomGenerator random) {
        ImmutableMap.Builder<String, String> values = ImmutableMap.builder();
        for (Parameter parameter : parameters) {
            values.put(parameter.name(), draw(parameter, random));
        }
        return new Hyperparameters(values.build());
    }

    private static String draw(Parameter parameter, RandomGenerator random) {
        return parameter.match(
                range -> String.valueOf(range.low() + (range.high() - range.low()) * random.nextDouble()),
                range -> String.valueOf(range.low() * Math.pow(range.high() / range.low(), random.nextDouble())),
                choice -> choice.choices().get(random.nextInt(choice.choices().size())));
    }
}
