package org.mtl4j.train;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.NotSerializableException;
import java.io.Serializable;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.mtl4j.internal.check.Check;
import org.mtl4j.internal.json.WrittenClasses;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.schedule.CosineSchedule;
import org.mtl4j.schedule.ScaledLearningRate;
import org.mtl4j.schedule.WarmUpSchedule;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/**
 * How a network is optimised; becomes part of the built graph's configuration.
 *
 * <pre>{@code
 * TrainingPlan.adam(1e-3).withExponentialDecay(0.9).withSeed(7)
 * }</pre>
 *
 * @param seed decides the initial weights, and with them the whole run on one machine and thread count
 * @param updater the updater of all layers; α and learned coefficients follow its rate by their own factors, unless
 *     they have an updater of their own. Treated as immutable
 * @param l2 L2 penalty {@code l2/2 * ‖w‖²} on the weights of the layers, at least 0; not on biases, α or coefficients
 * @param maxGradientNorm a layer's gradient whose L2 norm is larger is scaled down to it; above 0; empty for no
 *     clipping
 * @param dataType of parameters and activations: FLOAT, DOUBLE or HALF
 * @param ownUpdaters updaters of parameters that do not follow {@code updater}; see {@link #withUpdater}
 * @param held parts that stay as they are; see {@link #withHeld}
 */
public record TrainingPlan(
        long seed,
        IUpdater updater,
        double l2,
        OptionalDouble maxGradientNorm,
        DataType dataType,
        Map<ParameterGroup, IUpdater> ownUpdaters,
        List<HeldPart> held)
        implements Serializable {

    /** @throws IllegalArgumentException if a value is out of its range; the message names it */
    public TrainingPlan {
        Objects.requireNonNull(updater, "updater");
        Objects.requireNonNull(dataType, "dataType");
        ownUpdaters = ImmutableMap.copyOf(ownUpdaters);
        held = ImmutableList.copyOf(held);
        Check.finiteAtLeastZero(l2, "TrainingPlan: l2");
        maxGradientNorm.ifPresent(norm -> Check.finiteAboveZero(norm, "TrainingPlan: maxGradientNorm"));
        if (dataType != DataType.FLOAT && dataType != DataType.DOUBLE && dataType != DataType.HALF) {
            throw new IllegalArgumentException("TrainingPlan: dataType must be FLOAT, DOUBLE or HALF, got " + dataType);
        }
    }

    /** Makes a plan that holds nothing still. */
    public TrainingPlan(
            long seed,
            IUpdater updater,
            double l2,
            OptionalDouble maxGradientNorm,
            DataType dataType,
            Map<ParameterGroup, IUpdater> ownUpdaters) {
        this(seed, updater, l2, maxGradientNorm, dataType, ownUpdaters, List.of());
    }

    /** {@return Adam (Kingma and Ba 2015) at a constant rate, single precision, seed 1, no penalty, no clipping} */
    public static TrainingPlan adam(double learningRate) {
        return of(new Adam(Check.finiteAboveZero(learningRate, "TrainingPlan: learningRate")));
    }

    /** {@return any of ND4J's updaters, with a schedule of its own if it has one; otherwise like {@link #adam}} */
    public static TrainingPlan of(IUpdater updater) {
        return new TrainingPlan(1, updater, 0, OptionalDouble.empty(), DataType.FLOAT, Map.of(), List.of());
    }

    /** {@return the same with another seed} */
    public TrainingPlan withSeed(long seed) {
        return new TrainingPlan(seed, updater, l2, maxGradientNorm, dataType, ownUpdaters, held);
    }

    /**
     * {@return the same with the present learning rate multiplied by {@code factor} after every epoch}
     *
     * @throws IllegalArgumentException if {@code factor} is not in (0, 1], the updater has no learning rate, or its
     *     rate rises already, as after {@link #withWarmUp}
     */
    public TrainingPlan withExponentialDecay(double factor) {
        Check.unitIntervalWithOne(factor, "TrainingPlan: decay factor");
        return withSchedule(new ExponentialSchedule(ScheduleType.EPOCH, rateBeforeWarmUp(), factor));
    }

    /**
     * {@return the same with the learning rate falling to 0 along half a cosine; see {@link CosineSchedule}}
     *
     * @param epochs how long it takes: those that the model is trained for
     * @throws IllegalArgumentException if {@code epochs} is below 1, the updater has no learning rate, or its rate
     *     rises already, as after {@link #withWarmUp}
     */
    public TrainingPlan withCosineDecay(int epochs) {
        return withSchedule(new CosineSchedule(rateBeforeWarmUp(), 0, epochs));
    }

    /**
     * {@return the same with the learning rate of the first steps scaled up from near 0; call it after a schedule has
     * been set} See {@link WarmUpSchedule}.
     *
     * @param iterations how many steps, at least 1
     * @throws IllegalArgumentException if {@code iterations} is below 1, or the updater has no learning rate
     */
    public TrainingPlan withWarmUp(int iterations) {
        requireRate();
        return withSchedule(new WarmUpSchedule(new ScaledLearningRate(updater.clone(), 1), iterations));
    }

    /**
     * {@return the same with any schedule of the learning rate, ND4J's or your own}
     *
     * @throws IllegalArgumentException if the updater has no learning rate
     */
    public TrainingPlan withSchedule(ISchedule learningRate) {
        requireRate();
        IUpdater scheduled = updater.clone();
        scheduled.setLrAndSchedule(Double.NaN, Objects.requireNonNull(learningRate, "learningRate"));
        return new TrainingPlan(seed, scheduled, l2, maxGradientNorm, dataType, ownUpdaters, held);
    }

    /**
     * {@return the same with an updater, and by it a learning rate and schedule, of their own for these parameters} The
     * factors of units and regularizers ({@code learningRateFactor}) then multiply its rate.
     */
    public TrainingPlan withUpdater(ParameterGroup group, IUpdater updater) {
        Map<ParameterGroup, IUpdater> own = new EnumMap<>(ParameterGroup.class);
        own.putAll(ownUpdaters);
        own.put(Objects.requireNonNull(group, "group"), Objects.requireNonNull(updater, "updater"));
        return new TrainingPlan(seed, this.updater, l2, maxGradientNorm, dataType, own, held);
    }

    /**
     * {@return the same with these parts held still, and no others} Whether a network has them is seen when a model is
     * made of both.
     *
     * @param parts for good, or for some epochs; none to let all go
     */
    public TrainingPlan withHeld(HeldPart... parts) {
        return new TrainingPlan(seed, updater, l2, maxGradientNorm, dataType, ownUpdaters, List.of(parts));
    }

    /** {@return the updater of these parameters: their own, or else the layers'} */
    public IUpdater updaterOf(ParameterGroup group) {
        return ownUpdaters.getOrDefault(group, updater);
    }

    /**
     * Writes this plan as JSON, for {@link #fromJson}.
     *
     * @param types what updaters and schedules of your own are called in it
     * @throws IllegalArgumentException if one of them cannot be written
     */
    public String toJson(SavedTypes types) {
        return PlanJson.write(this, types);
    }

    /**
     * Reads the plan that {@link #toJson} wrote, also by earlier versions.
     *
     * @param types what updaters and schedules of your own are called in it, and which packages are trusted
     * @throws IllegalArgumentException if the text is not such a plan, or names a type that is not known or not trusted
     */
    public static TrainingPlan fromJson(String json, SavedTypes types) {
        return PlanJson.read(json, types);
    }

    /** What a schedule starts from; that of a warm-up's first step would be next to nothing. */
    private double rateBeforeWarmUp() {
        requireRate();
        double first = updater.getLearningRate(0, 0);
        double second = updater.getLearningRate(1, 0);
        if (second > first) {
            throw new IllegalArgumentException(
                    ("TrainingPlan: the learning rate rises from step to step already (%s, %s), and a"
                                    + " schedule would start at its first; give the schedule first, then withWarmUp")
                            .formatted(first, second));
        }
        return first;
    }

    private void requireRate() {
        if (!updater.hasLearningRate()) {
            throw new IllegalArgumentException("TrainingPlan: "
                    + updater.getClass().getSimpleName() + " has no learning rate, so it can have no schedule");
        }
    }

    /** {@return the same with an L2 penalty on the layers' weights} */
    public TrainingPlan withL2(double l2) {
        return new TrainingPlan(seed, updater, l2, maxGradientNorm, dataType, ownUpdaters, held);
    }

    /** {@return the same with gradients clipped per layer} */
    public TrainingPlan withGradientClipping(double maxGradientNorm) {
        return new TrainingPlan(seed, updater, l2, OptionalDouble.of(maxGradientNorm), dataType, ownUpdaters, held);
    }

    /** {@return the same in another precision} */
    public TrainingPlan withDataType(DataType dataType) {
        return new TrainingPlan(seed, updater, l2, maxGradientNorm, dataType, ownUpdaters, held);
    }

    /** What Java serialises in its place: its saved form. */
    private Object writeReplace() throws NotSerializableException {
        return new Written(WrittenClasses.written(() -> toJson(SavedTypes.none())));
    }

    private record Written(String json) implements Serializable {
        private Object readResolve() {
            return TrainingPlan.fromJson(json, WrittenClasses.trusted(json));
        }
    }
}
