package org.mtl4j.dl4j.internal.model;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.FiniteNumbers;
import org.mtl4j.dl4j.internal.cpu.MatrixValues;
import org.mtl4j.dl4j.internal.layer.LabelMask;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.network.Input;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.mtl4j.train.batches.Batch;
import org.mtl4j.train.batches.EncodedBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Checks batches that come from outside against what a network reads, shapes and values of labels and masks, and fills
 * in labels that are left out. Everything that trains or measures on data has them looked at here, once.
 */
public final class BatchLayout {
    private final List<InputCheck> inputs;
    private final DataType type;
    private final List<Task> tasks;
    private final List<LabelCheck> checks;
    private final NamedArrays named;
    private final ModelState model;
    private boolean[] dropped;

    private BatchLayout(ModelState model) {
        MultiTaskNetwork network = model.network();
        this.model = model;
        boolean alone = network.inputs().size() == 1;
        this.inputs = network.inputs().stream()
                .map(input -> new InputCheck(input, alone))
                .toList();
        this.type = model.plan().dataType();
        this.tasks = network.tasks();
        this.checks = tasks.stream().map(LabelCheck::new).toList();
        this.named = new NamedArrays(names(), tasks.stream().map(Task::name).toList());
        this.dropped = new boolean[tasks.size()];
    }

    /** {@return the layout of the batches of a model} */
    public static BatchLayout of(ModelState model) {
        return new BatchLayout(model);
    }

    /**
     * Looks whether data that know by what a table's rows were encoded were encoded as the model's.
     *
     * @param name what the data are
     * @throws IllegalArgumentException if they were not
     */
    void checkEncoding(MultiDataSetIterator data, String name) {
        EncodedBatches.encodingOf(data).ifPresent(encoding -> model.requireSameEncoding(encoding, name));
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
     * Gives a batch the form that the graph wants. One features array per input must be there, and one labels array per
     * task, by their names where the batch has names, else in their order; null for a task means that none of the
     * examples has its label. What stands at steps of a sequence that the mask of the features leaves out becomes 0, as
     * not all layers look at the mask.
     *
     * @param place where it comes from
     * @return the batch itself, or one with all arrays in the network's order, and labels of zeros and an empty mask
     *     where there were none; weights of examples are kept
     * @throws IllegalArgumentException if an array is missing or of another shape, a mask has other numbers than 0 and
     *     1, or a label that is there is none of its task; the message names the input or task, and the row
     */
    public MultiDataSet checked(MultiDataSet given, BatchPlace place) {
        MultiDataSet batch = named.inOrder(given, place);
        INDArray[] features = batch.getFeatures();
        checkFeatures(features);
        if (batch.numLabelsArrays() != tasks.size()) {
            throw new IllegalArgumentException("a batch has one labels array per task, %s, got %s arrays"
                    .formatted(tasks.stream().map(Task::name).toList(), batch.numLabelsArrays()));
        }
        long examples = features[0].size(0);
        INDArray[] shown = cleared(features, batch.getFeaturesMaskArrays(), new Rows(place, batch));
        checkCodes(shown, new Rows(place, batch));
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
                shown, labels, batch.getFeaturesMaskArrays(), Masks.nullIfNone(masks));
        return Batch.withWeightsOf(batch, whole);
    }

    private static void checkWeights(MultiDataSet batch, Rows rows) {
        if (Batch.weightsOf(batch).isEmpty()) {
            return;
        }
        double[] weights = MatrixValues.of(Batch.weightsOf(batch).get());
        for (int row = 0; row < weights.length; row++) {
            if (!(weights[row] >= 0 && weights[row] < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("%s%s: the weight of an example is finite and at least 0, got %s"
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
        for (int i = 0; i < inputs.size(); i++) {
            int row = FiniteNumbers.firstExampleNotFinite(batch.getFeatures(i));
            if (row >= 0) {
                throw new IllegalArgumentException(
                        "%s%sfeatures, %s: not all of them are finite; NaN is no number that a network can read"
                                .formatted(place, inputs.get(i).name(), new Rows(place, batch).ofBatch(row)));
            }
        }
    }

    /**
     * {@return which input has features that are not finite, and in which row the first, as a message has it; empty if
     * all are finite}
     */
    public static Optional<String> notFinite(MultiDataSet batch, MultiTaskNetwork network) {
        for (int i = 0; i < batch.numFeatureArrays(); i++) {
            INDArray features = batch.getFeatures(i);
            if (!FiniteNumbers.hasFiniteSum(features)) {
                int row = FiniteNumbers.firstExampleNotFinite(features);
                String of = batch.numFeatureArrays() == 1
                        ? ""
                        : " of the input '%s'".formatted(network.inputs().get(i).name());
                return Optional.of("features%s of the batch%s"
                        .formatted(of, row < 0 ? "" : " (the first in row %s, counted from 0)".formatted(row)));
            }
        }
        return Optional.empty();
    }

    /** {@return whether steps of sequences are masked in a batch that has been looked at} */
    public static boolean hasMaskedSteps(MultiDataSet batch) {
        for (int i = 0; i < batch.numFeatureArrays(); i++) {
            INDArray mask = Masks.ofFeatures(batch, i);
            if (mask != null && Arrays.stream(MatrixValues.of(mask)).anyMatch(entry -> entry == 0)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Gives features with 0 at the steps that masks leave out.
     *
     * @param masks one for each input, null for those of which all is there; null for none
     * @return the same array of arrays if there was nothing to change
     */
    private INDArray[] cleared(INDArray[] features, @Nullable INDArray @Nullable [] masks, Rows rows) {
        if (masks == null) {
            return features;
        }
        if (masks.length != inputs.size()) {
            throw new IllegalArgumentException(
                    inputs.size() == 1
                            ? "a batch has one features array, and so one mask of it or none, got " + masks.length
                            : ("a batch has one mask of features for each input, %s, null where all is there, or none"
                                            + " at all, got %s")
                                    .formatted(names(), masks.length));
        }
        INDArray[] shown = features.clone();
        boolean changed = false;
        for (int i = 0; i < shown.length; i++) {
            if (masks[i] != null) {
                shown[i] = inputs.get(i).steps().checked(features[i], masks[i], rows);
                changed |= shown[i] != features[i];
            }
        }
        return changed ? shown : features;
    }

    private List<String> names() {
        return inputs.stream().map(check -> check.input().name()).toList();
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
     * Checks the shapes of features by themselves.
     *
     * @throws IllegalArgumentException if there is not one array for each input, or they are not those of the same
     *     number of examples, at least one, of the inputs; the message names the input
     */
    private void checkFeatures(INDArray... features) {
        if (features.length != inputs.size()) {
            throw new IllegalArgumentException(
                    inputs.size() == 1
                            ? "a batch has one features array, got " + features.length + "; all towers read the same"
                            : "a batch has one features array per input, %s, got %s"
                                    .formatted(names(), features.length));
        }
        for (int i = 0; i < features.length; i++) {
            inputs.get(i).checkShape(features[i]);
            if (features[i].size(0) != features[0].size(0)) {
                throw new IllegalArgumentException(
                        ("%sthere are features of %s examples, and of %s of input '%s'; a row is the same example in"
                                        + " all inputs")
                                .formatted(
                                        inputs.get(i).name(),
                                        features[i].size(0),
                                        features[0].size(0),
                                        inputs.get(0).input().name()));
            }
        }
    }

    /**
     * Checks features that come with masks and nothing else.
     *
     * @param masks one for each input, {@code [batch, steps]}, null for those of which all is there; null for none
     * @return the features, with 0 at the steps that are left out
     * @throws IllegalArgumentException if one has another shape, or a mask has other numbers than 0 and 1
     */
    public INDArray[] checked(INDArray[] features, @Nullable INDArray @Nullable [] masks) {
        checkFeatures(features);
        Rows rows = new Rows(BatchPlace.UNKNOWN, null);
        INDArray[] shown = cleared(features, masks, rows);
        checkCodes(shown, rows);
        return shown;
    }

    /**
     * Checks features that come without masks, and nothing else.
     *
     * @throws IllegalArgumentException if one has another shape, or codes that there are not
     */
    public void check(INDArray... features) {
        checkFeatures(features);
        checkCodes(features, new Rows(BatchPlace.UNKNOWN, null));
    }

    private void checkCodes(INDArray[] features, Rows rows) {
        for (int i = 0; i < features.length; i++) {
            Input input = inputs.get(i).input();
            CodesCheck.check(input.name(), input.shape(), features[i], rows);
        }
    }

    /** {@return the shapes of the features of so many examples, one for each input} */
    public long[][] featuresShapes(long examples) {
        return inputs.stream()
                .map(check -> check.input().shape().batch(examples))
                .toArray(long[][]::new);
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
