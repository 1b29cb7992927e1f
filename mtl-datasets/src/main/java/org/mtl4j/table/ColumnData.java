package org.mtl4j.table;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The values of one column: eight bytes for a number, four for a text and each different text once. */
sealed interface ColumnData {

    /** {@return the value in a row, a number or a text; null where it is missing} */
    @Nullable
    Object value(int row);

    /** Numbers; NaN where they are missing. */
    record Numbers(double[] values) implements ColumnData {
        @Override
        public @Nullable Object value(int row) {
            return Double.isNaN(values[row]) ? null : values[row];
        }
    }

    /** Places of texts in a dictionary; -1 where they are missing. */
    record Texts(int[] places, List<String> dictionary) implements ColumnData {
        @Override
        public @Nullable Object value(int row) {
            return places[row] < 0 ? null : dictionary.get(places[row]);
        }
    }

    /** Collects the values of a column. */
    final class Builder {
        private final boolean number;
        private double[] numbers = {};
        private int[] places = {};
        private final Map<String, Integer> placeOf = new HashMap<>();
        private final ImmutableList.Builder<String> dictionary = ImmutableList.builder();
        private int size;

        Builder(boolean number) {
            this.number = number;
        }

        boolean isNumber() {
            return number;
        }

        void add(double value) {
            if (size == numbers.length) {
                numbers = Arrays.copyOf(numbers, larger());
            }
            numbers[size++] = value;
        }

        void add(@Nullable String text) {
            if (size == places.length) {
                places = Arrays.copyOf(places, larger());
            }
            places[size++] = text == null ? -1 : place(text);
        }

        private int place(String text) {
            Integer known = placeOf.get(text);
            if (known != null) {
                return known;
            }
            int next = placeOf.size();
            placeOf.put(text, next);
            dictionary.add(text);
            return next;
        }

        private int larger() {
            return size == 0 ? 64 : Math.addExact(size, Math.max(1, size / 2));
        }

        ColumnData build() {
            return number
                    ? new Numbers(Arrays.copyOf(numbers, size))
                    : new Texts(Arrays.copyOf(places, size), dictionary.build());
        }
    }
}
