package org.mtl4j.sparkml;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.Column;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;

/**
 * Collects, in one pass over some of the rows, what has to be known of a table before anything is trained: what an
 * encoding is made of, where values are missing, and what values labels have. Several of them are merged in any order,
 * to the bit.
 */
final class TableFacts implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Of how many different values of a label it is looked at before the training whether they are classes. */
    private static final int MOST_VALUES = 10_000;

    private final TableSchema schema;
    private final TableEncoding.Fitter fitter;
    private final long[] missing;
    private final List<LabelColumn> labels = new ArrayList<>();

    /** Why rows of this partition cannot be read; null if they can. Nothing is collected after it. */
    private @Nullable String problem;

    private final int partition;

    /** Of the hashes of all rows. */
    private long sum;

    private double largestWeight;

    /** @param partition the number of the partition whose rows are added, so that the first problem is told */
    TableFacts(TableSchema schema, int partition) {
        this.schema = schema;
        this.partition = partition;
        this.fitter = TableEncoding.fitter(schema);
        this.missing = new long[schema.columns().size()];
        List<String> used = schema.usedColumns();
        for (int t = 0; t < schema.labels().size(); t++) {
            for (String column : schema.labels().get(t).columns()) {
                labels.add(new LabelColumn(t, column, used.indexOf(column)));
            }
        }
    }

    /** The values of one column of a label. */
    private static final class LabelColumn implements Serializable {
        private static final long serialVersionUID = 1L;

        private final int task;
        private final String column;
        private final int place;
        private long present;
        private double least = Double.POSITIVE_INFINITY;
        private double largest = Double.NEGATIVE_INFINITY;
        private final TreeSet<String> values = new TreeSet<>();
        private boolean tooMany;

        LabelColumn(int task, String column, int place) {
            this.task = task;
            this.column = column;
            this.place = place;
        }

        void add(Label label, @Nullable Object value, TableSchema schema) {
            if (label instanceof Label.Numbers) {
                OptionalDouble number = schema.numberOf(column, value);
                if (number.isPresent()) {
                    present++;
                    least = Math.min(least, number.getAsDouble());
                    largest = Math.max(largest, number.getAsDouble());
                }
                return;
            }
            schema.textOf(value).ifPresent(text -> {
                present++;
                add(text);
            });
        }

        private void add(String text) {
            if (values.size() < MOST_VALUES) {
                values.add(text);
            } else {
                tooMany |= !values.contains(text);
            }
        }

        void merge(LabelColumn other) {
            present += other.present;
            least = Math.min(least, other.least);
            largest = Math.max(largest, other.largest);
            other.values.forEach(this::add);
            tooMany |= other.tooMany;
        }
    }

    /** Adds a row, in the order of the schema's used columns. */
    void add(@Nullable Object[] row) {
        if (problem != null) {
            return;
        }
        sum += ReadRows.hash(row);
        try {
            fitter.add(row);
            int place = 0;
            for (int i = 0; i < missing.length; i++) {
                Column column = schema.columns().get(i);
                if (column instanceof Column.Ignored) {
                    continue;
                }
                @Nullable Object value = row[place++];
                if (column instanceof Column.Weight) {
                    requireWeight(column.name(), value);
                } else if (schema.isMissing(value)) {
                    missing[i]++;
                }
            }
            for (LabelColumn label : labels) {
                label.add(schema.labels().get(label.task), row[label.place], schema);
            }
        } catch (IllegalArgumentException e) {
            problem = String.valueOf(e.getMessage());
        }
    }

    private void requireWeight(String column, @Nullable Object value) {
        double weight = TableEncoding.checkedWeight(
                column, schema.numberOf(column, value).orElse(Double.NaN));
        largestWeight = Math.max(largestWeight, weight);
    }

    /** Adds what was collected elsewhere. */
    TableFacts merge(TableFacts other) {
        if (problem != null || other.problem != null) {
            boolean own = problem != null && (other.problem == null || partition < other.partition);
            return own ? this : other;
        }
        try {
            fitter.merge(other.fitter);
        } catch (IllegalArgumentException e) {
            problem = String.valueOf(e.getMessage());
            return this;
        }
        sum += other.sum;
        largestWeight = Math.max(largestWeight, other.largestWeight);
        for (int i = 0; i < missing.length; i++) {
            missing[i] += other.missing[i];
        }
        for (int i = 0; i < labels.size(); i++) {
            labels.get(i).merge(other.labels.get(i));
        }
        return this;
    }

    /** The number of the rows. */
    long rows() {
        return fitter.rows();
    }

    /** The sum of the rows' hashes, whatever their order. */
    long sum() {
        return sum;
    }

    /**
     * Looks whether a row counts.
     *
     * @throws IllegalArgumentException if all weights are 0, or are in single precision
     */
    void requireWeight(String name) {
        schema.weight().ifPresent(column -> {
            if ((float) largestWeight == 0) {
                throw new IllegalArgumentException(
                        "column '%s': the weights of all %d rows of %s are 0, so none counts; at least one is above 0"
                                .formatted(column, rows(), name));
            }
        });
    }

    /**
     * Looks whether something can be measured of one of some tasks.
     *
     * @param tasks at least one
     * @throws IllegalArgumentException if none of them has a label
     */
    void requireLabelOf(List<String> tasks, String name) {
        List<LabelColumn> wanted = labels.stream()
                .filter(column ->
                        tasks.contains(schema.labels().get(column.task).task()))
                .toList();
        if (wanted.stream().allMatch(column -> column.present == 0)) {
            throw new IllegalArgumentException(
                    "column '%s', task '%s': none of the %d rows of %s has a label, so no epoch is better than another"
                            .formatted(
                                    wanted.stream().map(column -> column.column).collect(Collectors.joining("', '")),
                                    String.join("', '", tasks),
                                    rows(),
                                    name));
        }
    }

    /**
     * {@return the encoding of these rows}
     *
     * @throws IllegalArgumentException if they have fewer than two classes of a task whose classes are theirs
     */
    TableEncoding encoding() {
        return fitter.build();
    }

    /**
     * Looks whether all rows could be read.
     *
     * @param name of the table
     * @throws IllegalArgumentException if one could not, or there is none
     */
    void requireRows(String name) {
        if (problem != null) {
            throw new IllegalArgumentException(problem);
        }
        if (rows() == 0) {
            throw new IllegalArgumentException(name + " has no rows; at least one is needed");
        }
    }

    /**
     * Looks whether no feature is missing.
     *
     * @throws IllegalArgumentException if one is
     */
    void requireNoneMissing() {
        for (int i = 0; i < missing.length; i++) {
            Column column = schema.columns().get(i);
            boolean feature = column instanceof Column.Number || column instanceof Column.Category;
            if (feature && missing[i] > 0) {
                throw new IllegalArgumentException(MissingValues.message(column.name(), schema)
                        + "; %d of %d rows have none".formatted(missing[i], rows()));
            }
        }
    }

    /**
     * Looks whether the labels are those of an encoding.
     *
     * @throws IllegalArgumentException if a value is none that its task takes
     */
    void requireKnownLabels(TableEncoding encoding) {
        for (LabelColumn label : labels) {
            Label of = schema.labels().get(label.task);
            int output = of.columns().indexOf(label.column);
            label.values.forEach(value -> encoding.labelOf(of, output, value));
        }
    }

    /**
     * Looks whether there is something to learn of each label.
     *
     * @throws IllegalArgumentException if a column of labels has no value, or one only
     */
    void requireVaryingLabels(TableEncoding encoding) {
        for (LabelColumn column : labels) {
            Label label = schema.labels().get(column.task);
            String where = "column '%s', task '%s': ".formatted(column.column, label.task());
            if (column.present == 0) {
                throw new IllegalArgumentException(
                        where + "none of the %d rows has a label, so nothing can be learned of it".formatted(rows()));
            }
            boolean constant = label instanceof Label.Numbers
                    ? column.least == column.largest
                    : !column.tooMany
                            && column.values.stream()
                                            .map(value -> encoding.labelOf(
                                                    label, label.columns().indexOf(column.column), value))
                                            .distinct()
                                            .count()
                                    == 1;
            if (constant) {
                Object value = label instanceof Label.Numbers ? (Object) column.least : column.values;
                throw new IllegalArgumentException(where
                        + "all %d labels are the same, %s; at least two different ones are needed"
                                .formatted(column.present, value));
            }
        }
    }
}
