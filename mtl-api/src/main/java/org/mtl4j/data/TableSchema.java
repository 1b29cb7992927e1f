package org.mtl4j.data;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the columns of a table are for: features, labels of tasks, the weight of an example, groups that are kept
 * together. Columns that it does not name are not used.
 *
 * <pre>{@code
 * TableSchema schema = TableSchema.builder()
 *     .numbers("age", "hours-per-week")
 *     .number("capital-gain", Scaling.LOG_STANDARD)
 *     .categories("workclass", "occupation")
 *     .label(Label.classes("income", "income", List.of("<=50K", ">50K")))
 *     .missing("?")
 *     .build();
 * }</pre>
 *
 * @param columns the columns but for those of labels, each once
 * @param labels the labels, of different tasks
 * @param missing texts that stand for a missing value, beside the empty one; blanks around a text do not count
 */
public record TableSchema(List<Column> columns, List<Label> labels, Set<String> missing) implements Serializable {

    /**
     * Checks that everything is said once.
     *
     * @throws IllegalArgumentException if there is no feature, a column is named twice or is both a feature and a
     *     label, there are two weights or groups, or two labels are of one task
     */
    public TableSchema {
        columns = ImmutableList.copyOf(columns);
        labels = ImmutableList.copyOf(labels);
        missing = stripped(missing);
        Set<String> names = new HashSet<>();
        for (Column column : columns) {
            if (!names.add(column.name())) {
                throw new IllegalArgumentException("TableSchema: column '%s' is named twice".formatted(column.name()));
            }
        }
        Set<String> tasks = new HashSet<>();
        for (Label label : labels) {
            if (!tasks.add(label.task())) {
                throw new IllegalArgumentException("TableSchema: two labels are of task '%s'".formatted(label.task()));
            }
            for (String column : label.columns()) {
                if (names.contains(column)) {
                    throw new IllegalArgumentException(
                            "TableSchema: column '%s' is a label of task '%s', and cannot be something else as well"
                                    .formatted(column, label.task()));
                }
            }
        }
        checkOne(columns, Column.Weight.class);
        checkOne(columns, Column.Group.class);
        if (columns.stream().noneMatch(TableSchema::isFeature)) {
            throw new IllegalArgumentException("TableSchema: there is no feature, neither a number nor a category");
        }
    }

    /** Cells are read without blanks around them. */
    static ImmutableSet<String> stripped(Set<String> texts) {
        return texts.stream().map(String::strip).collect(ImmutableSet.toImmutableSet());
    }

    private static void checkOne(List<Column> columns, Class<? extends Column> type) {
        if (columns.stream().filter(type::isInstance).count() > 1) {
            throw new IllegalArgumentException(
                    "TableSchema: there is more than one column of type " + type.getSimpleName());
        }
    }

    private static boolean isFeature(Column column) {
        return column instanceof Column.Number || column instanceof Column.Category;
    }

    /** {@return a builder without columns} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the features that are numbers} */
    public List<Column.Number> numbers() {
        return of(Column.Number.class);
    }

    /** {@return the features that are categories} */
    public List<Column.Category> categories() {
        return of(Column.Category.class);
    }

    /** {@return the column of the examples' weights} */
    public Optional<String> weight() {
        return of(Column.Weight.class).stream().map(Column::name).findFirst();
    }

    /** {@return the column whose equal values are kept on one side of a split} */
    public Optional<String> group() {
        return of(Column.Group.class).stream().map(Column::name).findFirst();
    }

    private <C extends Column> List<C> of(Class<C> type) {
        return columns.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** {@return the same without labels, weight and group: the columns that a row needs to be predicted} */
    public TableSchema featuresAlone() {
        return new TableSchema(columns.stream().filter(TableSchema::isFeature).toList(), List.of(), missing);
    }

    /** {@return the names of all columns that are read: features, labels, weight and group, each once} */
    public List<String> usedColumns() {
        return ImmutableList.copyOf(new LinkedHashSet<>(Stream.concat(
                        columns.stream()
                                .filter(column -> !(column instanceof Column.Ignored))
                                .map(Column::name),
                        labels.stream().flatMap(label -> label.columns().stream()))
                .toList()));
    }

    /**
     * {@return whether a cell has no value, as {@link #textOf} and {@link #numberOf} see it: null, NaN, a blank text,
     * or one that stands for a missing value, also where it is given as a number}
     *
     * @param value a text, a number, or null
     */
    public boolean isMissing(@Nullable Object value) {
        return Cells.isMissing(value, this);
    }

    /**
     * {@return a cell as text without blanks around it, whole numbers without a fraction; empty where it is missing}
     *
     * @param value a text, a number, or null
     */
    public Optional<String> textOf(@Nullable Object value) {
        return Optional.ofNullable(Cells.text(value, this));
    }

    /**
     * {@return a cell as a number; empty where it is missing}
     *
     * @param column its column, for the message
     * @param value a text, a number, or null
     * @throws IllegalArgumentException if it is no finite number
     */
    public OptionalDouble numberOf(String column, @Nullable Object value) {
        return Cells.number(value, column, this);
    }

    /** {@return whether a column is read as numbers: a feature that is one, a label of real numbers, or the weight} */
    public boolean isNumber(String column) {
        return columns.stream()
                        .anyMatch(each -> each.name().equals(column)
                                && (each instanceof Column.Number || each instanceof Column.Weight))
                || labels.stream()
                        .anyMatch(label -> label instanceof Label.Numbers
                                && label.columns().contains(column));
    }

    /** {@return this schema as JSON, for a file beside the table} */
    public String toJson() {
        return TableJson.write(this);
    }

    /**
     * {@return the schema of a JSON text}
     *
     * @throws IllegalArgumentException if it is none; the message says where
     */
    public static TableSchema fromJson(String json) {
        return TableJson.readSchema(json);
    }

    private Object writeReplace() {
        return new Json(toJson());
    }

    /** A schema on its way to another process. */
    private record Json(String json) implements Serializable {
        private Object readResolve() {
            return fromJson(json);
        }
    }

    /** Collects columns. */
    public static final class Builder {
        private final List<Column> columns = new ArrayList<>();
        private final List<Label> labels = new ArrayList<>();
        private final Set<String> missing = new LinkedHashSet<>();

        private Builder() {}

        /** Adds a column. */
        public Builder add(Column column) {
            columns.add(column);
            return this;
        }

        /** Adds numbers that are features, scaled to mean 0 and standard deviation 1. */
        public Builder numbers(String... names) {
            for (String name : names) {
                number(name, Scaling.STANDARD);
            }
            return this;
        }

        /** Adds a number that is a feature. */
        public Builder number(String name, Scaling scaling) {
            return add(new Column.Number(name, scaling, false));
        }

        /** Adds categories that are features, with codes for all values of the training rows. */
        public Builder categories(String... names) {
            for (String name : names) {
                add(new Column.Category(name, 1, Integer.MAX_VALUE));
            }
            return this;
        }

        /** Adds the labels of a task. */
        public Builder label(Label label) {
            labels.add(label);
            return this;
        }

        /** Names the column of the examples' weights. */
        public Builder weight(String name) {
            return add(new Column.Weight(name));
        }

        /** Names the column whose equal values are kept on one side of a split. */
        public Builder group(String name) {
            return add(new Column.Group(name));
        }

        /** Adds columns that are not used; saying so is of use only to those who read the schema. */
        public Builder ignored(String... names) {
            for (String name : names) {
                add(new Column.Ignored(name));
            }
            return this;
        }

        /** Adds texts that stand for a missing value, such as {@code ?} or {@code NA}. */
        public Builder missing(String... texts) {
            missing.addAll(List.of(texts));
            return this;
        }

        /**
         * {@return the schema}
         *
         * @throws IllegalArgumentException as the constructor of {@link TableSchema}
         */
        public TableSchema build() {
            return new TableSchema(columns, labels, missing);
        }
    }
}
