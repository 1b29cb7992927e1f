package org.mtl4j.train.batches;

import com.google.common.primitives.Ints;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.check.Check;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.internal.random.Permutations;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Hands out data that fit in memory as batches: features of one or several inputs and one labels array per task, row by
 * row the same examples.
 *
 * <pre>{@code
 * ArrayBatches.of(features, prices, kinds)   // [rows, ...], and [rows, outputs] per task in the order of the network's
 *     .withBatchSize(64)
 *     .withShuffling(7)
 *     .withNaNAsMissing()
 * }</pre>
 *
 * With names the order does not matter, labels may be numbers or names of classes, and a network takes what it needs:
 *
 * <pre>{@code
 * Task kind = network.task("kind");
 * ArrayBatches.builder()
 *     .input(features)
 *     .classes(kind, "flat", "house", "flat")   // or their numbers, or one-hot: labels("kind", array)
 *     .labels("price", prices)
 *     .weights(1, 1, 0.5)                       // of the examples
 *     .build();
 * }</pre>
 *
 * The arrays are not copied; do not change them. The example meta data of a batch are the numbers of its rows, counted
 * from 0, as integers. Each method {@code with…} gives new batches at the start of epoch 0. Not safe for use by several
 * threads.
 */
public final class ArrayBatches extends EpochBatches {
    private static final long serialVersionUID = 1L;

    private final transient Data data;
    private final transient OptionalLong seed;

    /** The rows in the order of {@link #orderedEpoch}; null before the first batch. */
    private int @Nullable [] order;

    private int orderedEpoch;

    /**
     * What is handed out; names are empty where arrays go by position, steps (the masks of sequences) where all steps
     * are there, masks where all labels are.
     */
    private record Data(
            List<String> inputs,
            List<INDArray> features,
            List<@Nullable INDArray> steps,
            List<String> tasks,
            List<INDArray> labels,
            List<@Nullable INDArray> masks,
            @Nullable INDArray weights) {

        int rows() {
            return (int) features.get(0).size(0);
        }
    }

    private ArrayBatches(Data data, int batchSize, OptionalLong seed, @Nullable MultiDataSetPreProcessor preProcessor) {
        super(data.rows(), batchSize);
        this.data = data;
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
        long rows = rows("features", features);
        if (labels.length == 0) {
            throw new IllegalArgumentException("ArrayBatches: give the labels of at least one task");
        }
        for (int t = 0; t < labels.length; t++) {
            checkLabels("labels " + t, labels[t], rows);
        }
        return ofAll(new Data(List.of(), List.of(features), List.of(), List.of(), List.of(labels), List.of(), null));
    }

    private static ArrayBatches ofAll(Data data) {
        return new ArrayBatches(data, 32, OptionalLong.empty(), null);
    }

    private static long rows(String what, INDArray features) {
        long rows = features.rank() == 0 ? 0 : features.size(0);
        if (features.rank() < 2 || rows < 1 || rows > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("ArrayBatches: %s must be [rows, ...] with at least 1 row, got %s"
                    .formatted(what, Arrays.toString(features.shape())));
        }
        return rows;
    }

    private static void checkLabels(String what, INDArray labels, long rows) {
        if (labels.rank() != 2 || labels.size(0) != rows) {
            throw new IllegalArgumentException("ArrayBatches: %s must be [%d, outputs], got %s"
                    .formatted(what, rows, Arrays.toString(labels.shape())));
        }
    }

    /** {@return a builder of batches whose arrays have names} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * {@return the same in batches of so many rows; the last one of an epoch may have fewer}
     *
     * @throws IllegalArgumentException if {@code batchSize} is below 1
     */
    public ArrayBatches withBatchSize(int batchSize) {
        return new ArrayBatches(data, batchSize, seed, getPreProcessor());
    }

    /**
     * {@return the same in a new random order in each epoch, drawn from this seed and the number of the epoch alone}
     */
    public ArrayBatches withShuffling(long seed) {
        return new ArrayBatches(data, batchSize(), OptionalLong.of(seed), getPreProcessor());
    }

    /**
     * {@return the same with labels that are NaN taken for missing ones; otherwise they stop training} The mask of a
     * task whose rows have all labels or none is {@code [batch, 1]}, otherwise {@code [batch, outputs]}, which is not
     * for one class of several.
     */
    public ArrayBatches withNaNAsMissing() {
        List<@Nullable INDArray> masks = new ArrayList<>();
        for (int t = 0; t < data.labels().size(); t++) {
            INDArray known = data.masks().isEmpty() ? null : data.masks().get(t);
            masks.add(known == null ? mask(data.labels().get(t)) : known);
        }
        return new ArrayBatches(
                new Data(
                        data.inputs(),
                        data.features(),
                        data.steps(),
                        data.tasks(),
                        data.labels(),
                        masks,
                        data.weights()),
                batchSize(),
                seed,
                getPreProcessor());
    }

    /**
     * {@return the same with weights of the examples: see {@link Batch}}
     *
     * @param weights {@code [rows, 1]}, finite and at least 0
     * @throws IllegalArgumentException if they are of another shape, or one is out of its range; the message names the
     *     row
     */
    public ArrayBatches withWeights(INDArray weights) {
        return new ArrayBatches(
                new Data(
                        data.inputs(),
                        data.features(),
                        data.steps(),
                        data.tasks(),
                        data.labels(),
                        data.masks(),
                        checkedWeights(weights, data.rows())),
                batchSize(),
                seed,
                getPreProcessor());
    }

    private static INDArray checkedWeights(INDArray weights, long rows) {
        if (weights.rank() != 2 || weights.size(0) != rows || weights.size(1) != 1) {
            throw new IllegalArgumentException(
                    "ArrayBatches: weights must be [%d, 1], got %s".formatted(rows, Arrays.toString(weights.shape())));
        }
        double[] values = weights.dup().data().asDouble();
        for (int row = 0; row < values.length; row++) {
            Check.finiteAtLeastZero(values[row], "ArrayBatches: the weight of row %s, counted from 0,".formatted(row));
        }
        return weights;
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
            order = seed.isPresent()
                    ? Permutations.shuffled(data.rows(), seed.getAsLong(), epoch())
                    : Permutations.identity(data.rows());
            orderedEpoch = epoch();
        }
        return order;
    }

    @Override
    protected MultiDataSet read(int from, int count) {
        int[] picked = Arrays.copyOfRange(order(), from, from + count);
        MultiDataSet arrays = new org.nd4j.linalg.dataset.MultiDataSet(
                picked(data.features(), picked),
                picked(data.labels(), picked),
                data.steps().isEmpty() ? null : Masks.nullIfNone(picked(data.steps(), picked)),
                data.masks().isEmpty() ? null : Masks.nullIfNone(picked(data.masks(), picked)));
        arrays.setExampleMetaData(Ints.asList(picked)); // which rows they are, for messages
        INDArray weights = data.weights();
        return data.tasks().isEmpty() && weights == null
                ? arrays
                : new Batch(arrays, data.inputs(), data.tasks(), weights == null ? null : Rows.copy(weights, picked));
    }

    private static @Nullable INDArray[] picked(List<? extends @Nullable INDArray> arrays, int[] rows) {
        return arrays.stream()
                .map(array -> array == null ? null : Rows.copy(array, rows))
                .toArray(INDArray[]::new);
    }

    /** {@return true: all arrays are new for each batch} */
    @Override
    public boolean asyncSupported() {
        return true;
    }

    /** Collects arrays by name; of each row the same example. */
    public static final class Builder {
        private final List<String> inputs = new ArrayList<>();
        private final List<INDArray> features = new ArrayList<>();
        private final List<@Nullable INDArray> steps = new ArrayList<>();
        private final List<String> tasks = new ArrayList<>();
        private final List<INDArray> labels = new ArrayList<>();
        private final List<@Nullable INDArray> masks = new ArrayList<>();
        private @Nullable INDArray weights;

        private Builder() {}

        /** Sets the features of the one input of a network, {@code [rows, ...]}. */
        public Builder input(INDArray array) {
            return input("input", array);
        }

        /** Adds the features of an input, {@code [rows, ...]}. */
        public Builder input(String name, INDArray array) {
            return input(name, array, null);
        }

        /**
         * Adds the features of an input of sequences, some of which have fewer steps than others.
         *
         * @param array {@code [rows, ..., steps]}
         * @param mask {@code [rows, steps]}, 1 where there is a step and 0 where there is none; null if all are there
         */
        public Builder input(String name, INDArray array, @Nullable INDArray mask) {
            inputs.add(Batch.Builder.unique("input", name, inputs));
            features.add(array);
            steps.add(mask);
            return this;
        }

        /**
         * Adds the labels of a task as a network takes them: {@code [rows, outputs]}, real numbers, one-hot classes, or
         * several labels of 0 and 1. NaN is a missing label where {@link ArrayBatches#withNaNAsMissing} says so.
         */
        public Builder labels(String task, INDArray array) {
            return labels(task, array, null);
        }

        private Builder labels(String task, INDArray array, @Nullable INDArray mask) {
            tasks.add(Batch.Builder.unique("task", task, tasks));
            labels.add(array);
            masks.add(mask);
            return this;
        }

        /**
         * Adds the classes of a task by their numbers.
         *
         * @param numbers one for each row, from 0 to the number of classes, excluded
         * @throws IllegalArgumentException if the task is none of classes, or a number is no class; the message names
         *     the row
         */
        public Builder classes(Task task, int... numbers) {
            float[][] oneHot = new float[numbers.length][requireClasses(task)];
            for (int row = 0; row < numbers.length; row++) {
                if (numbers[row] < 0 || numbers[row] >= task.outputs()) {
                    throw new IllegalArgumentException(
                            "ArrayBatches: task '%s', row %d, counted from 0: expected a class of 0 to %d, got %d"
                                    .formatted(task.name(), row, task.outputs() - 1, numbers[row]));
                }
                oneHot[row][numbers[row]] = 1;
            }
            return labels(task.name(), matrix(oneHot, task.outputs()));
        }

        /**
         * Adds the classes of a task by their names.
         *
         * @param names one for each row; null where the label is missing
         * @throws IllegalArgumentException if the task has no names of classes, or a name is none of them; the message
         *     names the row
         */
        public Builder classes(Task task, @Nullable String... names) {
            requireClasses(task);
            if (task.classNames().isEmpty()) {
                throw new IllegalArgumentException(
                        "ArrayBatches: the classes of task '%s' have no names; give numbers, or the names where the"
                                        .formatted(task.name())
                                + " task is made: Task.classification(name, classNames...)");
            }
            float[][] oneHot = new float[names.length][task.outputs()];
            float[][] there = new float[names.length][1];
            boolean missing = false;
            for (int row = 0; row < names.length; row++) {
                String name = names[row];
                if (name == null) {
                    missing = true;
                    continue;
                }
                int number = task.classNames().indexOf(name);
                if (number < 0) {
                    throw new IllegalArgumentException(
                            "ArrayBatches: task '%s', row %d, counted from 0: '%s' is none of the classes %s"
                                    .formatted(task.name(), row, name, task.classNames()));
                }
                oneHot[row][number] = 1;
                there[row][0] = 1;
            }
            return labels(task.name(), matrix(oneHot, task.outputs()), missing ? matrix(there, 1) : null);
        }

        private static int requireClasses(Task task) {
            if (task.kind() != TaskKind.MULTI_CLASS) {
                throw new IllegalArgumentException(
                        "ArrayBatches: task '%s' is no classification but %s; give its labels as an array [rows, %d]"
                                .formatted(task.name(), task.kind(), task.outputs()));
            }
            return task.outputs();
        }

        private static INDArray matrix(float[][] rows, int columns) {
            return rows.length == 0 ? Nd4j.empty(DataType.FLOAT) : Nd4j.createFromArray(rows);
        }

        /** Sets the weights of the examples, finite and at least 0, one for each row; by default each is 1. */
        public Builder weights(double... weights) {
            return weights(Nd4j.createFromArray(weights).reshape(weights.length, 1));
        }

        /** Sets the weights of the examples, {@code [rows, 1]}, finite and at least 0; by default each is 1. */
        public Builder weights(INDArray weights) {
            this.weights = weights;
            return this;
        }

        /**
         * {@return batches of 32 in the order of the rows}
         *
         * @throws IllegalArgumentException if there is no input or no task, arrays have different numbers of rows, or a
         *     weight is out of its range; the message names input, task or row
         */
        public ArrayBatches build() {
            if (features.isEmpty() || labels.isEmpty()) {
                throw new IllegalArgumentException("ArrayBatches: give the %s"
                        .formatted(
                                features.isEmpty() ? "features of at least one input" : "labels of at least one task"));
            }
            long rows = rows("input '%s'".formatted(inputs.get(0)), features.get(0));
            for (int i = 1; i < features.size(); i++) {
                if (rows("input '%s'".formatted(inputs.get(i)), features.get(i)) != rows) {
                    throw new IllegalArgumentException("ArrayBatches: input '%s' has %d rows, and input '%s' has %d"
                            .formatted(
                                    inputs.get(0),
                                    rows,
                                    inputs.get(i),
                                    features.get(i).size(0)));
                }
            }
            for (int i = 0; i < steps.size(); i++) {
                checkSteps(inputs.get(i), features.get(i), steps.get(i));
            }
            for (int t = 0; t < labels.size(); t++) {
                checkLabels("the labels of task '%s'".formatted(tasks.get(t)), labels.get(t), rows);
            }
            INDArray checked = weights == null ? null : checkedWeights(weights, rows);
            return ofAll(new Data(
                    List.copyOf(inputs),
                    List.copyOf(features),
                    new ArrayList<>(steps),
                    List.copyOf(tasks),
                    List.copyOf(labels),
                    new ArrayList<>(masks),
                    checked));
        }

        private static void checkSteps(String input, INDArray array, @Nullable INDArray mask) {
            long steps = array.size(array.rank() - 1);
            if (mask != null && (mask.rank() != 2 || mask.size(0) != array.size(0) || mask.size(1) != steps)) {
                throw new IllegalArgumentException("ArrayBatches: the mask of input '%s' must be [%s, %s], got %s"
                        .formatted(input, array.size(0), steps, Arrays.toString(mask.shape())));
            }
        }
    }
}
