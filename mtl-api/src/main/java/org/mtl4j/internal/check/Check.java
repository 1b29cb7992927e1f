package org.mtl4j.internal.check;

import java.util.regex.Pattern;

/**
 * Checks values that come from outside. Each method returns the value that it has checked; where a value is out of
 * range it throws an {@link IllegalArgumentException} that says what was given, what is accepted and where. NaN is
 * never in range.
 *
 * <p>The argument {@code what} begins the message: where the value belongs to and what it is called, such as
 * {@code "Convolution: stride"} or {@code "Task 'age': weight"}.
 */
public final class Check {
    /** What names of tasks, towers, layers and places match; they become parts of the names of vertices. */
    public static final String NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._\\-]*";

    private static final Pattern NAME = Pattern.compile(NAME_PATTERN);

    private Check() {}

    /** {@return {@code value}, which is at least {@code least}} */
    public static int atLeast(int least, int value, String what) {
        if (value < least) {
            throw outOfRange(what, "at least " + least, value);
        }
        return value;
    }

    /** {@return {@code value}, which is at least {@code least}} */
    public static long atLeast(long least, long value, String what) {
        if (value < least) {
            throw outOfRange(what, "at least " + least, value);
        }
        return value;
    }

    /** {@return {@code value}, which is at least {@code least}} It may be infinite. */
    public static double atLeast(double least, double value, String what) {
        if (!(value >= least)) {
            String shown = least == Math.rint(least) ? Long.toString((long) least) : Double.toString(least);
            throw outOfRange(what, "at least " + shown, value);
        }
        return value;
    }

    /** {@return {@code value}, which is finite} */
    public static double finite(double value, String what) {
        if (!Double.isFinite(value)) {
            throw outOfRange(what, "finite", value);
        }
        return value;
    }

    /** {@return {@code value}, which is finite and above 0} */
    public static double finiteAboveZero(double value, String what) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw outOfRange(what, "finite and above 0", value);
        }
        return value;
    }

    /** {@return {@code value}, which is finite and at least 0} */
    public static double finiteAtLeastZero(double value, String what) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw outOfRange(what, "finite and at least 0", value);
        }
        return value;
    }

    /** {@return {@code value}, which is above 0 and below 1} */
    public static double insideUnitInterval(double value, String what) {
        if (!(value > 0 && value < 1)) {
            throw outOfRange(what, "in (0, 1)", value);
        }
        return value;
    }

    /** {@return {@code value}, which is at least 0 and below 1} */
    public static double unitIntervalWithZero(double value, String what) {
        if (!(value >= 0 && value < 1)) {
            throw outOfRange(what, "in [0, 1)", value);
        }
        return value;
    }

    /** {@return {@code value}, which is above 0 and at most 1} */
    public static double unitIntervalWithOne(double value, String what) {
        if (!(value > 0 && value <= 1)) {
            throw outOfRange(what, "in (0, 1]", value);
        }
        return value;
    }

    /** {@return {@code value}, which is at least 0 and at most 1} */
    public static double fraction(double value, String what) {
        if (!(value >= 0 && value <= 1)) {
            throw outOfRange(what, "in [0, 1]", value);
        }
        return value;
    }

    /**
     * {@return {@code name}, which matches {@link #NAME_PATTERN}}
     *
     * @param kind what has the name, such as {@code "Layer"}; begins the message
     */
    public static String name(String kind, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    ("%s name '%s': a name is made of letters, digits, '-', '_' and '.', and starts with a"
                                    + " letter or digit")
                            .formatted(kind, name));
        }
        return name;
    }

    private static IllegalArgumentException outOfRange(String what, String accepted, Number given) {
        return new IllegalArgumentException(what + " must be " + accepted + ", got " + given);
    }
}
