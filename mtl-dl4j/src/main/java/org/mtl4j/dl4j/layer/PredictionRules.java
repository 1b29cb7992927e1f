package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.mtl4j.dl4j.internal.cpu.PlainActivation;
import org.mtl4j.dl4j.vertex.SumVertex;

/** Applies to predictions in {@linkplain org.mtl4j.dl4j.internal.cpu.ChannelsLastLayout channels-last} layout. */
final class PredictionRules implements LayoutRules {
    @Override
    public boolean produces(GraphVertex vertex) {
        return LayoutChains.isOwnConvolution(vertex)
                && LayoutChains.layer(vertex) instanceof FastConvolutionLayer convolution
                && convolution.getPooling() == null
                && (PlainActivation.isIdentity(convolution.getActivationFn())
                        || PlainActivation.isRelu(convolution.getActivationFn()));
    }

    @Override
    public boolean preserves(GraphVertex vertex, int inputs) {
        Layer layer = LayoutChains.layer(vertex);
        return vertex.getClass() == SumVertex.class && inputs == 2
                || LayoutChains.hasNoPreProcessor(vertex)
                        && (LayoutChains.is(vertex, FastActivationLayer.class)
                                || LayoutChains.is(vertex, FastBatchNormalizationLayer.class)
                                        && layer instanceof FastBatchNormalizationLayer normalization
                                        && normalization.getCnn2DFormat() == CNN2DFormat.NCHW
                                        && !normalization.isLockGammaBeta());
    }

    @Override
    public boolean accepts(GraphVertex vertex) {
        return LayoutChains.flattens(vertex)
                || LayoutChains.isOwnConvolution(vertex)
                || LayoutChains.hasNoPreProcessor(vertex)
                        && (LayoutChains.is(vertex, SoftArgmaxLayer.class)
                                || LayoutChains.is(vertex, TypedGlobalPoolingLayer.class));
    }
}
