package org.mtl4j.dl4j.vertex;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.schedule.ScaledLearningRate;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * The weight-relatedness term L_w as part of a graph: hands its input on unchanged, adds {@code strength * sum over ties
 * of r_w(θ1, θ2)} to the graph's score, and the gradient of that to the gradients of the tied layers. Biases take no
 * part. The learned coefficients of r_w are the vertex's own parameters, {@code [1, ties * coefficients per tie]}.
 *
 * <p>Put it right behind the network's input and the towers behind it: the graph then computes its gradient last, when the
 * layers' own gradients are complete.
 *
 * <pre>{@code
 * graph.addInputs("input")
 *     .addVertex("related", new WeightRelatednessVertex(
 *         List.of(new WeightTie("A", "B")), Relatedness.l2Linear(), 1e-3, new Adam(1e-3), 1), "input")
 *     .addLayer("A", layerA, "related").addLayer("B", layerB, "related");
 * }</pre>
 *
 * A graph that has the vertex elsewhere is refused with an {@link IllegalStateException} at the first training step. The
 * term does not depend on the size of the batch. A layer that is frozen ({@code FrozenLayer}, {@code FrozenLayerWithBackprop}) gets no gradient.
 */
public class WeightRelatednessVertex extends GraphVertex {
    private static final long serialVersionUID = 1L;

    /** Name of the parameter that holds the learned coefficients. */
    public static final String COEFFICIENTS = "coefficients";

    private final List<WeightTie> ties;
    private final Relatedness relatedness;
    private final double strength;
    private final IUpdater updater;
    private final double learningRateFactor;

    /**
     * The term over these ties.
     *
     * @param ties at least one; the layers of a tie have weights of one shape
     * @param relatedness r_w
     * @param strength λ_w, finite and at least 0
     * @param updater the network's updater
     * @param learningRateFactor rate of the coefficients as a multiple of the updater's, finite and at least 0
     * @throws IllegalArgumentException if a value is out of its range
     */
    public WeightRelatednessVertex(
            @JsonProperty("ties") List<WeightTie> ties,
            @JsonProperty("relatedness") Relatedness relatedness,
            @JsonProperty("strength") double strength,
            @JsonProperty("updater") IUpdater updater,
            @JsonProperty("learningRateFactor") double learningRateFactor) {
        this.ties = List.copyOf(ties);
        this.relatedness = Objects.requireNonNull(relatedness, "relatedness");
        this.strength = strength;
        this.updater = Objects.requireNonNull(updater, "updater");
        this.learningRateFactor = learningRateFactor;
        if (this.ties.isEmpty()) {
            throw new IllegalArgumentException("WeightRelatednessVertex: there must be at least one tie");
        }
        if (!(strength >= 0 && strength < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "WeightRelatednessVertex: strength must be finite and at least 0, got " + strength);
        }
        if (!(learningRateFactor >= 0 && learningRateFactor < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "WeightRelatednessVertex: learningRateFactor must be finite and at least 0, got "
                            + learningRateFactor);
        }
    }

    /** The tied layers. */
    @JsonProperty("ties")
    public List<WeightTie> ties() {
        return ties;
    }

    /** r_w. */
    @JsonProperty("relatedness")
    public Relatedness relatedness() {
        return relatedness;
    }

    /** λ_w. */
    @JsonProperty("strength")
    public double strength() {
        return strength;
    }

    /** The network's updater. */
    @JsonProperty("updater")
    public IUpdater updater() {
        return updater;
    }

    /** Rate of the coefficients as a multiple of the updater's. */
    @JsonProperty("learningRateFactor")
    public double learningRateFactor() {
        return learningRateFactor;
    }

    /**
     * How one tie stands.
     *
     * @param tie the tied layers
     * @param value r_w at the present weights, without its strength
     * @param coefficients the learned scalars by name
     */
    public record State(WeightTie tie, double value, Map<String, Double> coefficients) {}

    /**
     * How the ties of an initialised graph stand, in their order.
     *
     * @param graph a graph with this vertex
     * @param name the name of the vertex in it
     * @throws IllegalArgumentException if there is no such vertex, or it is of another kind
     */
    public static List<State> states(ComputationGraph graph, String name) {
        if (graph.getVertex(name) == null || !(graph.getVertex(name).getLayer() instanceof RelatednessLayer layer)) {
            throw new IllegalArgumentException("the graph has no WeightRelatednessVertex called '" + name + "'");
        }
        return layer.states();
    }

    /**
     * Computes something while the terms of a graph are divided among the parts of a batch: for graphs with the same parameters
     * whose gradients, and whose scores weighted by examples, are added up.
     *
     * @param graph a graph with any number of such vertices; its parameters may not change meanwhile
     * @param part which part this is, counted from 0
     * @param parts in how many parts the batch is divided
     * @param whole how many times as many examples as this part the batch has
     * @param computation what is to be done
     */
    public static void divided(ComputationGraph graph, int part, int parts, double whole, Runnable computation) {
        List<RelatednessLayer> terms = Arrays.stream(graph.getLayers())
                .filter(RelatednessLayer.class::isInstance)
                .map(RelatednessLayer.class::cast)
                .toList();
        terms.forEach(term -> term.setShare(new RelatednessLayer.Share(part, parts, whole)));
        try {
            computation.run();
        } finally {
            terms.forEach(term -> term.setShare(null));
        }
    }

    @Override
    public long numParams(boolean backprop) {
        return (long) ties.size() * relatedness.coefficientNames().size();
    }

    @Override
    public int minVertexInputs() {
        return 1;
    }

    @Override
    public int maxVertexInputs() {
        return 1;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType... inputs) throws InvalidInputTypeException {
        if (inputs.length != 1) {
            throw new InvalidInputTypeException("WeightRelatednessVertex hands one input on, but has " + inputs.length);
        }
        return inputs[0];
    }

    @Override
    public org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
            ComputationGraph graph,
            String name,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        INDArray coefficients = parameters == null ? null : parameters.reshape('c', 1, parameters.length());
        if (initializeParameters && coefficients != null) {
            double[] start = relatedness.initialCoefficients();
            INDArray one = Nd4j.createFromArray(start).castTo(dataType).reshape(1, start.length);
            coefficients.assign(Nd4j.tile(one, 1, ties.size()));
        }
        IUpdater own =
                learningRateFactor == 1 ? updater.clone() : ScaledLearningRate.scale(updater, learningRateFactor);
        RelatednessLayer layer =
                RelatednessLayer.of(graph, name, this, coefficients, new VertexTraining(name, own), dataType);
        return new WeightRelatednessVertexImpl(graph, name, index, layer, dataType);
    }

    @Override
    public MemoryReport getMemoryReport(InputType... inputs) {
        return new LayerMemoryReport.Builder(null, WeightRelatednessVertex.class, inputs[0], inputs[0])
                .standardMemory(numParams(true), updater.stateSize(numParams(true)))
                .workingMemory(0, 0, 0, 0)
                .cacheMemory(0, 0)
                .build();
    }

    @Override
    public GraphVertex clone() {
        return new WeightRelatednessVertex(ties, relatedness, strength, updater.clone(), learningRateFactor);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WeightRelatednessVertex vertex
                && ties.equals(vertex.ties)
                && relatedness.equals(vertex.relatedness)
                && strength == vertex.strength
                && updater.equals(vertex.updater)
                && learningRateFactor == vertex.learningRateFactor;
    }

    @Override
    public int hashCode() {
        return Objects.hash(ties, strength, updater, learningRateFactor);
    }

    @Override
    public String toString() {
        return "WeightRelatednessVertex[%s, strength %s, %d ties]".formatted(relatedness.name(), strength, ties.size());
    }
}
