package org.mtl4j.dl4j.vertex;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures a mixture of experts: {@code y = sum over e of w_e(x) * expert_e(x)}, with weights that each example has
 * of its own. The first input is what the gate says, {@code [batch, experts]}; the others are the experts' outputs, all
 * of one shape, or vectors of several experts side by side in one array, as
 * {@link org.mtl4j.dl4j.layer.ExpertDenseLayer} makes them.
 *
 * <p>The one parameter, {@code share [1, experts]}, is not trained: it follows the mean weight of each expert, over
 * about the last {@value #STEPS} steps of training, as the running estimates of batch normalisation do. Nothing is
 * computed of it.
 *
 * <pre>{@code
 * graph.addLayer("gate", gateLayer, "input") // 8 outputs, identity
 *      .addVertex("mix", MixtureVertex.softmax(8), "gate", "experts2"); // 8 experts in one array
 * }</pre>
 */
public class MixtureVertex extends TrainedVertex {
    private static final long serialVersionUID = 1L;

    /** Name of the parameter. */
    public static final String SHARE = "share";

    /** Over about so many steps of training {@link #SHARE} is a mean. */
    public static final int STEPS = 20;

    private final boolean softmax;
    private final List<Integer> experts;

    @JsonCreator
    private MixtureVertex(@JsonProperty("softmax") boolean softmax, @JsonProperty("experts") List<Integer> experts) {
        super(new NoOp(), experts.size() + 1);
        this.softmax = softmax;
        this.experts = List.copyOf(experts);
        if (this.experts.isEmpty() || this.experts.stream().anyMatch(count -> count < 1)) {
            throw new IllegalArgumentException(
                    "MixtureVertex: a gate mixes at least 1 expert, and 1 for each input; got " + experts);
        }
    }

    /**
     * Makes a mixture by the softmax of what the gate says.
     *
     * @param experts for each input behind the gate how many experts it has side by side
     * @throws IllegalArgumentException if there is no expert, or an input without one
     */
    public static MixtureVertex softmax(int... experts) {
        return new MixtureVertex(true, Arrays.stream(experts).boxed().toList());
    }

    /**
     * Makes a mixture by what the gate says, such as {@link org.mtl4j.dl4j.layer.DSelectGateLayer}: those are the
     * weights.
     *
     * @param experts for each input behind the gate how many experts it has side by side
     * @throws IllegalArgumentException if there is no expert, or an input without one
     */
    public static MixtureVertex weighted(int... experts) {
        return new MixtureVertex(false, Arrays.stream(experts).boxed().toList());
    }

    /** Tells whether weights are the softmax of what the gate says. */
    @JsonProperty("softmax")
    public boolean softmax() {
        return softmax;
    }

    /** Returns for each input behind the gate how many experts it has side by side. */
    @JsonProperty("experts")
    public List<Integer> experts() {
        return experts;
    }

    private int all() {
        return experts.stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public long numParams(boolean backprop) {
        return all();
    }

    @Override
    long workingMemoryPerExample(InputType type) {
        return type.arrayElementsPerExample();
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType... inputs) throws InvalidInputTypeException {
        if (inputs.length != experts.size() + 1) {
            throw new InvalidInputTypeException("MixtureVertex: a gate and %s inputs with experts expected, got %s"
                    .formatted(experts.size(), Arrays.toString(inputs)));
        }
        if (!(inputs[0] instanceof InputType.InputTypeFeedForward gate) || gate.getSize() != all()) {
            throw new InvalidInputTypeException(
                    "MixtureVertex: the gate of %s experts must give as many numbers, got %s"
                            .formatted(all(), inputs[0]));
        }
        InputType output = null;
        for (int i = 0; i < experts.size(); i++) {
            InputType one = ofOne(inputs[i + 1], experts.get(i));
            if (output != null && !one.equals(output)) {
                throw new InvalidInputTypeException(
                        "MixtureVertex: experts must agree in shape, got %s and %s".formatted(output, one));
            }
            output = one;
        }
        return Objects.requireNonNull(output);
    }

    private static InputType ofOne(InputType type, int count) throws InvalidInputTypeException {
        if (count == 1) {
            return type;
        }
        if (!(type instanceof InputType.InputTypeFeedForward vector) || vector.getSize() % count != 0) {
            throw new InvalidInputTypeException(
                    "MixtureVertex: %s experts side by side are vectors of one size, got %s".formatted(count, type));
        }
        return InputType.feedForward(vector.getSize() / count);
    }

    @Override
    public org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
            ComputationGraph graph,
            String name,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        INDArray share = parameters.reshape('c', 1, parameters.length());
        if (initializeParameters) {
            share.assign(1.0 / all());
        }
        return new MixtureVertexImpl(
                graph,
                name,
                index,
                softmax,
                experts.stream().mapToInt(Integer::intValue).toArray(),
                share,
                new VertexTraining(name, new NoOp()),
                dataType);
    }

    @Override
    public GraphVertex clone() {
        return new MixtureVertex(softmax, experts);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MixtureVertex vertex && softmax == vertex.softmax && experts.equals(vertex.experts);
    }

    @Override
    public int hashCode() {
        return Objects.hash(softmax, experts);
    }

    @Override
    public String toString() {
        return "MixtureVertex[%s of experts %s]".formatted(softmax ? "softmax" : "weights", experts);
    }
}
