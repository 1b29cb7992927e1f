package org.mtl4j.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.internal.check.Check;
import org.mtl4j.internal.random.Seeds;
import org.mtl4j.internal.random.SplitMix64;
import org.mtl4j.internal.table.PackedRows;
import org.mtl4j.train.batches.AbstractBatches;
import org.mtl4j.train.batches.EncodedBatches;
import org.mtl4j.train.batches.EpochSeekable;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Hands out the rows of files as batches without ever having all of them in memory: the files are opened anew in each
 * epoch and read to their end. What a batch holds is said by {@link TableBatches}.
 *
 * <p>Rows come in the order of the files, or, {@linkplain #withShuffling shuffled}, at random among as many as a buffer
 * holds: the memory that is taken is that of the buffer. What an epoch hands out depends on its number alone, so a run
 * that is cut off and taken up again reads the same. An error of a file is an {@link UncheckedIOException} whose cause
 * is the {@link TableFormatException}. Not safe for use by several threads.
 */
public final class StreamedTableBatches extends AbstractBatches
        implements EncodedBatches, EpochSeekable, AutoCloseable {
    private static final long serialVersionUID = 1L;

    private final transient TableReader reader;
    private final transient TableEncoding encoding;
    private final transient List<Path> files;
    private final int batchSize;
    private final long seed;
    /** How many rows are shuffled at a time; 1 for none. */
    private final int buffered;

    private final transient PackedRows packed;
    private int epoch;
    private transient @Nullable Pass pass;

    private StreamedTableBatches(
            TableReader reader, TableEncoding encoding, List<Path> files, int batchSize, long seed, int buffered) {
        this.reader = reader;
        this.encoding = encoding;
        this.files = List.copyOf(files);
        this.batchSize = Check.atLeast(1, batchSize, "batch size");
        this.seed = seed;
        this.buffered = Check.atLeast(1, buffered, "rows in the buffer");
        this.packed = new PackedRows(encoding);
        if (files.isEmpty()) {
            throw new IllegalArgumentException("there is no file to read rows from");
        }
    }

    static StreamedTableBatches of(TableReader reader, TableEncoding encoding, List<Path> files) {
        return new StreamedTableBatches(reader, encoding, files, 32, 0, 1);
    }

    /**
     * {@return the same in batches of so many rows; the last one of an epoch may have fewer}
     *
     * @throws IllegalArgumentException if {@code batchSize} is below 1
     */
    public StreamedTableBatches withBatchSize(int batchSize) {
        return new StreamedTableBatches(reader, encoding, files, batchSize, seed, buffered);
    }

    /**
     * {@return the same in a random order: each row is drawn from a buffer of so many, which is filled up from the
     * files} Rows that lie far apart in the files do not meet; where a file is sorted, shuffle it once on disk.
     *
     * @param rows in the buffer, at least 1; each takes four bytes for each of its numbers, codes and labels
     * @throws IllegalArgumentException if it is below 1
     */
    public StreamedTableBatches withShuffling(long seed, int rows) {
        return new StreamedTableBatches(reader, encoding, files, batchSize, seed, rows);
    }

    @Override
    public TableEncoding encoding() {
        return encoding;
    }

    @Override
    public void startAt(int epoch) {
        Check.atLeast(0, epoch, "epoch");
        close();
        this.epoch = epoch;
    }

    /** Goes to the start of the next epoch; at the very start of an epoch it does nothing. */
    @Override
    public void reset() {
        if (pass != null) {
            startAt(Math.addExact(epoch, 1));
        }
    }

    @Override
    public boolean hasNext() {
        return pass().hasNext();
    }

    @Override
    protected MultiDataSet read() {
        return read(batchSize);
    }

    @Override
    protected MultiDataSet read(int examples) {
        List<float[]> rows = new ArrayList<>();
        List<RowPlace> places = new ArrayList<>();
        Pass open = pass();
        while (rows.size() < examples && open.hasNext()) {
            Row row = open.next();
            rows.add(row.packed);
            places.add(row.place);
        }
        return packed.batch(rows, places);
    }

    private Pass pass() {
        if (pass == null) {
            pass = new Pass();
        }
        return pass;
    }

    /** {@return true: all arrays are new for each batch} */
    @Override
    public boolean asyncSupported() {
        return true;
    }

    /** Closes the file that is open; the next batch is the first of this epoch again. */
    @Override
    public void close() {
        if (pass != null) {
            pass.close();
            pass = null;
        }
    }

    private record Row(float[] packed, RowPlace place) {}

    /** One pass over the files. */
    private final class Pass {
        private final List<Row> buffer = new ArrayList<>();
        private final SplitMix64 random = new SplitMix64(Seeds.mixed(seed, epoch));
        private int nextFile;
        private @Nullable TableRows open;

        boolean hasNext() {
            while (buffer.size() < buffered) {
                Row row = read();
                if (row == null) {
                    break;
                }
                buffer.add(row);
            }
            return !buffer.isEmpty();
        }

        /** Draws one of the buffer, whose place the last one takes. */
        Row next() {
            int drawn = (int) (random.uniform() * buffer.size());
            Row row = buffer.get(drawn);
            Row last = buffer.remove(buffer.size() - 1);
            if (drawn < buffer.size()) {
                buffer.set(drawn, last);
            }
            return row;
        }

        private @Nullable Row read() {
            try {
                while (open != null || nextFile < files.size()) {
                    if (open == null) {
                        open = reader.open(files.get(nextFile++), encoding.schema());
                    }
                    @Nullable Object[] row = open.next();
                    if (row != null) {
                        return packed(row, files.get(nextFile - 1).toString(), open.line());
                    }
                    open.close();
                    open = null;
                }
                return null;
            } catch (IOException e) {
                close();
                throw new UncheckedIOException(e.getMessage(), e);
            }
        }

        private Row packed(@Nullable Object[] row, String source, long line) throws TableFormatException {
            float[] into = new float[packed.width()];
            try {
                packed.pack(row, into);
            } catch (IllegalArgumentException e) {
                throw TableFormatException.at(source, line, e);
            }
            return new Row(into, new RowPlace(source, line));
        }

        void close() {
            try {
                if (open != null) {
                    open.close();
                    open = null;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
