package mtl.dl4j.vertex;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import mtl.dl4j.layer.FastActivationLayer;
import mtl.dl4j.layer.FastBatchNormalizationLayer;
import mtl.dl4j.layer.FastConvolutionLayer;
import mtl.dl4j.layer.SoftArgmaxLayer;
import mtl.dl4j.layer.TypedGlobalPoolingLayer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;

/**
 * How predictions lie in memory between the vertices of a graph. oneDNN computes convolutions with all channels of a position
 * side by side, and everything else in Deeplearning4j wants each channel by itself; putting the numbers in order before and
 * behind each convolution takes about a quarter of the convolution's time. Chains of convolutions, and of what works on both
 * layouts, need not do it.
 *
 * <pre>{@code
 * ComputationGraphConfiguration configuration = graph.build();
 * PredictionLayout.prepare(configuration);
 * }</pre>
 *
 * Neither results nor parameters nor names change, and training does not either.
 */
public final class PredictionLayout {
    private final Map<String, GraphVertex> vertices;
    private final Map<String, List<String>> inputs;
    private final Map<String, List<String>> readers = new HashMap<>();
    private final Set<String> outputs;
    /** The vertices whose activations are to have their channels last. */
    private final Set<String> last = new HashSet<>();

    private PredictionLayout(ComputationGraphConfiguration configuration) {
        vertices = configuration.getVertices();
        inputs = configuration.getVertexInputs();
        outputs = new HashSet<>(configuration.getNetworkOutputs());
        inputs.forEach((vertex, read) -> read.forEach(input ->
                readers.computeIfAbsent(input, key -> new ArrayList<>()).add(vertex)));
    }

    /**
     * Puts the library's own sums and ReLU in the place of stock ones, and arranges what there is then.
     *
     * @param configuration that of no graph yet; changed
     */
    public static void prepare(ComputationGraphConfiguration configuration) {
        configuration.getVertices().replaceAll((name, vertex) -> onBothLayouts(vertex));
        arrange(configuration);
    }

    /**
     * Tells each {@link FastConvolutionLayer} how its predictions are to lie. To be called again when vertices have been added:
     * results stay right without it, but those that want another layout are slow.
     *
     * @param configuration that of no graph yet; changed
     */
    public static void arrange(ComputationGraphConfiguration configuration) {
        PredictionLayout layout = new PredictionLayout(configuration);
        layout.find();
        layout.vertices.forEach((name, vertex) -> {
            if (layer(vertex) instanceof FastConvolutionLayer convolution) {
                convolution.setChannelsLast(layout.last.contains(name));
            }
        });
    }

    private static GraphVertex onBothLayouts(GraphVertex vertex) {
        if (vertex.getClass() == ElementWiseVertex.class
                && vertex.equals(new ElementWiseVertex(ElementWiseVertex.Op.Add))) {
            return new SumVertex();
        }
        if (layer(vertex) instanceof ActivationLayer stock
                && stock.getClass() == ActivationLayer.class
                && stock.getActivationFn().equals(new ActivationReLU())
                && stock.getIDropout() == null) {
            FastActivationLayer fast = new FastActivationLayer();
            fast.setLayerName(stock.getLayerName());
            ((LayerVertex) vertex).getLayerConf().setLayer(fast);
        }
        return vertex;
    }

    /** Starts with all that could, and takes away what cannot until nothing changes. */
    private void find() {
        vertices.forEach((name, vertex) -> {
            if (gives(vertex) || passes(vertex, inputs.get(name).size())) {
                last.add(name);
            }
        });
        while (last.removeIf(name -> !fits(name))) {
            // what reads it, or is read by it, may have to go next
        }
    }

    private boolean fits(String name) {
        boolean fed = gives(vertices.get(name)) || last.containsAll(inputs.get(name));
        return fed
                && !outputs.contains(name)
                && readers.getOrDefault(name, List.of()).stream()
                        .allMatch(reader -> last.contains(reader) || takes(vertices.get(reader)));
    }

    private static boolean gives(GraphVertex vertex) {
        return convolution(vertex)
                && layer(vertex) instanceof FastConvolutionLayer convolution
                && convolution.getPooling() == null
                && (convolution.getActivationFn() instanceof ActivationIdentity
                        || convolution.getActivationFn().equals(new ActivationReLU()));
    }

    /** What makes of one layout the same. */
    private static boolean passes(GraphVertex vertex, int inputs) {
        return vertex instanceof SumVertex && inputs == 2
                || unprepared(vertex)
                        && (layer(vertex) instanceof FastActivationLayer
                                || layer(vertex) instanceof FastBatchNormalizationLayer normalization
                                        && normalization.getCnn2DFormat() == CNN2DFormat.NCHW
                                        && !normalization.isLockGammaBeta());
    }

    /** What takes either layout, and makes of it something else, in about the same time. */
    private static boolean takes(GraphVertex vertex) {
        if (!unprepared(vertex)) {
            return ((LayerVertex) vertex).getPreProcessor() instanceof CnnToFeedForwardPreProcessor;
        }
        return convolution(vertex)
                || layer(vertex) instanceof SoftArgmaxLayer
                || layer(vertex) instanceof TypedGlobalPoolingLayer;
    }

    private static boolean unprepared(GraphVertex vertex) {
        return !(vertex instanceof LayerVertex layer) || layer.getPreProcessor() == null;
    }

    /** Null for a vertex without a layer. */
    private static Layer layer(GraphVertex vertex) {
        return vertex instanceof LayerVertex layer ? layer.getLayerConf().getLayer() : null;
    }

    /** Whether it is one of the library's own convolutions that calls oneDNN. */
    private static boolean convolution(GraphVertex vertex) {
        return unprepared(vertex)
                && layer(vertex) instanceof FastConvolutionLayer convolution
                && convolution.getCnn2dDataFormat() == CNN2DFormat.NCHW
                && convolution.getDilation()[0] == 1
                && convolution.getDilation()[1] == 1;
    }
}
