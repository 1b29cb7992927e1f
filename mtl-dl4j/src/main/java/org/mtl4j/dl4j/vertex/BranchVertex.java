package org.mtl4j.dl4j.vertex;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.layer.FreezingUpdater;
import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures one choice of a branching network: a node reads one of several parents, all of one shape. Guo et al.,
 * "Learning to Branch for Multi-Task Learning", ICML 2020.
 *
 * <p>While it searches, each step of training draws a parent by Gumbel's trick from the softmax of the parameter
 * {@code logits [1, parents]}, the same for all examples; backwards the choice is treated as if it had been the softmax
 * of {@code (logits + noise) / temperature} (straight-through), with a temperature that falls from epoch to epoch.
 * After the search, and in all predictions, the parent is the one of the largest logit, the first of equal ones, and
 * logits stay as they are.
 *
 * <p>What is drawn depends on the graph's seed, the vertex's name and the number of the step alone, so replicas and
 * workers draw the same.
 */
public class BranchVertex extends TrainedVertex {
    private static final long serialVersionUID = 1L;

    /** Name of the parameter. */
    public static final String LOGITS = "logits";

    private final int parents;
    private final double temperature;
    private final double decay;
    private final int searchEpochs;
    private final double factor;
    private final List<Double> start;

    /**
     * Makes a choice.
     *
     * @param start initial logits, one for each parent, at least one
     * @param temperature in the first epoch, positive
     * @param decay by what it is multiplied after each epoch, in (0, 1]
     * @param searchEpochs for how many epochs parents are drawn; 0 to keep to the start
     * @param updater the network's updater
     * @param factor of its learning rate for the logits, at least 0
     * @throws IllegalArgumentException if a number is out of its range
     */
    public BranchVertex(
            double[] start, double temperature, double decay, int searchEpochs, IUpdater updater, double factor) {
        this(Arrays.stream(start).boxed().toList(), temperature, decay, searchEpochs, updater, factor);
    }

    @JsonCreator
    private BranchVertex(
            @JsonProperty("start") List<Double> start,
            @JsonProperty("temperature") double temperature,
            @JsonProperty("decay") double decay,
            @JsonProperty("searchEpochs") int searchEpochs,
            @JsonProperty("updater") IUpdater updater,
            @JsonProperty("factor") double factor) {
        super(updater, start.size());
        this.start = List.copyOf(start);
        this.parents = start.size();
        if (parents < 1 || searchEpochs < 0) {
            throw new IllegalArgumentException("BranchVertex: at least 1 parent and 0 epochs expected, got %s and %s"
                    .formatted(parents, searchEpochs));
        }
        start.forEach(logit -> Check.finite(logit, "BranchVertex: logit"));
        if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY && decay > 0 && decay <= 1)) {
            throw new IllegalArgumentException(
                    "BranchVertex: temperature must be positive and finite, its decay in (0, 1]; got %s and %s"
                            .formatted(temperature, decay));
        }
        this.temperature = temperature;
        this.decay = decay;
        this.searchEpochs = searchEpochs;
        this.factor = Check.finiteAtLeastZero(factor, "BranchVertex: factor of the learning rate");
    }

    /** Returns the initial logits. */
    @JsonProperty("start")
    public List<Double> start() {
        return start;
    }

    /** Returns the temperature of the first epoch. */
    @JsonProperty("temperature")
    public double temperature() {
        return temperature;
    }

    /** Returns by what the temperature is multiplied after each epoch. */
    @JsonProperty("decay")
    public double decay() {
        return decay;
    }

    /** Returns for how many epochs parents are drawn. */
    @JsonProperty("searchEpochs")
    public int searchEpochs() {
        return searchEpochs;
    }

    /** Returns the factor of the learning rate for the logits. */
    @JsonProperty("factor")
    public double factor() {
        return factor;
    }

    @Override
    public long numParams(boolean backprop) {
        return parents;
    }

    @Override
    long workingMemoryPerExample(InputType type) {
        return 0;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType... inputs) throws InvalidInputTypeException {
        for (InputType input : inputs) {
            if (inputs.length != parents || !input.equals(inputs[0])) {
                throw new InvalidInputTypeException("BranchVertex: %s parents of one shape expected, got %s"
                        .formatted(parents, Arrays.toString(inputs)));
            }
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
        INDArray logits = parameters.reshape('c', 1, parameters.length());
        if (initializeParameters) {
            for (int p = 0; p < parents; p++) {
                logits.putScalar(p, start.get(p));
            }
        }
        IUpdater own = FreezingUpdater.after(FreezingUpdater.of(updater(), factor, 0), searchEpochs);
        return new BranchVertexImpl(graph, name, index, this, logits, new VertexTraining(name, own), dataType);
    }

    @Override
    public GraphVertex clone() {
        return new BranchVertex(
                start, temperature, decay, searchEpochs, updater().clone(), factor);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BranchVertex vertex
                && start.equals(vertex.start)
                && temperature == vertex.temperature
                && decay == vertex.decay
                && searchEpochs == vertex.searchEpochs
                && updater().equals(vertex.updater())
                && factor == vertex.factor;
    }

    @Override
    public int hashCode() {
        return Objects.hash(start, temperature, decay, searchEpochs, updater(), factor);
    }

    @Override
    public String toString() {
        return "BranchVertex[%s parents, searching for %s epochs]".formatted(parents, searchEpochs);
    }
}
