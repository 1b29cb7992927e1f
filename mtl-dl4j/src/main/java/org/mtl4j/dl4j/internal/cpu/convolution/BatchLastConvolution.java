package org.mtl4j.dl4j.internal.cpu.convolution;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.BatchLastLayout;
import org.mtl4j.dl4j.internal.cpu.Elementwise;
import org.mtl4j.dl4j.internal.cpu.HostArray;
import org.mtl4j.dl4j.internal.cpu.Scratch;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes convolutions of stride 1 in the batch-last layout, with ReLU or without an activation. */
public final class BatchLastConvolution implements ConvolutionAlgorithm {
    /** Of a thread: nothing is kept there from one pass to another, and layers that share it find it in the caches. */
    static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    /** The batch-last input, and what ReLU gave; both live to the end of the step. */
    private INDArray input;

    private INDArray output;

    private static BatchLastKernel kernel(ConvolutionSpec spec, Operands operands) {
        return BatchLastKernel.choose(
                operands.x().shape(), operands.weights().shape(), spec.padding(), spec.outputSize());
    }

    @Override
    public INDArray forward(ConvolutionSpec spec, Operands operands, boolean training, LayerWorkspaceMgr workspaces) {
        INDArray x = BatchLastLayout.of(operands.x(), ArrayType.ACTIVATIONS, workspaces);
        INDArray y = HostArray.create(
                workspaces,
                ArrayType.ACTIVATIONS,
                spec.dataType(),
                spec.outputShape(operands.x(), operands.weights()),
                'f');
        BatchLastKernel kernel = kernel(spec, operands);
        kernel.forward(
                x,
                operands.weights(),
                operands.bias(),
                spec.isRelu(),
                y,
                SCRATCH.get().of(kernel.scratch()));
        input = training ? x : null;
        output = training && spec.isRelu() ? spec.keepForBackward(y, workspaces) : null;
        return y;
    }

    @Override
    public INDArray backward(
            ConvolutionSpec spec,
            Operands operands,
            INDArray epsilon,
            ParameterGradients gradients,
            LayerWorkspaceMgr workspaces) {
        INDArray delta = BatchLastLayout.of(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
        if (spec.isRelu()) {
            INDArray masked =
                    HostArray.create(workspaces, ArrayType.BP_WORKING_MEM, spec.dataType(), delta.shape(), 'f');
            Elementwise.reluBackward(output, delta, masked);
            delta = masked;
        }
        BatchLastKernel kernel = kernel(spec, operands);
        INDArray gradient = spec.createBatchLastInputGradient(operands.x(), workspaces);
        kernel.backward(
                input,
                delta,
                operands.weights(),
                gradient,
                gradients,
                SCRATCH.get().of(kernel.scratch()));
        return gradient;
    }

    @Override
    public void clear() {
        input = null;
        output = null;
    }
}
