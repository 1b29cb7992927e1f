package org.mtl4j.dl4j.vertex;

import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.mtl4j.dl4j.layer.FastActivationLayer;
import org.mtl4j.dl4j.layer.FastConvolutionLayer;
import org.mtl4j.dl4j.layer.SafeDenseLayer;
import org.nd4j.linalg.activations.impl.ActivationReLU;

/**
 * How activations lie in memory between the vertices of a graph. Deeplearning4j's own code wants each channel of each example by
 * itself, and that is rarely the order in which convolutions are fast: oneDNN computes predictions with all channels of a position
 * side by side, and batches in training are best laid with all examples of a position and channel side by side. Putting the
 * numbers in order before and behind each layer costs more than many a layer. Chains of convolutions, and of what works on either
 * layout (pooling, cross-stitch units, sums), need not do it.
 *
 * <pre>{@code
 * ComputationGraphConfiguration configuration = graph.build();
 * MemoryLayout.prepare(configuration);
 * }</pre>
 *
 * Neither parameters nor names nor shapes change, and results only by rounding.
 */
public final class MemoryLayout {
    private MemoryLayout() {}

    /**
     * Puts the library's own sums, ReLU and {@link SafeDenseLayer fully connected layers} in the place of stock ones, and arranges what
     * there is then.
     *
     * @param configuration that of no graph yet; changed
     */
    public static void prepare(ComputationGraphConfiguration configuration) {
        configuration.getVertices().replaceAll((name, vertex) -> ofOurOwn(vertex));
        arrange(configuration);
    }

    /**
     * Tells each {@link FastConvolutionLayer} how its activations are to lie, and who overwrites them. To be called again when vertices have been added:
     * results stay right without it, but those that want another layout are slow.
     *
     * @param configuration that of no graph yet; changed
     */
    public static void arrange(ComputationGraphConfiguration configuration) {
        Set<String> channelsLast = new LayoutChains(configuration, new PredictionRules()).find();
        LayoutChains training = new LayoutChains(configuration, new TrainingRules());
        Set<String> batchLast = training.find();
        configuration.getVertices().forEach((name, vertex) -> {
            if (LayoutChains.layer(vertex) instanceof FastConvolutionLayer convolution) {
                convolution.setChannelsLast(channelsLast.contains(name));
                convolution.setBatchLast(batchLast.contains(name));
                convolution.setOutputOverwritten(training.overwritten(name));
            }
        });
    }

    private static GraphVertex ofOurOwn(GraphVertex vertex) {
        if (vertex.getClass() == ElementWiseVertex.class
                && vertex.equals(new ElementWiseVertex(ElementWiseVertex.Op.Add))) {
            return new SumVertex();
        }
        if (LayoutChains.layer(vertex) instanceof ActivationLayer stock
                && stock.getClass() == ActivationLayer.class
                && stock.getActivationFn().equals(new ActivationReLU())
                && stock.getIDropout() == null) {
            FastActivationLayer fast = new FastActivationLayer();
            fast.setLayerName(stock.getLayerName());
            ((LayerVertex) vertex).getLayerConf().setLayer(fast);
        }
        if (LayoutChains.layer(vertex) instanceof DenseLayer stock && stock.getClass() == DenseLayer.class) {
            ((LayerVertex) vertex).getLayerConf().setLayer(SafeDenseLayer.of(stock));
        }
        return vertex;
    }
}
