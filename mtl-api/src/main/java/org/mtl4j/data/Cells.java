package org.mtl4j.data;

import java.math.BigDecimal;
import java.util.Calendar;
import java.util.Collection;
import java.util.Date;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.check.PlainNumber;

/** Reads the values of cells: texts of a file, or numbers, texts and flags that a program has. */
final class Cells {

    /** Beyond this a double is not every whole number any more. */
    private static final double EXACT = 1L << 53;

    /** Larger decimals are written as they are. */
    private static final BigDecimal LARGE = BigDecimal.valueOf(Long.MAX_VALUE);

    private Cells() {}

    /** Whether a cell has no value: it is null, NaN, blank, or one of the texts that stand for a missing value. */
    static boolean isMissing(@Nullable Object value, TableSchema schema) {
        return value instanceof Number number ? isMissing(number, schema) : text(value, schema) == null;
    }

    private static boolean isMissing(Number number, TableSchema schema) {
        double given = number.doubleValue();
        return Double.isNaN(given) || isMissing(given, schema);
    }

    /** A number is missing as an equal one of those texts is, so that a program's -999 is what a file's -999.0 is. */
    private static boolean isMissing(double number, TableSchema schema) {
        for (String text : schema.missing()) {
            if (!text.isEmpty()) {
                OptionalDouble missing = PlainNumber.parse(text);
                if (missing.isPresent() && missing.getAsDouble() == number) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * The value as text without blanks around it, whole numbers without a fraction; null where it is missing.
     *
     * @throws IllegalArgumentException if it is several values, or something that has no text
     */
    static @Nullable String text(@Nullable Object given, TableSchema schema) {
        if (given instanceof String text) { // nearly all are
            return present(text, schema);
        }
        Object value = unwrapped(given);
        if (value == null || value instanceof Number number && isMissing(number, schema)) {
            return null;
        }
        String text = value.toString();
        if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            text = number == Math.rint(number) && Math.abs(number) < EXACT ? Long.toString((long) number) : text;
        } else if (value instanceof BigDecimal decimal && decimal.abs().compareTo(LARGE) < 0) {
            text = decimal.signum() == 0 ? "0" : decimal.stripTrailingZeros().toPlainString();
        }
        return present(text, schema);
    }

    private static @Nullable String present(String text, TableSchema schema) {
        String stripped = text.strip();
        return stripped.isEmpty() || schema.missing().contains(stripped) ? null : stripped;
    }

    /** What is in an optional value. A value of another kind than those of cells would be a text that nothing has. */
    private static @Nullable Object unwrapped(@Nullable Object value) {
        if (value instanceof Number || value instanceof CharSequence || value instanceof Boolean) { // nearly all are
            return value;
        }
        if (value instanceof Optional<?> optional) {
            return unwrapped(optional.orElse(null));
        }
        if (value instanceof OptionalInt optional) {
            return optional.isPresent() ? optional.getAsInt() : null;
        }
        if (value instanceof OptionalLong optional) {
            return optional.isPresent() ? optional.getAsLong() : null;
        }
        if (value instanceof OptionalDouble optional) {
            return optional.isPresent() ? optional.getAsDouble() : null;
        }
        if (value instanceof Date || value instanceof Calendar) {
            throw new IllegalArgumentException(
                    ("expected a text, a number, a flag or a value of an enum, got a %s, whose text depends on the time"
                                    + " zone of the machine; give a value of java.time, as a LocalDate or an Instant,"
                                    + " or for a number what is counted, as days since a date")
                            .formatted(value.getClass().getTypeName()));
        }
        if (value != null && !hasText(value)) {
            throw new IllegalArgumentException(
                    ("expected a text, a number, a flag or a value of an enum, got a %s; give its parts, each in a"
                                    + " column")
                            .formatted(value.getClass().getTypeName()));
        }
        return value;
    }

    private static boolean hasText(Object value) {
        if (value instanceof Collection || value instanceof Map || value instanceof Record) {
            return false;
        }
        String plain = value.getClass().getName() + "@" + Integer.toHexString(System.identityHashCode(value));
        return !value.toString().equals(plain);
    }

    /**
     * The value as a number; empty where it is missing.
     *
     * @throws IllegalArgumentException if it is no finite number
     */
    static OptionalDouble number(@Nullable Object value, String column, TableSchema schema) {
        Object given = value instanceof String ? value : named(value, column);
        OptionalDouble number;
        if (given instanceof Number of) {
            number = OptionalDouble.of(of.doubleValue());
        } else {
            String text = text(given, schema);
            if (text == null) {
                return OptionalDouble.empty();
            }
            number = PlainNumber.parse(text);
        }
        if (number.isEmpty() || Double.isInfinite(number.getAsDouble())) {
            throw notANumber(column, given == null ? "" : given);
        }
        double found = number.getAsDouble();
        return Double.isNaN(found) || isMissing(found, schema) ? OptionalDouble.empty() : number;
    }

    /** The text of a value of a column, which a message names. */
    static @Nullable String text(@Nullable Object value, String column, TableSchema schema) {
        return text(value instanceof String ? value : named(value, column), schema);
    }

    private static @Nullable Object named(@Nullable Object value, String column) {
        try {
            return unwrapped(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("column '%s': %s".formatted(column, e.getMessage()), e);
        }
    }

    private static IllegalArgumentException notANumber(String column, Object value) {
        return new IllegalArgumentException(
                ("column '%s': expected a finite number, such as -1.5 or 2e3, got '%s'; texts that stand for a missing"
                                + " value are named by TableSchema.Builder.missing")
                        .formatted(column, value));
    }
}
