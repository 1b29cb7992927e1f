package org.mtl4j.train.batches;

import com.google.common.primitives.Ints;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.internal.random.Permutations;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;

/**
 * Hands out data that fit in memory as batches: one features array and one labels array per task, row by row the same
 * examples.
 *
 * <pre>{@code
 * ArrayBatches.of(features, prices, kinds)   // [rows, ...], and [rows, outputs] per task in the order of the network's
 *     .withBatchSize(64)
 *     .withShuffling(7)
 *     .withNaNAsMissing()
 * }</pre>
 *
 * The arrays are not copied; do not change them. The example meta data of a batch are the numbers of its rows, counted
 * from 0, as integers. Each method {@code with…} gives new batches at the start of epoch 0. Not safe for use by several
 * threads.
 */
public final class ArrayBatches extends EpochBatches {
    private static final long serialVersionUID = 1L;

    private final transient INDArray features;
    private final transient List<INDArray> labels;
    private final transient List<INDArray> masks;
    private final transient OptionalLong seed;

    /** The rows in the order of {@link #orderedEpoch}; null before the first batch. */
    private int @Nullable [] order;

    private int orderedEpoch;

    private ArrayBatches(
            INDArray features,
            List<INDArray> labels,
            List<INDArray> masks,
            int batchSize,
            OptionalLong seed,
            @Nullable MultiDataSetPreProcessor preProcessor) {
        super((int) features.size(0), batchSize);
        this.features = features;
        this.labels = labels;
        this.masks = masks;
        this.seed = seed;
        setPreProcessor(preProcessor);
    }

    /**
     * {@return batches of 32 in the order of the rows, all labels there}
     *
     * @param features {@code [rows, ...]}, at least one row
     * @param labels one array {@code [rows, outputs]} per task, at least one, in the order of the network's tasks
     * @throws IllegalArgumentException if there are no rows or no labels, or an array of labels is not a matrix of as
     *     many rows
     */
    public static ArrayBatches of(INDArray features, INDArray... labels) {
        long rows = features.rank() == 0 ? 0 : features.size(0);
        if (features.rank() < 2 || rows < 1 || rows > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("ArrayBatches: features must be [rows, ...] with at least 1 row, got "
                    + Arrays.toString(features.shape()));
        }
        if (labels.length == 0) {
            throw new IllegalArgumentException("ArrayBatches: give the labels of at least one task");
        }
        for (int t = 0; t < labels.length; t++) {
            if (labels[t].rank() != 2 || labels[t].size(0) != rows) {
                throw new IllegalArgumentException("ArrayBatches: labels %d must be [%d, outputs], got %s"
                        .formatted(t, rows, Arrays.toString(labels[t].shape())));
            }
        }
        return new ArrayBatches(features, List.of(labels), List.of(), 32, OptionalLong.empty(), null);
    }

    /**
     * {@return the same in batches of so many rows; the last one of an epoch may have fewer}
     *
     * @throws IllegalArgumentException if {@code batchSize} is below 1
     */
    public ArrayBatches withBatchSize(int batchSize) {
        return new ArrayBatches(features, labels, masks, batchSize, seed, getPreProcessor());
    }

    /**
     * {@return the same in a new random order in each epoch, drawn from this seed and the number of the epoch alone}
     */
    public ArrayBatches withShuffling(long seed) {
        return new ArrayBatches(features, labels, masks, batchSize(), OptionalLong.of(seed), getPreProcessor());
    }

    /**
     * {@return the same with labels that are NaN taken for missing ones; otherwise they stop training} The mask of a
     * task whose rows have all labels or none is {@code [batch, 1]}, otherwise {@code [batch, outputs]}, which is not
     * for one class of several.
     */
    public ArrayBatches withNaNAsMissing() {
        return new ArrayBatches(
                features,
                labels,
                labels.stream().map(ArrayBatches::mask).collect(Collectors.toUnmodifiableList()),
                batchSize(),
                seed,
                getPreProcessor());
    }

    /** {@return a mask of a labels array: 1 where there is a number} */
    private static INDArray mask(INDArray labels) {
        INDArray numbers = labels.eq(labels).castTo(labels.dataType()); // NaN is not equal to itself
        INDArray wholeRows = numbers.min(true, 1);
        return wholeRows.equals(numbers.max(true, 1)) ? wholeRows : numbers;
    }

    /** {@return the rows in the order of the epoch} */
    private int[] order() {
        if (order == null || orderedEpoch != epoch()) {
            int rows = (int) features.size(0);
            order = seed.isPresent()
                    ? Permutations.shuffled(rows, seed.getAsLong(), epoch())
                    : Permutations.identity(rows);
            orderedEpoch = epoch();
        }
        return order;
    }

    @Override
    protected MultiDataSet read(int from, int count) {
        int[] picked = Arrays.copyOfRange(order(), from, from + count);
        MultiDataSet batch = new org.nd4j.linalg.dataset.MultiDataSet(
                new INDArray[] {Rows.copy(features, picked)},
                labels.stream().map(array -> Rows.copy(array, picked)).toArray(INDArray[]::new),
                null,
                masks.isEmpty()
                        ? null
                        : masks.stream().map(array -> Rows.copy(array, picked)).toArray(INDArray[]::new));
        batch.setExampleMetaData(Ints.asList(picked)); // which rows they are, for messages
        return batch;
    }

    /** {@return true: all arrays are new for each batch} */
    @Override
    public boolean asyncSupported() {
        return true;
    }
}
