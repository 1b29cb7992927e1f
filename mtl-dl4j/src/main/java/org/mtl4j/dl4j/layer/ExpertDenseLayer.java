package org.mtl4j.dl4j.layer;

import java.util.Collection;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.weights.IWeightInit;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures one fully connected layer of each of several experts, side by side in one array: experts' first layers,
 * which read one input, are one product of matrices; their later layers, which read what the same expert said before,
 * are a product for each expert. The numbers are those of separate layers.
 *
 * <p>The output is {@code [batch, experts * units]}, expert by expert, and so is the input unless it is shared by all,
 * {@code [batch, inputs]}. The parameters are {@code W [inputs, experts * units]}, each expert drawn as a layer of its
 * own would be, and {@code b [1, experts * units]}. Activations must be such that each number is by itself (no
 * softmax).
 *
 * <pre>{@code
 * DenseLayer each = new DenseLayer.Builder().nOut(64).activation(Activation.RELU).build();
 * graph.addLayer("experts1", ExpertDenseLayer.first(8, each), "input")
 *      .addLayer("experts2", ExpertDenseLayer.next(8, each), "experts1");
 * }</pre>
 *
 * Mixed by {@link org.mtl4j.dl4j.vertex.MixtureVertex}.
 */
public class ExpertDenseLayer extends SafeDenseLayer {
    private static final long serialVersionUID = 1L;

    @JsonProperty
    private int experts;

    @JsonProperty
    private boolean inputShared;

    /** Makes an empty layer, for deserialisation. */
    public ExpertDenseLayer() {}

    private ExpertDenseLayer(int experts, boolean inputShared, DenseLayer each) {
        super(each);
        if (experts < 1) {
            throw new IllegalArgumentException("ExpertDenseLayer: at least 1 expert, got " + experts);
        }
        if (each.hasLayerNorm()) {
            throw new IllegalArgumentException("ExpertDenseLayer: experts side by side have no layer normalisation");
        }
        this.experts = experts;
        this.inputShared = inputShared;
        setNOut(each.getNOut() * experts);
    }

    /**
     * Makes the first layer of several experts, which all read the same input.
     *
     * @param experts how many, at least 1
     * @param each the layer of one of them, with the number of its units
     * @throws IllegalArgumentException if there is no expert, or the layer normalises
     */
    public static ExpertDenseLayer first(int experts, DenseLayer each) {
        return new ExpertDenseLayer(experts, true, each);
    }

    /**
     * Makes a later layer of several experts, each of which reads its own part of the input.
     *
     * @param experts how many, at least 1
     * @param each the layer of one of them, with the number of its units
     * @throws IllegalArgumentException if there is no expert, or the layer normalises
     */
    public static ExpertDenseLayer next(int experts, DenseLayer each) {
        return new ExpertDenseLayer(experts, false, each);
    }

    /** Returns the number of experts. */
    public int experts() {
        return experts;
    }

    /** Tells whether all experts read the same input, and not each a part of its own. */
    public boolean isInputShared() {
        return inputShared;
    }

    /** Returns in how many blocks inputs and weights are multiplied apart from each other. */
    int blocks() {
        return inputShared ? 1 : experts;
    }

    @Override
    public void setNIn(InputType inputType, boolean override) {
        boolean unknown = getNIn() <= 0 || override;
        super.setNIn(inputType, override);
        if (unknown && !inputShared) {
            if (getNIn() % experts != 0) {
                throw new IllegalStateException(
                        "ExpertDenseLayer '%s': an input of %s numbers is not that of %s experts of equal size"
                                .formatted(getLayerName(), getNIn(), experts));
            }
            setNIn(getNIn() / experts);
        }
    }

    @Override
    public ParamInitializer initializer() {
        return new EachExpert(experts);
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        LayerValidation.assertNInNOutSet("ExpertDenseLayer", getLayerName(), index, getNIn(), getNOut());
        return LayerSetup.initialise(
                new ExpertDenseLayerImpl(conf, dataType), conf, listeners, index, parameters, initializeParameters);
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof ExpertDenseLayer;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ExpertDenseLayer layer
                && super.equals(other)
                && experts == layer.experts
                && inputShared == layer.inputShared;
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), experts, inputShared);
    }

    /** Draws weights with the numbers of inputs and outputs of one expert. */
    private static final class EachExpert extends DefaultParamInitializer {
        private final int experts;

        EachExpert(int experts) {
            this.experts = experts;
        }

        @Override
        protected INDArray createWeightMatrix(
                long nIn, long nOut, IWeightInit weightInit, INDArray view, boolean initialize) {
            return initialize
                    ? weightInit.init(
                            nIn,
                            (double) nOut / experts,
                            new long[] {nIn, nOut},
                            IWeightInit.DEFAULT_WEIGHT_INIT_ORDER,
                            view)
                    : super.createWeightMatrix(nIn, nOut, null, view, false);
        }
    }
}
