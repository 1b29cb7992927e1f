package org.mtl4j.dl4j.internal.steps;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
import org.mtl4j.dl4j.layer.FastDropoutLayer;
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
 * layers of tasks, without noise of weights, layers that are frozen or come from elsewhere and, in training, dropout.
 *
 * @param inputs by input of the graph the number of its vertex
 * @param parts of all other vertices, each behind those that it reads
 * @param outputs those of output layers, in the order of the graph's outputs
 * @param <O> what computes output layers
 */
record PreparedParts<O extends VertexPart>(int[] inputs, List<VertexPart> parts, List<O> outputs) {
    private static final Logger log = LoggerFactory.getLogger(PreparedParts.class);

    /** {@return those that compute gradients, too; empty if there is something that they do not know} */
    static Optional<PreparedParts<OutputPart>> forTraining(ComputationGraph graph) {
        if (graph.getGradientsViewArray() == null) {
            graph.initGradientsView(); // as the graph does in its first step
        }
        INDArray parameters = graph.params();
        INDArray gradients = graph.getGradientsViewArray();
        return gradients != null && FlatArrays.supports(parameters, gradients.reshape(gradients.length()))
                ? new Preparation<>(graph, OutputPart.class).parts()
                : Optional.empty();
    }

    /**
     * {@return those that predict, for graphs with dropout as well, which then does nothing; empty if there is
     * something that they do not know}
     */
    static Optional<PreparedParts<PredictedPart>> forPredictions(ComputationGraph graph) {
        return new Preparation<>(graph, PredictedPart.class).parts();
    }

    /** Looks at a graph once. */
    private static final class Preparation<O extends VertexPart> {
        private final ComputationGraph graph;
        private final Class<O> ofOutputs;
        private final boolean trains;
        private final ComputationGraphConfiguration configuration;
        private final Map<String, List<String>> readers = new HashMap<>();

        /** @param ofOutputs {@link OutputPart} for training, or {@link PredictedPart} */
        Preparation(ComputationGraph graph, Class<O> ofOutputs) {
            this.graph = graph;
            this.ofOutputs = ofOutputs;
            this.trains = OutputPart.class.isAssignableFrom(ofOutputs);
            this.configuration = graph.getConfiguration();
            configuration
                    .getVertexInputs()
                    .forEach((reader, inputs) ->
                            inputs.forEach(input -> readers.computeIfAbsent(input, none -> new ArrayList<>())
                                    .add(reader)));
        }

        Optional<PreparedParts<O>> parts() {
            List<VertexPart> parts = new ArrayList<>();
            Map<Integer, O> outputs = new TreeMap<>();
            boolean[] learns = new boolean[graph.getVertices().length]; // or something before it does
            for (int index : graph.topologicalSortOrder()) {
                GraphVertex vertex = graph.getVertices()[index];
                if (vertex.isInputVertex()) {
                    continue;
                }
                VertexPart part = part(vertex, place(vertex, learns));
                if (part == null) {
                    log.debug(
                            "no prepared {}: they do not know vertex '{}'",
                            trains ? "steps" : "predictions",
                            vertex.getVertexName());
                    return Optional.empty();
                }
                learns[index] = vertex.numParams() > 0 && !(part instanceof RelatednessPart);
                for (int i = 0; i < part.inputs(); i++) {
                    learns[index] |= learns[part.input(i)];
                }
                parts.add(part);
                if (ofOutputs.isInstance(part)) {
                    outputs.put(
                            configuration.getNetworkOutputs().indexOf(vertex.getVertexName()), ofOutputs.cast(part));
                }
            }
            if (outputs.size() < configuration.getNetworkOutputs().size()) {
                return Optional.empty();
            }
            int[] inputs = configuration.getNetworkInputs().stream()
                    .mapToInt(this::index)
                    .toArray();
            return Optional.of(new PreparedParts<>(inputs, List.copyOf(parts), List.copyOf(outputs.values())));
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
                return trains ? new RelatednessPart(place, vertex) : new HandOnPart(place);
            }
            if (form.getClass() == CrossStitchVertex.class) {
                return stitch(vertex, (CrossStitchVertex) form, place);
            }
            return null;
        }

        private @Nullable VertexPart layer(GraphVertex vertex, Layer layer, Place place) {
            if (!trains && layer.getClass() == FastDropoutLayer.class) {
                return new HandOnPart(place);
            }
            if (trains && layer.getIDropout() != null
                    || layer instanceof BaseLayer known && known.getWeightNoise() != null) {
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
                return kernel == null
                                || readers.containsKey(vertex.getVertexName())
                                || !configuration.getNetworkOutputs().contains(vertex.getVertexName())
                        ? null
                        : output(kernel, output, place);
            }
            return null;
        }

        private VertexPart output(DenseKernel kernel, TaskOutputLayer layer, Place place) {
            return trains
                    ? new OutputPart(place, graph, kernel)
                    : new PredictedPart(place, kernel, layer.getActivationFn());
        }

        /** Tells whether an activation is one of ND4J's that draws no random numbers. */
        private static boolean isKnown(IActivation activation) {
            return activation.getClass().getPackageName().equals(ActivationReLU.class.getPackageName())
                    && activation.getClass() != ActivationRReLU.class;
        }

        private @Nullable DenseKernel kernel(GraphVertex vertex, FeedForwardLayer layer, boolean hasBias) {
            INDArray weights = vertex.getLayer().getParam(DefaultParamInitializer.WEIGHT_KEY);
            INDArray bias = hasBias ? vertex.getLayer().getParam(DefaultParamInitializer.BIAS_KEY) : null;
            if (!trains) {
                return DenseKernel.supports(weights, bias) ? new DenseKernel(weights, bias) : null;
            }
            Map<String, INDArray> gradients = layer.initializer()
                    .getGradientsFromFlattened(
                            vertex.getLayer().conf(), vertex.getLayer().getGradientsViewArray());
            INDArray weightGradient = gradients.get(DefaultParamInitializer.WEIGHT_KEY);
            INDArray biasGradient = hasBias ? gradients.get(DefaultParamInitializer.BIAS_KEY) : null;
            return DenseKernel.supports(weights, bias) && DenseKernel.supports(weightGradient, biasGradient)
                    ? new DenseKernel(weights, bias, weightGradient, biasGradient)
                    : null;
        }

        private @Nullable VertexPart tables(GraphVertex vertex, EmbeddingTablesLayer layer, Place place) {
            INDArray tables = vertex.getLayer().params();
            INDArray gradient = trains ? vertex.getLayer().getGradientsViewArray() : null;
            return layer.isSequence() || !areFlat(tables, gradient)
                    ? null
                    : new TablesPart(place, new TablesKernel(tables, gradient, layer.sizes(), layer.dimensions()));
        }

        private @Nullable VertexPart stitch(GraphVertex vertex, CrossStitchVertex form, Place place) {
            INDArray alpha = vertex.params();
            INDArray gradient = trains ? vertex.getGradientsViewArray() : null;
            return form.channelsLast() || !areFlat(alpha, gradient)
                    ? null
                    : new StitchPart(
                            place,
                            new StitchRowKernel(
                                    alpha,
                                    gradient,
                                    form.towers(),
                                    form.unit().granularity() == Granularity.PER_CHANNEL));
        }

        private static boolean areFlat(INDArray parameters, @Nullable INDArray gradient) {
            return gradient == null ? FlatArrays.supports(parameters) : FlatArrays.supports(parameters, gradient);
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
