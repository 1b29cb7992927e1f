package org.mtl4j.dl4j.internal.model;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.FiniteNumbers;
import org.mtl4j.dl4j.internal.cpu.MatrixValues;
import org.mtl4j.dl4j.internal.graph.VertexNames;
import org.mtl4j.dl4j.internal.layer.LabelMask;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.mtl4j.train.batches.Batch;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Checks batches that come from outside against what a network reads, shapes and values of labels and masks, and fills
 * in labels that are left out. Everything that trains or measures on data has them looked at here, once.
 */
public final class BatchLayout {
    private final MultiTaskNetwork network;
    private final DataType type;
    private final List<Task> tasks;
    private final List<LabelCheck> checks;
    private final NamedArrays named;
    private final StepsMask steps;
    private boolean[] dropped;

    private BatchLayout(MultiTaskNetwork network, DataType type) {
        this.network = network;
        this.type = type;
        this.tasks = network.tasks();
        this.checks = tasks.stream().map(LabelCheck::new).toList();
        this.named = new NamedArrays(
                List.of("input"), tasks.stream().map(Task::name).toList());
        this.steps = new StepsMask(network.input());
        this.dropped = new boolean[tasks.size()];
    }

    /** {@return the layout of the batches of a model} */
    public static BatchLayout of(ModelState model) {
        return new BatchLayout(model.network(), model.plan().dataType());
    }

    /**
     * Says whose labels count for nothing from now on, and are not looked at: those of tasks that are dropped.
     *
     * @param factors per task by what its λ is multiplied; 0 if it is dropped
     */
    public void weigh(double[] factors) {
        boolean[] now = new boolean[factors.length];
        for (int t = 0; t < now.length; t++) {
            now[t] = factors[t] == 0;
        }
        dropped = now;
    }

    /** {@return a batch of whose place nothing is known; see {@link #checked(MultiDataSet, BatchPlace)}} */
    public MultiDataSet checked(MultiDataSet batch) {
        return checked(batch, BatchPlace.UNKNOWN);
    }

    /**
     * Gives a batch the form that the graph wants. One labels array per task must be there, by their names where the
     * batch has names, else in their order; null for a task means that none of the examples has its label. What stands at steps of a sequence that the mask of the
     * features leaves out becomes 0, as not all layers look at the mask.
     *
     * @param place where it comes from
     * @return the batch itself, or one with all arrays in the network's order, and labels of zeros and an empty mask
     *     where there were none; weights of examples are kept
     * @throws IllegalArgumentException if an array is missing or of another shape, a mask has other numbers than 0 and
     *     1, or a label that is there is none of its task; the message names the task, and the row
     */
    public MultiDataSet checked(MultiDataSet given, BatchPlace place) {
        MultiDataSet batch = named.inOrder(given, place);
        if (batch.numFeatureArrays() != 1) {
            throw new IllegalArgumentException(
                    "a batch has one features array, got " + batch.numFeatureArrays() + "; all towers read the same");
        }
        INDArray features = batch.getFeatures(0);
        checkFeatures(features);
        if (batch.numLabelsArrays() != tasks.size()) {
            throw new IllegalArgumentException("a batch has one labels array per task, %s, got %s arrays"
                    .formatted(tasks.stream().map(Task::name).toList(), batch.numLabelsArrays()));
        }
        long examples = features.size(0);
        INDArray stepsMask = stepsMask(batch);
        INDArray shown = stepsMask == null ? features : steps.checked(features, stepsMask, new Rows(place, batch));
        CodesCheck.check(VertexNames.INPUT, network.input(), shown, new Rows(place, batch));
        INDArray[] labels = batch.getLabels().clone();
        INDArray[] masks = Masks.ofLabels(batch);
        boolean filled = shown != features;
        for (int t = 0; t < labels.length; t++) {
            Task task = tasks.get(t);
            if (labels[t] == null) {
                labels[t] = Nd4j.zeros(type, examples, task.outputs());
                masks[t] = Nd4j.zeros(type, examples, 1);
                filled = true;
                continue;
            }
            if (labels[t].rank() != 2 || labels[t].size(0) != examples || labels[t].size(1) != task.outputs()) {
                throw new IllegalArgumentException("task '%s': labels must be [%s, %s], got %s"
                        .formatted(task.name(), examples, task.outputs(), Arrays.toString(labels[t].shape())));
            }
            if (masks[t] != null) {
                checkMask(masks[t], examples, task);
            }
            if (!dropped[t]) {
                checks.get(t).check(labels[t], masks[t], new Rows(place, batch));
            }
        }
        checkWeights(batch, new Rows(place, batch));
        if (!filled) {
            return batch;
        }
        MultiDataSet whole = new org.nd4j.linalg.dataset.MultiDataSet(
                new INDArray[] {shown}, labels, batch.getFeaturesMaskArrays(), Masks.nullIfNone(masks));
        return Batch.withWeightsOf(batch, whole);
    }

    private static void checkWeights(MultiDataSet batch, Rows rows) {
        if (Batch.weightsOf(batch).isEmpty()) {
            return;
        }
        double[] weights = MatrixValues.of(Batch.weightsOf(batch).get());
        for (int row = 0; row < weights.length; row++) {
            if (!(weights[row] >= 0 && weights[row] < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "%s%s: the weight of an example is finite and at least 0, got %s"
                                .formatted(rows.place(), rows.ofBatch(row), (float) weights[row]));
            }
        }
    }

    /**
     * Looks for features that are no numbers.
     *
     * @throws IllegalArgumentException if there is one; the message names the row
     */
    void requireFiniteFeatures(MultiDataSet batch, BatchPlace place) {
        int row = FiniteNumbers.firstExampleNotFinite(batch.getFeatures(0));
        if (row >= 0) {
            throw new IllegalArgumentException(
                    "%sfeatures, %s: not all of them are finite; NaN is no number that a network can read"
                            .formatted(place, new Rows(place, batch).ofBatch(row)));
        }
    }

    /** {@return whether steps of sequences are masked in a batch that has been looked at} */
    public static boolean hasMaskedSteps(MultiDataSet batch) {
        INDArray mask = Masks.ofFeatures(batch, 0);
        return mask != null && Arrays.stream(MatrixValues.of(mask)).anyMatch(entry -> entry == 0);
    }

    private static @Nullable INDArray stepsMask(MultiDataSet batch) {
        INDArray[] masks = batch.getFeaturesMaskArrays();
        if (masks != null && masks.length != 1) {
            throw new IllegalArgumentException(
                    "a batch has one features array, and so one mask of it or none, got " + masks.length);
        }
        return Masks.ofFeatures(batch, 0);
    }

    private static void checkMask(INDArray mask, long examples, Task task) {
        LabelMask.check(mask, examples, task.outputs(), task.name());
        if (task.kind() == TaskKind.MULTI_CLASS && mask.size(1) != 1) {
            throw new IllegalArgumentException(
                    "task '%s': one class of several is there or not, so the mask of its labels must be [%s, 1], got %s"
                            .formatted(task.name(), examples, Arrays.toString(mask.shape())));
        }
    }

    /**
     * Checks the shape of features by themselves.
     *
     * @throws IllegalArgumentException if they are not those of at least one example of the network's input
     */
    private void checkFeatures(INDArray features) {
        long[] expected = featuresShape(-1);
        long[] given = features.shape();
        boolean fits = given.length == expected.length && given[0] > 0;
        for (int i = 1; fits && i < expected.length; i++) {
            fits = given[i] == expected[i];
        }
        if (!fits) {
            throw new IllegalArgumentException("features must be [batch, %s, got %s"
                    .formatted(Arrays.toString(network.input().batch(1)).substring(4), Arrays.toString(given)));
        }
    }

    /**
     * Checks features that come with a mask and nothing else.
     *
     * @param mask {@code [batch, steps]}
     * @return the features, with 0 at the steps that are left out
     * @throws IllegalArgumentException if one has another shape, or the mask has other numbers than 0 and 1
     */
    public INDArray checked(INDArray features, INDArray mask) {
        checkFeatures(features);
        Rows rows = new Rows(BatchPlace.UNKNOWN, null);
        INDArray shown = steps.checked(features, mask, rows);
        CodesCheck.check(VertexNames.INPUT, network.input(), shown, rows);
        return shown;
    }

    /**
     * Checks features that come without a mask, and nothing else.
     *
     * @throws IllegalArgumentException if they have another shape, or codes that there are not
     */
    public void check(INDArray features) {
        checkFeatures(features);
        CodesCheck.check(VertexNames.INPUT, network.input(), features, new Rows(BatchPlace.UNKNOWN, null));
    }

    /** {@return the shape of the features of so many examples} */
    public long[] featuresShape(long examples) {
        return network.input().batch(examples);
    }

    /** Names the rows of a batch, for messages. */
    record Rows(BatchPlace place, @Nullable MultiDataSet batch) {
        /** {@return what is said of a row, counted from 0, in front of everything else about it} */
        String name(String task, int row) {
            return "%stask '%s', %s: ".formatted(place, task, ofBatch(row));
        }

        /** {@return which row it is, of the batch and, where that is known, of the data} */
        String ofBatch(int row) {
            return "row %s of the batch%s, counted from 0".formatted(row, inData(row));
        }

        private String inData(int row) {
            List<? extends Object> known = batch == null ? null : batch.getExampleMetaData();
            if (known == null || row >= known.size() || known.get(row) == null) {
                return "";
            }
            Object where = known.get(row);
            return where instanceof Integer number ? " (row %s of the data)".formatted(number) : " (" + where + ")";
        }
    }
}
