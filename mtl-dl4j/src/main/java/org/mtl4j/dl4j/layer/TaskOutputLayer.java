package org.mtl4j.dl4j.layer;

import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures the output layer of one task: a stock {@link OutputLayer} whose loss is weighted by the task's λ.
 *
 * <p>Loss and gradient are means over the examples that have a label, weighted by the weights of their classes where
 * the task has any ({@link Task#withClassWeights}): those whose label mask, {@code [batch, 1]} or {@code [batch,
 * outputs]}, is not 0. (A stock layer divides by all of the batch, so that a task with few labels counts little.)
 * Masked labels may be anything, NaN included; a batch without any label gives exactly zero gradient.
 */
public class TaskOutputLayer extends OutputLayer {
    private static final long serialVersionUID = 1L;

    /** Per class what an example of it weighs; null if each weighs 1. */
    @JsonProperty
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private double @Nullable [] classWeights;

    /** What part of a label is spread evenly over all that it could be; null for none. */
    @JsonProperty
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private @Nullable Double labelSmoothing;

    /** What is spread: 1 over the number of classes, or 1/2 for labels of yes and no; null for none. */
    @JsonProperty
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private @Nullable Double evenLabel;

    /** Makes an empty layer, for deserialisation. */
    public TaskOutputLayer() {}

    private TaskOutputLayer(Builder builder) {
        super(builder);
        Task task = builder.task;
        if (!task.classWeights().isEmpty()) {
            classWeights = task.classWeights().stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
        }
        if (task.labelSmoothing() > 0) {
            labelSmoothing = task.labelSmoothing();
            evenLabel = task.kind() == TaskKind.MULTI_CLASS ? 1.0 / task.outputs() : 0.5;
        }
    }

    /** {@return per class what an example of it weighs in the loss; null if each weighs 1} */
    public double @Nullable [] getClassWeights() {
        return classWeights == null ? null : classWeights.clone();
    }

    boolean isSmoothing() {
        return labelSmoothing != null;
    }

    /** Smooths labels in place, as far as the task's labels are to be smoothed. */
    INDArray smooth(INDArray labels) {
        return labelSmoothing == null || evenLabel == null
                ? labels
                : labels.muli(1 - labelSmoothing).addi(labelSmoothing * evenLabel);
    }

    /** Returns a builder with the task's width, activation and weighted loss. */
    public static Builder of(Task task) {
        Builder builder = new Builder(task);
        builder.nOut(task.outputs());
        builder.activation(task.kind().outputActivation());
        return builder;
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        LayerValidation.assertNInNOutSet("TaskOutputLayer", getLayerName(), index, getNIn(), getNOut());
        return LayerSetup.initialise(
                new TaskOutputLayerImpl(conf, dataType), conf, listeners, index, parameters, initializeParameters);
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof TaskOutputLayer;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TaskOutputLayer that
                && super.equals(other)
                && Arrays.equals(classWeights, that.classWeights)
                && Objects.equals(labelSmoothing, that.labelSmoothing);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }

    /** Builds the layer; see the stock layer's builder. */
    public static final class Builder extends OutputLayer.Builder {
        private final Task task;

        private Builder(Task task) {
            super(new WeightedLoss(task.loss(), task.weight()));
            this.task = task;
        }

        @Override
        @SuppressWarnings("unchecked")
        public TaskOutputLayer build() {
            return new TaskOutputLayer(this);
        }
    }
}
