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
 * Configures the output layer of one task: a stock {@link OutputLayer} whose loss is weighted by the task's λ.
 *
 * <p>Loss and gradient are means over the examples that have a label: those whose label mask, {@code [batch, 1]} or
 * {@code [batch, outputs]}, is not 0. (A stock layer divides by all of the batch, so that a task with few labels counts
 * little.) Masked labels may be anything, NaN included; a batch without any label gives exactly zero gradient.
 */
public class TaskOutputLayer extends OutputLayer {
    private static final long serialVersionUID = 1L;

    /** Makes an empty layer, for deserialisation. */
    public TaskOutputLayer() {}

    private TaskOutputLayer(OutputLayer.Builder builder) {
        super(builder);
    }

    /** Returns a builder with the task's width, activation and weighted loss. */
    public static Builder of(Task task) {
        Builder builder = new Builder(new WeightedLoss(task.loss(), task.weight()));
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
        return other instanceof TaskOutputLayer && super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }

    /** Builds the layer; see the stock layer's builder. */
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
