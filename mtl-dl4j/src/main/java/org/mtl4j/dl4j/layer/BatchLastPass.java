package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.BatchLast;
import org.mtl4j.dl4j.internal.cpu.HostPieces;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Training steps with the batch last, by {@link BatchLastConvolution}: of stride 1, with ReLU or without an activation. */
final class BatchLastPass implements ConvolutionPass {
    /** The input with the batch last, and the output; both live to the end of the step. */
    private INDArray input;

    private INDArray output;

    private static BatchLastConvolution products(ConvolutionSettings says, Operands of) {
        return new BatchLastConvolution(
                of.x().shape(), of.weights().shape(), says.padding(of.x()), says.outputSize(of.x()));
    }

    @Override
    public INDArray forward(ConvolutionSettings says, Operands of, boolean training, LayerWorkspaceMgr workspaces) {
        input = BatchLast.of(of.x(), ArrayType.ACTIVATIONS, workspaces);
        output = workspaces.createUninitialized(
                ArrayType.ACTIVATIONS, says.dataType(), says.outputShape(of.x(), of.weights()), 'f');
        INDArray scratch = workspaces.createUninitialized(
                ArrayType.FF_WORKING_MEM, says.dataType(), of.weights().length());
        products(says, of).forward(input, of.weights(), of.bias(), output, scratch);
        if (says.rectified()) {
            HostPieces.rectify(output, output);
        }
        INDArray result = output;
        output = says.kept(result, workspaces);
        return result;
    }

    @Override
    public INDArray backward(
            ConvolutionSettings says,
            Operands of,
            INDArray epsilon,
            ParameterGradients into,
            LayerWorkspaceMgr workspaces) {
        INDArray delta = BatchLast.of(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
        if (says.rectified()) {
            INDArray open =
                    workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, says.dataType(), delta.shape(), 'f');
            HostPieces.keepWherePositive(output, delta, open);
            delta = open;
        }
        BatchLastConvolution products = products(says, of);
        INDArray sums = workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, says.dataType(), products.scratch());
        products.parameterGradients(input, delta, into.weights(), into.bias(), sums);
        if (!says.inputGradient()) {
            return null;
        }
        INDArray gradient = workspaces.createUninitialized(
                ArrayType.ACTIVATION_GRAD, says.dataType(), of.x().shape(), 'f');
        INDArray scratch = workspaces.createUninitialized(
                ArrayType.BP_WORKING_MEM, says.dataType(), of.weights().length());
        products.inputGradient(delta, of.weights(), gradient, scratch);
        return gradient;
    }

    @Override
    public void clear() {
        input = null;
        output = null;
    }
}
