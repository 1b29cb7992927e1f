package org.mtl4j.data;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.mtl4j.internal.check.Check;

/**
 * How the labels of a task are read from columns of a table. Where a value is missing, so is the label. A column may
 * give labels to several tasks, and is then no feature.
 */
public sealed interface Label {

    /** {@return the name of the task} */
    String task();

    /** {@return the columns that it is read from} */
    List<String> columns();

    /** {@return real numbers, one output for each column, in this order, learned as they are} */
    static Numbers numbers(String task, String... columns) {
        return new Numbers(task, List.of(columns), Scaling.NONE);
    }

    /** {@return one class of those that the training rows have, in alphabetical order} */
    static Classes classes(String task, String column) {
        return new Classes(task, column, List.of(), Map.of(), Optional.empty());
    }

    /** {@return one class of these, at least 2, in this order; other values are refused} */
    static Classes classes(String task, String column, List<String> classes) {
        return new Classes(task, column, classes, Map.of(), Optional.empty());
    }

    /** {@return the classes "no" and "yes": "yes" for these values, "no" for all others} */
    static Classes yesWhere(String task, String column, String... values) {
        ImmutableMap.Builder<String, String> classOf = ImmutableMap.builder();
        for (String value : values) {
            classOf.put(value, "yes");
        }
        return new Classes(task, column, List.of("no", "yes"), classOf.buildOrThrow(), Optional.of("no"));
    }

    /** {@return independent yes/no labels, one for each column, in this order: yes for {@code 1}, no for {@code 0}} */
    static Flags flags(String task, String... columns) {
        return new Flags(task, List.of(columns), Set.of("1"), Set.of("0"));
    }

    /**
     * Real numbers.
     *
     * @param task the name of the task
     * @param columns one for each output, at least one
     * @param scaling how each is scaled, by the training rows that have it, before a network learns it. Losses are of
     *     scaled numbers; predictions of rows, and measures, are in the units of the columns
     */
    record Numbers(String task, List<String> columns, Scaling scaling) implements Label {
        /** @throws IllegalArgumentException if there is no column, or the name is none of a task */
        public Numbers {
            columns = checked(task, columns);
            Objects.requireNonNull(scaling, "scaling");
        }

        /** {@return the same, scaled so before a network learns it} */
        public Numbers withScaling(Scaling scaling) {
            return new Numbers(task, columns, scaling);
        }
    }

    /**
     * One class of several.
     *
     * @param task the name of the task
     * @param column the column
     * @param classes the classes in the order of the outputs; empty for those of the training rows, in alphabetical
     *     order
     * @param classOf which class a value stands for, where it is not the class itself; blanks around a value do not
     *     count, as around those of cells
     * @param otherwise the class of all values that are neither a class nor a key of {@code classOf}; empty to refuse
     *     them
     */
    record Classes(
            String task, String column, List<String> classes, Map<String, String> classOf, Optional<String> otherwise)
            implements Label {
        /**
         * @throws IllegalArgumentException if there is one class only, classes repeat, or a value stands for none of
         *     them
         */
        public Classes {
            checked(task, List.of(column));
            classes = ImmutableList.copyOf(classes);
            classOf = stripped(task, classOf);
            if (classes.size() == 1 || ImmutableSet.copyOf(classes).size() < classes.size()) {
                throw new IllegalArgumentException(
                        ("Label of task '%s': expected at least 2 classes, each once, or none for those of the training"
                                        + " rows, got %s")
                                .formatted(task, classes));
            }
            ImmutableList<String> named = ImmutableList.<String>builder()
                    .addAll(classOf.values())
                    .addAll(otherwise.stream().toList())
                    .build();
            for (String name : named) {
                if (!classes.isEmpty() && !classes.contains(name)) {
                    throw new IllegalArgumentException(
                            "Label of task '%s': '%s' is none of the classes %s".formatted(task, name, classes));
                }
            }
        }

        private static ImmutableMap<String, String> stripped(String task, Map<String, String> classOf) {
            Map<String, String> stripped = new LinkedHashMap<>();
            classOf.forEach((value, named) -> {
                String other = stripped.put(value.strip(), named);
                if (other != null && !other.equals(named)) {
                    throw new IllegalArgumentException("Label of task '%s': '%s' stands for '%s' and for '%s'"
                            .formatted(task, value.strip(), other, named));
                }
            });
            return ImmutableMap.copyOf(stripped);
        }

        @Override
        public List<String> columns() {
            return List.of(column);
        }

        /**
         * {@return the same where {@code value} stands for a class as well, such as {@code ">50K."} for {@code ">50K"}}
         */
        public Classes withValue(String value, String named) {
            return new Classes(
                    task,
                    column,
                    classes,
                    ImmutableMap.<String, String>builder()
                            .putAll(classOf)
                            .put(value, named)
                            .buildKeepingLast(),
                    otherwise);
        }
    }

    /**
     * Independent yes/no labels.
     *
     * @param task the name of the task
     * @param columns one for each label, at least one; their names are the labels' names
     * @param yes values that mean yes, at least one
     * @param no values that mean no, at least one; all others are refused
     */
    record Flags(String task, List<String> columns, Set<String> yes, Set<String> no) implements Label {
        /** @throws IllegalArgumentException if there is no column, or no value for yes or no, or one for both */
        public Flags {
            columns = checked(task, columns);
            yes = TableSchema.stripped(yes);
            no = TableSchema.stripped(no);
            if (yes.isEmpty() || no.isEmpty() || yes.stream().anyMatch(no::contains)) {
                throw new IllegalArgumentException(
                        "Label of task '%s': expected values for yes and others for no, got %s and %s"
                                .formatted(task, yes, no));
            }
        }

        /** {@return the same with other values, such as {@code -1} for no} */
        public Flags withValues(Set<String> yes, Set<String> no) {
            return new Flags(task, columns, yes, no);
        }
    }

    private static List<String> checked(String task, List<String> columns) {
        Check.name("Label: task", task);
        if (columns.isEmpty() || ImmutableSet.copyOf(columns).size() < columns.size()) {
            throw new IllegalArgumentException(
                    "Label of task '%s': expected at least one column, each once, got %s".formatted(task, columns));
        }
        return ImmutableList.copyOf(columns);
    }
}
