package org.mtl4j.dl4j.internal.model;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Keeps the moving average of a graph's parameters over the steps of a run; see
 * {@code FitOptions.withParameterAveraging}.
 */
public final class ParameterAverage {
    /** How much slower the average takes up its full length than a plain mean would. */
    private static final double DELAY = 9;

    private final ComputationGraph graph;
    private final INDArray average;
    private final INDArray difference;
    private long steps;

    /** Starts with no step. */
    public ParameterAverage(ComputationGraph graph) {
        this(graph, graph.params().castTo(typeFor(graph.params().dataType())).dup(), 0);
    }

    /** Goes on from an average as it was after so many steps. */
    public ParameterAverage(ComputationGraph graph, INDArray average, long steps) {
        this.graph = graph;
        this.average = average;
        this.difference = average.like();
        this.steps = steps;
    }

    /** {@return the type of the average: what one step changes is less than numbers of 16 bits tell apart} */
    public static DataType typeFor(DataType parameters) {
        return parameters == DataType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT;
    }

    /** {@return the averaged parameters; the array itself, not a copy} */
    public INDArray values() {
        return average;
    }

    /** {@return over how many steps} */
    public long steps() {
        return steps;
    }

    /** Takes in the parameters after a step. */
    public void afterStep(double decay) {
        steps++;
        double keep = Math.min(decay, steps / (DELAY + steps));
        INDArray parameters = graph.params().castTo(average.dataType()); // themselves, of the same type
        average.addi(parameters.subi(average, difference).muli(1 - keep));
    }

    /** Leaves the graph with the averaged parameters. */
    public void finish() {
        graph.params().assign(average);
    }
}
