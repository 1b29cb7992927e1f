package org.mtl4j.dl4j.internal.cpu.convolution;

import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes a convolution and its activation, and their gradients, in one of several ways. An instance belongs to one
 * layer and keeps what a training step's forward pass leaves for the backward pass.
 */
public interface ConvolutionAlgorithm {
    /**
     * Holds the operands of a convolution.
     *
     * @param x {@code [batch, in, height, width]}
     * @param weights {@code [out, in, kernel height, kernel width]}
     * @param bias {@code [out]}, or null
     */
    record Operands(INDArray x, INDArray weights, INDArray bias) {}

    /**
     * Holds the gradient buffers of the parameters.
     *
     * @param weights {@code [out, in, kernel height, kernel width]}
     * @param bias {@code [1, out]}, or null
     */
    record ParameterGradients(INDArray weights, INDArray bias) {}

    /**
     * Computes the result.
     *
     * @return {@code [batch, out, height, width]}, after the pooling if the algorithm includes it
     */
    INDArray forward(ConvolutionSpec spec, Operands operands, boolean training, LayerWorkspaceMgr workspaces);

    /**
     * Computes the gradients.
     *
     * @param operands those of the forward pass
     * @param epsilon gradient with respect to the result
     * @param gradients overwritten
     * @return the gradient with respect to x, or null if it is not wanted
     */
    INDArray backward(
            ConvolutionSpec spec,
            Operands operands,
            INDArray epsilon,
            ParameterGradients gradients,
            LayerWorkspaceMgr workspaces);

    /** Forgets the forward pass. */
    void clear();
}
