package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.function.Consumer;
import org.mtl4j.internal.check.Check;
import org.mtl4j.layer.NamedLayer;

/**
 * How much each expert counts, for each example: the softmax of a linear function of what the gate reads, or the sparse
 * choice of DSelect-k. Used by {@link Experts}.
 *
 * <p>{@link #dselect}: Hazimeh et al., "DSelect-k: Differentiable Selection in the Mixture of Experts", NeurIPS 2021.
 * When it has converged, at most k weights of an example are not zero. Two penalties, each the mean over the examples,
 * belong to the network's score: the selectors' entropies times {@link #entropy}, and, for numbers of experts that are
 * no power of two, the sum over the selectors of {@code 1 / p - 1}, where p is what a selector gives to experts that
 * there are. So weights may sum to less than 1 until training has driven p to 1. Weight decay does not reach the
 * selectors.
 *
 * @param selectors k; 0 for a softmax
 * @param layers hidden layers of the gate; may be empty
 * @param gamma γ of DSelect-k, how wide the smooth step is; no matter for a softmax
 * @param entropy weight of the entropy penalty of DSelect-k; no matter for a softmax
 * @param byExample whether examples choose for themselves; always so for a softmax
 * @param overInput whether gates of upper levels read what the lowest level reads, and not the mix of the level below
 */
public record Gate(
        int selectors, List<NamedLayer> layers, double gamma, double entropy, boolean byExample, boolean overInput) {

    /** Weight of the entropy penalty of DSelect-k unless told otherwise. */
    public static final double DEFAULT_ENTROPY = 1e-2;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public Gate {
        layers = ImmutableList.copyOf(layers);
        Check.atLeast(0, selectors, "Gate: k");
        if (selectors == 0) { // where they don't matter
            gamma = 1;
            entropy = 0;
        }
        Check.finiteAboveZero(gamma, "Gate: gamma");
        Check.finiteAtLeastZero(entropy, "Gate: weight of the entropy");
        if (!byExample && (selectors == 0 || !layers.isEmpty())) {
            throw new IllegalArgumentException(
                    "Gate: a gate that is the same for all examples is one of DSelect-k, without layers");
        }
    }

    /** {@return the softmax of a linear function} */
    public static Gate softmax() {
        return new Gate(0, List.of(), 1, 0, true, false);
    }

    /**
     * {@return the sparse choice of at most k experts, by a linear function} γ is 1 and the entropy's weight
     * {@value #DEFAULT_ENTROPY}.
     *
     * @param k at least 1; a network refuses more than there are experts
     * @throws IllegalArgumentException if k is below 1
     */
    public static Gate dselect(int k) {
        return new Gate(Check.atLeast(1, k, "Gate: k of DSelect-k"), List.of(), 1, DEFAULT_ENTROPY, true, false);
    }

    /** {@return this gate with hidden layers: {@code Gate.softmax().withLayers(g -> g.dense(32).dense(32))}} */
    public Gate withLayers(Consumer<LayerStack<?>> hidden) {
        return new Gate(selectors, LayerStack.collect(hidden), gamma, entropy, byExample, overInput);
    }

    /**
     * {@return this gate with another width of the smooth step; the smaller, the sooner selectors choose and stay}
     *
     * @throws IllegalArgumentException if it is not positive and finite
     */
    public Gate withGamma(double width) {
        return new Gate(selectors, layers, width, entropy, byExample, overInput);
    }

    /**
     * {@return this gate with another weight of the entropy penalty}
     *
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public Gate withEntropy(double weight) {
        return new Gate(selectors, layers, gamma, weight, byExample, overInput);
    }

    /**
     * {@return this gate of DSelect-k with a choice that is learned but the same for all examples}
     *
     * @throws IllegalArgumentException if it is a softmax, or has layers
     */
    public Gate sameForAllExamples() {
        return new Gate(selectors, layers, gamma, entropy, false, overInput);
    }

    /** {@return this gate, reading in all levels what the lowest level reads} */
    public Gate readingInput() {
        return new Gate(selectors, layers, gamma, entropy, byExample, true);
    }

    /** {@return whether it is a softmax} */
    public boolean isSoftmax() {
        return selectors == 0;
    }

    /** {@return how many numbers DSelect-k makes of an input before it chooses among so many experts} */
    int logits(int experts) {
        return selectors * (Integer.SIZE - Integer.numberOfLeadingZeros(experts - 1)) + selectors;
    }

    /** {@return a short phrase for tables, such as {@code DSelect-2 gate}} */
    public String describe() {
        return (isSoftmax()
                        ? "softmax gate"
                        : "DSelect-%s gate, gamma %s, entropy x%s%s"
                                .formatted(selectors, gamma, entropy, byExample ? "" : ", same for all examples"))
                + (overInput ? ", over the input" : "");
    }
}
