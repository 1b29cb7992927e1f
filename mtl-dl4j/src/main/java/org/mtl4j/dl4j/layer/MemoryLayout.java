package org.mtl4j.dl4j.layer;

import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.mtl4j.dl4j.internal.cpu.convolution.ConvolutionSpec;
import org.mtl4j.dl4j.vertex.SumVertex;

/**
 * Chooses how activations lie in memory between the vertices of a graph. Deeplearning4j's own code wants NCHW, which is
 * rarely the layout in which convolutions are fast: oneDNN predicts few examples channels-last (NHWC), and batches are
 * fastest batch-last, with all examples of a position and channel side by side. Converting before and behind each layer
 * costs more than many a layer. Chains of convolutions, and of what works in either layout (pooling, cross-stitch
 * units, sums), need no conversion between them.
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
     * Replaces stock sums, activations and {@linkplain SafeDenseLayer fully connected layers} by the library's own, and
     * {@linkplain #arrange arranges} the result.
     *
     * @param configuration that of no graph yet; changed
     */
    public static void prepare(ComputationGraphConfiguration configuration) {
        configuration.getVertices().replaceAll((name, vertex) -> replaceStock(vertex));
        arrange(configuration);
    }

    /**
     * Tells each {@link FastConvolutionLayer} in which layout to produce its activations, and whether they are
     * overwritten. To be called again when vertices have been added: results stay right without it, but what reads
     * another layout is slow.
     *
     * @param configuration that of no graph yet; changed
     */
    public static void arrange(ComputationGraphConfiguration configuration) {
        Set<String> channelsLast = new LayoutChains(configuration, new PredictionRules()).find();
        LayoutChains training = new LayoutChains(configuration, new TrainingRules());
        Set<String> batchLast = training.find();
        configuration.getVertices().forEach((name, vertex) -> {
            if (LayoutChains.layer(vertex) instanceof FastConvolutionLayer convolution) {
                convolution.setLayouts(new ConvolutionSpec.Layouts(
                        channelsLast.contains(name), batchLast.contains(name), training.isOverwritten(name)));
            }
        });
    }

    private static GraphVertex replaceStock(GraphVertex vertex) {
        if (vertex.getClass() == ElementWiseVertex.class
                && vertex.equals(new ElementWiseVertex(ElementWiseVertex.Op.Add))) {
            return new SumVertex();
        }
        if (LayoutChains.layer(vertex) instanceof ActivationLayer stock && stock.getClass() == ActivationLayer.class) {
            ((LayerVertex) vertex).getLayerConf().setLayer(FastActivationLayer.of(stock));
        }
        if (LayoutChains.layer(vertex) instanceof DenseLayer stock && stock.getClass() == DenseLayer.class) {
            ((LayerVertex) vertex).getLayerConf().setLayer(SafeDenseLayer.of(stock));
        }
        return vertex;
    }
}
