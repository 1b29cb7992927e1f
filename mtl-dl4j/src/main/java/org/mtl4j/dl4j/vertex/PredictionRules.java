package org.mtl4j.dl4j.vertex;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.mtl4j.dl4j.layer.FastActivationLayer;
import org.mtl4j.dl4j.layer.FastBatchNormalizationLayer;
import org.mtl4j.dl4j.layer.FastConvolutionLayer;
import org.mtl4j.dl4j.layer.SoftArgmaxLayer;
import org.mtl4j.dl4j.layer.TypedGlobalPoolingLayer;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;

/** Of predictions with {@link org.mtl4j.dl4j.internal.cpu.ChannelsLast channels last}. */
final class PredictionRules implements LayoutRules {
    @Override
    public boolean gives(GraphVertex vertex) {
        return LayoutChains.convolution(vertex)
                && LayoutChains.layer(vertex) instanceof FastConvolutionLayer convolution
                && convolution.getPooling() == null
                && (convolution.getActivationFn() instanceof ActivationIdentity
                        || convolution.getActivationFn().equals(new ActivationReLU()));
    }

    @Override
    public boolean passes(GraphVertex vertex, int inputs) {
        return vertex instanceof SumVertex && inputs == 2
                || LayoutChains.unprepared(vertex)
                        && (LayoutChains.layer(vertex) instanceof FastActivationLayer
                                || LayoutChains.layer(vertex) instanceof FastBatchNormalizationLayer normalization
                                        && normalization.getCnn2DFormat() == CNN2DFormat.NCHW
                                        && !normalization.isLockGammaBeta());
    }

    @Override
    public boolean takes(GraphVertex vertex) {
        return LayoutChains.flattens(vertex)
                || LayoutChains.convolution(vertex)
                || LayoutChains.unprepared(vertex)
                        && (LayoutChains.layer(vertex) instanceof SoftArgmaxLayer
                                || LayoutChains.layer(vertex) instanceof TypedGlobalPoolingLayer);
    }
}
