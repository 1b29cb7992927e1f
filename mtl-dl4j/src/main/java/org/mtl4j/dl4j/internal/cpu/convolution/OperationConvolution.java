package org.mtl4j.dl4j.internal.cpu.convolution;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.ChannelsLastLayout;
import org.mtl4j.dl4j.internal.cpu.Elementwise;
import org.mtl4j.dl4j.internal.cpu.HostBuild;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.SumType;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Computes convolutions by ND4J's operations {@code conv2d} and {@code conv2d_bp}, which every backend and data type
 * has. Those of half precision are computed in single precision, and rounded once: see {@link SumType}.
 */
public final class OperationConvolution implements ConvolutionAlgorithm {
    private final boolean oneDnn = HostBuild.hasFastConvolution();
    private final boolean channelsLastAllowed;
    /**
     * For ReLU the output, which tells its derivative; for others the value before the activation. Lives to the step's
     * end.
     */
    private INDArray kept;

    /**
     * Makes the algorithm for one layer.
     *
     * @param channelsLastAllowed whether what reads the result within the layer can read it channels-last
     */
    public OperationConvolution(boolean channelsLastAllowed) {
        this.channelsLastAllowed = channelsLastAllowed;
    }

    /** Tells whether predictions stay in the layout in which oneDNN computes them. */
    private boolean predictsChannelsLast(ConvolutionSpec spec) {
        return channelsLastAllowed
                && spec.layouts().channelsLast()
                && oneDnn
                && spec.dataType() == DataType.FLOAT
                && (spec.isIdentity() || spec.isRelu());
    }

    @Override
    public INDArray forward(ConvolutionSpec spec, Operands operands, boolean training, LayerWorkspaceMgr workspaces) {
        DataType sums = SumType.of(spec.dataType());
        INDArray x = operands.x().castTo(sums);
        INDArray weights = operands.weights().castTo(sums);
        long[] shape = spec.outputShape(x, weights);
        boolean channelsLast = !training && predictsChannelsLast(spec);
        INDArray z = channelsLast
                ? ChannelsLastLayout.createActivations(spec.dataType(), shape, workspaces)
                : workspaces.createUninitialized(ArrayType.ACTIVATIONS, spec.dataType(), shape, 'c');
        DynamicCustomOp.DynamicCustomOpsBuilder op = DynamicCustomOp.builder("conv2d");
        if (operands.bias() == null) {
            op.addInputs(x, weights);
        } else {
            op.addInputs(x, weights, operands.bias().castTo(sums));
        }
        INDArray sum = SumType.receiver(z, ArrayType.FF_WORKING_MEM, workspaces);
        execute(op.addOutputs(sum), spec, weights);
        SumType.round(sum, z);
        if (spec.isIdentity()) {
            return z;
        }
        if (channelsLast && ChannelsLastLayout.matches(z)) {
            Elementwise.relu(z, z);
            return z;
        }
        IActivation activation = spec.activation();
        if (spec.isRelu()) {
            INDArray y = activation.getActivation(z, training);
            kept = training ? spec.keepForBackward(y, workspaces) : null;
            return y;
        }
        if (!training) {
            return activation.getActivation(z, false);
        }
        kept = z;
        return activation.getActivation(workspaces.dup(ArrayType.ACTIVATIONS, z, 'c'), true);
    }

    private static void execute(DynamicCustomOp.DynamicCustomOpsBuilder op, ConvolutionSpec spec, INDArray weights) {
        Nd4j.getExecutioner()
                .exec(op.addIntegerArguments(spec.operationArguments(weights)).build());
    }

    @Override
    public INDArray backward(
            ConvolutionSpec spec,
            Operands operands,
            INDArray epsilon,
            ParameterGradients gradients,
            LayerWorkspaceMgr workspaces) {
        DataType sums = SumType.of(spec.dataType());
        INDArray x = operands.x().castTo(sums);
        INDArray weights = operands.weights().castTo(sums);
        INDArray delta =
                delta(spec, epsilon.castTo(spec.dataType()), workspaces).castTo(sums);
        if (!spec.inputGradient() && HostMemory.isContiguous(x, delta) && Im2colGemm.supports(weights, delta)) {
            new Im2colGemm(x, delta, spec.stride(), spec.padding())
                    .into(gradients.weights(), gradients.bias(), workspaces);
            return null;
        }
        ArrayType use = spec.inputGradient() ? ArrayType.ACTIVATION_GRAD : ArrayType.BP_WORKING_MEM;
        INDArray inputGradient = workspaces.createUninitialized(use, spec.dataType(), x.shape(), 'c');
        INDArray ofInput = SumType.receiver(inputGradient, ArrayType.BP_WORKING_MEM, workspaces);
        INDArray ofWeights = SumType.receiver(gradients.weights(), ArrayType.BP_WORKING_MEM, workspaces);
        DynamicCustomOp.DynamicCustomOpsBuilder op = DynamicCustomOp.builder("conv2d_bp");
        if (operands.bias() == null) {
            op.addInputs(x, weights, delta).addOutputs(ofInput, ofWeights);
            execute(op, spec, weights);
        } else {
            INDArray biasGradient = gradients.bias().reshape(gradients.bias().length());
            INDArray ofBias = SumType.receiver(biasGradient, ArrayType.BP_WORKING_MEM, workspaces);
            op.addInputs(x, weights, operands.bias().castTo(sums), delta).addOutputs(ofInput, ofWeights, ofBias);
            execute(op, spec, weights);
            SumType.round(ofBias, biasGradient);
        }
        SumType.round(ofInput, inputGradient);
        SumType.round(ofWeights, gradients.weights());
        return spec.inputGradient() ? inputGradient : null;
    }

    /** Computes the gradient with respect to the value before the activation, contiguous. */
    private INDArray delta(ConvolutionSpec spec, INDArray epsilon, LayerWorkspaceMgr workspaces) {
        if (spec.isIdentity()) {
            return epsilon.ordering() == 'c' && !epsilon.isView()
                    ? epsilon
                    : workspaces.dup(ArrayType.BP_WORKING_MEM, epsilon, 'c');
        }
        if (spec.isRelu()) {
            INDArray delta =
                    workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, spec.dataType(), epsilon.shape(), 'c');
            if (HostMemory.isContiguous(kept, epsilon)) {
                Elementwise.reluBackward(kept, epsilon, delta);
                return delta;
            }
            Nd4j.getExecutioner().exec(new Step(kept, delta, 0));
            return delta.muli(epsilon);
        }
        return spec.activation()
                .backprop(workspaces.dup(ArrayType.BP_WORKING_MEM, kept, 'c'), epsilon.dup('c'))
                .getFirst();
    }

    @Override
    public void clear() {
        kept = null;
    }
}
