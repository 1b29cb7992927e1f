package org.mtl4j.sparkml;

import java.io.Serializable;
import java.math.BigDecimal;
import java.sql.Timestamp;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;

/**
 * Finds the columns that a schema uses among those of a DataFrame, and reads rows as {@link TableEncoding} takes them:
 * a value for each of the schema's {@linkplain TableSchema#usedColumns() used columns}, null for those that are not
 * asked for.
 */
final class TableColumns implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final String NUMBERS = "tinyint, smallint, int, bigint, float, double or decimal";

    /** Of each used column its place in a row; -1 where it is not read. */
    private final int[] places;

    private final boolean[] numbers;

    private TableColumns(int[] places, boolean[] numbers) {
        this.places = places;
        this.numbers = numbers;
    }

    /**
     * Looks for the columns.
     *
     * @param given the columns of the DataFrame
     * @param wanted those of the schema's used columns that are read
     * @throws IllegalArgumentException if one is not there, is there twice, or has a type that is not read
     */
    static TableColumns of(StructType given, TableSchema schema, List<String> wanted) {
        requireThere(given, wanted);
        List<String> used = schema.usedColumns();
        int[] places = new int[used.size()];
        boolean[] numbers = new boolean[used.size()];
        for (int i = 0; i < places.length; i++) {
            String name = used.get(i);
            places[i] = wanted.contains(name) ? place(given, name) : -1;
            numbers[i] = schema.isNumber(name);
            if (places[i] >= 0) {
                requireType(given.fields()[places[i]], numbers[i]);
            }
        }
        return new TableColumns(places, numbers);
    }

    private static void requireThere(StructType given, List<String> wanted) {
        List<String> names = Arrays.asList(given.fieldNames());
        List<String> absent =
                wanted.stream().filter(name -> !names.contains(name)).toList();
        if (!absent.isEmpty()) {
            throw new IllegalArgumentException(
                    "the DataFrame has no column '%s'; it has %s".formatted(String.join("', '", absent), names));
        }
    }

    /**
     * {@return the place of a column}
     *
     * @throws IllegalArgumentException if it is not there, or is there twice
     */
    static int place(StructType given, String name) {
        requireThere(given, List.of(name));
        List<String> names = Arrays.asList(given.fieldNames());
        if (names.indexOf(name) != names.lastIndexOf(name)) {
            throw new IllegalArgumentException(
                    "the DataFrame has more than one column '%s'; it has %s".formatted(name, names));
        }
        return names.indexOf(name);
    }

    /**
     * Looks whether rows end.
     *
     * @param what is wanted of them
     * @throws IllegalArgumentException if they are a stream, of which Spark runs no job by itself
     */
    static void requireBatch(Dataset<?> rows, String what) {
        if (rows.isStreaming()) {
            throw new IllegalArgumentException(
                    "the DataFrame is a stream, which has no end; %s takes one that has, as foreachBatch gives them"
                            .formatted(what));
        }
    }

    /** The columns that a prediction needs. */
    static List<String> features(TableSchema schema) {
        return schema.featuresAlone().usedColumns();
    }

    private static void requireType(StructField field, boolean number) {
        DataType type = field.dataType();
        if (number && !(type instanceof NumericType)) {
            throw new IllegalArgumentException(
                    ("column '%s': expected numbers (%s), as the schema has it, got %s; cast it, or make it a category"
                                    + " of the schema")
                            .formatted(field.name(), NUMBERS, type.catalogString()));
        }
        boolean text = type instanceof StringType
                || type instanceof NumericType
                || type instanceof BooleanType
                || type instanceof DateType
                || type instanceof TimestampType
                || type instanceof TimestampNTZType;
        if (!text) {
            throw new IllegalArgumentException(
                    "column '%s': expected string, boolean, date, timestamp or numbers (%s), got %s"
                            .formatted(field.name(), NUMBERS, type.catalogString()));
        }
    }

    /**
     * Looks whether columns can be added.
     *
     * @throws IllegalArgumentException if a name is taken, as Spark compares them, without regard to case
     */
    static void requireFree(StructType given, List<String> added) {
        Set<String> taken = Arrays.stream(given.fieldNames())
                .map(name -> name.toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
        List<String> clashes = added.stream()
                .filter(name -> taken.contains(name.toLowerCase(Locale.ROOT)))
                .toList();
        Set<String> names = new HashSet<>();
        for (String name : added) {
            if (!names.add(name.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException(
                        "two columns would be called '%s' but for case, of those that are added: %s; rename a task"
                                .formatted(name, added));
            }
        }
        if (!clashes.isEmpty()) {
            throw new IllegalArgumentException(
                    "the DataFrame has a column '%s' already, which is to be added; drop or rename it. It has %s"
                            .formatted(String.join("', '", clashes), Arrays.toString(given.fieldNames())));
        }
    }

    /**
     * Some columns of a DataFrame, in their order, found by their places: Spark finds none by its name where another
     * column has the same name but for case, or is there twice.
     */
    static Dataset<Row> select(Dataset<Row> rows, List<String> names) {
        StructType given = rows.schema();
        return numbered(rows)
                .select(names.stream()
                        .map(name -> numbered(place(given, name)).as(name))
                        .toArray(Column[]::new));
    }

    /** The rows that a condition on the column at a place is true of. */
    static Dataset<Row> where(Dataset<Row> rows, int place, UnaryOperator<Column> condition) {
        return numbered(rows).where(condition.apply(numbered(place))).toDF(rows.columns());
    }

    /** The same columns, called by their places. */
    static Dataset<Row> numbered(Dataset<Row> rows) {
        return rows.toDF(IntStream.range(0, rows.columns().length)
                .mapToObj(String::valueOf)
                .toArray(String[]::new));
    }

    /** A column of {@link #numbered(Dataset)}. */
    static Column numbered(int place) {
        return functions.col(String.valueOf(place));
    }

    /** How many values a row is read into. */
    int size() {
        return places.length;
    }

    /** Reads a row. */
    void read(Row row, @Nullable Object[] into) {
        for (int i = 0; i < places.length; i++) {
            into[i] = places[i] < 0 ? null : value(row.get(places[i]), numbers[i]);
        }
    }

    /**
     * Numbers of any scale as the same text, such as 39 for a decimal of 39.00, and dates and instants as those values
     * of java.time that a program that serves the model gives, whatever the time zone of session and machine, and
     * whichever of Java's classes the session reads them as.
     */
    private static @Nullable Object value(@Nullable Object value, boolean number) {
        if (value instanceof BigDecimal decimal) {
            return number
                    ? (Object) decimal.doubleValue()
                    : decimal.stripTrailingZeros().toPlainString();
        }
        if (value instanceof java.sql.Date date) {
            return date.toString(); // Spark makes it of the date in the zone of the machine that reads it here
        }
        return value instanceof Timestamp timestamp ? timestamp.toInstant() : value;
    }
}
