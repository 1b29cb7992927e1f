package org.mtl4j.internal.check;

import java.util.OptionalDouble;

/** Tells numbers from other texts, the same way where tables are guessed, read and encoded. */
public final class PlainNumber {
    private PlainNumber() {}

    /**
     * {@return the finite number that a text is, such as -1.5 or 2e3; empty for all others} Java's own parser takes 1d,
     * 0x1p3, NaN and Infinity as well.
     *
     * @param text without blanks around it, not empty
     */
    public static OptionalDouble parse(String text) {
        char last = text.charAt(text.length() - 1);
        boolean plain = (last >= '0' && last <= '9' || last == '.') && text.indexOf('x') < 0 && text.indexOf('X') < 0;
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
}
