package org.mtl4j.dl4j.vertex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.ProductCheck;
import org.mtl4j.dl4j.internal.graph.InputTypes;
import org.mtl4j.layer.Shape;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.UnitParameter;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures any {@link SharingUnit} in a graph, such as one of your own: this vertex reads all towers and holds the
 * parameters that all outputs depend on, and a {@link UnitOutputVertex} for each tower reads this one, holds the
 * parameters of that output, and is what the tower goes on with. {@link #join} adds them all.
 *
 * <pre>{@code
 * List<String> mixed = SharingUnitVertex.join(
 *    graph, "gate1", unit, new Adam(1e-3), 0, List.of(Shape.vector(64), Shape.vector(64)), "denseA", "denseB");
 * }</pre>
 *
 * Cross-stitch units have {@link CrossStitchVertex}, which does the same in less time.
 */
public final class SharingUnitVertex extends TrainedVertex {
    private static final long serialVersionUID = 1L;

    private final SharingUnit unit;
    /** Dimensions without the batch: a class of Deeplearning4j's could not say of which kind a shape is. */
    private final List<long[]> shapes;

    private final double l2;

    /**
     * Makes the vertex that reads all towers.
     *
     * @param unit the unit
     * @param shapes dimensions of one example of each input: one of a vector, two of a sequence, three of an image
     * @param updater the network's updater for units
     * @param l2 the network's weight decay, of which each parameter has its factor
     */
    public SharingUnitVertex(
            @JsonProperty("unit") SharingUnit unit,
            @JsonProperty("shapes") List<long[]> shapes,
            @JsonProperty("updater") IUpdater updater,
            @JsonProperty("l2") double l2) {
        super(updater, shapes.size());
        this.unit = Objects.requireNonNull(unit, "unit");
        this.shapes = shapes.stream().map(long[]::clone).toList();
        this.l2 = l2;
    }

    /**
     * Adds a whole unit to a graph: a vertex called {@code name}, and one for each input, called {@code name-0},
     * {@code name-1} and so on.
     *
     * @param graph the graph under construction
     * @param name what the vertices' names begin with
     * @param unit the unit
     * @param updater the network's updater
     * @param l2 the network's weight decay
     * @param shapes shapes of one example of the inputs
     * @param inputs names of the vertices that are mixed
     * @return names of the mixed outputs, in the order of the inputs
     * @throws IllegalArgumentException if the unit cannot join such inputs
     */
    public static List<String> join(
            ComputationGraphConfiguration.GraphBuilder graph,
            String name,
            SharingUnit unit,
            IUpdater updater,
            double l2,
            List<Shape> shapes,
            String... inputs) {
        List<String> outputs = new ArrayList<>();
        for (int s = 0; s < inputs.length; s++) {
            outputs.add(name + "-" + s);
        }
        join(graph, name, outputs, unit, updater, l2, shapes, inputs);
        return outputs;
    }

    /** Adds a whole unit with these names of its outputs; see the shorter form. */
    public static void join(
            ComputationGraphConfiguration.GraphBuilder graph,
            String name,
            List<String> outputs,
            SharingUnit unit,
            IUpdater updater,
            double l2,
            List<Shape> shapes,
            String... inputs) {
        if (shapes.size() != inputs.length || outputs.size() != inputs.length) {
            throw new IllegalArgumentException("SharingUnitVertex '%s': %d shapes and %d outputs for %d inputs"
                    .formatted(name, shapes.size(), outputs.size(), inputs.length));
        }
        List<long[]> dimensions =
                shapes.stream().map(SharingUnitVertex::dimensions).toList();
        graph.addVertex(name, new SharingUnitVertex(unit, dimensions, updater.clone(), l2), inputs);
        for (int s = 0; s < inputs.length; s++) {
            graph.addVertex(outputs.get(s), new UnitOutputVertex(unit, dimensions, s, updater.clone(), l2), name);
        }
    }

    private static long[] dimensions(Shape shape) {
        long[] batch = shape.batch(1);
        return Arrays.copyOfRange(batch, 1, batch.length);
    }

    /** The shape of an image, a sequence or a vector. */
    static Shape shape(long[] dimensions) {
        int[] sizes = Arrays.stream(dimensions).mapToInt(Math::toIntExact).toArray();
        return switch (sizes.length) {
            case 1 -> Shape.vector(sizes[0]);
            case 2 -> Shape.sequence(sizes[0], sizes[1]);
            case 3 -> Shape.image(sizes[0], sizes[1], sizes[2]);
            default ->
                throw new IllegalArgumentException(
                        "SharingUnitVertex: a shape has 1 to 3 dimensions, got " + Arrays.toString(dimensions));
        };
    }

    static List<Shape> shapes(List<long[]> dimensions) {
        return dimensions.stream().map(SharingUnitVertex::shape).toList();
    }

    /** The parameters of one output, or those that all depend on. */
    static List<UnitParameter> parameters(SharingUnit unit, List<long[]> shapes, int output) {
        return unit.parameters(shapes(shapes)).stream()
                .filter(parameter -> parameter.output() == output)
                .toList();
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

    /** Returns the dimensions of one example of each input. */
    @JsonProperty("shapes")
    public List<long[]> shapes() {
        return shapes.stream().map(long[]::clone).toList();
    }

    /** Returns the network's weight decay. */
    @JsonProperty("l2")
    public double l2() {
        return l2;
    }

    @Override
    public long numParams(boolean backprop) {
        return parameters(unit, shapes, UnitParameter.ALL_OUTPUTS).stream()
                .mapToLong(UnitParameter::length)
                .sum();
    }

    @Override
    long workingMemoryPerExample(InputType type) {
        return 2L * shapes.size() * type.arrayElementsPerExample();
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType... inputs) throws InvalidInputTypeException {
        for (int t = 0; t < inputs.length; t++) {
            Shape expected = shape(shapes.get(t));
            Shape found = InputTypes.shapeOf(inputs[t], "SharingUnitVertex, input " + t);
            if (!found.equals(expected)) {
                throw new InvalidInputTypeException("SharingUnitVertex (%s): input %d was said to be %s, it is %s"
                        .formatted(unit, t, expected, found));
            }
        }
        return InputType.feedForward(1);
    }

    @Override
    public org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
            ComputationGraph graph,
            String name,
            int index,
            @Nullable INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        ProductCheck.require(dataType);
        List<UnitParameter> shared = parameters(unit, shapes, UnitParameter.ALL_OUTPUTS);
        SharingUnitVertexImpl vertex = new SharingUnitVertexImpl(
                graph,
                name,
                index,
                dataType,
                unit,
                shapes(shapes),
                shared,
                parameters,
                new UnitTraining(name, shared, updater(), unit.frozenEpochs(), l2));
        if (initializeParameters) {
            vertex.initialize();
        }
        return vertex;
    }

    @Override
    public GraphVertex clone() {
        return new SharingUnitVertex(unit, shapes, updater().clone(), l2);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SharingUnitVertex vertex
                && unit.equals(vertex.unit)
                && shapes(shapes).equals(shapes(vertex.shapes))
                && updater().equals(vertex.updater())
                && l2 == vertex.l2;
    }

    @Override
    public int hashCode() {
        return Objects.hash(unit, shapes(shapes), updater(), l2);
    }

    @Override
    public String toString() {
        return "SharingUnitVertex[%s, %s inputs]".formatted(unit, shapes.size());
    }
}
