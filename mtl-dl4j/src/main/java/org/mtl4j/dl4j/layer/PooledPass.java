package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.BatchLast;
import org.mtl4j.dl4j.internal.cpu.GradientByPosition;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Convolution of few inputs, ReLU and the pooling behind them in one go, without a gradient with respect to the input. */
final class PooledPass implements ConvolutionPass {
    private final int[] window;
    private final PooledConvolution exampleByExample;
    private BatchLastPooledConvolution positionByPosition;
    /** Input of the latest forward pass with the batch last; null if that was example by example. */
    private INDArray batchLast;
    /** Whether the gradients of this step are there already. */
    private boolean gradientTaken;

    PooledPass(int[] stride, int[] window) {
        this.window = window;
        exampleByExample = new PooledConvolution(stride, window);
    }

    /** Whether this can do it. */
    boolean does(ConvolutionSettings says, INDArray x, INDArray weights) {
        return says.allowsPoolingAtOnce() && exampleByExample.does(x, weights);
    }

    @Override
    public INDArray forward(ConvolutionSettings says, Operands of, boolean training, LayerWorkspaceMgr workspaces) {
        gradientTaken = false;
        batchLast = null;
        long[] shape = says.outputShape(of.x(), of.weights());
        shape[2] /= window[0];
        shape[3] /= window[1];
        boolean batchComesLast = training && says.takesBatchLast(of.x(), of.weights());
        INDArray y = workspaces.createUninitialized(
                ArrayType.ACTIVATIONS, says.dataType(), shape, batchComesLast ? 'f' : 'c');
        if (!batchComesLast) {
            exampleByExample.forward(of.x(), of.weights(), of.bias(), says.padding(of.x()), y, training);
            return y;
        }
        batchLast = BatchLast.of(of.x(), ArrayType.ACTIVATIONS, workspaces);
        BatchLastPooledConvolution next = new BatchLastPooledConvolution(
                of.x().shape(), of.weights().shape(), says.layer().getStride(), says.padding(of.x()), window, shape);
        next.takeOver(positionByPosition);
        positionByPosition = next;
        INDArray scratch = workspaces.createUninitialized(ArrayType.FF_WORKING_MEM, says.dataType(), next.scratch());
        next.forward(batchLast, of.weights(), of.bias(), y, scratch);
        return y;
    }

    @Override
    public INDArray backward(
            ConvolutionSettings says,
            Operands of,
            INDArray epsilon,
            ParameterGradients into,
            LayerWorkspaceMgr workspaces) {
        if (gradientTaken) {
            gradientTaken = false;
        } else if (batchLast == null) {
            INDArray contiguous =
                    HostMemory.holds(epsilon) ? epsilon : workspaces.dup(ArrayType.BP_WORKING_MEM, epsilon, 'c');
            exampleByExample.backward(of.x(), says.padding(of.x()), contiguous, into.weights(), into.bias());
        } else {
            INDArray scratch = workspaces.createUninitialized(
                    ArrayType.BP_WORKING_MEM, says.dataType(), positionByPosition.scratch());
            INDArray eps = BatchLast.of(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
            positionByPosition.backward(batchLast, eps, into.weights(), into.bias(), scratch);
        }
        return null;
    }

    /** Whether {@link #gradientByPosition} can be asked after the latest forward pass. */
    boolean takesGradientByPosition() {
        return batchLast != null;
    }

    /** Does what {@link #backward} would, which then has nothing left to do. */
    GradientByPosition gradientByPosition(int parts, ParameterGradients into, LayerWorkspaceMgr workspaces) {
        gradientTaken = true;
        INDArray scratch = workspaces.createUninitialized(
                ArrayType.BP_WORKING_MEM, batchLast.dataType(), positionByPosition.scratch(parts));
        return positionByPosition.new Backward(batchLast, into.weights(), into.bias(), scratch, parts);
    }

    @Override
    public void clear() {
        batchLast = null;
        gradientTaken = false;
    }
}
