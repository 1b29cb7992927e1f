package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.mtl4j.dl4j.internal.cpu.PlainActivation;
import org.mtl4j.dl4j.vertex.CrossStitchVertex;
import org.mtl4j.dl4j.vertex.SharingUnitVertex;
import org.mtl4j.dl4j.vertex.UnitOutputVertex;

/** Applies to training in {@linkplain org.mtl4j.dl4j.internal.cpu.BatchLastLayout batch-last} layout. */
final class TrainingRules implements LayoutRules {
    @Override
    public boolean produces(GraphVertex vertex) {
        if (!LayoutChains.isOwnConvolution(vertex)
                || !(LayoutChains.layer(vertex) instanceof FastConvolutionLayer convolution)
                || convolution.getWeightNoise() != null) {
            return false;
        }
        boolean relu = PlainActivation.isRelu(convolution.getActivationFn());
        if (relu && convolution.allowsFusedPooling()) {
            return true;
        }
        return convolution.getStride()[0] == 1
                && convolution.getStride()[1] == 1
                && (relu || PlainActivation.isIdentity(convolution.getActivationFn()));
    }

    @Override
    public boolean preserves(GraphVertex vertex, int inputs) {
        return vertex instanceof CrossStitchVertex unit
                        && unit.getClass() == CrossStitchVertex.class
                        && !unit.channelsLast()
                || vertex instanceof SharingUnitVertex any && any.keepsMemoryLayout()
                || vertex instanceof UnitOutputVertex output && output.keepsMemoryLayout()
                || LayoutChains.hasNoPreProcessor(vertex)
                        && LayoutChains.is(vertex, FastPoolingLayer.class)
                        && LayoutChains.layer(vertex) instanceof FastPoolingLayer pooling
                        && pooling.isDisjointMaxPooling();
    }

    @Override
    public boolean accepts(GraphVertex vertex) {
        return LayoutChains.flattens(vertex);
    }
}
