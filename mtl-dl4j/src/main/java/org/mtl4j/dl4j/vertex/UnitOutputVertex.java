package org.mtl4j.dl4j.vertex;

import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.graph.InputTypes;
import org.mtl4j.layer.Shape;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.UnitParameter;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures what one tower goes on with behind a {@link SharingUnitVertex}, its only input;
 * {@link SharingUnitVertex#join} adds both.
 */
public final class UnitOutputVertex extends TrainedVertex {
    private static final long serialVersionUID = 1L;

    private final SharingUnit unit;
    private final List<long[]> shapes;
    private final int output;
    private final double l2;

    /**
     * Makes the vertex of one output.
     *
     * @param unit the unit
     * @param shapes dimensions of one example of each of the unit's inputs
     * @param output which output it is, counted from 0
     * @param updater the network's updater for units
     * @param l2 the network's weight decay, of which each parameter has its factor
     */
    public UnitOutputVertex(
            @JsonProperty("unit") SharingUnit unit,
            @JsonProperty("shapes") List<long[]> shapes,
            @JsonProperty("output") int output,
            @JsonProperty("updater") IUpdater updater,
            @JsonProperty("l2") double l2) {
        super(updater, 1);
        this.unit = Objects.requireNonNull(unit, "unit");
        this.shapes = shapes.stream().map(long[]::clone).toList();
        Objects.checkIndex(output, shapes.size());
        this.output = output;
        this.l2 = l2;
    }

    /** Tells whether it works in any memory layout of images, and keeps it. */
    public boolean keepsMemoryLayout() {
        return UnitComputation.knows(unit);
    }

    /** Returns the unit. */
    @JsonProperty("unit")
    public SharingUnit unit() {
        return unit;
    }

    /** Returns the dimensions of one example of each of the unit's inputs. */
    @JsonProperty("shapes")
    public List<long[]> shapes() {
        return shapes.stream().map(long[]::clone).toList();
    }

    /** Returns which output it is, counted from 0. */
    @JsonProperty("output")
    public int output() {
        return output;
    }

    /** Returns the network's weight decay. */
    @JsonProperty("l2")
    public double l2() {
        return l2;
    }

    private List<UnitParameter> parameters() {
        return SharingUnitVertex.parameters(unit, shapes, output);
    }

    @Override
    public long numParams(boolean backprop) {
        return parameters().stream().mapToLong(UnitParameter::length).sum();
    }

    @Override
    long workingMemoryPerExample(InputType type) {
        return 0;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType... inputs) throws InvalidInputTypeException {
        Shape shape = unit.outputs(SharingUnitVertex.shapes(shapes)).get(output);
        return InputTypes.typeOf(shape);
    }

    @Override
    public org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
            ComputationGraph graph,
            String name,
            int index,
            @Nullable INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        List<UnitParameter> own = parameters();
        UnitOutputVertexImpl vertex = new UnitOutputVertexImpl(
                graph,
                name,
                index,
                dataType,
                output,
                own,
                parameters,
                new UnitTraining(name, own, updater(), unit.frozenEpochs(), l2));
        if (initializeParameters) {
            vertex.initialize();
        }
        return vertex;
    }

    @Override
    public GraphVertex clone() {
        return new UnitOutputVertex(unit, shapes, output, updater().clone(), l2);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UnitOutputVertex vertex
                && unit.equals(vertex.unit)
                && SharingUnitVertex.shapes(shapes).equals(SharingUnitVertex.shapes(vertex.shapes))
                && output == vertex.output
                && updater().equals(vertex.updater())
                && l2 == vertex.l2;
    }

    @Override
    public int hashCode() {
        return Objects.hash(unit, SharingUnitVertex.shapes(shapes), output, updater(), l2);
    }

    @Override
    public String toString() {
        return "UnitOutputVertex[%s, output %s]".formatted(unit, output);
    }
}
