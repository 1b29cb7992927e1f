package org.mtl4j.dl4j.vertex;

import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.layer.FreezingUpdater;
import org.mtl4j.internal.check.Check;
import org.mtl4j.relatedness.GroupRelatedness;
import org.mtl4j.relatedness.Relatedness;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures the weight-relatedness term L_w as part of a graph: the vertex passes its input on unchanged, adds
 * {@code strength * sum over ties of r_w} (of the weights of two layers, or of more where r_w is such a function) to
 * the graph's score, and the gradient of that to the gradients of the tied layers. Biases take no part. The learned
 * coefficients of r_w are the vertex's own parameters, {@code [1, ties * coefficients per tie]}.
 *
 * <p>Put it right behind the network's input and the towers behind it: the graph then computes its gradient last, when
 * the layers' own gradients are complete.
 *
 * <pre>{@code
 * graph.addInputs("input")
 *    .addVertex("related", new WeightRelatednessVertex(
 *        List.of(new WeightTie("A", "B")), Relatedness.l2Linear(), 1e-3, new Adam(1e-3), 1), "input")
 *    .addLayer("A", layerA, "related").addLayer("B", layerB, "related");
 * }</pre>
 *
 * A graph that has the vertex elsewhere is refused with an {@link IllegalStateException} at the first training step.
 * The term does not depend on the size of the batch. A layer that is frozen ({@code FrozenLayer},
 * {@code FrozenLayerWithBackprop}) gets no gradient.
 */
public class WeightRelatednessVertex extends TrainedVertex {
    private static final long serialVersionUID = 1L;

    /** Name of the parameter that holds the learned coefficients. */
    public static final String COEFFICIENTS = "coefficients";

    private final List<WeightTie> ties;
    private final GroupRelatedness relatedness;
    private final double strength;
    private final double learningRateFactor;

    /**
     * Makes the term over these ties.
     *
     * @param ties at least one; the layers of a tie have weights of one shape
     * @param relatedness r_w
     * @param strength λ_w, finite and at least 0
     * @param updater the network's updater
     * @param learningRateFactor rate of the coefficients as a multiple of the updater's, finite and at least 0
     * @throws IllegalArgumentException if a value is out of its range, or a tie is of more layers than r_w takes
     */
    public WeightRelatednessVertex(
            @JsonProperty("ties") List<WeightTie> ties,
            @JsonProperty("relatedness") GroupRelatedness relatedness,
            @JsonProperty("strength") double strength,
            @JsonProperty("updater") IUpdater updater,
            @JsonProperty("learningRateFactor") double learningRateFactor) {
        super(updater, 1);
        this.ties = List.copyOf(ties);
        this.relatedness = Objects.requireNonNull(relatedness, "relatedness");
        if (this.ties.isEmpty()) {
            throw new IllegalArgumentException("WeightRelatednessVertex: there must be at least one tie");
        }
        if (relatedness instanceof Relatedness) {
            this.ties.stream()
                    .filter(tie -> tie.layers().size() != 2)
                    .findFirst()
                    .ifPresent(tie -> {
                        throw new IllegalArgumentException(
                                "WeightRelatednessVertex: '%s' is for two layers, and a tie has %s"
                                        .formatted(relatedness.name(), tie.layers()));
                    });
        }
        this.strength = Check.finiteAtLeastZero(strength, "WeightRelatednessVertex: strength");
        this.learningRateFactor =
                Check.finiteAtLeastZero(learningRateFactor, "WeightRelatednessVertex: learningRateFactor");
    }

    /** Returns the tied layers. */
    @JsonProperty("ties")
    public List<WeightTie> ties() {
        return ties;
    }

    /** Returns r_w. */
    @JsonProperty("relatedness")
    public GroupRelatedness relatedness() {
        return relatedness;
    }

    /** Returns λ_w. */
    @JsonProperty("strength")
    public double strength() {
        return strength;
    }

    /** Returns the rate of the coefficients as a multiple of the updater's. */
    @JsonProperty("learningRateFactor")
    public double learningRateFactor() {
        return learningRateFactor;
    }

    @Override
    public long numParams(boolean backprop) {
        return (long) ties.size() * relatedness.coefficientNames().size();
    }

    @Override
    long workingMemoryPerExample(InputType type) {
        return 0;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType... inputs) throws InvalidInputTypeException {
        if (inputs.length != 1) {
            throw new InvalidInputTypeException(
                    "WeightRelatednessVertex passes one input on, but has " + inputs.length);
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
        IUpdater own = FreezingUpdater.of(updater(), learningRateFactor, 0);
        WeightRelatednessLayerImpl layer =
                WeightRelatednessLayerImpl.of(graph, name, this, coefficients, new VertexTraining(name, own), dataType);
        return new WeightRelatednessVertexImpl(graph, name, index, layer, dataType);
    }

    @Override
    public GraphVertex clone() {
        return new WeightRelatednessVertex(
                ties, relatedness, strength, updater().clone(), learningRateFactor);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WeightRelatednessVertex vertex
                && ties.equals(vertex.ties)
                && relatedness.equals(vertex.relatedness)
                && strength == vertex.strength
                && updater().equals(vertex.updater())
                && learningRateFactor == vertex.learningRateFactor;
    }

    @Override
    public int hashCode() {
        return Objects.hash(ties, strength, updater(), learningRateFactor);
    }

    @Override
    public String toString() {
        return "WeightRelatednessVertex[%s, strength %s, %s ties]".formatted(relatedness.name(), strength, ties.size());
    }
}
