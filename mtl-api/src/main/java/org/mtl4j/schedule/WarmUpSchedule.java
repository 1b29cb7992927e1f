package org.mtl4j.schedule;

import java.util.Objects;
import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Another schedule, whose first values are scaled down: in step i of the first n by {@code (i + 1) / n}. (ND4J's
 * {@code RampSchedule} does the same, but cannot be saved with a model.)
 */
public final class WarmUpSchedule implements ISchedule {
    private static final long serialVersionUID = 1L;

    private final ISchedule base;
    private final int iterations;

    /**
     * @param base what is scaled
     * @param iterations n, at least 1
     * @throws IllegalArgumentException if n is below 1
     */
    public WarmUpSchedule(@JsonProperty("base") ISchedule base, @JsonProperty("iterations") int iterations) {
        this.base = Objects.requireNonNull(base, "base");
        this.iterations = Check.atLeast(1, iterations, "WarmUpSchedule: iterations");
    }

    /** {@return what is scaled} */
    @JsonProperty("base")
    public ISchedule base() {
        return base;
    }

    /** {@return how many steps are scaled down} */
    @JsonProperty("iterations")
    public int iterations() {
        return iterations;
    }

    @Override
    public double valueAt(int iteration, int epoch) {
        return base.valueAt(iteration, epoch) * Math.min(1, (iteration + 1.0) / iterations);
    }

    @Override
    public ISchedule clone() {
        return new WarmUpSchedule(base.clone(), iterations);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WarmUpSchedule schedule
                && base.equals(schedule.base)
                && iterations == schedule.iterations;
    }

    @Override
    public int hashCode() {
        return base.hashCode() * 31 + iterations;
    }

    @Override
    public String toString() {
        return "%s, warmed up in %s steps".formatted(base, iterations);
    }
}
