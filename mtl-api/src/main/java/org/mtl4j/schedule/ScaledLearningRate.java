package org.mtl4j.schedule;

import java.util.Objects;
import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * The learning rate of another updater, schedule included, times a factor. How parameters get a rate of their own that
 * follows the network's.
 */
public final class ScaledLearningRate implements ISchedule {
    private static final long serialVersionUID = 1L;

    private final IUpdater base;
    private final double factor;
    private final int frozenEpochs;

    /**
     * @param base the updater whose rate is followed
     * @param factor finite and at least 0
     * @throws IllegalArgumentException if the updater has no learning rate, or the factor is out of range
     */
    public ScaledLearningRate(IUpdater base, double factor) {
        this(base, factor, 0);
    }

    /**
     * @param base the updater whose rate is followed
     * @param factor finite and at least 0
     * @param frozenEpochs for how many epochs the rate is 0 instead, at least 0
     * @throws IllegalArgumentException if the updater has no learning rate, or a number is out of range
     */
    @JsonCreator
    public ScaledLearningRate(
            @JsonProperty("base") IUpdater base,
            @JsonProperty("factor") double factor,
            @JsonProperty("frozenEpochs") int frozenEpochs) {
        this.base = Objects.requireNonNull(base, "base");
        if (!base.hasLearningRate()) {
            throw new IllegalArgumentException(
                    base.getClass().getSimpleName() + " has no learning rate, so none can be scaled by " + factor);
        }
        this.factor = Check.finiteAtLeastZero(factor, "ScaledLearningRate: factor");
        this.frozenEpochs = Check.atLeast(0, frozenEpochs, "ScaledLearningRate: frozenEpochs");
    }

    /** {@return a copy of {@code updater} whose learning rate is {@code factor} times its own at every step} */
    public static IUpdater scale(IUpdater updater, double factor) {
        return scale(updater, factor, 0);
    }

    /** {@return the same with a rate of 0 in the first epochs} */
    public static IUpdater scale(IUpdater updater, double factor, int frozenEpochs) {
        if (factor == 1 && frozenEpochs == 0) {
            return updater.clone();
        }
        IUpdater scaled = updater.clone();
        scaled.setLrAndSchedule(Double.NaN, new ScaledLearningRate(updater.clone(), factor, frozenEpochs));
        return scaled;
    }

    /** {@return the updater whose rate is followed} */
    @JsonProperty("base")
    public IUpdater base() {
        return base;
    }

    /** {@return the multiple of its rate} */
    @JsonProperty("factor")
    public double factor() {
        return factor;
    }

    /** {@return for how many epochs the rate is 0} */
    @JsonProperty("frozenEpochs")
    public int frozenEpochs() {
        return frozenEpochs;
    }

    @Override
    public double valueAt(int iteration, int epoch) {
        return epoch < frozenEpochs ? 0 : factor * base.getLearningRate(iteration, epoch);
    }

    @Override
    public ISchedule clone() {
        return new ScaledLearningRate(base.clone(), factor, frozenEpochs);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ScaledLearningRate rate
                && base.equals(rate.base)
                && factor == rate.factor
                && frozenEpochs == rate.frozenEpochs;
    }

    @Override
    public int hashCode() {
        return Objects.hash(base, factor, frozenEpochs);
    }

    @Override
    public String toString() {
        return factor + " x the learning rate of " + base
                + (frozenEpochs == 0 ? "" : ", 0 for " + frozenEpochs + " epochs");
    }
}
