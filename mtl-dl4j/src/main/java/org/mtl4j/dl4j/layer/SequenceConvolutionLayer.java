package org.mtl4j.dl4j.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.mtl4j.layer.Convolution1D;
import org.mtl4j.layer.Padding;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures a convolution over the steps of a sequence; see {@link Convolution1D} for the windows and what masks do.
 * Parameters are {@code W [features, in, kernel]}, drawn by the layer's weight initialisation, and {@code b [1,
 * features]}.
 *
 * <pre>{@code
 * graph.addLayer("filters", SequenceConvolutionLayer.of(Convolution1D.of(16, 3)), "input")
 * }</pre>
 *
 * Neither dropout nor weight noise nor constraints.
 */
public class SequenceConvolutionLayer extends OwnParametersLayer {
    private static final long serialVersionUID = 1L;

    @JsonProperty
    private int kernel = 1;

    @JsonProperty
    private int stride = 1;

    @JsonProperty
    private boolean same;

    @JsonProperty
    private boolean bias = true;

    /** Makes an empty layer, for deserialisation. */
    public SequenceConvolutionLayer() {}

    /** Makes the layer that a description describes. */
    public static SequenceConvolutionLayer of(Convolution1D description) {
        SequenceConvolutionLayer layer = new SequenceConvolutionLayer();
        layer.kernel = description.kernel();
        layer.stride = description.stride();
        layer.same = description.padding() == Padding.SAME;
        layer.bias = description.bias();
        layer.setNOut(description.features());
        layer.setActivationFn(description.activation().getActivationFunction());
        return layer;
    }

    /** {@return how many steps a window has} */
    public int kernel() {
        return kernel;
    }

    /** {@return how far windows are apart, in steps} */
    public int stride() {
        return stride;
    }

    /** {@return whether there is a window around each step that the stride meets, with zeros beyond the ends} */
    public boolean isSame() {
        return same;
    }

    /** {@return whether a number is added for each output} */
    public boolean isBias() {
        return bias;
    }

    /** {@return how many windows there are in so many steps} */
    public long windows(long steps) {
        return same ? (steps + stride - 1) / stride : (steps - kernel) / stride + 1;
    }

    @Override
    List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>(List.of(new Parameter("W", true, getNOut(), getNIn(), kernel)));
        if (bias) {
            parameters.add(new Parameter("b", false, 1, getNOut()));
        }
        return parameters;
    }

    @Override
    void start(Map<String, INDArray> parameters) {
        INDArray weights = parameters.get("W");
        double fanIn = (double) getNIn() * kernel;
        double fanOut = (double) getNOut() * kernel / stride;
        getWeightInitFn().init(fanIn, fanOut, weights.shape(), 'c', weights.reshape(weights.length()));
    }

    @Override
    Layer computing(NeuralNetConfiguration conf, DataType type) {
        return new SequenceConvolutionLayerImpl(conf, type);
    }

    @Override
    long inputs(InputType input) {
        InputType.InputTypeRecurrent sequence = sequence(input);
        if (!same && sequence.getTimeSeriesLength() < kernel) {
            throw refusal("at least %s steps for its window".formatted(kernel), input);
        }
        return sequence.getSize();
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        return InputType.recurrent(getNOut(), windows(sequence(input).getTimeSeriesLength()));
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof SequenceConvolutionLayer;
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other)
                && other instanceof SequenceConvolutionLayer layer
                && kernel == layer.kernel
                && stride == layer.stride
                && same == layer.same
                && bias == layer.bias;
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), kernel, stride, same, bias);
    }

    @Override
    public String toString() {
        return "SequenceConvolutionLayer(kernel=%s, stride=%s, same=%s, bias=%s, %s)"
                .formatted(kernel, stride, same, bias, super.toString());
    }
}
