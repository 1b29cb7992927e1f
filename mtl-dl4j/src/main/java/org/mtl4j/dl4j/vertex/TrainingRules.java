package org.mtl4j.dl4j.vertex;

import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.mtl4j.dl4j.layer.FastConvolutionLayer;
import org.mtl4j.dl4j.layer.FastPoolingLayer;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;

/** Of training with the {@link org.mtl4j.dl4j.internal.cpu.BatchLast batch last}. */
final class TrainingRules implements LayoutRules {
    @Override
    public boolean gives(GraphVertex vertex) {
        if (!LayoutChains.convolution(vertex)
                || !(LayoutChains.layer(vertex) instanceof FastConvolutionLayer convolution)
                || convolution.getWeightNoise() != null) {
            return false;
        }
        boolean rectified = convolution.getActivationFn().equals(new ActivationReLU());
        if (convolution.getPooling() != null) {
            return rectified && convolution.poolsAtOnce();
        }
        return convolution.getStride()[0] == 1
                && convolution.getStride()[1] == 1
                && (rectified || convolution.getActivationFn() instanceof ActivationIdentity);
    }

    @Override
    public boolean passes(GraphVertex vertex, int inputs) {
        return vertex instanceof CrossStitchVertex unit && !unit.channelsLast()
                || LayoutChains.unprepared(vertex)
                        && LayoutChains.layer(vertex) instanceof FastPoolingLayer pooling
                        && pooling.takesSeparateMaxima();
    }

    @Override
    public boolean takes(GraphVertex vertex) {
        return LayoutChains.flattens(vertex);
    }
}
