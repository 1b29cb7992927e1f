package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One way to compute a convolution and its activation. It keeps what a training step's forward pass leaves for the backward pass. */
interface ConvolutionPass {
    /**
     * What a convolution is of.
     *
     * @param x {@code [batch, in, height, width]}
     * @param weights {@code [out, in, kernel height, kernel width]}
     * @param bias {@code [out]}, or null
     */
    record Operands(INDArray x, INDArray weights, INDArray bias) {}

    /**
     * Where the gradients of parameters go.
     *
     * @param weights {@code [out, in, kernel height, kernel width]}
     * @param bias {@code [1, out]}, or null
     */
    record ParameterGradients(INDArray weights, INDArray bias) {}

    /** The result, {@code [batch, out, height, width]}; height and width are those behind the pooling, if there is some in it. */
    INDArray forward(ConvolutionSettings says, Operands of, boolean training, LayerWorkspaceMgr workspaces);

    /**
     * The gradients.
     *
     * @param of those of the forward pass
     * @param epsilon gradient with respect to the result
     * @return that with respect to x, or null if nobody wants it
     */
    INDArray backward(
            ConvolutionSettings says,
            Operands of,
            INDArray epsilon,
            ParameterGradients into,
            LayerWorkspaceMgr workspaces);

    /** Forgets the forward pass. */
    void clear();
}
