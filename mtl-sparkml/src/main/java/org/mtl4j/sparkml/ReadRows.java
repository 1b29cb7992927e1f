package org.mtl4j.sparkml;

import java.io.Serializable;
import java.util.TreeMap;
import org.apache.spark.util.AccumulatorV2;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.random.Seeds;

/**
 * Tells the driver what rows the partitions of a table were read as: how many, a sum of their hashes, which does not
 * depend on their order, and why one of them could not be read. A partition that is read again counts once, and is
 * noticed if its rows are other ones then.
 */
final class ReadRows extends AccumulatorV2<ReadRows.Part, TreeMap<Integer, ReadRows.Part>> {
    private static final long serialVersionUID = 1L;

    private final TreeMap<Integer, Part> parts = new TreeMap<>();
    private boolean changed;

    /** The rows of a partition. */
    record Part(
            int partition, long rows, long sum, @Nullable String problem) implements Serializable {}

    /** {@return a hash of a row as {@link TableColumns} reads it, to be summed} */
    static long hash(@Nullable Object[] row) {
        long hash = row.length;
        for (@Nullable Object value : row) {
            hash = Seeds.mixed(hash, hash(value));
        }
        return hash;
    }

    private static long hash(@Nullable Object value) {
        if (value instanceof Double number) {
            return Double.doubleToLongBits(number);
        }
        if (value instanceof Long number) {
            return number;
        }
        return value == null ? 1L << Integer.SIZE : value.hashCode();
    }

    @Override
    public synchronized boolean isZero() {
        return parts.isEmpty();
    }

    @Override
    public synchronized ReadRows copy() {
        ReadRows copy = new ReadRows();
        copy.parts.putAll(parts);
        copy.changed = changed;
        return copy;
    }

    @Override
    public synchronized void reset() {
        parts.clear();
        changed = false;
    }

    @Override
    public synchronized void add(Part part) {
        Part known = parts.putIfAbsent(part.partition, part);
        changed |= known != null && !known.equals(part);
    }

    @Override
    public void merge(AccumulatorV2<Part, TreeMap<Integer, Part>> other) {
        other.value().values().forEach(this::add);
    }

    @Override
    public synchronized TreeMap<Integer, Part> value() {
        return new TreeMap<>(parts);
    }

    /**
     * Looks whether the rows could be read, and are those that were read before.
     *
     * @param table its name
     * @param rows how many there were
     * @param sum of their hashes
     * @throws IllegalArgumentException if one could not be read
     * @throws IllegalStateException if they are other ones
     */
    synchronized void require(String table, long rows, long sum) {
        long nowRows = 0;
        long nowSum = 0;
        for (Part part : parts.values()) {
            nowRows += part.rows;
            nowSum += part.sum;
        }
        boolean same = rows == nowRows && sum == nowSum && !changed;
        for (Part part : parts.values()) {
            if (part.problem != null) {
                throw new IllegalArgumentException(
                        same ? part.problem : part.problem + "; its values were others when they were read before");
            }
        }
        if (!same) {
            throw new IllegalStateException(
                    ("%s had %s rows when they were read first, and has %s now%s. It has to have the same rows each"
                                    + " time that they are read: write them to a table of their own first, where"
                                    + " others write to this one, or values are drawn (rand()) or differ from call"
                                    + " to call")
                            .formatted(table, rows, nowRows, rows == nowRows ? ", with other values" : ""));
        }
    }
}
