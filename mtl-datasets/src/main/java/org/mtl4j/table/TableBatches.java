package org.mtl4j.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.Column;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.internal.random.Permutations;
import org.mtl4j.internal.table.PackedRows;
import org.mtl4j.train.batches.EncodedBatches;
import org.mtl4j.train.batches.EpochBatches;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;

/**
 * Hands out the rows of a table as batches: by the names of {@link TableEncoding#inputs()} codes of categories and
 * numbers, by task its labels with a mask where some are missing, and the weights of the examples where the schema has
 * any. The example meta data of a batch say the file and the line of each row.
 *
 * <pre>{@code
 * model.fit(table.batches(encoding).withBatchSize(256).withShuffling(7), FitOptions.epochs(10));
 * }</pre>
 *
 * <p>Rows are encoded as they are handed out, each different value of a category once, so that no second copy of the
 * table is made. Each method {@code with…} gives new batches at the start of epoch 0. Not safe for use by several
 * threads.
 */
public final class TableBatches extends EpochBatches implements EncodedBatches {
    private static final long serialVersionUID = 1L;

    private final transient Source data;
    private final transient OptionalLong seed;

    /** The rows in the order of {@link #orderedEpoch}; null before the first batch. */
    private int @Nullable [] order;

    private int orderedEpoch;

    private TableBatches(
            Source data, int batchSize, OptionalLong seed, @Nullable MultiDataSetPreProcessor preProcessor) {
        super(data.table.rows(), batchSize);
        this.data = data;
        this.seed = seed;
        setPreProcessor(preProcessor);
    }

    static TableBatches of(Table table, TableEncoding encoding) throws TableFormatException {
        return new TableBatches(new Source(table, encoding), 32, OptionalLong.empty(), null);
    }

    /**
     * {@return the same in batches of so many rows; the last one of an epoch may have fewer}
     *
     * @throws IllegalArgumentException if {@code batchSize} is below 1
     */
    public TableBatches withBatchSize(int batchSize) {
        return new TableBatches(data, batchSize, seed, getPreProcessor());
    }

    /**
     * {@return the same in a new random order in each epoch, drawn from this seed and the number of the epoch alone}
     */
    public TableBatches withShuffling(long seed) {
        return new TableBatches(data, batchSize(), OptionalLong.of(seed), getPreProcessor());
    }

    @Override
    public TableEncoding encoding() {
        return data.encoding;
    }

    private int[] order() {
        if (order == null || orderedEpoch != epoch()) {
            int rows = data.table.rows();
            order = seed.isPresent()
                    ? Permutations.shuffled(rows, seed.getAsLong(), epoch())
                    : Permutations.identity(rows);
            orderedEpoch = epoch();
        }
        return order;
    }

    @Override
    protected MultiDataSet read(int from, int count) {
        List<float[]> rows = new ArrayList<>(count);
        List<RowPlace> places = new ArrayList<>(count);
        int[] all = order();
        for (int i = from; i < from + count; i++) {
            float[] row = new float[data.packed.width()];
            data.pack(all[i], row);
            rows.add(row);
            places.add(new RowPlace(data.table.source(), data.table.line(all[i])));
        }
        return data.packed.batch(rows, places);
    }

    /** {@return true: all arrays are new for each batch} */
    @Override
    public boolean asyncSupported() {
        return true;
    }

    /** The columns of a table, with what each different text becomes. */
    private static final class Source {
        private final Table table;
        private final TableEncoding encoding;
        private final PackedRows packed;
        private final List<Part> parts = new ArrayList<>();

        Source(Table table, TableEncoding given) throws TableFormatException {
            this.table = table;
            this.encoding = given.forSchema(table.schema());
            this.packed = new PackedRows(encoding);
            addFeatures();
            for (int t = 0; t < encoding.schema().labels().size(); t++) {
                addLabel(encoding.schema().labels().get(t), t);
            }
            encoding.schema().weight().ifPresent(column -> {
                ColumnData.Numbers weights = (ColumnData.Numbers) table.column(column);
                parts.add((row, into) -> into[packed.placeOfWeight()] =
                        (float) TableEncoding.checkedWeight(column, weights.values()[row]));
            });
            checkRows();
        }

        /** Writes its part of a row. */
        private interface Part {
            void pack(int row, float[] into);
        }

        void pack(int row, float[] into) {
            int inColumns = table.place(row);
            for (Part part : parts) {
                part.pack(inColumns, into);
            }
        }

        private void addFeatures() {
            List<Column.Category> categories = encoding.schema().categories();
            for (int i = 0; i < categories.size(); i++) {
                ColumnData.Texts texts =
                        (ColumnData.Texts) table.column(categories.get(i).name());
                int place = packed.placeOfCode(i);
                int category = i;
                int missing = encoding.code(i, null);
                int[] codes = texts.dictionary().stream()
                        .mapToInt(text -> encoding.code(category, text))
                        .toArray();
                parts.add((row, into) -> {
                    int text = texts.places()[row];
                    into[place] = text < 0 ? missing : codes[text];
                });
            }
            List<Column.Number> numbers = encoding.schema().numbers();
            int indicator = packed.placeOfNumbers() + numbers.size();
            for (int i = 0; i < numbers.size(); i++) {
                double[] values =
                        ((ColumnData.Numbers) table.column(numbers.get(i).name())).values();
                int number = i;
                int place = packed.placeOfNumbers() + i;
                int ofIndicator = numbers.get(i).missingIndicator() ? indicator++ : -1;
                parts.add((row, into) -> {
                    into[place] = encoding.scaled(number, values[row]);
                    if (ofIndicator >= 0) {
                        into[ofIndicator] = Double.isNaN(values[row]) ? 1 : 0;
                    }
                });
            }
        }

        private void addLabel(Label label, int task) {
            for (int i = 0; i < label.columns().size(); i++) {
                int output = i;
                int place = packed.placeOfLabel(task, i);
                int presence = packed.placeOfPresence(task, i);
                ColumnData column = table.column(label.columns().get(i));
                if (label instanceof Label.Numbers numbers) {
                    parts.add((row, into) -> {
                        double number = number(column, row);
                        into[presence] = Double.isNaN(number) ? 0 : 1;
                        into[place] = Double.isNaN(number) ? 0 : encoding.scaledLabel(numbers, output, number);
                    });
                } else {
                    Labels labels = new Labels(label, output, column);
                    boolean oneHot = label instanceof Label.Classes;
                    parts.add((row, into) -> {
                        int value = labels.of(row);
                        into[presence] = value < 0 ? 0 : 1;
                        if (oneHot && value >= 0) {
                            into[packed.placeOfLabel(task, value)] = 1;
                        } else if (!oneHot) {
                            into[packed.placeOfLabel(task, output)] = Math.max(value, 0);
                        }
                    });
                }
            }
        }

        /** A column may be read as texts where another use of it wants that. */
        private double number(ColumnData column, int row) {
            Object value = column.value(row);
            return value instanceof Double number ? number : Double.NaN;
        }

        /** Finds the class, or yes and no, that each different value of a column stands for; each when first asked. */
        private final class Labels {
            private static final int UNKNOWN = -2;

            private final Label label;
            private final int output;
            private final ColumnData column;
            private final int[] ofText;

            Labels(Label label, int output, ColumnData column) {
                this.label = label;
                this.output = output;
                this.column = column;
                this.ofText = new int
                        [column instanceof ColumnData.Texts texts
                                ? texts.dictionary().size()
                                : 0];
                Arrays.fill(ofText, UNKNOWN);
            }

            int of(int row) {
                if (column instanceof ColumnData.Texts texts) {
                    int place = texts.places()[row];
                    if (place < 0) {
                        return -1;
                    }
                    if (ofText[place] == UNKNOWN) {
                        ofText[place] = encoding.labelOf(
                                label, output, texts.dictionary().get(place));
                    }
                    return ofText[place];
                }
                return encoding.labelOf(label, output, column.value(row));
            }
        }

        /** Looks at all rows once, so that bad labels and weights are told before anything is trained. */
        private void checkRows() throws TableFormatException {
            float[] row = new float[packed.width()];
            for (int i = 0; i < table.rows(); i++) {
                try {
                    pack(i, row);
                } catch (IllegalArgumentException e) {
                    throw TableFormatException.at(table.source(), table.line(i), e);
                }
            }
        }
    }
}
