package org.mtl4j.dl4j.internal.program;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Input;
import org.mtl4j.network.MultiTaskNetwork;

/**
 * Turns a graph into the {@link Program} that it computes in predictions. Layers and vertices are known by their very
 * classes: those of this library, and those of Deeplearning4j whose meaning is clear. Whatever else is in the graph is
 * refused, by name; nothing is left out.
 */
public final class Lowering {
    private final ComputationGraph graph;
    private final ProgramBuilder program = new ProgramBuilder();
    private final Map<String, Flow> flows = new HashMap<>();

    private Lowering(ComputationGraph graph) {
        this.graph = graph;
    }

    /**
     * {@return what a network computes}
     *
     * @param network its description, which has the shapes of its inputs
     * @param graph with its weights, which are copied
     * @param masks whether it can be told which steps of sequences are there
     * @throws LoweringException if no operations stand for a part of it
     */
    public static Program of(MultiTaskNetwork network, ComputationGraph graph, Masks masks) {
        Map<String, Shape> shapes = new HashMap<>();
        network.inputs().forEach((Input input) -> shapes.put(input.name(), input.shape()));
        return of(graph, shapes, masks);
    }

    /**
     * {@return what any graph of layers of the library and of Deeplearning4j computes}
     *
     * @param graph with its weights, which are copied
     * @param inputs by name of an input of the graph the shape of one example
     * @param masks whether it can be told which steps of sequences are there
     * @throws LoweringException if no operations stand for a part of it
     * @throws IllegalArgumentException if the shape of an input is missing
     */
    public static Program of(ComputationGraph graph, Map<String, Shape> inputs, Masks masks) {
        return new Lowering(graph).lower(inputs, masks);
    }

    private Program lower(Map<String, Shape> inputs, Masks masks) {
        ComputationGraphConfiguration configuration = graph.getConfiguration();
        for (String name : configuration.getNetworkInputs()) {
            Shape shape = inputs.get(name);
            if (shape == null) {
                throw new IllegalArgumentException("no shape is given for the graph's input '%s'; its inputs are %s"
                        .formatted(name, configuration.getNetworkInputs()));
            }
            flows.put(name, addInput(name, shape, masks));
        }
        VertexLowering vertices = new VertexLowering(graph, program, flows);
        for (int index : graph.topologicalSortOrder()) {
            String vertex = graph.getVertices()[index].getVertexName();
            if (configuration.getVertices().containsKey(vertex)) { // inputs are vertices, too
                program.setPlace(vertex);
                List<Flow> read = new ArrayList<>();
                for (String input : configuration.getVertexInputs().get(vertex)) {
                    Flow flow = flows.get(input);
                    if (flow == null) {
                        throw new IllegalStateException(
                                "'%s' comes before '%s', which it reads".formatted(vertex, input));
                    }
                    read.add(flow);
                }
                flows.put(
                        vertex,
                        vertices.lower(vertex, configuration.getVertices().get(vertex), read));
            }
        }
        for (String output : configuration.getNetworkOutputs()) {
            program.addOutput(output, flows.get(output).value());
        }
        return program.build();
    }

    private Flow addInput(String name, Shape shape, Masks masks) {
        List<Integer> codes = shape.match(
                image -> List.of(),
                vector -> List.of(),
                sequence -> List.of(),
                Shape.Categories::sizes,
                tokens -> List.of(tokens.vocabulary()));
        List<Integer> sizes = shape.match(
                image -> List.of(image.channels(), image.height(), image.width()),
                vector -> List.of(vector.size()),
                sequence -> List.of(sequence.features(), sequence.steps()),
                categories -> List.of(categories.sizes().size()),
                tokens -> List.of(tokens.steps()));
        Program.Kind kind = codes.isEmpty() ? Program.Kind.NUMBERS : Program.Kind.CODES;
        Value value = program.addInput(name, sizes, kind, codes, name);
        boolean steps = shape instanceof Shape.Sequence || shape instanceof Shape.Tokens;
        @Nullable Value mask = null;
        if (steps && masks == Masks.GIVEN) {
            List<Integer> ofMask = List.of(sizes.get(sizes.size() - 1));
            mask = program.addInput(maskName(name), ofMask, Program.Kind.MASK, List.of(), name);
            if (shape instanceof Shape.Sequence) { // the model clears them too; codes, where they are looked up
                program.setPlace(name);
                return new Flow(program.add(new Operation.MaskSteps(), value, mask), mask);
            }
        }
        return new Flow(value, mask);
    }

    /** {@return what the mask of a sequence is called, which no input or output of the graph is} */
    private String maskName(String input) {
        ComputationGraphConfiguration configuration = graph.getConfiguration();
        StringBuilder name = new StringBuilder(input).append("_mask");
        while (configuration.getNetworkInputs().contains(name.toString())
                || configuration.getNetworkOutputs().contains(name.toString())) {
            name.append('_');
        }
        return name.toString();
    }
}
