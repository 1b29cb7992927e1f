package org.mtl4j.train.batches;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.check.Check;
import org.mtl4j.internal.data.Masks;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;

/**
 * A batch that knows more than its arrays: which input and which task each of them is of, and the weights of its
 * examples. A network picks by name what it needs, in whatever order the arrays are; a batch without names, as any
 * other {@link org.nd4j.linalg.dataset.api.MultiDataSet}, is read by position.
 *
 * <pre>{@code
 * Batch batch = Batch.builder()
 *     .input("numbers", numbers)         // [examples, ...]
 *     .labels("smile", smiles)           // [examples, outputs]
 *     .labels("landmarks", points, mask)
 *     .weights(weights)                  // [examples, 1]
 *     .build();
 * }</pre>
 *
 * <p>Weights are of examples: a loss is {@code sum of weight * loss / sum of weights} over the examples of a batch that
 * have the label, and measures count likewise. An example of weight 2 is as good as two of weight 1; one of weight 0 is
 * as good as none. (Masks are no weights: they are 1 where there is a label, and else 0.)
 *
 * <p>The arrays are not copied; do not change them.
 */
public final class Batch extends MultiDataSet {
    private static final long serialVersionUID = 1L;

    private final ImmutableList<String> inputs;
    private final ImmutableList<String> tasks;
    private final @Nullable INDArray weights;

    Batch(
            org.nd4j.linalg.dataset.api.MultiDataSet arrays,
            List<String> inputs,
            List<String> tasks,
            @Nullable INDArray weights) {
        super(arrays.getFeatures(), arrays.getLabels(), arrays.getFeaturesMaskArrays(), arrays.getLabelsMaskArrays());
        this.inputs = ImmutableList.copyOf(inputs);
        this.tasks = ImmutableList.copyOf(tasks);
        this.weights = weights;
        List<Serializable> metaData = arrays.getExampleMetaData();
        if (metaData != null) {
            setExampleMetaData(metaData);
        }
    }

    /** {@return a builder without arrays} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * {@return a batch whose arrays have names} Its weights, if it has any, are kept.
     *
     * @param batch any
     * @param inputs the names of the inputs, in the order of the features arrays; empty for none
     * @param tasks the names of the tasks, in the order of the labels arrays; empty for none
     * @throws IllegalArgumentException if there are more or fewer names than arrays, or names repeat
     */
    public static Batch named(org.nd4j.linalg.dataset.api.MultiDataSet batch, List<String> inputs, List<String> tasks) {
        checkNames("input", inputs, batch.numFeatureArrays());
        checkNames("task", tasks, batch.numLabelsArrays());
        return new Batch(batch, inputs, tasks, weightsOf(batch).orElse(null));
    }

    private static void checkNames(String what, List<String> names, int arrays) {
        if (!names.isEmpty() && names.size() != arrays
                || ImmutableSet.copyOf(names).size() < names.size()) {
            throw new IllegalArgumentException(
                    "Batch: expected names of %ss, one for each of %d arrays, each once, got %s"
                            .formatted(what, arrays, names));
        }
    }

    /**
     * {@return a batch with weights in place of those that it may have had}
     *
     * @param batch any; names, if it has them, are kept
     * @param weights {@code [examples, 1]}, finite and at least 0
     * @throws IllegalArgumentException if they are of another shape
     */
    public static Batch of(org.nd4j.linalg.dataset.api.MultiDataSet batch, INDArray weights) {
        return new Batch(batch, inputsOf(batch), tasksOf(batch), checked(batch, weights));
    }

    /**
     * {@return other arrays for the examples of a batch, with the weights that it has, if it has any}
     *
     * @param batch any
     * @param arrays whose names, if they have any, are kept
     */
    public static org.nd4j.linalg.dataset.api.MultiDataSet withWeightsOf(
            org.nd4j.linalg.dataset.api.MultiDataSet batch, org.nd4j.linalg.dataset.api.MultiDataSet arrays) {
        return weightsOf(batch)
                .<org.nd4j.linalg.dataset.api.MultiDataSet>map(weights -> of(arrays, weights))
                .orElse(arrays);
    }

    private static INDArray checked(org.nd4j.linalg.dataset.api.MultiDataSet batch, INDArray weights) {
        long examples = batch.getFeatures(0).size(0);
        if (weights.rank() != 2 || weights.size(0) != examples || weights.size(1) != 1) {
            throw new IllegalArgumentException("the weights of the examples of a batch must be [%s, 1], got %s"
                    .formatted(examples, Arrays.toString(weights.shape())));
        }
        return weights;
    }

    /** {@return the names of the inputs, in the order of the features arrays; empty if they have none} */
    public List<String> inputs() {
        return inputs;
    }

    /** {@return the names of the tasks, in the order of the labels arrays; empty if they have none} */
    public List<String> tasks() {
        return tasks;
    }

    /** {@return the weights of the examples, {@code [examples, 1]}; empty if each is 1} */
    public Optional<INDArray> weights() {
        return Optional.ofNullable(weights);
    }

    /** {@return the names of the inputs of any batch; empty if it has none} */
    public static List<String> inputsOf(org.nd4j.linalg.dataset.api.MultiDataSet batch) {
        return batch instanceof Batch named ? named.inputs : List.of();
    }

    /** {@return the names of the tasks of any batch; empty if it has none} */
    public static List<String> tasksOf(org.nd4j.linalg.dataset.api.MultiDataSet batch) {
        return batch instanceof Batch named ? named.tasks : List.of();
    }

    /** {@return the weights of the examples of any batch, {@code [examples, 1]}; empty if each is 1} */
    public static Optional<INDArray> weightsOf(org.nd4j.linalg.dataset.api.MultiDataSet batch) {
        return batch instanceof Batch weighted ? weighted.weights() : Optional.empty();
    }

    /** {@return a batch of copies of all arrays, with the same names} */
    @Override
    public Batch copy() {
        return copyOf(this);
    }

    /**
     * {@return a batch of copies of all arrays of any batch} Names, weights and where examples are from are kept.
     * Labels and masks may be null, as {@link org.nd4j.linalg.dataset.MultiDataSet#copy} does not allow.
     */
    public static Batch copyOf(org.nd4j.linalg.dataset.api.MultiDataSet batch) {
        MultiDataSet copies = new MultiDataSet(
                Masks.map(batch.getFeatures(), Batch::copyOf),
                Masks.map(batch.getLabels(), Batch::copyOf),
                Masks.map(batch.getFeaturesMaskArrays(), Batch::copyOf),
                Masks.map(batch.getLabelsMaskArrays(), Batch::copyOf));
        List<Serializable> metaData = batch.getExampleMetaData();
        if (metaData != null) {
            copies.setExampleMetaData(metaData);
        }
        return new Batch(
                copies,
                inputsOf(batch),
                tasksOf(batch),
                weightsOf(batch).map(Batch::copyOf).orElse(null));
    }

    private static INDArray copyOf(INDArray array) {
        return array.dup(array.ordering());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Batch that
                && super.equals(other)
                && inputs.equals(that.inputs)
                && tasks.equals(that.tasks)
                && weights().equals(that.weights());
    }

    @Override
    public int hashCode() {
        return 31 * super.hashCode() + tasks.hashCode();
    }

    /** Collects the arrays of a batch; of each row the same example. */
    public static final class Builder {
        private final List<String> inputs = new ArrayList<>();
        private final List<INDArray> features = new ArrayList<>();
        private final List<@Nullable INDArray> featuresMasks = new ArrayList<>();
        private final List<String> tasks = new ArrayList<>();
        private final List<@Nullable INDArray> labels = new ArrayList<>();
        private final List<@Nullable INDArray> labelsMasks = new ArrayList<>();
        private @Nullable INDArray weights;
        private @Nullable List<? extends Serializable> metaData;

        private Builder() {}

        /** Adds the features of an input, {@code [examples, ...]}. */
        public Builder input(String name, INDArray array) {
            return input(name, array, null);
        }

        /**
         * Adds the features of an input of sequences.
         *
         * @param array {@code [examples, ...]}
         * @param mask {@code [examples, steps]}, 1 where there is a step and else 0; null if all are there
         */
        public Builder input(String name, INDArray array, @Nullable INDArray mask) {
            inputs.add(unique("input", name, inputs));
            features.add(array);
            featuresMasks.add(mask);
            return this;
        }

        /** Adds the labels of a task, {@code [examples, outputs]}; null if no example has one. */
        public Builder labels(String task, @Nullable INDArray array) {
            return labels(task, array, null);
        }

        /**
         * Adds the labels of a task, some of which may be missing.
         *
         * @param array {@code [examples, outputs]}; null if no example has one
         * @param mask {@code [examples, 1]} or {@code [examples, outputs]}, 1 where there is a label and else 0; null
         *     if all are there
         */
        public Builder labels(String task, @Nullable INDArray array, @Nullable INDArray mask) {
            tasks.add(unique("task", task, tasks));
            labels.add(array);
            labelsMasks.add(mask);
            return this;
        }

        static String unique(String what, String name, List<String> names) {
            Check.name("Batch: " + what, name);
            if (names.contains(name)) {
                throw new IllegalArgumentException("Batch: %s '%s' is given twice".formatted(what, name));
            }
            return name;
        }

        /** Sets the weights of the examples, {@code [examples, 1]}, finite and at least 0; by default each is 1. */
        public Builder weights(INDArray weights) {
            this.weights = weights;
            return this;
        }

        /** Sets where each example is from, for messages: the number of a row, or any text. */
        public Builder metaData(List<? extends Serializable> metaData) {
            this.metaData = metaData;
            return this;
        }

        /**
         * {@return the batch}
         *
         * @throws IllegalArgumentException if there is no input, or arrays have different numbers of examples
         */
        public Batch build() {
            if (features.isEmpty()) {
                throw new IllegalArgumentException("Batch: give the features of at least one input");
            }
            long examples = features.get(0).size(0);
            for (int i = 0; i < features.size(); i++) {
                checkExamples("input '%s'".formatted(inputs.get(i)), features.get(i), examples);
            }
            for (int t = 0; t < labels.size(); t++) {
                INDArray array = labels.get(t);
                if (array != null) {
                    checkExamples("labels of task '%s'".formatted(tasks.get(t)), array, examples);
                }
            }
            MultiDataSet arrays = new MultiDataSet(
                    features.toArray(INDArray[]::new),
                    labels.toArray(INDArray[]::new),
                    Masks.nullIfNone(featuresMasks.toArray(INDArray[]::new)),
                    Masks.nullIfNone(labelsMasks.toArray(INDArray[]::new)));
            if (metaData != null) {
                arrays.setExampleMetaData(metaData);
            }
            return new Batch(arrays, inputs, tasks, weights == null ? null : checked(arrays, weights));
        }

        private static void checkExamples(String what, INDArray array, long examples) {
            if (array.rank() < 2 || array.size(0) != examples) {
                throw new IllegalArgumentException("Batch: %s must be [%s, ...] as the first input is, got %s"
                        .formatted(what, examples, Arrays.toString(array.shape())));
            }
        }
    }
}
