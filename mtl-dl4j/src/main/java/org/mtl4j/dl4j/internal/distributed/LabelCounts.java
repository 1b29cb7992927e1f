package org.mtl4j.dl4j.internal.distributed;

import java.io.Serializable;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.inference.TaskMeans;
import org.mtl4j.dl4j.internal.layer.LossWeights;
import org.mtl4j.dl4j.internal.model.BatchLayout;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.ExampleWeights;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Counts the examples of a batch, and for each task those that have a label.
 *
 * @param examples all of them
 * @param counts per task those with a label
 * @param maskedSteps whether steps of sequences are masked
 * @param weights what the examples weigh; null if each weighs 1
 */
record LabelCounts(
        long examples,
        double[] counts,
        boolean maskedSteps,
        @Nullable ExampleWeights weights) implements Serializable {
    static LabelCounts none(int tasks) {
        return new LabelCounts(0, new double[tasks], false, null);
    }

    LabelCounts plus(LabelCounts other) {
        double[] sums = counts.clone();
        for (int t = 0; t < sums.length; t++) {
            sums[t] += other.counts[t];
        }
        return new LabelCounts(examples + other.examples, sums, maskedSteps || other.maskedSteps, weightsOfBoth(other));
    }

    private @Nullable ExampleWeights weightsOfBoth(LabelCounts other) {
        if (weights == null && other.weights == null) {
            return null;
        }
        if (examples == 0 || other.examples == 0) {
            return examples == 0 ? other.weights : weights;
        }
        ExampleWeights own = weights == null ? ExampleWeights.ones(examples) : weights;
        return own.plus(other.weights == null ? ExampleWeights.ones(other.examples) : other.weights);
    }

    /** {@return what a shard has for a step} */
    static LabelCounts of(MultiDataSet checked, List<Task> tasks) {
        double[] weights = LossWeights.ofExamples(checked);
        return new LabelCounts(
                checked.getFeatures(0).size(0),
                TaskMeans.labelled(checked, tasks),
                BatchLayout.hasMaskedSteps(checked),
                weights == null ? null : ExampleWeights.of(weights));
    }

    /** Tells whether a shard has as many examples and labels as another time. */
    boolean sameAs(LabelCounts other) {
        return examples == other.examples && Arrays.equals(counts, other.counts);
    }

    /** {@return how many examples there are, and how many (or of what weight) have labels, as a message has it} */
    String text(List<Task> tasks) {
        StringBuilder text = new StringBuilder(examples + (examples == 1 ? " example" : " examples"));
        for (int t = 0; t < counts.length; t++) {
            text.append(t == 0 ? " (with a label of '" : ", '")
                    .append(tasks.get(t).name())
                    .append("': ")
                    .append(new DecimalFormat("0.###", DecimalFormatSymbols.getInstance(Locale.ROOT))
                            .format(counts[t]));
        }
        return text.append(')').toString();
    }
}
