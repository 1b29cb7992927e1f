package org.mtl4j.dl4j.internal.inference;

import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.layer.LossWeights;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.dl4j.internal.model.BatchLayout;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.network.Input;
import org.mtl4j.task.Task;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** Asks a graph, batch by batch, without changing it: predictions, and the losses of tasks. */
public final class Inference {
    private final ModelState model;
    private final List<Task> tasks;
    private final List<String> inputs;
    private final BatchLayout layout;
    private final BatchDivision division;

    /** Asks this model, on the threads and replicas that the division has. */
    public Inference(ModelState model, BatchDivision division) {
        this.model = model;
        this.tasks = model.network().tasks();
        this.inputs = model.network().inputs().stream().map(Input::name).toList();
        this.layout = BatchLayout.of(model);
        this.division = division;
    }

    /** {@return the output of each task, of sequences for those of which all steps are there} */
    public Predictions predict(INDArray features) {
        requireOneInput();
        layout.check(features);
        if (model.hasSeenMaskedSteps()) {
            throw new IllegalArgumentException(
                    ("the model was trained on sequences of which some steps were masked, so it has to be told which"
                                    + " steps are there: predict(features, mask), with a mask [%s, %s] of 1 and 0, or"
                                    + " null if all are there; padding that is taken for steps gives other predictions"
                                    + " than evaluate measures")
                            .formatted(features.size(0), features.size(-1)));
        }
        return predict(new INDArray[] {features}, null, null);
    }

    /** {@return the output of each task for sequences, of which some steps may be masked} */
    public Predictions predict(INDArray features, @Nullable INDArray mask) {
        requireOneInput();
        return predict(new INDArray[] {features}, mask == null ? null : new INDArray[] {mask});
    }

    private void requireOneInput() {
        if (inputs.size() > 1) {
            throw new IllegalArgumentException(
                    "the network has the inputs %s; give an array for each: predict(Map.of(\"%s\", ..., \"%s\", ...))"
                            .formatted(inputs, inputs.get(0), inputs.get(1)));
        }
    }

    /** {@return the output of each task for arrays by input, of sequences for those of which all steps are there} */
    public Predictions predict(Map<String, INDArray> features) {
        INDArray[] arrays = arrays(features, "features");
        layout.check(arrays);
        if (model.hasSeenMaskedSteps()) {
            throw new IllegalArgumentException(
                    "the model was trained on sequences of which some steps were masked, so it has to be told which"
                            + " steps are there: predict(features, masks), with a mask [batch, steps] of 1 and 0 by"
                            + " input, and none for inputs of which all steps are there; padding that is taken for"
                            + " steps gives other predictions than evaluate measures");
        }
        return predict(arrays, null, null);
    }

    /** {@return the output of each task for arrays and masks by input} */
    public Predictions predict(Map<String, INDArray> features, Map<String, INDArray> masks) {
        INDArray[] arrays = arrays(features, "features");
        for (String name : masks.keySet()) {
            if (!inputs.contains(name)) {
                throw new IllegalArgumentException(
                        "a mask for '%s', and the network has no such input; there are %s".formatted(name, inputs));
            }
        }
        return predict(arrays, inputs.stream().map(masks::get).toArray(INDArray[]::new));
    }

    private INDArray[] arrays(Map<String, INDArray> byInput, String what) {
        if (!byInput.keySet().equals(Set.copyOf(inputs))) {
            throw new IllegalArgumentException("%s of %s, and the network has the inputs %s; each has one array"
                    .formatted(what, byInput.keySet(), inputs));
        }
        return inputs.stream().map(byInput::get).toArray(INDArray[]::new);
    }

    private Predictions predict(INDArray[] features, @Nullable INDArray @Nullable [] masks) {
        return predict(
                layout.checked(features, masks), masks == null || Masks.nullIfNone(masks) == null ? null : masks, null);
    }

    /** {@return the model as it is now, whoever trains it until the result is closed, to be asked of these data} */
    BatchDivision.Session session(MultiDataSetIterator data, String what) {
        return division.session(data, what);
    }

    /** {@return the output of each task for the features of a batch, of which some steps may be masked} */
    Predictions predict(MultiDataSet batch, BatchDivision.Session session) {
        return predict(batch.getFeatures(), batch.getFeaturesMaskArrays(), session);
    }

    /** Looks at what was predicted for some rows of a batch, on the thread that has predicted it. */
    @FunctionalInterface
    interface Look {
        /**
         * Looks at them.
         *
         * @param outputs of each task, for the rows from {@code from} to before {@code to}
         */
        void at(INDArray[] outputs, long from, long to);
    }

    /**
     * Predicts for a batch as {@link #predict(MultiDataSet, BatchDivision.Session)} does, and has each part looked at
     * as soon as it is there; parts on different threads at once.
     */
    void predict(MultiDataSet batch, BatchDivision.Session session, Look look) {
        INDArray @Nullable [] masks = batch.getFeaturesMaskArrays();
        division.divide(batch.getFeatures(), session, (replica, rows, from, to) -> {
            look.at(replica.outputs(rows, rowsOf(masks, from, to)), from, to);
            return to - from;
        });
    }

    /** Tells whether batches of so many examples are better asked several at once than each divided. */
    boolean isWorthSeveral(long examples) {
        return division.isWorthSeveral(examples);
    }

    /** {@return a place for several batches, as many at once as there are threads, that of the caller among them} */
    BatchesAtOnce severalBatches() {
        return division.severalBatches();
    }

    private Predictions predict(
            INDArray[] features, INDArray @Nullable [] masks, BatchDivision.@Nullable Session session) {
        return predictions(output(features, masks, session));
    }

    private Predictions predictions(INDArray[] outputs) {
        ImmutableMap.Builder<String, INDArray> byTask = ImmutableMap.builder();
        for (int i = 0; i < outputs.length; i++) {
            byTask.put(tasks.get(i).name(), outputs[i]);
        }
        return new Predictions(byTask.build());
    }

    private INDArray[] output(
            INDArray[] features, INDArray @Nullable [] masks, BatchDivision.@Nullable Session session) {
        INDArray[] prepared = masks == null ? division.preparedOutputs(features, session) : null;
        if (prepared != null) {
            return prepared;
        }
        return joined(division.divide(
                features, session, (replica, rows, from, to) -> replica.outputs(rows, rowsOf(masks, from, to))));
    }

    private static INDArray[] joined(List<INDArray[]> parts) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        INDArray[] outputs = new INDArray[parts.get(0).length];
        for (int t = 0; t < outputs.length; t++) {
            int task = t;
            outputs[t] = Nd4j.concat(0, parts.stream().map(part -> part[task]).toArray(INDArray[]::new));
        }
        return outputs;
    }

    private static INDArray @Nullable [] rowsOf(INDArray @Nullable [] masks, long from, long to) {
        return masks == null ? null : BatchSlices.of(masks, from, to);
    }

    /**
     * What a batch came to.
     *
     * @param losses of each task, mean over the examples that have its label; 0 if none has
     */
    record Measured(double[] losses, Predictions predictions) {}

    /** The same of some rows: sums of losses, and outputs. */
    private record Part(double[] sums, INDArray[] outputs) {}

    /** {@return the loss of each task, and what was predicted on the way} */
    Measured measure(MultiDataSet batch, BatchDivision.Session session) {
        List<Part> parts = division.divide(
                batch.getFeatures(),
                session,
                (replica, rows, from, to) -> lossSums(replica.graph(), batch, rows, from, to));
        return new Measured(
                means(batch, parts),
                predictions(joined(parts.stream().map(Part::outputs).toList())));
    }

    private double[] means(MultiDataSet batch, List<Part> parts) {
        double[] sums = new double[tasks.size()];
        double[] labelled = TaskMeans.labelled(batch, tasks);
        for (Part part : parts) {
            for (int t = 0; t < sums.length; t++) {
                sums[t] += part.sums()[t];
            }
        }
        for (int t = 0; t < sums.length; t++) {
            sums[t] = labelled[t] == 0 ? 0 : sums[t] / labelled[t];
        }
        return sums;
    }

    /** Measures for each task the sum of the losses of some rows of a batch. */
    private Part lossSums(ComputationGraph replica, MultiDataSet batch, INDArray[] rows, long from, long to) {
        double[] sums = new double[tasks.size()];
        INDArray[] labels = BatchSlices.of(batch.getLabels(), from, to);
        INDArray[] masks = BatchSlices.of(Masks.ofLabels(batch), from, to);
        double[] ofBatch = LossWeights.ofExamples(batch);
        double[] weights = ofBatch == null ? null : Arrays.copyOfRange(ofBatch, (int) from, (int) to);
        for (int t = 0; t < sums.length; t++) {
            TaskLoss.of(replica, tasks.get(t).name()).startMeasuring(labels[t], masks[t], weights);
        }
        INDArray[] outputs;
        try {
            outputs = replica.output(false, rows, rowsOf(batch.getFeaturesMaskArrays(), from, to), (INDArray[]) null);
        } finally {
            tasks.forEach(task -> TaskLoss.of(replica, task.name()).stopMeasuring());
        }
        for (int t = 0; t < sums.length; t++) {
            double loss = TaskLoss.of(replica, tasks.get(t).name()).value();
            double[] inLoss = LossWeights.of(labels[t], weights, TaskMeans.classWeights(tasks.get(t)));
            sums[t] = loss * LossWeights.labelled(masks[t], to - from, inLoss);
        }
        return new Part(sums, outputs);
    }
}
