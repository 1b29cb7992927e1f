package org.mtl4j.metric;

import org.jspecify.annotations.Nullable;

/**
 * Holds weights as whole numbers of a unit, a power of 2, so that sums of them are exact in 64 bits, and need no more
 * than a conversion to be rounded as an exact sum is.
 *
 * @param units of each weight
 * @param unit what one is
 */
record WeightUnits(long[] units, double unit) {
    /** Sums stay below 2 to this. */
    private static final int MOST_BITS = 62;

    private static final int FRACTION_BITS = 52;
    private static final long FRACTION = (1L << FRACTION_BITS) - 1;

    /** Units beyond these exponents are left alone. */
    private static final int MOST_EXPONENT = 900;

    /** {@return some weights above 0 in units; null if they differ too much in size} */
    static @Nullable WeightUnits of(double[] weights, int count) {
        int lowest = MOST_EXPONENT;
        double sum = 0;
        for (int i = 0; i < count; i++) {
            long bits = Double.doubleToRawLongBits(weights[i]);
            int zeros = Long.numberOfTrailingZeros(bits & FRACTION | 1L << FRACTION_BITS);
            lowest = Math.min(lowest, Math.getExponent(weights[i]) - FRACTION_BITS + zeros);
            sum += weights[i];
        }
        // of a weight that is not normal, the lowest exponent is far below
        if (lowest < -MOST_EXPONENT || !(Math.getExponent(sum) - lowest < MOST_BITS - 1)) {
            return null;
        }
        double perUnit = Math.scalb(1.0, -lowest);
        long[] units = new long[count];
        for (int i = 0; i < count; i++) {
            units[i] = (long) (weights[i] * perUnit); // exact
        }
        return new WeightUnits(units, Math.scalb(1.0, lowest));
    }
}
