package org.mtl4j.dl4j.distributed;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.train.batches.AbstractBatches;
import org.mtl4j.train.batches.Batch;
import org.mtl4j.train.batches.EpochSeekable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.factory.Nd4j;

/** Joins all shards into the data of one process: each batch is that of all workers together. */
final class JoinedShards extends AbstractBatches implements EpochSeekable {
    private static final long serialVersionUID = 1L;

    private final ImmutableList<TrainingShard> shards;
    private int epoch;
    private int step;

    /** The batches of the next step that has any; null until it is asked for. */
    private transient @Nullable List<MultiDataSet> parts;

    JoinedShards(List<? extends TrainingShard> shards) {
        this.shards = ImmutableList.copyOf(shards);
    }

    @Override
    public void startAt(int epoch) {
        this.epoch = epoch;
        step = 0;
        parts = null;
    }

    @Override
    public void reset() {
        if (step > 0) {
            startAt(epoch + 1);
        }
    }

    private List<MultiDataSet> parts() {
        if (parts == null) {
            List<MultiDataSet> read;
            try {
                read = batchesOf(step);
                while (read.isEmpty() && hasSteps()) { // none of this one
                    step++;
                    read = batchesOf(step);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
            parts = read;
        }
        return parts;
    }

    private List<MultiDataSet> batchesOf(int step) throws IOException {
        List<MultiDataSet> read = new ArrayList<>();
        for (TrainingShard shard : shards) {
            shard.batch(epoch, step).ifPresent(read::add);
        }
        return read;
    }

    /** Tells whether a shard has steps behind this one. */
    private boolean hasSteps() throws IOException {
        for (TrainingShard shard : shards) {
            if (step + 1 < shard.steps(epoch).orElse(0)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean hasNext() {
        return !parts().isEmpty();
    }

    @Override
    protected MultiDataSet read() {
        List<MultiDataSet> all = parts();
        step++;
        parts = null;
        INDArray[] labels = new INDArray[all.get(0).numLabelsArrays()];
        INDArray[] masks = new INDArray[labels.length];
        boolean masked = all.stream().anyMatch(part -> part.getLabelsMaskArrays() != null);
        for (int t = 0; t < labels.length; t++) {
            int task = t;
            labels[t] = join(all, part -> part.getLabels(task));
            masks[t] = masked ? join(all, part -> mask(part, task)) : null;
        }
        INDArray[] features = new INDArray[all.get(0).numFeatureArrays()];
        INDArray[] steps = new INDArray[features.length];
        for (int i = 0; i < features.length; i++) {
            int input = i;
            features[i] = join(all, part -> part.getFeatures(input));
            boolean stepsMasked = all.stream().anyMatch(part -> Masks.ofFeatures(part, input) != null);
            steps[i] = stepsMasked ? join(all, part -> stepsMask(part, input)) : null;
        }
        MultiDataSet joined = new org.nd4j.linalg.dataset.MultiDataSet(
                features, labels, Masks.nullIfNone(steps), masked ? masks : null);
        List<String> inputs = Batch.inputsOf(all.get(0));
        List<String> tasks = Batch.tasksOf(all.get(0));
        for (MultiDataSet part : all) {
            if (!Batch.inputsOf(part).equals(inputs) || !Batch.tasksOf(part).equals(tasks)) {
                throw new IllegalArgumentException("shards have arrays of the inputs %s and tasks %s, and of %s and %s"
                        .formatted(inputs, tasks, Batch.inputsOf(part), Batch.tasksOf(part)));
            }
        }
        MultiDataSet named = Batch.named(joined, inputs, tasks);
        return all.stream().anyMatch(part -> Batch.weightsOf(part).isPresent())
                ? Batch.of(named, join(all, JoinedShards::weights))
                : named;
    }

    private static INDArray weights(MultiDataSet part) {
        return Batch.weightsOf(part)
                .map(weights -> weights.castTo(DataType.DOUBLE))
                .orElseGet(() -> Nd4j.ones(DataType.DOUBLE, part.getFeatures(0).size(0), 1));
    }

    /** Gives the mask of the steps of a sequence, {@code [batch, steps]}. */
    private static INDArray stepsMask(MultiDataSet part, int input) {
        INDArray features = part.getFeatures(input);
        INDArray mask = Masks.ofFeatures(part, input);
        return mask == null ? Nd4j.ones(features.dataType(), features.size(0), features.size(-1)) : mask;
    }

    private static INDArray join(List<MultiDataSet> parts, Function<MultiDataSet, INDArray> array) {
        return Nd4j.concat(0, parts.stream().map(array).toArray(INDArray[]::new));
    }

    private static INDArray mask(MultiDataSet part, int task) {
        INDArray labels = part.getLabels(task);
        INDArray mask = Masks.ofLabels(part, task);
        return mask == null ? Nd4j.ones(labels.dataType(), labels.size(0), 1) : mask;
    }

    /** Refuses: a shard may hand out the same arrays again. */
    @Override
    public void setPreProcessor(MultiDataSetPreProcessor preProcessor) {
        throw new UnsupportedOperationException("the shards give their batches as they are to be");
    }
}
