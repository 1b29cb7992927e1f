package org.mtl4j.dl4j.vertex;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.cpu.ProductCheck;
import org.mtl4j.dl4j.internal.layer.FreezingUpdater;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.Granularity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures one output of a {@link CrossStitchUnit}: {@code y_s = sum over t of alpha[s, t] * x_t} for one tower s. An
 * output needs only its own row of α, so a unit that joins T towers is T of these vertices on the same T inputs;
 * {@link #join} adds them all.
 *
 * <p>Inputs and output have one shape, {@code [batch, channels, ...]}: feature maps, vectors or sequences; or
 * {@code [batch, ..., channels]} where the graph's input types say that channels come last ({@code NHWC}, {@code NWC}).
 * The parameter {@code alpha} has shape {@code [1, T]} per layer or {@code [1, T * channels]} per channel, channel
 * fastest.
 *
 * <p>In a graph of your own:
 *
 * <pre>{@code
 * List<String> mixed = CrossStitchVertex.join(
 *    graph, "stitch1", CrossStitchUnit.perChannel(), new Adam(1e-3), "poolA", "poolB");
 * graph.addLayer("A2", layerA, mixed.get(0)).addLayer("B2", layerB, mixed.get(1));
 * }</pre>
 *
 * The number of channels of a per-channel unit is read from the graph's input types ({@code setInputTypes}).
 */
public class CrossStitchVertex extends TrainedVertex {
    private static final long serialVersionUID = 1L;

    /** Name of the parameter. */
    public static final String ALPHA = "alpha";

    /** Number of channels that stands for the one that the graph's input types tell. */
    public static final int CHANNELS_OF_INPUT_TYPES = 0;

    private final CrossStitchUnit unit;
    private final int towers;
    private final int output;
    private int channels;
    private boolean channelsLast;

    /**
     * Makes one output of a unit.
     *
     * @param unit the unit; its own list of towers does not matter here
     * @param towers T, number of inputs of the vertex, at least 2
     * @param output s, which tower the output goes to, 0 to T - 1
     * @param updater the network's updater; the vertex trains at its rate times the unit's factor
     * @param channels size of dimension 1 of the inputs; {@link #CHANNELS_OF_INPUT_TYPES} to read it from the graph's
     *     input types, and for units per layer, which don't need it
     * @throws IllegalArgumentException if a number is out of its range
     */
    public CrossStitchVertex(CrossStitchUnit unit, int towers, int output, IUpdater updater, int channels) {
        this(unit, towers, output, updater, channels, false);
    }

    @JsonCreator
    private CrossStitchVertex(
            @JsonProperty("unit") CrossStitchUnit unit,
            @JsonProperty("towers") int towers,
            @JsonProperty("output") int output,
            @JsonProperty("updater") IUpdater updater,
            @JsonProperty("channels") int channels,
            @JsonProperty("channelsLast") boolean channelsLast) {
        super(updater, towers);
        this.unit = Objects.requireNonNull(unit, "unit");
        if (towers < 2 || output < 0 || output >= towers || channels < 0) {
            throw new IllegalArgumentException(
                    ("CrossStitchVertex: towers must be at least 2, output in [0, towers), channels at least 0;"
                                    + " got %d, %d, %d")
                            .formatted(towers, output, channels));
        }
        this.towers = towers;
        this.output = output;
        this.channels = channels;
        this.channelsLast = channelsLast;
    }

    /**
     * Adds a whole unit to a graph: one vertex per input, called {@code name-0}, {@code name-1} and so on.
     *
     * @param graph the graph under construction
     * @param name what the vertices' names begin with
     * @param unit the unit
     * @param updater the network's updater
     * @param inputs names of the vertices that are mixed, at least 2, all of one shape
     * @return names of the mixed outputs, in the order of the inputs
     */
    public static List<String> join(
            ComputationGraphConfiguration.GraphBuilder graph,
            String name,
            CrossStitchUnit unit,
            IUpdater updater,
            String... inputs) {
        List<String> outputs = new ArrayList<>();
        for (int s = 0; s < inputs.length; s++) {
            String vertex = name + "-" + s;
            graph.addVertex(
                    vertex, new CrossStitchVertex(unit, inputs.length, s, updater, CHANNELS_OF_INPUT_TYPES), inputs);
            outputs.add(vertex);
        }
        return outputs;
    }

    /** Returns the unit that this is an output of. */
    @JsonProperty("unit")
    public CrossStitchUnit unit() {
        return unit;
    }

    /** Returns T, the number of inputs. */
    @JsonProperty("towers")
    public int towers() {
        return towers;
    }

    /** Returns s, the tower that the output goes to. */
    @JsonProperty("output")
    public int output() {
        return output;
    }

    /**
     * Returns the size of the inputs' dimension of channels; {@link #CHANNELS_OF_INPUT_TYPES} while it is not known.
     */
    @JsonProperty("channels")
    public int channels() {
        return channels;
    }

    /** Tells whether channels are the last dimension of the inputs, as their types say, and not dimension 1. */
    @JsonProperty("channelsLast")
    public boolean channelsLast() {
        return channelsLast;
    }

    @Override
    public long numParams(boolean backprop) {
        if (unit.granularity() == Granularity.PER_LAYER) {
            return towers;
        }
        if (channels == CHANNELS_OF_INPUT_TYPES) {
            throw new IllegalStateException("CrossStitchVertex, output " + output
                    + ": a unit per channel needs the number of channels; call setInputTypes(...) on the graph, or give"
                    + " the number to the constructor");
        }
        return (long) towers * channels;
    }

    @Override
    long workingMemoryPerExample(InputType type) {
        return type.arrayElementsPerExample();
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType... inputs) throws InvalidInputTypeException {
        if (inputs.length != towers) {
            throw new InvalidInputTypeException(
                    "CrossStitchVertex for %d towers has %d inputs".formatted(towers, inputs.length));
        }
        for (InputType input : inputs) {
            if (!input.equals(inputs[0])) {
                throw new InvalidInputTypeException(
                        "CrossStitchVertex: inputs must agree in shape, got " + List.of(inputs));
            }
        }
        int found = channelsOf(inputs[0]);
        if (channels != CHANNELS_OF_INPUT_TYPES && channels != found) {
            throw new InvalidInputTypeException(
                    "CrossStitchVertex for %d channels has inputs of %s".formatted(channels, inputs[0]));
        }
        channels = found;
        channelsLast = inputs[0] instanceof InputType.InputTypeConvolutional maps
                        && maps.getFormat() == CNN2DFormat.NHWC
                || inputs[0] instanceof InputType.InputTypeRecurrent sequence && sequence.getFormat() == RNNFormat.NWC;
        return inputs[0];
    }

    private static int channelsOf(InputType type) throws InvalidInputTypeException {
        if (type instanceof InputType.InputTypeConvolutional maps) {
            return Math.toIntExact(maps.getChannels());
        }
        if (type instanceof InputType.InputTypeFeedForward vector) {
            return Math.toIntExact(vector.getSize());
        }
        if (type instanceof InputType.InputTypeRecurrent sequence) {
            return Math.toIntExact(sequence.getSize());
        }
        throw new InvalidInputTypeException("CrossStitchVertex mixes feature maps, vectors and sequences, not " + type);
    }

    @Override
    public org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
            ComputationGraph graph,
            String name,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        ProductCheck.require(dataType);
        INDArray alpha = parameters.reshape('c', 1, parameters.length());
        if (initializeParameters) {
            double[] row = unit.initialRows(towers, Math.max(1, channels))[output];
            alpha.assign(Nd4j.createFromArray(row).castTo(dataType).reshape(1, row.length));
        }
        IUpdater own = FreezingUpdater.of(updater(), unit.learningRateFactor(), unit.frozenEpochs());
        return new CrossStitchVertexImpl(
                graph,
                name,
                index,
                output,
                channelsLast,
                alpha,
                unit.granularity(),
                new VertexTraining(name, own),
                dataType);
    }

    @Override
    public GraphVertex clone() {
        return new CrossStitchVertex(unit, towers, output, updater().clone(), channels, channelsLast);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CrossStitchVertex vertex
                && unit.equals(vertex.unit)
                && towers == vertex.towers
                && output == vertex.output
                && updater().equals(vertex.updater())
                && channels == vertex.channels
                && channelsLast == vertex.channelsLast;
    }

    @Override
    public int hashCode() {
        return Objects.hash(unit, towers, output, updater());
    }

    @Override
    public String toString() {
        return "CrossStitchVertex[%s, output %s of %s]".formatted(unit.describe(), output, towers);
    }
}
