package org.mtl4j.internal.sum;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.Arrays;

/**
 * A sum of doubles without rounding error: its value is the exact sum of all numbers added, rounded once, and so does
 * not depend on their order or grouping. Shewchuk, "Adaptive precision floating-point arithmetic and fast robust
 * geometric predicates", 1997: the sum is held as numbers that do not overlap, in rising magnitude.
 *
 * <p>Infinities and NaN follow IEEE addition: one infinity makes the sum infinite, two of opposite sign NaN. Not
 * thread-safe.
 */
public final class ExactSum implements Serializable {
    private static final long serialVersionUID = 1L;

    private double[] partials = new double[8];
    private int count;

    /** Sum of the numbers added that are not finite; 0 if there were none. */
    private double special;

    /** Adds a number. */
    public void add(double value) {
        if (!Double.isFinite(value)) {
            special += value;
            return;
        }
        double x = value;
        int kept = 0;
        for (int i = 0; i < count; i++) {
            double y = partials[i];
            if (Math.abs(x) < Math.abs(y)) {
                double swap = x;
                x = y;
                y = swap;
            }
            double high = x + y;
            double low = y - (high - x);
            if (low != 0) {
                partials[kept++] = low;
            }
            x = high;
        }
        if (!Double.isFinite(x)) { // the finite sum left the range of a double
            special += x;
            count = 0;
            return;
        }
        if (kept == partials.length) {
            partials = Arrays.copyOf(partials, 2 * kept);
        }
        partials[kept++] = x;
        count = kept;
    }

    /** Adds what another sum has come to. */
    public void add(ExactSum other) {
        double otherSpecial = other.special;
        double[] others = Arrays.copyOf(other.partials, other.count); // other may be this
        for (double partial : others) {
            add(partial);
        }
        special += otherSpecial;
    }

    /** {@return the exact sum, rounded to the nearest double, ties to even} */
    public double value() {
        if (special != 0 || Double.isNaN(special)) {
            return special;
        }
        int i = count;
        if (i == 0) {
            return 0;
        }
        double high = partials[--i];
        double low = 0;
        while (i > 0) {
            double x = high;
            double y = partials[--i];
            high = x + y;
            low = y - (high - x);
            if (low != 0) {
                break;
            }
        }
        // high is rounded from high + low; where low is exactly half a unit, what is left below decides the direction
        if (i > 0 && ((low < 0 && partials[i - 1] < 0) || (low > 0 && partials[i - 1] > 0))) {
            double y = low * 2;
            double x = high + y;
            if (y == x - high) {
                high = x;
            }
        }
        return high;
    }

    /** {@return the sum as it is, without those numbers that were not finite} */
    public BigDecimal exact() {
        BigDecimal exact = BigDecimal.ZERO;
        for (int i = 0; i < count; i++) {
            exact = exact.add(new BigDecimal(partials[i]));
        }
        return exact;
    }

    /** {@return the sum of these} */
    public static double of(double[] values) {
        ExactSum sum = new ExactSum();
        for (double value : values) {
            sum.add(value);
        }
        return sum.value();
    }
}
