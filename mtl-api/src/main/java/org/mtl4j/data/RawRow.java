package org.mtl4j.data;

import com.google.common.collect.ImmutableMap;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the columns of a row that a program has: a map by their names, or a record. */
final class RawRow {
    private RawRow() {}

    /**
     * {@return the values of a row by column}
     *
     * @param row a map from names of columns, or a record whose components are called as columns are but for case and
     *     signs that Java does not allow: {@code hoursPerWeek} for {@code hours-per-week}
     * @param columns those that are looked for
     * @throws IllegalArgumentException if it is neither, or two columns or components are called alike
     */
    static Map<?, ? extends @Nullable Object> of(@Nullable Object row, List<String> columns) {
        if (row instanceof Map<?, ?> map) {
            return byText(map);
        }
        if (!(row instanceof Record)) {
            throw new IllegalArgumentException(
                    "a row is a map from the names of columns to their values, or a record, got "
                            + (row == null ? "null" : row.getClass().getName()));
        }
        Map<String, RecordComponent> components = new HashMap<>();
        for (RecordComponent component : row.getClass().getRecordComponents()) {
            RecordComponent alike = components.put(plain(component.getName()), component);
            if (alike != null) {
                throw new IllegalArgumentException(
                        "components '%s' and '%s' of a %s are called alike but for case and signs: it cannot be told"
                                        .formatted(
                                                alike.getName(),
                                                component.getName(),
                                                row.getClass().getName())
                                + " which of them a column is; give a map from the names of columns");
            }
        }
        ImmutableMap.Builder<String, String> seen = ImmutableMap.builder();
        Map<String, @Nullable Object> values = new HashMap<>();
        for (String column : columns) {
            seen.put(plain(column), column);
            RecordComponent component = components.get(plain(column));
            if (component != null) {
                values.put(column, value(row, component));
            }
        }
        try {
            var unused = seen.buildOrThrow();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "columns are called alike but for case and signs, so that a record cannot tell them apart; give"
                            + " a map from the names of columns: " + e.getMessage(),
                    e);
        }
        return values;
    }

    /** A map that can be asked for a text, as a sorted one of other keys cannot. */
    private static Map<?, ? extends @Nullable Object> byText(Map<?, ? extends @Nullable Object> map) {
        if (map.keySet().stream().allMatch(String.class::isInstance)) {
            return map;
        }
        throw new IllegalArgumentException("the names of columns are texts, got the keys %s".formatted(map.keySet()));
    }

    private static String plain(String name) {
        return name.replaceAll("[^\\p{L}\\p{N}]", "").toLowerCase(Locale.ROOT);
    }

    private static @Nullable Object value(Object row, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true); // of a record that is not public
            return component.getAccessor().invoke(row);
        } catch (IllegalAccessException | RuntimeException e) {
            throw new IllegalArgumentException(
                    "the record %s cannot be read; open its package, or give a map: %s"
                            .formatted(row.getClass().getName(), e),
                    e);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(
                    "component '%s' of a %s cannot be had: %s"
                            .formatted(component.getName(), row.getClass().getName(), e.getCause()),
                    e);
        }
    }
}
