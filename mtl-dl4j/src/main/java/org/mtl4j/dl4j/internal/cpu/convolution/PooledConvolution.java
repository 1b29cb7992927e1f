package org.mtl4j.dl4j.internal.cpu.convolution;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.BatchLastLayout;
import org.mtl4j.dl4j.internal.cpu.GradientSink;
import org.mtl4j.dl4j.internal.cpu.HostArray;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.Scratch;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Fuses a convolution of few inputs, ReLU and max pooling, without a gradient with respect to the input. */
public final class PooledConvolution implements ConvolutionAlgorithm {
    /** Most weights of one output for which this is faster than the operations. */
    public static final int MAX_WEIGHTS_PER_OUTPUT = 64;

    private final int[] window;
    private final PooledConvolutionKernel nchw;
    private final Scratch scratch = new Scratch();
    private BatchLastPooledConvolutionKernel batchLast;
    /** Batch-last input of the latest forward pass; null if that was NCHW. */
    private INDArray batchLastInput;
    /** Whether the gradients of this step have been computed by {@link #fuseBackward}. */
    private boolean gradientDone;

    /**
     * Makes the algorithm for one layer.
     *
     * @param stride of the convolution, height and width
     * @param window of the pooling, height and width
     */
    public PooledConvolution(int[] stride, int[] window) {
        this.window = window;
        nchw = new PooledConvolutionKernel(stride, window);
    }

    /** Tells whether this algorithm can compute the convolution of these arrays. */
    public boolean supports(ConvolutionSpec spec, INDArray x, INDArray weights) {
        return spec.allowsFusedPooling() && nchw.supports(x, weights);
    }

    @Override
    public INDArray forward(ConvolutionSpec spec, Operands operands, boolean training, LayerWorkspaceMgr workspaces) {
        gradientDone = false;
        batchLastInput = null;
        long[] shape = spec.pooledShape(operands.x(), operands.weights(), window);
        boolean inBatchLast = spec.isBatchLast(operands.x(), operands.weights());
        INDArray y =
                HostArray.create(workspaces, ArrayType.ACTIVATIONS, spec.dataType(), shape, inBatchLast ? 'f' : 'c');
        if (!inBatchLast) {
            nchw.forward(operands.x(), operands.weights(), operands.bias(), spec.padding(), y, training);
            return y;
        }
        INDArray x = BatchLastLayout.of(operands.x(), ArrayType.ACTIVATIONS, workspaces);
        BatchLastPooledConvolutionKernel next = new BatchLastPooledConvolutionKernel(
                operands.x().shape(), operands.weights().shape(), spec.stride(), spec.padding(), window, shape);
        if (training) {
            next.reuseMemoryOf(batchLast);
            batchLast = next;
            batchLastInput = x;
        }
        next.forward(x, operands.weights(), operands.bias(), training, y, scratch.of(next.scratch()));
        return y;
    }

    @Override
    public INDArray backward(
            ConvolutionSpec spec,
            Operands operands,
            INDArray epsilon,
            ParameterGradients gradients,
            LayerWorkspaceMgr workspaces) {
        if (gradientDone) {
            gradientDone = false;
        } else if (batchLastInput == null) {
            INDArray contiguous =
                    HostMemory.isContiguous(epsilon) ? epsilon : workspaces.dup(ArrayType.BP_WORKING_MEM, epsilon, 'c');
            nchw.backward(operands.x(), spec.padding(), contiguous, gradients.weights(), gradients.bias());
        } else {
            INDArray eps = BatchLastLayout.of(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
            batchLast.backward(
                    batchLastInput, eps, gradients.weights(), gradients.bias(), scratch.of(batchLast.scratch()));
        }
        return null;
    }

    /** Tells whether {@link #fuseBackward} is possible after the latest forward pass. */
    public boolean canFuseBackward() {
        return batchLastInput != null;
    }

    /**
     * Begins the backward pass before the gradient with respect to the result exists as an array; {@link #backward}
     * then has nothing left to do.
     *
     * @param parts how many threads put the gradient
     * @return what that gradient is to be put into
     */
    public GradientSink fuseBackward(int parts, ParameterGradients gradients, LayerWorkspaceMgr workspaces) {
        gradientDone = true;
        INDArray memory = scratch.of(batchLast.scratch(parts));
        return batchLast.new Backward(batchLastInput, gradients.weights(), gradients.bias(), memory, parts);
    }

    @Override
    public void clear() {
        batchLastInput = null;
        gradientDone = false;
    }
}
