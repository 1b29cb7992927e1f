package org.mtl4j.dl4j.vertex;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Configures the concatenation of several activations along dimension 1: vectors {@code [batch, size]} one after the
 * other, feature maps {@code [batch, channels, height, width]} by their channels, sequences {@code [batch, features,
 * steps]} by their features. Everything else about their shapes must be equal.
 *
 * <p>Of sequences, a step is there behind the vertex where it is there in any of the inputs; an input that lacks it has
 * 0 there, whatever its layers have made of the step. An input without a mask has all steps.
 */
public final class JoinVertex extends GraphVertex {
    private static final long serialVersionUID = 1L;

    /** Makes a concatenation of at least one input. */
    public JoinVertex() {}

    @Override
    public int minVertexInputs() {
        return 1;
    }

    @Override
    public int maxVertexInputs() {
        return Integer.MAX_VALUE;
    }

    @Override
    public long numParams(boolean backprop) {
        return 0;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType... inputs) throws InvalidInputTypeException {
        InputType first = inputs[0];
        long channels = 0;
        for (InputType input : inputs) {
            if (!withChannels(input, 1).equals(withChannels(first, 1))) {
                throw new InvalidInputTypeException("JoinVertex: only vectors, images of equal height and width, and"
                        + " sequences of as many steps can be joined, got " + Arrays.toString(inputs));
            }
            channels += channels(input);
        }
        return withChannels(first, channels);
    }

    private static long channels(InputType type) {
        if (type instanceof InputType.InputTypeConvolutional image) {
            return image.getChannels();
        }
        return type instanceof InputType.InputTypeRecurrent sequence
                ? sequence.getSize()
                : ((InputType.InputTypeFeedForward) type).getSize();
    }

    private static InputType withChannels(InputType type, long channels) throws InvalidInputTypeException {
        if (type instanceof InputType.InputTypeConvolutional image) {
            return InputType.convolutional(image.getHeight(), image.getWidth(), channels);
        }
        if (type instanceof InputType.InputTypeRecurrent sequence) {
            return InputType.recurrent(channels, sequence.getTimeSeriesLength());
        }
        if (type instanceof InputType.InputTypeFeedForward) {
            return InputType.feedForward(channels);
        }
        throw new InvalidInputTypeException("JoinVertex: vectors, images and sequences can be joined, got " + type);
    }

    @Override
    public org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
            ComputationGraph graph,
            String name,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        return new JoinVertexImpl(graph, name, index, dataType);
    }

    @Override
    public MemoryReport getMemoryReport(InputType... types) {
        InputType output = getOutputType(0, types);
        return new LayerMemoryReport.Builder(null, getClass(), types[0], output)
                .standardMemory(0, 0)
                .workingMemory(0, 0, 0, output.arrayElementsPerExample())
                .cacheMemory(0, 0)
                .build();
    }

    @Override
    public JoinVertex clone() {
        return new JoinVertex();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof JoinVertex;
    }

    @Override
    public int hashCode() {
        return JoinVertex.class.hashCode();
    }

    @Override
    public String toString() {
        return "JoinVertex";
    }
}
