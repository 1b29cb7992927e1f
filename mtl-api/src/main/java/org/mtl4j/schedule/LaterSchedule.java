package org.mtl4j.schedule;

import java.lang.reflect.InvocationTargetException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/** Another schedule, which begins later: what it gives for the first step and epoch holds up to where it begins. */
public final class LaterSchedule implements ISchedule {
    private static final long serialVersionUID = 1L;

    private final ISchedule base;
    private final int iterations;
    private final int epochs;

    /**
     * @param base what begins later
     * @param iterations before which step it begins, counted from 0
     * @param epochs before which epoch, counted from 0
     * @throws IllegalArgumentException if a number is below 0
     */
    public LaterSchedule(
            @JsonProperty("base") ISchedule base,
            @JsonProperty("iterations") int iterations,
            @JsonProperty("epochs") int epochs) {
        this.base = Objects.requireNonNull(base, "base");
        this.iterations = Check.atLeast(0, iterations, "LaterSchedule: iterations");
        this.epochs = Check.atLeast(0, epochs, "LaterSchedule: epochs");
    }

    /**
     * {@return a copy of an updater whose schedule of the learning rate, if it has one, begins later} An updater of
     * your own has one if it has a method {@code getLearningRateSchedule}, as ND4J's have.
     */
    public static IUpdater begin(IUpdater updater, int iterations, int epochs) {
        IUpdater later = updater.clone();
        ISchedule schedule = scheduleOf(updater);
        if (schedule != null && (iterations > 0 || epochs > 0)) {
            later.setLrAndSchedule(Double.NaN, new LaterSchedule(schedule, iterations, epochs));
        }
        return later;
    }

    private static @Nullable ISchedule scheduleOf(IUpdater updater) {
        try {
            return (ISchedule)
                    updater.getClass().getMethod("getLearningRateSchedule").invoke(updater);
        } catch (NoSuchMethodException | IllegalAccessException e) {
            return null;
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(updater + ": " + e.getCause(), e);
        }
    }

    /** {@return what begins later} */
    @JsonProperty("base")
    public ISchedule base() {
        return base;
    }

    /** {@return before which step it begins} */
    @JsonProperty("iterations")
    public int iterations() {
        return iterations;
    }

    /** {@return before which epoch it begins} */
    @JsonProperty("epochs")
    public int epochs() {
        return epochs;
    }

    @Override
    public double valueAt(int iteration, int epoch) {
        return base.valueAt(Math.max(0, iteration - iterations), Math.max(0, epoch - epochs));
    }

    @Override
    public ISchedule clone() {
        return new LaterSchedule(base.clone(), iterations, epochs);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LaterSchedule schedule
                && base.equals(schedule.base)
                && iterations == schedule.iterations
                && epochs == schedule.epochs;
    }

    @Override
    public int hashCode() {
        return Objects.hash(base, iterations, epochs);
    }

    @Override
    public String toString() {
        return "%s, begun after %s steps and %s epochs".formatted(base, iterations, epochs);
    }
}
