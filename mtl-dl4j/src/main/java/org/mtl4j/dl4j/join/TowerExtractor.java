package org.mtl4j.dl4j.join;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.graph.VertexNames;
import org.mtl4j.dl4j.layer.MemoryLayout;
import org.mtl4j.dl4j.vertex.CrossStitchVertex;
import org.mtl4j.dl4j.vertex.WeightRelatednessVertex;

/** Takes one network out of a stitched graph. */
final class TowerExtractor {
    private final ComputationGraph stitched;
    private final ComputationGraphConfiguration configuration;
    private final String prefix;

    TowerExtractor(ComputationGraph stitched, String network) {
        this.stitched = stitched;
        this.configuration = stitched.getConfiguration();
        this.prefix = VertexNames.prefix(network);
    }

    ComputationGraph tower() {
        Map<String, String[]> inputsOf = new LinkedHashMap<>();
        Set<String> inputs = new LinkedHashSet<>();
        configuration.getVertices().forEach((name, vertex) -> {
            if (name.startsWith(prefix) && !isBetweenNetworks(name)) {
                String[] read = configuration.getVertexInputs().get(name).stream()
                        .map(input -> source(input, name))
                        .toArray(String[]::new);
                inputsOf.put(name, read);
            }
        });
        for (String input : configuration.getNetworkInputs()) {
            if (input.startsWith(prefix)
                    || inputsOf.values().stream().anyMatch(read -> List.of(read).contains(input))) {
                inputs.add(input);
            }
        }
        GraphBuilder graph = SourceNetwork.graphLike(configuration)
                .addInputs(inputs.stream().map(this::own).toList());
        inputsOf.forEach((name, read) -> {
            String[] renamed = Arrays.stream(read).map(this::own).toArray(String[]::new);
            GraphVertex copy = VertexCopies.copy(configuration.getVertices().get(name), own(name), this::own);
            graph.addVertex(own(name), copy, renamed);
        });
        graph.setOutputs(configuration.getNetworkOutputs().stream()
                .filter(output -> output.startsWith(prefix))
                .map(this::own)
                .toArray(String[]::new));
        ComputationGraphConfiguration own = graph.build();
        MemoryLayout.arrange(own);
        ComputationGraph tower = new ComputationGraph(own);
        tower.init();
        inputsOf.keySet()
                .forEach(name -> VertexCopies.copyWeights(
                        stitched.getVertex(name).paramTable(false),
                        tower.getVertex(own(name)).paramTable(false)));
        return tower;
    }

    /** Finds what a vertex reads without units and relatedness between networks. */
    private String source(String input, String reader) {
        GraphVertex vertex = configuration.getVertices().get(input);
        if (vertex == null) {
            return input; // of the graph
        }
        if (isBetweenNetworks(input)) {
            int place = vertex instanceof CrossStitchVertex unit ? unit.output() : 0;
            return source(configuration.getVertexInputs().get(input).get(place), reader);
        }
        if (!input.startsWith(prefix)) {
            throw new IllegalArgumentException("'%s' reads '%s', a %s of another network, and cannot do without it"
                    .formatted(reader, input, vertex.getClass().getSimpleName()));
        }
        return input;
    }

    /**
     * Tells whether a vertex came in when networks were joined; a network that was stitched before keeps its own units.
     */
    private boolean isBetweenNetworks(String name) {
        GraphVertex vertex = configuration.getVertices().get(name);
        if (vertex instanceof CrossStitchVertex) {
            return !configuration.getVertexInputs().get(name).stream().allMatch(input -> input.startsWith(prefix));
        }
        return vertex instanceof WeightRelatednessVertex && !name.startsWith(prefix);
    }

    private String own(String name) {
        return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    }
}
