package org.mtl4j.schedule;

import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Falls from one value to another along half a cosine (Loshchilov and Hutter, SGDR, ICLR 2017, eq. 5, without
 * restarts): {@code end + (start - end) (1 + cos(π epoch / epochs)) / 2}. One value per epoch; {@code end} from epoch
 * {@code epochs} on.
 */
public final class CosineSchedule implements ISchedule {
    private static final long serialVersionUID = 1L;

    private final double start;
    private final double end;
    private final int epochs;

    /**
     * @param start value in epoch 0; finite and at least 0
     * @param end value it falls to; finite and at least 0
     * @param epochs how long it takes, at least 1
     * @throws IllegalArgumentException if one is out of range
     */
    public CosineSchedule(
            @JsonProperty("start") double start, @JsonProperty("end") double end, @JsonProperty("epochs") int epochs) {
        this.start = Check.finiteAtLeastZero(start, "CosineSchedule: start");
        this.end = Check.finiteAtLeastZero(end, "CosineSchedule: end");
        this.epochs = Check.atLeast(1, epochs, "CosineSchedule: epochs");
    }

    /** {@return the value in epoch 0} */
    @JsonProperty("start")
    public double start() {
        return start;
    }

    /** {@return the value it falls to} */
    @JsonProperty("end")
    public double end() {
        return end;
    }

    /** {@return how long it takes} */
    @JsonProperty("epochs")
    public int epochs() {
        return epochs;
    }

    @Override
    public double valueAt(int iteration, int epoch) {
        double part = Math.min(1, (double) epoch / epochs);
        return end + (start - end) * (1 + Math.cos(Math.PI * part)) / 2;
    }

    @Override
    public ISchedule clone() {
        return this; // immutable
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CosineSchedule schedule
                && start == schedule.start
                && end == schedule.end
                && epochs == schedule.epochs;
    }

    @Override
    public int hashCode() {
        return (Double.hashCode(start) * 31 + Double.hashCode(end)) * 31 + epochs;
    }

    @Override
    public String toString() {
        return "cosine from %s to %s in %s epochs".formatted(start, end, epochs);
    }
}
