package mtl.dl4j.layer;

import java.util.Collection;
import mtl.task.Task;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The output layer of one task: a stock {@link OutputLayer} whose loss is weighted by the task's λ, and which remembers
 * the task's loss without λ and without regularization terms (the score of a stock layer includes the whole network's
 * terms if it is the first output).
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
     * The task's loss in the latest training step or evaluation of the score, mean over the examples of the batch and
     * without λ.
     *
     * @param layer the layer of that task in an initialised graph, {@code graph.getLayer(task)}
     * @return NaN before the first step
     * @throws IllegalArgumentException if the layer is of another class
     */
    public static double lossOf(Layer layer) {
        if (layer instanceof TaskOutput output) {
            return output.loss();
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
        TaskOutput layer = new TaskOutput(conf, dataType);
        layer.setListeners(listeners);
        layer.setIndex(index);
        layer.setParamsViewArray(parameters);
        layer.setParamTable(initializer().init(conf, parameters, initializeParameters));
        layer.setConf(conf);
        return layer;
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
