package org.mtl4j.internal.table;

import com.google.common.collect.ImmutableList;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.EncodedRow;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.mtl4j.train.batches.Batch;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Packs all that a network takes of a row into one array: codes, numbers, for each task its labels and which of them
 * are there, and the weight of the example; and makes batches of such rows. Not safe for use by several threads.
 */
public final class PackedRows {
    private final TableEncoding encoding;
    private final ImmutableList<Label> labels;
    private final ImmutableList<Task> tasks;
    private final boolean weighted;
    private final int codes;
    private final int numbers;
    private final int width;
    /** Where the labels of each task begin; those that are there come right behind them. */
    private final int[] places;

    private final int[] outputs;
    private final int[] masks;
    private final int[] sizes;
    private final int bytes;
    private final EncodedRow features;
    private final float[][] values;
    private final float[][] present;

    /** Packs rows as this encoding says. */
    public PackedRows(TableEncoding encoding) {
        this.encoding = encoding;
        this.labels = ImmutableList.copyOf(encoding.schema().labels());
        this.tasks = ImmutableList.copyOf(encoding.tasks());
        this.weighted = encoding.schema().weight().isPresent();
        this.codes = encoding.schema().categories().size();
        this.numbers = encoding.numbers();
        this.places = new int[tasks.size()];
        this.outputs = tasks.stream().mapToInt(Task::outputs).toArray();
        this.masks = tasks.stream()
                .mapToInt(task -> task.kind() == TaskKind.MULTI_CLASS ? 1 : task.outputs())
                .toArray();
        int place = codes + numbers;
        for (int t = 0; t < places.length; t++) {
            places[t] = place;
            place += outputs[t] + masks[t];
        }
        this.width = place + (weighted ? 1 : 0);
        this.features = new EncodedRow(new int[codes], new float[numbers]);
        this.values = Arrays.stream(outputs).mapToObj(float[]::new).toArray(float[][]::new);
        this.sizes =
                encoding.categorySizes().stream().mapToInt(Integer::intValue).toArray();
        this.bytes = countBytes();
        this.present = Arrays.stream(masks).mapToObj(float[]::new).toArray(float[][]::new);
    }

    /** {@return the length of a packed row} */
    public int width() {
        return width;
    }

    /** {@return where the code of a category is} */
    public int placeOfCode(int category) {
        return category;
    }

    /** {@return where the first number is} */
    public int placeOfNumbers() {
        return codes;
    }

    /** {@return where a label of a task is} */
    public int placeOfLabel(int task, int output) {
        return places[task] + output;
    }

    /** {@return where it is said whether a label of a task is there} */
    public int placeOfPresence(int task, int output) {
        return places[task] + outputs[task] + (masks[task] == 1 ? 0 : output);
    }

    /** {@return where the weight is, for tables that have weights} */
    public int placeOfWeight() {
        return width - 1;
    }

    /**
     * Packs a row.
     *
     * @param row as {@link TableEncoding} takes them
     * @throws IllegalArgumentException if a value is none that the column takes
     */
    public void pack(@Nullable Object[] row, float[] into) {
        encoding.encode(row, features);
        for (int i = 0; i < codes; i++) {
            into[i] = features.codes()[i];
        }
        System.arraycopy(features.numbers(), 0, into, codes, numbers);
        for (int t = 0; t < places.length; t++) {
            encoding.encodeLabel(labels.get(t), row, values[t], present[t]);
            System.arraycopy(values[t], 0, into, places[t], outputs[t]);
            System.arraycopy(present[t], 0, into, places[t] + outputs[t], masks[t]);
        }
        if (weighted) {
            into[width - 1] = (float) encoding.weight(row);
        }
    }

    /**
     * {@return a packed row in few bytes, as it is kept and sent} A code takes as many bytes as its category needs, the
     * label of one class of several likewise, and all other numbers four. Equal rows are equal bytes.
     */
    public byte[] toBytes(float[] row) {
        ByteBuffer out = ByteBuffer.allocate(bytes);
        for (int i = 0; i < codes; i++) {
            put(out, (int) row[i], sizes[i]);
        }
        for (int i = 0; i < numbers; i++) {
            out.putFloat(row[codes + i]);
        }
        for (int t = 0; t < places.length; t++) {
            int presence = places[t] + outputs[t];
            if (oneHot(t)) {
                int number = 0; // of a missing label
                for (int i = 0; i < outputs[t] && row[presence] == 1; i++) {
                    number = row[places[t] + i] == 1 ? i + 1 : number;
                }
                put(out, number, outputs[t] + 1);
            } else {
                for (int i = 0; i < outputs[t]; i++) {
                    out.putFloat(row[places[t] + i]);
                    out.put((byte) row[presence + i]);
                }
            }
        }
        if (weighted) {
            out.putFloat(row[width - 1]);
        }
        return out.array();
    }

    /** {@return the packed row of these bytes} */
    public float[] ofBytes(byte[] from) {
        ByteBuffer in = ByteBuffer.wrap(from);
        float[] row = new float[width];
        for (int i = 0; i < codes; i++) {
            row[i] = get(in, sizes[i]);
        }
        for (int i = 0; i < numbers; i++) {
            row[codes + i] = in.getFloat();
        }
        for (int t = 0; t < places.length; t++) {
            int presence = places[t] + outputs[t];
            if (oneHot(t)) {
                int number = get(in, outputs[t] + 1);
                if (number > 0) {
                    row[places[t] + number - 1] = 1;
                    row[presence] = 1;
                }
            } else {
                for (int i = 0; i < outputs[t]; i++) {
                    row[places[t] + i] = in.getFloat();
                    row[presence + i] = in.get();
                }
            }
        }
        if (weighted) {
            row[width - 1] = in.getFloat();
        }
        return row;
    }

    private boolean oneHot(int task) {
        return tasks.get(task).kind() == TaskKind.MULTI_CLASS;
    }

    /** How many bytes a number below this one takes. */
    private static int bytesOf(int size) {
        return size <= 1 << Byte.SIZE ? Byte.BYTES : size <= 1 << Short.SIZE ? Short.BYTES : Integer.BYTES;
    }

    private static void put(ByteBuffer out, int number, int size) {
        switch (bytesOf(size)) {
            case Byte.BYTES -> out.put((byte) number);
            case Short.BYTES -> out.putShort((short) number);
            default -> out.putInt(number);
        }
    }

    private static int get(ByteBuffer in, int size) {
        return switch (bytesOf(size)) {
            case Byte.BYTES -> Byte.toUnsignedInt(in.get());
            case Short.BYTES -> Short.toUnsignedInt(in.getShort());
            default -> in.getInt();
        };
    }

    private int countBytes() {
        int all = numbers * Float.BYTES + (weighted ? Float.BYTES : 0);
        for (int size : sizes) {
            all += bytesOf(size);
        }
        for (int t = 0; t < places.length; t++) {
            all += oneHot(t) ? bytesOf(outputs[t] + 1) : outputs[t] * (Float.BYTES + Byte.BYTES);
        }
        return all;
    }

    /**
     * {@return the batch of some packed rows, at least one}
     *
     * @param from where each is from, for messages; empty if that is not known
     */
    public Batch batch(List<float[]> rows, List<? extends Serializable> from) {
        Batch.Builder batch = Batch.builder();
        for (String input : encoding.inputs().keySet()) {
            boolean ofCodes = input.equals(TableEncoding.CODES);
            batch.input(input, columns(rows, ofCodes ? 0 : codes, ofCodes ? codes : numbers));
        }
        for (int t = 0; t < places.length; t++) {
            INDArray mask = isWhole(rows, t) ? null : columns(rows, places[t] + outputs[t], masks[t]);
            batch.labels(tasks.get(t).name(), columns(rows, places[t], outputs[t]), mask);
        }
        if (weighted) {
            batch.weights(columns(rows, width - 1, 1));
        }
        return from.isEmpty()
                ? batch.build()
                : batch.metaData(new ArrayList<>(from)).build();
    }

    private boolean isWhole(List<float[]> rows, int task) {
        for (float[] row : rows) {
            for (int i = 0; i < masks[task]; i++) {
                if (row[places[task] + outputs[task] + i] == 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private static INDArray columns(List<float[]> rows, int from, int count) {
        float[] flat = new float[rows.size() * count];
        for (int row = 0; row < rows.size(); row++) {
            System.arraycopy(rows.get(row), from, flat, row * count, count);
        }
        return Rows.array(flat, rows.size(), count);
    }
}
