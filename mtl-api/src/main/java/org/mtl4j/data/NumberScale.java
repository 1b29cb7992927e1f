package org.mtl4j.data;

import java.util.Objects;
import org.mtl4j.internal.check.Check;

/**
 * How one column of numbers is scaled, with what the training rows were like.
 *
 * @param scaling the rule
 * @param offset what is taken off (after the logarithm, where there is one)
 * @param factor what the rest is multiplied by; 0 where all training rows are equal
 * @param missing what stands for a missing number, already scaled: the training rows' mean; 0 if there were none
 */
record NumberScale(Scaling scaling, double offset, double factor, double missing) {
    NumberScale {
        Objects.requireNonNull(scaling, "scaling");
        Check.finite(offset, "scale: offset");
        Check.finite(factor, "scale: factor");
        Check.finite(missing, "scale: missing");
    }

    double apply(double number) {
        return (onScale(scaling, number) - offset) * factor;
    }

    /** The number that {@link #apply} makes this of; the training rows' own where all of them are equal. */
    double invert(double scaled) {
        double onScale = factor == 0 ? offset : scaled / factor + offset;
        return scaling == Scaling.LOG_STANDARD ? Math.copySign(StrictMath.expm1(Math.abs(onScale)), onScale) : onScale;
    }

    /** The number, or its logarithm where the rule takes one. */
    static double onScale(Scaling scaling, double number) {
        return scaling == Scaling.LOG_STANDARD ? Math.copySign(StrictMath.log1p(Math.abs(number)), number) : number;
    }
}
