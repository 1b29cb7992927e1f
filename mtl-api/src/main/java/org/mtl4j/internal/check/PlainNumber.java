package org.mtl4j.internal.check;

import java.util.OptionalDouble;

/** Tells numbers from other texts, the same way where tables are guessed, read and encoded. */
public final class PlainNumber {
    /** Up to it each whole number is one in double precision. */
    private static final long EXACT = 1L << 53;

    /** So many signs behind that of the number are at most so many digits, which a long takes. */
    private static final int FEW = 17;

    /** Each is exact in double precision. */
    private static final double[] POWERS_OF_TEN = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16
    };

    private PlainNumber() {}

    /**
     * {@return the finite number that a text is, such as -1.5 or 2e3; empty for all others} Java's own parser takes 1d,
     * 0x1p3, NaN and Infinity as well, and passes over control characters.
     *
     * @param text without blanks around it, not empty
     */
    public static OptionalDouble parse(String text) {
        char first = text.charAt(0);
        char last = text.charAt(text.length() - 1);
        boolean plain =
                (isDigit(first) || first == '.' || first == '-' || first == '+') && (isDigit(last) || last == '.');
        if (!plain) {
            return OptionalDouble.empty();
        }
        double number = ofFewDigits(text);
        return Double.isNaN(number) ? ofManyDigits(text) : OptionalDouble.of(number);
    }

    /**
     * The number of digits with or without a point, NaN for all other texts. It is a whole number divided by a power of
     * ten; both are exact, so their quotient is rounded once, and to what Java's parser gives in several times as long.
     */
    private static double ofFewDigits(String text) {
        char first = text.charAt(0);
        int start = first == '-' || first == '+' ? 1 : 0;
        int end = text.length();
        if (end - start > FEW) {
            return Double.NaN;
        }
        long digits = 0;
        int point = end;
        for (int i = start; i < end; i++) {
            char sign = text.charAt(i);
            if (isDigit(sign)) {
                digits = 10 * digits + (sign - '0');
            } else if (sign == '.' && point == end && end - start > 1) {
                point = i;
            } else {
                return Double.NaN;
            }
        }
        if (digits > EXACT) {
            return Double.NaN;
        }
        double number = point == end ? digits : digits / POWERS_OF_TEN[end - point - 1];
        return first == '-' ? -number : number;
    }

    private static OptionalDouble ofManyDigits(String text) {
        if (text.indexOf('x') >= 0 || text.indexOf('X') >= 0) {
            return OptionalDouble.empty();
        }
        try {
            double number = Double.parseDouble(text);
            return Double.isFinite(number) ? OptionalDouble.of(number) : OptionalDouble.empty();
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }

    private static boolean isDigit(char sign) {
        return sign >= '0' && sign <= '9';
    }
}
