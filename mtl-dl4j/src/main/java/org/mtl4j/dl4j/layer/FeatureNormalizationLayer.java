package org.mtl4j.dl4j.layer;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures layer normalisation of vectors, and of the features of each step of sequences; see
 * {@link org.mtl4j.layer.LayerNormalization} for the formula. Parameters are {@code gain [1, features]} and {@code b
 * [1, features]}, which do not decay.
 */
public class FeatureNormalizationLayer extends OwnParametersLayer {
    private static final long serialVersionUID = 1L;

    @JsonProperty
    private double epsilon = 1e-5;

    /** Makes a layer with epsilon 1e-5. */
    public FeatureNormalizationLayer() {
        setActivationFn(new ActivationIdentity());
    }

    /** Makes a layer. */
    public FeatureNormalizationLayer(double epsilon) {
        this();
        this.epsilon = epsilon;
    }

    /** {@return what is added to the variance} */
    public double epsilon() {
        return epsilon;
    }

    @Override
    List<Parameter> parameters() {
        return List.of(new Parameter("gain", false, 1, getNIn()), new Parameter("b", false, 1, getNIn()));
    }

    @Override
    void start(Map<String, INDArray> parameters) {
        parameters.get("gain").assign(1);
    }

    @Override
    Layer computing(NeuralNetConfiguration conf, DataType type) {
        return new FeatureNormalizationLayerImpl(conf, type);
    }

    @Override
    long inputs(InputType input) {
        if (input instanceof InputType.InputTypeFeedForward vector) {
            return vector.getSize();
        }
        if (input instanceof InputType.InputTypeRecurrent sequence) {
            return sequence.getSize();
        }
        throw refusal("vectors or sequences", input);
    }

    @Override
    public void setNIn(InputType input, boolean override) {
        super.setNIn(input, override);
        setNOut(getNIn());
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        inputs(input);
        return input;
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof FeatureNormalizationLayer;
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other) && other instanceof FeatureNormalizationLayer layer && epsilon == layer.epsilon;
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), epsilon);
    }

    @Override
    public String toString() {
        return "FeatureNormalizationLayer(epsilon=" + epsilon + ", " + super.toString() + ")";
    }
}
