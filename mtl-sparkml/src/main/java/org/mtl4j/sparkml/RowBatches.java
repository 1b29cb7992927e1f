package org.mtl4j.sparkml;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;

/**
 * Makes rows of rows, some at a time: the next ones are read when those before have been handed out, so that no more
 * than one batch is held. Their order is kept.
 */
abstract class RowBatches implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final int batchSize;
    private final ArrayDeque<Row> ready = new ArrayDeque<>();

    RowBatches(Iterator<Row> rows, int batchSize) {
        this.rows = rows;
        this.batchSize = batchSize;
    }

    /** Makes as many rows of at least one, in their order. */
    abstract List<Row> made(List<Row> batch);

    @Override
    public boolean hasNext() {
        if (ready.isEmpty() && rows.hasNext()) {
            ready.addAll(made(next(rows, batchSize)));
        }
        return !ready.isEmpty();
    }

    static List<Row> next(Iterator<Row> rows, int batchSize) {
        List<Row> batch = new ArrayList<>(Math.min(batchSize, 4096));
        while (batch.size() < batchSize && rows.hasNext()) {
            batch.add(rows.next());
        }
        return batch;
    }

    @Override
    public Row next() {
        if (!hasNext()) {
            throw new NoSuchElementException("all rows of the partition have been read");
        }
        return ready.remove();
    }
}
