package org.mtl4j.dl4j.internal.steps;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;
import org.mtl4j.dl4j.internal.cpu.dense.DenseKernel;
import org.mtl4j.dl4j.internal.cpu.dense.StitchRowKernel;
import org.mtl4j.dl4j.internal.cpu.dense.TablesKernel;
import org.mtl4j.dl4j.internal.steps.VertexPart.Place;
import org.mtl4j.dl4j.layer.EmbeddingTablesLayer;
import org.mtl4j.dl4j.layer.FastActivationLayer;
import org.mtl4j.dl4j.layer.SafeDenseLayer;
import org.mtl4j.dl4j.layer.TaskOutputLayer;
import org.mtl4j.dl4j.vertex.CrossStitchVertex;
import org.mtl4j.dl4j.vertex.JoinVertex;
import org.mtl4j.dl4j.vertex.SumVertex;
import org.mtl4j.dl4j.vertex.WeightRelatednessVertex;
import org.mtl4j.sharing.Granularity;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationRReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows which graphs can be prepared, and how: those in single precision on a CPU, of the library's fully connected
 * layers, tables of embeddings, activations, joined inputs, sums, cross-stitch units, weight relatedness and output
 * layers of tasks, without dropout, noise of weights and layers that are frozen or come from elsewhere.
 *
 * @param inputs by input of the graph the number of its vertex
 * @param parts of all other vertices, each behind those that it reads
 * @param outputs those of output layers, in the order of the graph's outputs
 */
record PreparedParts(int[] inputs, List<VertexPart> parts, List<OutputPart> outputs) {
    private static final Logger log = LoggerFactory.getLogger(PreparedParts.class);

    static Optional<PreparedParts> of(ComputationGraph graph) {
        if (graph.getGradientsViewArray() == null) {
            graph.initGradientsView(); // as the graph does in its first step
        }
        INDArray parameters = graph.params();
        INDArray gradients = graph.getGradientsViewArray();
        return gradients != null && FlatArrays.supports(parameters, gradients.reshape(gradients.length()))
                ? new Preparation(graph).parts()
                : Optional.empty();
    }

    /** Looks at a graph once. */
    private static final class Preparation {
        private final ComputationGraph graph;
        private final ComputationGraphConfiguration configuration;
        private final Map<String, List<String>> readers = new HashMap<>();

        Preparation(ComputationGraph graph) {
            this.graph = graph;
            this.configuration = graph.getConfiguration();
            configuration
                    .getVertexInputs()
                    .forEach((reader, inputs) ->
                            inputs.forEach(input -> readers.computeIfAbsent(input, none -> new ArrayList<>())
                                    .add(reader)));
        }

        Optional<PreparedParts> parts() {
            List<VertexPart> parts = new ArrayList<>();
            OutputPart[] outputs =
                    new OutputPart[configuration.getNetworkOutputs().size()];
            boolean[] learns = new boolean[graph.getVertices().length]; // or something before it does
            for (int index : graph.topologicalSortOrder()) {
                GraphVertex vertex = graph.getVertices()[index];
                if (vertex.isInputVertex()) {
                    continue;
                }
                VertexPart part = part(vertex, place(vertex, learns));
                if (part == null) {
                    log.debug("no prepared step: it does not know vertex '{}'", vertex.getVertexName());
                    return Optional.empty();
                }
                learns[index] = vertex.numParams() > 0 && !(part instanceof RelatednessPart);
                for (int i = 0; i < part.inputs(); i++) {
                    learns[index] |= learns[part.input(i)];
                }
                parts.add(part);
                if (part instanceof OutputPart output) {
                    outputs[output.number()] = output;
                }
            }
            if (Arrays.asList(outputs).contains(null)) {
                return Optional.empty();
            }
            int[] inputs = configuration.getNetworkInputs().stream()
                    .mapToInt(this::index)
                    .toArray();
            return Optional.of(new PreparedParts(inputs, List.copyOf(parts), List.of(outputs)));
        }

        private int index(String vertex) {
            return graph.getVertex(vertex).getVertexIndex();
        }

        private Place place(GraphVertex vertex, boolean[] learns) {
            int[] inputs = configuration.getVertexInputs().get(vertex.getVertexName()).stream()
                    .mapToInt(this::index)
                    .toArray();
            boolean[] wanted = new boolean[inputs.length];
            for (int i = 0; i < wanted.length; i++) {
                wanted[i] = learns[inputs[i]];
            }
            return new Place(vertex.getVertexIndex(), inputs, wanted);
        }

        private @Nullable VertexPart part(GraphVertex vertex, Place place) {
            var form = configuration.getVertices().get(vertex.getVertexName());
            if (form.getClass() == LayerVertex.class) {
                LayerVertex layer = (LayerVertex) form;
                return layer.getPreProcessor() != null || vertex.getLayer() == null
                        ? null
                        : layer(vertex, vertex.getLayer().conf().getLayer(), place);
            }
            if (form.getClass() == JoinVertex.class) {
                return new JoinPart(place, computedInPlace(vertex));
            }
            if (form.getClass() == SumVertex.class) {
                return new SumPart(place);
            }
            if (form.getClass() == WeightRelatednessVertex.class) {
                return new RelatednessPart(place, vertex);
            }
            if (form.getClass() == CrossStitchVertex.class) {
                return stitch(vertex, (CrossStitchVertex) form, place);
            }
            return null;
        }

        private @Nullable VertexPart layer(GraphVertex vertex, Layer layer, Place place) {
            if (layer.getIDropout() != null || layer instanceof BaseLayer known && known.getWeightNoise() != null) {
                return null;
            }
            if (layer.getClass() == EmbeddingTablesLayer.class) {
                return tables(vertex, (EmbeddingTablesLayer) layer, place);
            }
            if (layer.getClass() == FastActivationLayer.class) {
                IActivation activation = ((FastActivationLayer) layer).getActivationFn();
                return isKnown(activation) ? new ActivationPart(place, activation) : null;
            }
            if (layer.getClass() == SafeDenseLayer.class) {
                SafeDenseLayer dense = (SafeDenseLayer) layer;
                DenseKernel kernel = kernel(vertex, dense, dense.hasBias());
                return kernel == null || dense.hasLayerNorm() || !isKnown(dense.getActivationFn())
                        ? null
                        : new DensePart(place, kernel, dense.getActivationFn());
            }
            if (layer.getClass() == TaskOutputLayer.class) {
                TaskOutputLayer output = (TaskOutputLayer) layer;
                DenseKernel kernel = kernel(vertex, output, output.hasBias());
                int number = configuration.getNetworkOutputs().indexOf(vertex.getVertexName());
                return kernel == null || number < 0 || readers.containsKey(vertex.getVertexName())
                        ? null
                        : new OutputPart(place, graph, number, kernel);
            }
            return null;
        }

        /** Tells whether an activation is one of ND4J's that draws no random numbers. */
        private static boolean isKnown(IActivation activation) {
            return activation.getClass().getPackageName().equals(ActivationReLU.class.getPackageName())
                    && activation.getClass() != ActivationRReLU.class;
        }

        private static @Nullable DenseKernel kernel(GraphVertex vertex, FeedForwardLayer layer, boolean hasBias) {
            INDArray weights = vertex.getLayer().getParam(DefaultParamInitializer.WEIGHT_KEY);
            INDArray bias = hasBias ? vertex.getLayer().getParam(DefaultParamInitializer.BIAS_KEY) : null;
            Map<String, INDArray> gradients = layer.initializer()
                    .getGradientsFromFlattened(
                            vertex.getLayer().conf(), vertex.getLayer().getGradientsViewArray());
            INDArray weightGradient = gradients.get(DefaultParamInitializer.WEIGHT_KEY);
            INDArray biasGradient = hasBias ? gradients.get(DefaultParamInitializer.BIAS_KEY) : null;
            return DenseKernel.supports(weights, bias) && DenseKernel.supports(weightGradient, biasGradient)
                    ? new DenseKernel(weights, bias, weightGradient, biasGradient)
                    : null;
        }

        private static @Nullable VertexPart tables(GraphVertex vertex, EmbeddingTablesLayer layer, Place place) {
            INDArray tables = vertex.getLayer().params();
            INDArray gradient = vertex.getLayer().getGradientsViewArray();
            return layer.isSequence() || !FlatArrays.supports(tables, gradient)
                    ? null
                    : new TablesPart(place, new TablesKernel(tables, gradient, layer.sizes(), layer.dimensions()));
        }

        private static @Nullable VertexPart stitch(GraphVertex vertex, CrossStitchVertex form, Place place) {
            INDArray alpha = vertex.params();
            INDArray gradient = vertex.getGradientsViewArray();
            return form.channelsLast() || !FlatArrays.supports(alpha, gradient)
                    ? null
                    : new StitchPart(
                            place,
                            new StitchRowKernel(
                                    alpha,
                                    gradient,
                                    form.towers(),
                                    form.unit().granularity() == Granularity.PER_CHANNEL));
        }

        /** Tells of each input whether it is tables that nothing else reads. */
        private boolean[] computedInPlace(GraphVertex joined) {
            List<String> inputs = configuration.getVertexInputs().get(joined.getVertexName());
            boolean[] inPlace = new boolean[inputs.size()];
            for (int i = 0; i < inPlace.length; i++) {
                inPlace[i] = readers.get(inputs.get(i)).size() == 1
                        && !configuration.getNetworkOutputs().contains(inputs.get(i))
                        && configuration.getVertices().get(inputs.get(i)) instanceof LayerVertex layer
                        && layer.getLayerConf().getLayer() instanceof EmbeddingTablesLayer;
            }
            return inPlace;
        }
    }
}
