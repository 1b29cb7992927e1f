package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.mtl4j.internal.check.Check;

/**
 * A learned mix of a tower's layers before its head, as in sluice networks (Ruder et al., AAAI 2019, arXiv 1705.08142,
 * eq. 3): the head of tower t reads {@code sum over layers l of beta[t, l] * h_(t,l)}, where h is what the tower goes
 * on with behind layer l, behind the unit that may be there. There is no bias, and no constraint on β in training.
 *
 * <p>Each tower has its own β. Its parameters are trained like those of units
 * ({@link org.mtl4j.train.ParameterGroup#ALPHA}), without weight decay.
 *
 * @param layers names of at least two layers that all towers have, of one shape in each tower; the last of them is the
 *     tower's last
 * @param start where β starts, layer by layer; empty for equal shares
 * @param learningRateFactor rate of β as a multiple of the network's, finite and at least 0
 * @param frozenEpochs for how many epochs β stays at its start, at least 0
 */
public record LayerMix(List<String> layers, List<Double> start, double learningRateFactor, int frozenEpochs) {
    /** The place of the mixes in a network, in histories and saved models; no unit can have it where there is a mix. */
    public static final String PLACE = "layer-mix";

    /**
     * @throws IllegalArgumentException if there are fewer than two layers, one comes twice, there is not a start for
     *     each, or a number is out of its range
     */
    public LayerMix {
        layers = ImmutableList.copyOf(layers);
        start = ImmutableList.copyOf(start);
        if (layers.size() < 2) {
            throw new IllegalArgumentException("LayerMix: a mix is of at least 2 layers, got " + layers);
        }
        if (ImmutableSet.copyOf(layers).size() != layers.size()) {
            throw new IllegalArgumentException("LayerMix: a layer comes twice in " + layers);
        }
        if (!start.isEmpty() && start.size() != layers.size()) {
            throw new IllegalArgumentException(
                    "LayerMix: %d initial values for %d layers".formatted(start.size(), layers.size()));
        }
        start.forEach(value -> Check.finite(value, "LayerMix: beta"));
        Check.finiteAtLeastZero(learningRateFactor, "LayerMix: learningRateFactor");
        Check.atLeast(0, frozenEpochs, "LayerMix: frozenEpochs");
    }

    /**
     * {@return a mix of these layers that starts at equal shares}
     *
     * @throws IllegalArgumentException if there are fewer than two, or one comes twice
     */
    public static LayerMix of(String... layers) {
        return new LayerMix(List.of(layers), List.of(), 1, 0);
    }

    /**
     * {@return this mix with another start; {@code 0, …, 0, 1} for one that changes nothing until it learns to}
     *
     * @throws IllegalArgumentException if there is not one for each layer, or one is not finite
     */
    public LayerMix startingAt(double... start) {
        return new LayerMix(layers, Arrays.stream(start).boxed().toList(), learningRateFactor, frozenEpochs);
    }

    /**
     * {@return this mix with a learning rate of its own: the network's times {@code factor}}
     *
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public LayerMix withLearningRateFactor(double factor) {
        return new LayerMix(layers, start, factor, frozenEpochs);
    }

    /**
     * {@return this mix with β at its start for the first epochs}
     *
     * @throws IllegalArgumentException if {@code epochs} is below 0
     */
    public LayerMix withFrozenEpochs(int epochs) {
        return new LayerMix(layers, start, learningRateFactor, epochs);
    }

    /** {@return where β starts, layer by layer} */
    public List<Double> initialValues() {
        return start.isEmpty() ? Collections.nCopies(layers.size(), 1.0 / layers.size()) : start;
    }

    /** {@return a short phrase for tables, such as {@code from fc1, fc2, equal shares}} */
    public String describe() {
        return "from %s, %s%s%s"
                .formatted(
                        String.join(", ", layers),
                        start.isEmpty() ? "equal shares" : start.toString(),
                        learningRateFactor == 1 ? "" : ", rate x" + learningRateFactor,
                        frozenEpochs == 0 ? "" : ", frozen for " + frozenEpochs + " epochs");
    }
}
