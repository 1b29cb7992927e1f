package org.mtl4j.dl4j.internal.assembly;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.mtl4j.dl4j.internal.graph.VertexNames;
import org.mtl4j.dl4j.layer.DSelectGateLayer;
import org.mtl4j.dl4j.layer.ExpertDenseLayer;
import org.mtl4j.dl4j.vertex.BranchVertex;
import org.mtl4j.dl4j.vertex.JoinVertex;
import org.mtl4j.dl4j.vertex.MixtureVertex;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.BatchNormalization;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Dropout;
import org.mtl4j.layer.LayerSpec;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Gate;
import org.mtl4j.network.SharedGraph;
import org.mtl4j.network.SharedNode;
import org.mtl4j.train.ParameterGroup;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.activations.Activation;

/**
 * Adds what stands between the trunk and the towers to a graph. Experts whose layers are fully connected, with
 * activations, batch normalisation and dropout between, lie side by side in one array; others have vertices of their
 * own.
 */
final class SharedAssembly {
    private final SharedGraph shared;
    private final TrainingPlan plan;
    private final ComputationGraphConfiguration.GraphBuilder graph;
    private final LayerAdder layers;
    /** By node the vertices with what it gives: one, or one for each of the experts of a bank. */
    private final Map<String, List<String>> vertices = new HashMap<>();

    /** Adds layers that read a vertex, and returns the name of the last one. */
    @FunctionalInterface
    interface LayerAdder {
        String add(String path, List<NamedLayer> layers, Shape input, String vertex);
    }

    /**
     * Adds all nodes.
     *
     * @param start the vertex that the part reads
     */
    SharedAssembly(
            SharedGraph shared,
            TrainingPlan plan,
            ComputationGraphConfiguration.GraphBuilder graph,
            String start,
            LayerAdder layers) {
        this.shared = shared;
        this.plan = plan;
        this.graph = graph;
        this.layers = layers;
        vertices.put(SharedNode.START, List.of(start));
        for (SharedNode node : shared.nodes()) {
            vertices.put(node.name(), add(node, VertexNames.in(VertexNames.ofPart(shared.name()), node.name())));
        }
    }

    /** Tells the vertex that gives what a node gives. */
    String vertexOf(String node) {
        return vertices.get(node).get(0);
    }

    private List<String> add(SharedNode node, String name) {
        if (node instanceof SharedNode.Bank bank) {
            return addBank(bank, name);
        }
        if (node instanceof SharedNode.Layers run) {
            return List.of(layers.add(name, run.stack(), run.shape(), vertexOf(run.input())));
        }
        if (node instanceof SharedNode.Gating gating) {
            addGate(gating, name);
        } else if (node instanceof SharedNode.Mix mix) {
            addMix(mix, name);
        } else if (node instanceof SharedNode.Product) {
            graph.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Product), inputs(node));
        } else if (node instanceof SharedNode.Joined) {
            graph.addVertex(name, new JoinVertex(), inputs(node));
        } else if (node instanceof SharedNode.Choice choice) {
            graph.addVertex(
                    name,
                    new BranchVertex(
                            choice.start().stream()
                                    .mapToDouble(Double::doubleValue)
                                    .toArray(),
                            choice.branching().temperature(),
                            choice.branching().decay(),
                            choice.branching().searchEpochs(),
                            plan.updaterOf(ParameterGroup.ALPHA).clone(),
                            1),
                    inputs(node));
        }
        return List.of(name);
    }

    private String[] inputs(SharedNode node) {
        return node.inputs().stream().map(this::vertexOf).toArray(String[]::new);
    }

    private List<String> addBank(SharedNode.Bank bank, String name) {
        String input = vertexOf(bank.input());
        if (!isSideBySide(bank.stack())) {
            List<String> ends = new ArrayList<>();
            for (int e = 1; e <= bank.experts(); e++) {
                ends.add(layers.add(VertexNames.in(name, String.valueOf(e)), bank.stack(), bank.shape(), input));
            }
            return ends;
        }
        String end = input;
        Shape shape = bank.shape();
        for (NamedLayer layer : bank.stack()) {
            Layer built = layer.spec().accept(new LayerTranslation(shape, true));
            if (built instanceof DenseLayer dense) {
                built = end.equals(input)
                        ? ExpertDenseLayer.first(bank.experts(), dense)
                        : ExpertDenseLayer.next(bank.experts(), dense);
            }
            String vertex = VertexNames.in(name, layer.name());
            graph.addLayer(vertex, built, end);
            end = vertex;
            shape = layer.spec().outputShape(shape);
        }
        return List.of(end);
    }

    /** Tells whether layers that are computed for several experts at a time come to the same. */
    private static boolean isSideBySide(List<NamedLayer> stack) {
        return stack.get(0).spec() instanceof Dense
                && stack.stream().map(NamedLayer::spec).allMatch(SharedAssembly::isNumberByNumber);
    }

    private static boolean isNumberByNumber(LayerSpec layer) {
        return layer instanceof Dense dense && dense.activation() != Activation.SOFTMAX
                || layer instanceof Activate activate && activate.activation() != Activation.SOFTMAX
                || layer instanceof BatchNormalization
                || layer instanceof Dropout;
    }

    private void addGate(SharedNode.Gating gating, String name) {
        Gate gate = gating.gate();
        String input = gate.layers().isEmpty()
                ? vertexOf(gating.input())
                : layers.add(name, gate.layers(), gating.shape(), vertexOf(gating.input()));
        Layer last = gate.isSoftmax()
                ? new DenseLayer.Builder()
                        .nOut(gating.experts())
                        .activation(Activation.IDENTITY)
                        .build()
                : new DSelectGateLayer(
                        gating.experts(), gate.selectors(), gate.gamma(), gate.entropy(), gate.byExample());
        graph.addLayer(name, last, input);
    }

    private void addMix(SharedNode.Mix mix, String name) {
        List<Integer> counts = new ArrayList<>();
        List<String> banks = new ArrayList<>();
        for (int i = 0; i < mix.banks().size(); i++) {
            List<String> ends = vertices.get(mix.banks().get(i));
            banks.addAll(ends);
            for (int e = 0; e < ends.size(); e++) {
                counts.add(mix.experts().get(i) / ends.size());
            }
        }
        int[] experts = counts.stream().mapToInt(Integer::intValue).toArray();
        graph.addVertex(
                name,
                mix.softmax() ? MixtureVertex.softmax(experts) : MixtureVertex.weighted(experts),
                Stream.concat(Stream.of(vertexOf(mix.gate())), banks.stream()).toArray(String[]::new));
    }
}
