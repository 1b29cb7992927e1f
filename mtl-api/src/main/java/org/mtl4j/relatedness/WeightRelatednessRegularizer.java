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
 * batch. In a pair the map goes from the first tower to the second, which matters for functions with learned a and b. A
 * {@link GroupRelatedness}, such as a trace norm, has one term for each layer, over all towers at once.
 *
 * <pre>{@code
 * WeightRelatednessRegularizer.over("conv1", "conv2", "fc")
 *     .withRelatedness(Relatedness.exponentialLinear())
 *     .withStrength(1e-3)
 * }</pre>
 *
 * @param layers Ω, names of layers that every tower of a pair has, at least one
 * @param relatedness r_w, of pairs ({@link Relatedness}) or of all towers at once; {@link Relatedness#l2()} unless told
 *     otherwise
 * @param strength λ_w, finite and at least 0; 1e-3 unless told otherwise
 * @param pairs the pairs of towers; empty for every pair of {@code towers}, earlier tower first, and for functions of
 *     all towers at once
 * @param learningRateFactor rate of the learned coefficients as a multiple of the network's, finite and at least 0
 * @param towers the towers that it is about, at least two; empty for all of the network, and where pairs are named
 */
public record WeightRelatednessRegularizer(
        List<String> layers,
        GroupRelatedness relatedness,
        double strength,
        List<Pair> pairs,
        double learningRateFactor,
        List<String> towers) {

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
        towers = ImmutableList.copyOf(towers);
        if (!pairs.isEmpty() && !(relatedness instanceof Relatedness)) {
            throw new IllegalArgumentException(
                    ("WeightRelatednessRegularizer: '%s' is a function of all towers at once, so there are no pairs of"
                                    + " towers, got %s; name towers by among(...)")
                            .formatted(relatedness.name(), pairs));
        }
        if (!pairs.isEmpty() && !towers.isEmpty()) {
            throw new IllegalArgumentException(
                    "WeightRelatednessRegularizer: name pairs or towers, got pairs %s and towers %s"
                            .formatted(pairs, towers));
        }
        if (towers.size() == 1 || ImmutableSet.copyOf(towers).size() != towers.size()) {
            throw new IllegalArgumentException(
                    "WeightRelatednessRegularizer: among takes two different towers or more, got " + towers);
        }
        Check.finiteAtLeastZero(strength, "WeightRelatednessRegularizer: strength");
        Check.finiteAtLeastZero(learningRateFactor, "WeightRelatednessRegularizer: learningRateFactor");
    }

    /** Makes a regularizer of all towers of a network, or of these pairs. */
    public WeightRelatednessRegularizer(
            List<String> layers,
            GroupRelatedness relatedness,
            double strength,
            List<Pair> pairs,
            double learningRateFactor) {
        this(layers, relatedness, strength, pairs, learningRateFactor, List.of());
    }

    /** {@return plain L2 on these layers between every pair of towers, at strength {@value #DEFAULT_STRENGTH}} */
    public static WeightRelatednessRegularizer over(String... layers) {
        return new WeightRelatednessRegularizer(List.of(layers), Relatedness.l2(), DEFAULT_STRENGTH, List.of(), 1);
    }

    /**
     * {@return the same with another r_w}
     *
     * @throws IllegalArgumentException if pairs were named and it is a function of all towers at once
     */
    public WeightRelatednessRegularizer withRelatedness(GroupRelatedness relatedness) {
        return new WeightRelatednessRegularizer(layers, relatedness, strength, pairs, learningRateFactor, towers);
    }

    /** {@return the same with another λ_w} */
    public WeightRelatednessRegularizer withStrength(double strength) {
        return new WeightRelatednessRegularizer(layers, relatedness, strength, pairs, learningRateFactor, towers);
    }

    /**
     * {@return the same for these towers of a network only: for every pair of them, earlier tower first, or for all of
     * them at once, as r_w is}
     *
     * @param towers at least two, or none for all of the network
     * @throws IllegalArgumentException if there is one, a tower comes twice, or pairs were named
     */
    public WeightRelatednessRegularizer among(String... towers) {
        return new WeightRelatednessRegularizer(
                layers, relatedness, strength, pairs, learningRateFactor, List.of(towers));
    }

    /**
     * {@return the same with one more pair of towers; without any, all pairs are tied}
     *
     * @throws IllegalArgumentException if r_w is a function of all towers at once, or towers were named
     */
    public WeightRelatednessRegularizer withPair(String first, String second) {
        List<Pair> more = new ArrayList<>(pairs);
        more.add(new Pair(first, second));
        return new WeightRelatednessRegularizer(layers, relatedness, strength, more, learningRateFactor, towers);
    }

    /** {@return the same with another rate for the learned coefficients; 0 keeps them where they start} */
    public WeightRelatednessRegularizer withLearningRateFactor(double factor) {
        return new WeightRelatednessRegularizer(layers, relatedness, strength, pairs, factor, towers);
    }

    /**
     * {@return the pairs that are tied in a network of these towers: those that were named, or else every pair, the
     * earlier tower first; none for a function of all towers at once}
     *
     * @param towers all of the network, in their order
     */
    public List<Pair> pairsAmong(Collection<String> towers) {
        if (!(relatedness instanceof Relatedness)) {
            return List.of();
        }
        if (!pairs.isEmpty()) {
            return pairs;
        }
        List<String> names = this.towers.isEmpty() ? List.copyOf(towers) : this.towers;
        ImmutableList.Builder<Pair> all = ImmutableList.builder();
        for (int first = 0; first < names.size(); first++) {
            for (int second = first + 1; second < names.size(); second++) {
                all.add(new Pair(names.get(first), names.get(second)));
            }
        }
        return all.build();
    }

    /**
     * {@return the towers that each term is about, in a network of these towers: pair by pair, or all of them in one
     * group where r_w is a function of all at once}
     *
     * @param towers all of the network, in their order
     */
    public List<List<String>> groupsAmong(Collection<String> towers) {
        if (relatedness instanceof Relatedness) {
            return pairsAmong(towers).stream()
                    .map(pair -> List.of(pair.first(), pair.second()))
                    .toList();
        }
        return List.of(this.towers.isEmpty() ? List.copyOf(towers) : this.towers);
    }

    /** {@return a short phrase for tables} */
    public String describe() {
        return "%s, strength %s, over %s%s%s"
                .formatted(
                        relatedness.name(),
                        strength,
                        String.join(", ", layers),
                        !pairs.isEmpty() ? ", between " + pairs : towers.isEmpty() ? "" : ", among " + towers,
                        learningRateFactor == 1 ? "" : ", rate x" + learningRateFactor);
    }
}
