package org.mtl4j.data;

import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.check.PlainNumber;

/** Reads the values of cells: texts of a file, or numbers, texts and flags that a program has. */
final class Cells {

    /** Beyond this a double is not every whole number any more. */
    private static final double EXACT = 1L << 53;

    private Cells() {}

    /** Whether a cell has no value: it is null, NaN, blank, or one of the texts that stand for a missing value. */
    static boolean isMissing(@Nullable Object value, TableSchema schema) {
        return value instanceof Number number ? isMissing(number, schema) : text(value, schema) == null;
    }

    /** A number is missing as its text is, so that a program's -999 is what a file's is. */
    private static boolean isMissing(Number number, TableSchema schema) {
        if (Double.isNaN(number.doubleValue())) {
            return true;
        }
        for (String text : schema.missing()) {
            int last = text.isEmpty() ? ' ' : text.charAt(text.length() - 1);
            if (last == '.' || Character.isDigit(last)) { // a number may be called so
                return text(number, schema) == null;
            }
        }
        return false;
    }

    /** The value as text without blanks around it, whole numbers without a fraction; null where it is missing. */
    static @Nullable String text(@Nullable Object value, TableSchema schema) {
        if (value == null) {
            return null;
        }
        String text = value.toString();
        if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            if (Double.isNaN(number)) {
                return null;
            }
            text = number == Math.rint(number) && Math.abs(number) < EXACT ? Long.toString((long) number) : text;
        }
        String stripped = text.strip();
        return stripped.isEmpty() || schema.missing().contains(stripped) ? null : stripped;
    }

    /**
     * The value as a number; empty where it is missing.
     *
     * @throws IllegalArgumentException if it is no finite number
     */
    static OptionalDouble number(@Nullable Object value, String column, TableSchema schema) {
        if (value instanceof Number number) {
            double given = number.doubleValue();
            if (Double.isInfinite(given)) {
                throw notANumber(column, value);
            }
            return isMissing(number, schema) ? OptionalDouble.empty() : OptionalDouble.of(given);
        }
        String text = text(value, schema);
        if (text == null) {
            return OptionalDouble.empty();
        }
        OptionalDouble parsed = PlainNumber.parse(text);
        if (parsed.isEmpty()) {
            throw notANumber(column, text);
        }
        return parsed;
    }

    private static IllegalArgumentException notANumber(String column, Object value) {
        return new IllegalArgumentException(
                ("column '%s': expected a finite number, such as -1.5 or 2e3, got '%s'; texts that stand for a missing"
                                + " value are named by TableSchema.Builder.missing")
                        .formatted(column, value));
    }
}
