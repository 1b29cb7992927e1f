package org.mtl4j.dl4j.layer;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What the library's layers with parameters of their own have in common: no dropout, weight noise or constraints. */
abstract class OwnParametersLayer extends FeedForwardLayer {
    private static final long serialVersionUID = 1L;

    /**
     * An array of parameters, in c order.
     *
     * @param name without {@code _}
     * @param weight whether it decays, and can be tied
     */
    record Parameter(String name, boolean weight, long... shape) {}

    /** {@return the parameters in their order} */
    abstract List<Parameter> parameters();

    /** Writes the start of all parameters, which are 0. */
    abstract void start(Map<String, INDArray> parameters);

    /** {@return the layer that computes} */
    abstract Layer computing(NeuralNetConfiguration conf, DataType type);

    /** {@return how many numbers the layer reads at each step, or of each example} */
    abstract long inputs(InputType input);

    IllegalStateException refusal(String needed, InputType input) {
        return new IllegalStateException(
                "%s '%s' needs %s, got %s".formatted(getClass().getSimpleName(), getLayerName(), needed, input));
    }

    /** {@return the type of a sequence} */
    InputType.InputTypeRecurrent sequence(InputType input) {
        if (input instanceof InputType.InputTypeRecurrent sequence) {
            return sequence;
        }
        throw refusal("sequences [batch, features, steps]", input);
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        boolean constrained = getConstraints() != null && !getConstraints().isEmpty();
        if (getIDropout() != null || getWeightNoise() != null || constrained) {
            throw new IllegalStateException(
                    ("%s '%s' has dropout, weight noise or constraints, which it does not know; a DropoutLayer behind"
                                    + " it drops what it gives")
                            .formatted(getClass().getSimpleName(), getLayerName()));
        }
        return LayerSetup.initialise(
                computing(conf, dataType), conf, listeners, index, parameters, initializeParameters);
    }

    @Override
    public ParamInitializer initializer() {
        return OwnParametersInitializer.INSTANCE;
    }

    @Override
    public void setNIn(InputType input, boolean override) {
        if (getNIn() <= 0 || override) {
            setNIn(inputs(input));
        }
    }

    @Override
    public @Nullable InputPreProcessor getPreProcessorForInputType(InputType input) {
        inputs(input);
        return null;
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType input) {
        long count = initializer().numParams(this);
        return new LayerMemoryReport.Builder(getLayerName(), getClass(), input, getOutputType(-1, input))
                .standardMemory(count, (int) getIUpdater().stateSize(count))
                .workingMemory(0, 0, 0, 2 * input.arrayElementsPerExample())
                .cacheMemory(MemoryReport.CACHE_MODE_ALL_ZEROS, MemoryReport.CACHE_MODE_ALL_ZEROS)
                .build();
    }
}
