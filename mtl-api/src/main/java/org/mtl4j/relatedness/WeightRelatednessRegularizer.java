package org.mtl4j.relatedness;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.mtl4j.internal.check.Check;

/**
 * The weight-relatedness term of the objective,
 *
 * <pre>L_w = strength * sum over layers j in Ω, over pairs (first, second) of towers, of r_w(θ_j^first, θ_j^second)
 * </pre>
 *
 * on the weights of the layers, not on their biases. It is a sum over layers and elements, and does not depend on the
 * batch. In a pair the map goes from the first tower to the second, which matters for functions with learned a and b.
 *
 * <pre>{@code
 * WeightRelatednessRegularizer.over("conv1", "conv2", "fc")
 *     .withRelatedness(Relatedness.exponentialLinear())
 *     .withStrength(1e-3)
 * }</pre>
 *
 * @param layers Ω, names of layers that every tower of a pair has, at least one
 * @param relatedness r_w; {@link Relatedness#l2()} unless told otherwise
 * @param strength λ_w, finite and at least 0; 1e-3 unless told otherwise
 * @param pairs the pairs of towers; empty for every pair of the network, earlier tower first
 * @param learningRateFactor rate of the learned coefficients as a multiple of the network's, finite and at least 0
 */
public record WeightRelatednessRegularizer(
        List<String> layers, Relatedness relatedness, double strength, List<Pair> pairs, double learningRateFactor) {

    /** λ_w unless told otherwise. */
    public static final double DEFAULT_STRENGTH = 1e-3;

    /**
     * Two towers whose weights are tied.
     *
     * @param first the tower whose weights are mapped (θ1)
     * @param second the tower that they are compared with (θ2)
     */
    public record Pair(String first, String second) {
        /** @throws IllegalArgumentException if both are the same */
        public Pair {
            Objects.requireNonNull(first, "first");
            Objects.requireNonNull(second, "second");
            if (first.equals(second)) {
                throw new IllegalArgumentException(
                        "WeightRelatednessRegularizer: a pair needs two different towers, got '%s' twice"
                                .formatted(first));
            }
        }

        @Override
        public String toString() {
            return first + " -> " + second;
        }
    }

    /** @throws IllegalArgumentException if a value is out of its range; the message names it */
    public WeightRelatednessRegularizer {
        layers = ImmutableList.copyOf(layers);
        pairs = ImmutableList.copyOf(pairs);
        Objects.requireNonNull(relatedness, "relatedness");
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("WeightRelatednessRegularizer: name at least one layer");
        }
        if (ImmutableSet.copyOf(layers).size() != layers.size()) {
            throw new IllegalArgumentException("WeightRelatednessRegularizer: a layer comes twice in " + layers);
        }
        if (ImmutableSet.copyOf(pairs).size() != pairs.size()) {
            throw new IllegalArgumentException("WeightRelatednessRegularizer: a pair comes twice in " + pairs);
        }
        Check.finiteAtLeastZero(strength, "WeightRelatednessRegularizer: strength");
        Check.finiteAtLeastZero(learningRateFactor, "WeightRelatednessRegularizer: learningRateFactor");
    }

    /** {@return plain L2 on these layers between every pair of towers, at strength {@value #DEFAULT_STRENGTH}} */
    public static WeightRelatednessRegularizer over(String... layers) {
        return new WeightRelatednessRegularizer(List.of(layers), Relatedness.l2(), DEFAULT_STRENGTH, List.of(), 1);
    }

    /** {@return the same with another r_w} */
    public WeightRelatednessRegularizer withRelatedness(Relatedness relatedness) {
        return new WeightRelatednessRegularizer(layers, relatedness, strength, pairs, learningRateFactor);
    }

    /** {@return the same with another λ_w} */
    public WeightRelatednessRegularizer withStrength(double strength) {
        return new WeightRelatednessRegularizer(layers, relatedness, strength, pairs, learningRateFactor);
    }

    /** {@return the same with one more pair of towers; without any, all pairs are tied} */
    public WeightRelatednessRegularizer withPair(String first, String second) {
        List<Pair> more = new ArrayList<>(pairs);
        more.add(new Pair(first, second));
        return new WeightRelatednessRegularizer(layers, relatedness, strength, more, learningRateFactor);
    }

    /** {@return the same with another rate for the learned coefficients; 0 keeps them where they start} */
    public WeightRelatednessRegularizer withLearningRateFactor(double factor) {
        return new WeightRelatednessRegularizer(layers, relatedness, strength, pairs, factor);
    }

    /**
     * {@return the pairs that are tied in a network of these towers: those that were named, or else every pair, the
     * earlier tower first}
     *
     * @param towers all of the network, in their order
     */
    public List<Pair> pairsAmong(Collection<String> towers) {
        if (!pairs.isEmpty()) {
            return pairs;
        }
        List<String> names = List.copyOf(towers);
        ImmutableList.Builder<Pair> all = ImmutableList.builder();
        for (int first = 0; first < names.size(); first++) {
            for (int second = first + 1; second < names.size(); second++) {
                all.add(new Pair(names.get(first), names.get(second)));
            }
        }
        return all.build();
    }

    /** {@return a short phrase for tables} */
    public String describe() {
        return "%s, strength %s, over %s%s%s"
                .formatted(
                        relatedness.name(),
                        strength,
                        String.join(", ", layers),
                        pairs.isEmpty() ? "" : ", between " + pairs,
                        learningRateFactor == 1 ? "" : ", rate x" + learningRateFactor);
    }
}
