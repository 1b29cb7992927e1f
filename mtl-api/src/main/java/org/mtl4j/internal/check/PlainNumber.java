package org.mtl4j.internal.check;

import java.util.OptionalDouble;

/** Tells numbers from other texts, the same way where tables are guessed, read and encoded. */
public final class PlainNumber {
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
        boolean plain = (isDigit(first) || first == '.' || first == '-' || first == '+')
                && (isDigit(last) || last == '.')
                && text.indexOf('x') < 0
                && text.indexOf('X') < 0;
        if (!plain) {
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
