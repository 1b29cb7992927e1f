package org.mtl4j.dl4j.tune;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** Says what the values of one hyperparameter are drawn from. */
public sealed interface Parameter {

    /** {@return how it is asked for} */
    String name();

    /**
     * Does what is meant for this kind of parameter.
     *
     * @param <R> what comes out
     */
    <R> R match(
            Function<? super Uniform, ? extends R> uniform,
            Function<? super LogUniform, ? extends R> logUniform,
            Function<? super Choice, ? extends R> choice);

    /** Draws a number between these, all alike. */
    static Parameter uniform(String name, double low, double high) {
        return new Uniform(name, low, high);
    }

    /** Draws a number between these, both above 0, whose logarithm is uniform: all orders of magnitude alike. */
    static Parameter logUniform(String name, double low, double high) {
        return new LogUniform(name, low, high);
    }

    /** Draws one of these, by its text, all alike. */
    static Parameter choice(String name, Object... choices) {
        return new Choice(name, Arrays.stream(choices).map(String::valueOf).toList());
    }

    /**
     * Draws a number, all values alike.
     *
     * @param name how it is asked for
     * @param low least value
     * @param high largest value
     */
    record Uniform(String name, double low, double high) implements Parameter {
        /** @throws IllegalArgumentException if the name is blank, or low is not below high */
        public Uniform {
            requireName(name);
            if (!isRange(low, high)) {
                throw new IllegalArgumentException(
                        "Parameter '%s': low must be below high, got %s to %s".formatted(name, low, high));
            }
        }

        @Override
        public <R> R match(
                Function<? super Uniform, ? extends R> uniform,
                Function<? super LogUniform, ? extends R> logUniform,
                Function<? super Choice, ? extends R> choice) {
            return uniform.apply(this);
        }
    }

    /**
     * Draws a number above 0, all orders of magnitude alike.
     *
     * @param name how it is asked for
     * @param low least value
     * @param high largest value
     */
    record LogUniform(String name, double low, double high) implements Parameter {
        /** @throws IllegalArgumentException if the name is blank, or low is not above 0 and below high */
        public LogUniform {
            requireName(name);
            if (!isRange(low, high) || low <= 0) {
                throw new IllegalArgumentException(
                        "Parameter '%s': low must be above 0 and below high, got %s to %s".formatted(name, low, high));
            }
        }

        @Override
        public <R> R match(
                Function<? super Uniform, ? extends R> uniform,
                Function<? super LogUniform, ? extends R> logUniform,
                Function<? super Choice, ? extends R> choice) {
            return logUniform.apply(this);
        }
    }

    /**
     * Draws one of several texts, all alike.
     *
     * @param name how it is asked for
     * @param choices at least one
     */
    record Choice(String name, List<String> choices) implements Parameter {
        /** @throws IllegalArgumentException if the name is blank, or there is nothing to choose from */
        public Choice {
            requireName(name);
            choices = ImmutableList.copyOf(choices);
            if (choices.isEmpty()) {
                throw new IllegalArgumentException(
                        "Parameter '%s': a choice needs something to choose from".formatted(name));
            }
        }

        @Override
        public <R> R match(
                Function<? super Uniform, ? extends R> uniform,
                Function<? super LogUniform, ? extends R> logUniform,
                Function<? super Choice, ? extends R> choice) {
            return choice.apply(this);
        }
    }

    private static void requireName(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("Parameter: the name must not be blank");
        }
    }

    private static boolean isRange(double low, double high) {
        return Double.isFinite(low) && Double.isFinite(high) && low < high;
    }
}
