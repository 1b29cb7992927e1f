package mtl.train;

import java.util.Objects;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/**
 * How a network is optimised; becomes part of the built graph's configuration.
 *
 * <pre>{@code
 * TrainingPlan.adam(1e-3).decayedPerEpoch(0.9).seed(7)
 * }</pre>
 *
 * @param seed decides the initial weights, and with them the whole run on one machine and thread count
 * @param updater the updater of all layers; α and learned coefficients follow its rate by their own factors. Treated as
 *     immutable
 * @param l2 L2 penalty {@code l2/2 * ‖w‖²} on the weights of the layers, at least 0; not on biases, α or coefficients
 * @param maxGradientNorm a layer's gradient whose L2 norm is larger is scaled down to it; 0 for no clipping
 * @param dataType of parameters and activations: FLOAT, DOUBLE or HALF
 */
public record TrainingPlan(long seed, IUpdater updater, double l2, double maxGradientNorm, DataType dataType) {

    /** @throws IllegalArgumentException if a value is out of its range; the message names it */
    public TrainingPlan {
        Objects.requireNonNull(updater, "updater");
        Objects.requireNonNull(dataType, "dataType");
        requireAtLeastZero(l2, "l2");
        requireAtLeastZero(maxGradientNorm, "maxGradientNorm");
        if (dataType != DataType.FLOAT && dataType != DataType.DOUBLE && dataType != DataType.HALF) {
            throw new IllegalArgumentException("TrainingPlan: dataType must be FLOAT, DOUBLE or HALF, got " + dataType);
        }
    }

    /** Adam (Kingma and Ba 2015) at a constant rate, single precision, seed 1, no penalty, no clipping. */
    public static TrainingPlan adam(double learningRate) {
        if (!(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "TrainingPlan: learningRate must be finite and above 0, got " + learningRate);
        }
        return with(new Adam(learningRate));
    }

    /** Any of ND4J's updaters, with a schedule of its own if it has one; otherwise like {@link #adam}. */
    public static TrainingPlan with(IUpdater updater) {
        return new TrainingPlan(1, updater, 0, 0, DataType.FLOAT);
    }

    /** The same with another seed. */
    public TrainingPlan seed(long seed) {
        return new TrainingPlan(seed, updater, l2, maxGradientNorm, dataType);
    }

    /**
     * The same with the present learning rate multiplied by {@code factor} after every epoch.
     *
     * @throws IllegalArgumentException if {@code factor} is not in (0, 1], or the updater has no learning rate
     */
    public TrainingPlan decayedPerEpoch(double factor) {
        if (!(factor > 0 && factor <= 1)) {
            throw new IllegalArgumentException("TrainingPlan: decay factor must be in (0, 1], got " + factor);
        }
        IUpdater decayed = updater.clone();
        decayed.setLrAndSchedule(
                Double.NaN, new ExponentialSchedule(ScheduleType.EPOCH, updater.getLearningRate(0, 0), factor));
        return new TrainingPlan(seed, decayed, l2, maxGradientNorm, dataType);
    }

    /** The same with an L2 penalty on the layers' weights. */
    public TrainingPlan l2(double l2) {
        return new TrainingPlan(seed, updater, l2, maxGradientNorm, dataType);
    }

    /** The same with gradients clipped per layer. */
    public TrainingPlan clippedAt(double maxGradientNorm) {
        return new TrainingPlan(seed, updater, l2, maxGradientNorm, dataType);
    }

    /** The same in another precision. */
    public TrainingPlan dataType(DataType dataType) {
        return new TrainingPlan(seed, updater, l2, maxGradientNorm, dataType);
    }

    private static void requireAtLeastZero(double value, String what) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "TrainingPlan: %s must be finite and at least 0, got %s".formatted(what, value));
        }
    }
}
