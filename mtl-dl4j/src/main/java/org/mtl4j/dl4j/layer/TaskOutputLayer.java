package org.mtl4j.dl4j.layer;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The output layer of one task: a stock {@link OutputLayer} whose loss is weighted by the task's λ, and which remembers
 * the task's loss without λ and without regularization terms (the score of a stock layer includes the whole network's
 * terms if it is the first output).
 *
 * <p>Loss and gradient are means over the examples that have a label: those where the label mask, {@code [batch, 1]} or {@code
 * [batch, outputs]}, is not 0. (A stock layer divides by all of the batch, so that a task with few labels counts little.) What
 * the labels of the others are does not matter, NaN included; a batch without any label gives exactly zero gradient.
 */
public class TaskOutputLayer extends OutputLayer {
    private static final long serialVersionUID = 1L;

    /** For deserialisation. */
    public TaskOutputLayer() {}

    private TaskOutputLayer(OutputLayer.Builder builder) {
        super(builder);
    }

    /** A builder with the task's width, activation and weighted loss. */
    public static Builder of(Task task) {
        Builder builder = new Builder(new WeightedLoss(task.loss(), task.weight()));
        builder.nOut(task.outputs());
        builder.activation(task.kind().outputActivation());
        return builder;
    }

    /**
     * The task's loss in the latest training step or evaluation of the score, mean over the labelled examples of the batch
     * and without λ; 0 if there were none.
     *
     * @param layer the layer of that task in an initialised graph, {@code graph.getLayer(task)}
     * @return NaN before the first step
     * @throws IllegalArgumentException if the layer is of another class
     */
    public static double lossOf(Layer layer) {
        return impl(layer).loss();
    }

    /**
     * Multiplies the task's λ in an initialised graph from the next step on. Saved models have the λ of their description.
     *
     * @param layer the layer of that task, {@code graph.getLayer(task)}
     * @param factor finite and at least 0; with 0 nothing is left of the task's loss and gradients, not even of numbers that
     *     are not finite
     * @throws IllegalArgumentException if the layer is of another class, or the factor out of range
     */
    public static void weigh(Layer layer, double factor) {
        if (!(factor >= 0 && factor < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "the factor of a task's weight must be finite and at least 0, got " + factor);
        }
        impl(layer).setFactor(factor);
    }

    /**
     * Tells a layer that sees a part of a batch how many labels there are in all of it.
     *
     * @param layer the layer of that task, {@code graph.getLayer(task)}
     * @param part labelled examples per example in the whole batch, 0 to 1; NaN to have the layer count those that it sees, as
     *     it does unless told otherwise
     * @throws IllegalArgumentException if the layer is of another class
     */
    public static void setLabelledPart(Layer layer, double part) {
        impl(layer).setLabelledPart(part);
    }

    /**
     * Has a layer measure its loss, for {@link #lossOf}, whenever the graph computes outputs. Unlike a graph's score that needs
     * no memory outside of workspaces.
     *
     * @param layer the layer of that task, {@code graph.getLayer(task)}
     * @param labels {@code [batch, outputs]}, of the next features; null to end it
     * @param mask of the labels, or null
     * @throws IllegalArgumentException if the layer is of another class
     */
    public static void measure(Layer layer, INDArray labels, INDArray mask) {
        impl(layer).measure(labels, mask);
    }

    private static TaskOutput impl(Layer layer) {
        if (layer instanceof TaskOutput output) {
            return output;
        }
        throw new IllegalArgumentException(
                "not a TaskOutputLayer but " + layer.getClass().getName());
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
        return FreshLayer.filled(
                new TaskOutput(conf, dataType), conf, listeners, index, parameters, initializeParameters);
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof TaskOutputLayer;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TaskOutputLayer && super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }

    /** The stock layer's builder. */
    public static final class Builder extends OutputLayer.Builder {
        private Builder(WeightedLoss loss) {
            super(loss);
        }

        @Override
        @SuppressWarnings("unchecked")
        public TaskOutputLayer build() {
            return new TaskOutputLayer(this);
        }
    }
}
