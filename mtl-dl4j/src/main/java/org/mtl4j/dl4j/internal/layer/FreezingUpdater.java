package org.mtl4j.dl4j.internal.layer;

import java.util.Map;
import java.util.Objects;
import org.mtl4j.schedule.ScaledLearningRate;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Makes no steps in the first epochs, or from some epoch on, whatever another updater would do. A learning rate of 0 is
 * not enough for that: some updaters take a small number in its place (Adam and its kin), momentum goes on without it,
 * and others have none. The other updater sees the gradients meanwhile, so that its moments are right when it is let
 * go.
 */
public final class FreezingUpdater implements IUpdater {
    private static final long serialVersionUID = 1L;

    /** Number of epochs that stands for all there will ever be. */
    private static final int FOR_EVER = Integer.MAX_VALUE;

    private final IUpdater updater;
    private final int epochs;
    /** Whether steps are made in the first epochs, and none afterwards. */
    private final boolean later;

    private FreezingUpdater(IUpdater updater, int epochs, boolean later) {
        this.updater = updater;
        this.epochs = epochs;
        this.later = later;
    }

    /**
     * {@return an updater that makes steps in the first epochs, and none afterwards}
     *
     * @param epochs in how many epochs steps are made
     */
    public static IUpdater after(IUpdater updater, int epochs) {
        return new FreezingUpdater(updater, epochs, true);
    }

    private boolean isFrozen(int epoch) {
        return later ? epoch >= epochs : epoch < epochs;
    }

    /**
     * {@return the updater of parameters that have a factor of the learning rate of their own, and may be frozen}
     *
     * @param updater of the network
     * @param factor of its rate; 0 for parameters that are frozen for ever
     * @param frozenEpochs for how many epochs they are frozen
     * @throws IllegalArgumentException if the updater has no rate, and the factor is neither 0 nor 1
     */
    public static IUpdater of(IUpdater updater, double factor, int frozenEpochs) {
        IUpdater scaled = updater.hasLearningRate() || factor != 0
                ? ScaledLearningRate.scale(updater, factor, updater.hasLearningRate() ? frozenEpochs : 0)
                : updater.clone();
        int epochs = factor == 0 ? FOR_EVER : frozenEpochs;
        return epochs == 0 ? scaled : new FreezingUpdater(scaled, epochs, false);
    }

    /** {@return the updater that counts, in the place of one that may freeze} */
    public static IUpdater unwrap(IUpdater updater) {
        return updater instanceof FreezingUpdater freezing ? freezing.updater : updater;
    }

    @Override
    public long stateSize(long parameters) {
        return updater.stateSize(parameters);
    }

    @Override
    public GradientUpdater<FreezingUpdater> instantiate(INDArray state, boolean initialize) {
        return new Steps(this, updater.instantiate(state, initialize));
    }

    @Override
    public GradientUpdater<FreezingUpdater> instantiate(Map<String, INDArray> state, boolean initialize) {
        return new Steps(this, updater.instantiate(state, initialize));
    }

    @Override
    public IUpdater clone() {
        return new FreezingUpdater(updater.clone(), epochs, later);
    }

    @Override
    public double getLearningRate(int iteration, int epoch) {
        return isFrozen(epoch) ? 0 : updater.getLearningRate(iteration, epoch);
    }

    @Override
    public boolean hasLearningRate() {
        return updater.hasLearningRate();
    }

    @Override
    public void setLrAndSchedule(double rate, ISchedule schedule) {
        updater.setLrAndSchedule(rate, schedule);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FreezingUpdater freezing
                && epochs == freezing.epochs
                && later == freezing.later
                && updater.equals(freezing.updater);
    }

    @Override
    public int hashCode() {
        return Objects.hash(updater, epochs, later);
    }

    @Override
    public String toString() {
        if (later) {
            return "%s, frozen after %s epochs".formatted(updater, epochs);
        }
        return epochs == FOR_EVER ? "frozen" : "%s, frozen for %s epochs".formatted(updater, epochs);
    }

    private record Steps(FreezingUpdater config, GradientUpdater<?> steps) implements GradientUpdater<FreezingUpdater> {
        @Override
        public FreezingUpdater getConfig() {
            return config;
        }

        @Override
        public void setState(Map<String, INDArray> state, boolean initialize) {
            steps.setState(state, initialize);
        }

        @Override
        public Map<String, INDArray> getState() {
            return steps.getState();
        }

        @Override
        public void setStateViewArray(INDArray view, long[] shape, char order, boolean initialize) {
            steps.setStateViewArray(view, shape, order, initialize);
        }

        @Override
        public void applyUpdater(INDArray gradient, int iteration, int epoch) {
            steps.applyUpdater(gradient, iteration, epoch);
            if (config.isFrozen(epoch)) {
                gradient.assign(0);
            }
        }
    }
}
