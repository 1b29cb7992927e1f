package org.mtl4j.table;

import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.Column;
import org.mtl4j.data.Label;
import org.mtl4j.data.Scaling;
import org.mtl4j.data.TableSchema;
import org.mtl4j.internal.check.PlainNumber;
import org.mtl4j.task.Task;

/** Guesses what columns are for by what stands in them. */
final class SchemaGuess implements TableReader.RowConsumer {
    /** Texts that often stand for a missing value; upper and lower case alike. */
    private static final Set<String> MISSING = ImmutableSet.of("?", "na", "n/a", "#n/a", "null", "nan", "none");

    private static final int LONGEST_MISSING = 4;

    /** Whole numbers of at most so many different values are rather codes than amounts. */
    private static final int MOST_CODES = 10;

    /** How many different values are remembered: beyond that a column of texts is no category of any use. */
    private static final int MOST_VALUES = 100_000;

    private final String source;
    private final List<String> labels;
    private final List<Statistics> columns = new ArrayList<>();
    private final Set<String> missing = new TreeSet<>();
    private long rows;

    SchemaGuess(String source, List<String> labels) {
        this.source = source;
        this.labels = labels;
    }

    /** What has been seen of one column. */
    private static final class Statistics {
        private final String name;
        private final Set<String> values = new HashSet<>();
        private final Set<String> missing = new HashSet<>();
        private DeclaredType declared = DeclaredType.ANY;
        private boolean numbers = true;
        private boolean whole = true;
        private boolean many;
        private double largest;
        private double sum;
        private long count;

        Statistics(String name) {
            this.name = name;
        }

        void add(@Nullable String field) {
            String text = field == null ? "" : field.strip();
            if (text.isEmpty()) {
                return;
            }
            if (text.length() <= LONGEST_MISSING && MISSING.contains(text.toLowerCase(Locale.ROOT))) {
                missing.add(text);
                return;
            }
            count++;
            if (!many) {
                values.add(text);
                many = values.size() > MOST_VALUES;
            }
            if (numbers) {
                addNumber(text);
            }
        }

        private void addNumber(String text) {
            boolean code = declared != DeclaredType.NUMBER && hasLeadingZero(text);
            OptionalDouble parsed = code ? OptionalDouble.empty() : PlainNumber.parse(text);
            numbers = parsed.isPresent();
            double number = parsed.orElse(0);
            whole &= number == Math.rint(number);
            largest = Math.max(largest, Math.abs(number));
            sum += Math.abs(number);
        }

        /** A code, such as one of a town: as a number it would lose its zeros. */
        private static boolean hasLeadingZero(String text) {
            return text.length() > 1 && text.charAt(0) == '0' && Character.isDigit(text.charAt(1));
        }

        boolean looksLikeNumber() {
            return numbers && count > 0 && !(whole && values.size() <= MOST_CODES);
        }

        boolean isNumber() {
            return switch (declared) {
                case NUMBER -> numbers && count > 0;
                case NOMINAL -> false;
                case ANY -> looksLikeNumber();
            };
        }

        /** A few large numbers among many small ones, as amounts and counts have them. */
        boolean isSkewed() {
            return largest > 50 * (sum / count);
        }

        /** An identifier, or a free text, is a category of nearly as many values as rows. */
        boolean isIdentifier() {
            return many || declared != DeclaredType.NOMINAL && values.size() > 20 && values.size() > 0.5 * count;
        }
    }

    @Override
    public void header(List<String> names, long line) throws TableFormatException {
        for (String label : labels) {
            if (label.isEmpty() || !names.contains(label)) {
                throw TableFormatException.of(
                        source,
                        line,
                        "there is no column '%s' for a label; there are %s%s"
                                .formatted(label, CsvRows.named(names), CsvRows.separatorHint(names)));
            }
        }
        names.forEach(name -> columns.add(new Statistics(name)));
    }

    @Override
    public void types(List<DeclaredType> types) {
        for (int i = 0; i < types.size(); i++) {
            columns.get(i).declared = types.get(i);
        }
    }

    @Override
    public void row(@Nullable String[] fields, long line) {
        rows++;
        for (int i = 0; i < columns.size(); i++) {
            columns.get(i).add(fields[i]);
        }
    }

    TableSchema schema() throws TableFormatException {
        if (rows == 0) {
            throw TableFormatException.of(source, 0, "there is no row behind the names of the columns");
        }
        TableSchema.Builder schema = TableSchema.builder();
        Set<String> tasks = new HashSet<>();
        for (Statistics column : columns) {
            if (column.name.isEmpty()) {
                continue;
            }
            missing.addAll(column.missing);
            if (labels.contains(column.name)) {
                schema.label(label(column, taskName(column.name, tasks)));
            } else {
                schema.add(column(column));
            }
        }
        try {
            return schema.missing(missing.toArray(String[]::new)).build();
        } catch (IllegalArgumentException e) {
            throw new TableFormatException(source, 0, "", String.valueOf(e.getMessage()), e);
        }
    }

    private static Column column(Statistics column) {
        if (column.values.size() < 2) {
            return new Column.Ignored(column.name);
        }
        if (column.isNumber()) {
            Scaling scaling = column.isSkewed() ? Scaling.LOG_STANDARD : Scaling.STANDARD;
            return new Column.Number(column.name, scaling, !column.missing.isEmpty());
        }
        return column.isIdentifier()
                ? new Column.Ignored(column.name)
                : new Column.Category(column.name, 1, Integer.MAX_VALUE);
    }

    /** Numbers of classes are often declared as numeric. */
    private static Label label(Statistics column, String task) {
        boolean number = column.declared != DeclaredType.NOMINAL && column.looksLikeNumber();
        return number ? Label.numbers(task, column.name) : Label.classes(task, column.name);
    }

    /** A column may be called what a task may not, and two columns so that tasks would be called alike. */
    private static String taskName(String column, Set<String> taken) {
        String plain = column.replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^[._-]+", "");
        String name = plain.matches(Task.NAME_PATTERN) ? plain : "label";
        for (int number = 2; !taken.add(name); number++) {
            name = "%s-%s".formatted(plain.matches(Task.NAME_PATTERN) ? plain : "label", number);
        }
        return name;
    }
}
