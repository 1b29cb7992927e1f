package org.mtl4j.task;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.Doubles;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;

/**
 * Something to be predicted: its name, kind, number of outputs, loss, and its weight λ in the objective {@code L_total
 * = sum over tasks of λ * L_task + L_w}.
 *
 * <pre>{@code
 * Task landmarks = Task.regression("landmarks", 10).withWeight(1000);
 * Task gender = Task.classification("gender", "male", "female");
 * }</pre>
 *
 * @param name unique within a network; letters, digits, and the signs {@code - _ .}, starting with a letter or digit
 * @param kind what the labels are
 * @param outputs width of the output layer and of the labels {@code [batch, outputs]}; at least 1, at least 2 for
 *     multi-class tasks
 * @param loss the loss, mean over the examples of a batch; its own weight vector, if any, applies before λ. Treated as
 *     immutable: do not change it afterwards
 * @param weight λ, finite and above 0
 * @param classNames names of the outputs, in the order of the label columns; empty if they have none
 * @param start where the output layer starts
 * @param classWeights for each class of a multi-class task what an example of it weighs in the loss, finite and above
 *     0; empty if each weighs 1
 * @param labelSmoothing what part of a label is spread evenly over all that it could be, at least 0 and below 1
 */
public record Task(
        String name,
        TaskKind kind,
        int outputs,
        ILossFunction loss,
        double weight,
        List<String> classNames,
        OutputStart start,
        List<Double> classWeights,
        double labelSmoothing)
        implements Serializable {

    /**
     * The pattern that names of tasks, towers and layers must match; names become parts of vertex names in the graph.
     */
    public static final String NAME_PATTERN = Check.NAME_PATTERN;

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException if a value is out of its range; the message names the task and the value
     */
    public Task {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(loss, "loss");
        Objects.requireNonNull(start, "start");
        classNames = ImmutableList.copyOf(classNames);
        Check.name("Task", name);
        int least = kind == TaskKind.MULTI_CLASS ? 2 : 1;
        Check.atLeast(least, outputs, "Task '%s' (%s): outputs".formatted(name, kind));
        Check.finiteAboveZero(weight, "Task '%s': weight".formatted(name));
        if (!classNames.isEmpty() && classNames.size() != outputs) {
            throw new IllegalArgumentException("Task '%s': %d class names for %d outputs: %s"
                    .formatted(name, classNames.size(), outputs, classNames));
        }
        if (ImmutableSet.copyOf(classNames).size() != classNames.size()) {
            throw new IllegalArgumentException("Task '%s': class names repeat: %s".formatted(name, classNames));
        }
        classWeights = ImmutableList.copyOf(classWeights);
        checkClassWeights(name, kind, outputs, classWeights);
        if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
            throw new IllegalArgumentException(
                    "Task '%s': labelSmoothing must be at least 0 and below 1, got %s".formatted(name, labelSmoothing));
        }
        if (labelSmoothing > 0 && (kind == TaskKind.REGRESSION || !takesSoftLabels(loss))) {
            throw new IllegalArgumentException(
                    "Task '%s': labels of classes can be smoothed, and labels of yes and no, not those of %s"
                            .formatted(name, kind == TaskKind.REGRESSION ? "a regression" : loss.name()));
        }
    }

    private static void checkClassWeights(String name, TaskKind kind, int outputs, List<Double> weights) {
        if (!weights.isEmpty() && (kind != TaskKind.MULTI_CLASS || weights.size() != outputs)) {
            throw new IllegalArgumentException("Task '%s': expected %s, got %s"
                    .formatted(
                            name,
                            kind == TaskKind.MULTI_CLASS
                                    ? "one weight for each of %d classes".formatted(outputs)
                                    : "weights of classes for one class of several alone; a loss can have weights of"
                                            + " outputs, as LossBinaryXENT",
                            weights));
        }
        for (double each : weights) {
            Check.finiteAboveZero(each, "Task '%s': the weight of a class".formatted(name));
        }
    }

    private static boolean takesSoftLabels(ILossFunction loss) {
        return !(loss instanceof LossHinge
                || loss instanceof LossSquaredHinge
                || loss instanceof LossWasserstein
                || loss instanceof LossSparseMCXENT);
    }

    /** {@return real-valued outputs with mean squared error; {@code outputs} at least 1} */
    public static Task regression(String name, int outputs) {
        return usual(name, TaskKind.REGRESSION, outputs, List.of());
    }

    /** {@return one class of {@code classes}, at least 2, with softmax cross-entropy} */
    public static Task classification(String name, int classes) {
        return usual(name, TaskKind.MULTI_CLASS, classes, List.of());
    }

    /** {@return one class of those named, at least 2, in the order of the label columns, with softmax cross-entropy} */
    public static Task classification(String name, String... classNames) {
        return usual(name, TaskKind.MULTI_CLASS, classNames.length, List.of(classNames));
    }

    /** {@return {@code labels} independent yes/no labels, at least 1, with sigmoid cross-entropy summed over them} */
    public static Task multiLabel(String name, int labels) {
        return usual(name, TaskKind.MULTI_LABEL, labels, List.of());
    }

    /** {@return independent yes/no labels of these names, in the order of the label columns} */
    public static Task multiLabel(String name, String... labelNames) {
        return usual(name, TaskKind.MULTI_LABEL, labelNames.length, List.of(labelNames));
    }

    private static Task usual(String name, TaskKind kind, int outputs, List<String> classNames) {
        return new Task(name, kind, outputs, kind.usualLoss(), 1.0, classNames, OutputStart.TARGET_MEAN, List.of(), 0);
    }

    /** {@return this task with weight λ, finite and above 0} */
    public Task withWeight(double weight) {
        return new Task(name, kind, outputs, loss, weight, classNames, start, classWeights, labelSmoothing);
    }

    /**
     * {@return this task with another loss: any of ND4J's, or one of your own} Labels stay what the {@link TaskKind}
     * says, but for losses that are defined for others: {@code LossHinge} and {@code LossSquaredHinge} take labels -1
     * and 1, of several classes exactly one 1; {@code LossWasserstein} labels of -1 to 1; and for real numbers
     * {@code LossPoisson} those of at least 0, {@code LossMSLE} those above -1, {@code LossMAPE} those other than 0.
     */
    public Task withLoss(ILossFunction loss) {
        return new Task(name, kind, outputs, loss, weight, classNames, start, classWeights, labelSmoothing);
    }

    /** {@return this task with another start of its output layer} */
    public Task withStart(OutputStart start) {
        return new Task(name, kind, outputs, loss, weight, classNames, start, classWeights, labelSmoothing);
    }

    /**
     * {@return this task with weights of its classes} An example weighs in the loss what its class does, times the
     * weight that the example has in its {@link org.mtl4j.train.batches.Batch}; losses are weighted means, and the
     * output layer starts at the weighted frequencies. Measures count examples without the weights of their classes.
     *
     * @param weights one for each class, in their order, finite and above 0; for weights of several labels of yes and
     *     no give a loss that has them
     * @throws IllegalArgumentException if the task is not one class of several, or there are more or fewer weights
     */
    public Task withClassWeights(double... weights) {
        return new Task(name, kind, outputs, loss, weight, classNames, start, Doubles.asList(weights), labelSmoothing);
    }

    /**
     * {@return this task with smoothed labels in its loss} Of a class of K the label becomes {@code 1 - fraction +
     * fraction / K}, and of all others {@code fraction / K}; of yes {@code 1 - fraction / 2}, and of no {@code fraction
     * / 2}. Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016, section 7. Losses
     * alone, those of validation included: measures and the start of output layers have the labels as they are.
     *
     * @param fraction at least 0 and below 1; usual is 0.1
     * @throws IllegalArgumentException if it is out of its range, or labels of this task cannot be soft: real numbers,
     *     and those of a hinge loss
     */
    public Task withLabelSmoothing(double fraction) {
        return new Task(name, kind, outputs, loss, weight, classNames, start, classWeights, fraction);
    }

    /** {@return the name of output or class {@code index}, or its number where the outputs have no names} */
    public String className(int index) {
        Objects.checkIndex(index, outputs);
        return classNames.isEmpty() ? Integer.toString(index) : classNames.get(index);
    }
}
