package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.ChannelsLast;
import org.mtl4j.dl4j.internal.cpu.HostBuild;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.HostPieces;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.factory.Nd4j;

/** Convolution by the operations {@code conv2d} and {@code conv2d_bp}, which every backend and type of numbers has. */
final class OperationPass implements ConvolutionPass {
    private final boolean oneDnn = HostBuild.hasFastConvolution();
    /** Whether predictions may lie with channels last. */
    private final boolean mayPutChannelsLast;
    /** The output for ReLU, whose derivative it tells; the value before the activation for others. To the end of the step. */
    private INDArray kept;

    /** @param mayPutChannelsLast whether what reads the result itself can do with that */
    OperationPass(boolean mayPutChannelsLast) {
        this.mayPutChannelsLast = mayPutChannelsLast;
    }

    /** oneDNN then leaves predictions as it has computed them. */
    private boolean channelsLast(ConvolutionSettings says) {
        return mayPutChannelsLast
                && says.layer().isChannelsLast()
                && oneDnn
                && says.dataType() == DataType.FLOAT
                && (says.identity() || says.rectified());
    }

    @Override
    public INDArray forward(ConvolutionSettings says, Operands of, boolean training, LayerWorkspaceMgr workspaces) {
        INDArray x = of.x().castTo(says.dataType());
        long[] shape = says.outputShape(x, of.weights());
        boolean channelsLast = !training && channelsLast(says);
        INDArray z = channelsLast
                ? ChannelsLast.activations(says.dataType(), shape, workspaces)
                : workspaces.createUninitialized(ArrayType.ACTIVATIONS, says.dataType(), shape, 'c');
        DynamicCustomOp.DynamicCustomOpsBuilder op = DynamicCustomOp.builder("conv2d");
        if (of.bias() == null) {
            op.addInputs(x, of.weights());
        } else {
            op.addInputs(x, of.weights(), of.bias());
        }
        Nd4j.getExecutioner()
                .exec(op.addOutputs(z)
                        .addIntegerArguments(says.arguments(of.weights()))
                        .build());
        if (says.identity()) {
            return z;
        }
        if (channelsLast && ChannelsLast.holds(z)) {
            HostPieces.rectify(z, z);
            return z;
        }
        IActivation activation = says.layer().getActivationFn();
        if (says.rectified()) {
            INDArray y = activation.getActivation(z, training);
            kept = training ? says.kept(y, workspaces) : null;
            return y;
        }
        if (!training) {
            return activation.getActivation(z, false);
        }
        kept = z;
        return activation.getActivation(workspaces.dup(ArrayType.ACTIVATIONS, z, 'c'), true);
    }

    @Override
    public INDArray backward(
            ConvolutionSettings says,
            Operands of,
            INDArray epsilon,
            ParameterGradients into,
            LayerWorkspaceMgr workspaces) {
        INDArray x = of.x().castTo(says.dataType());
        INDArray delta = delta(says, epsilon.castTo(says.dataType()), workspaces);
        if (!says.inputGradient() && HostMemory.holds(x, delta) && PatchProduct.holds(of.weights(), delta)) {
            new PatchProduct(x, delta, says.layer().getStride(), says.padding(x))
                    .into(into.weights(), into.bias(), workspaces);
            return null;
        }
        ArrayType use = says.inputGradient() ? ArrayType.ACTIVATION_GRAD : ArrayType.BP_WORKING_MEM;
        INDArray inputGradient = workspaces.createUninitialized(use, says.dataType(), x.shape(), 'c');
        DynamicCustomOp.DynamicCustomOpsBuilder op = DynamicCustomOp.builder("conv2d_bp");
        if (of.bias() == null) {
            op.addInputs(x, of.weights(), delta).addOutputs(inputGradient, into.weights());
        } else {
            op.addInputs(x, of.weights(), of.bias(), delta)
                    .addOutputs(
                            inputGradient,
                            into.weights(),
                            into.bias().reshape(into.bias().length()));
        }
        Nd4j.getExecutioner()
                .exec(op.addIntegerArguments(says.arguments(of.weights())).build());
        return says.inputGradient() ? inputGradient : null;
    }

    /** The gradient with respect to the value before the activation, contiguous. */
    private INDArray delta(ConvolutionSettings says, INDArray epsilon, LayerWorkspaceMgr workspaces) {
        if (says.identity()) {
            return epsilon.ordering() == 'c' && !epsilon.isView()
                    ? epsilon
                    : workspaces.dup(ArrayType.BP_WORKING_MEM, epsilon, 'c');
        }
        if (says.rectified()) {
            INDArray delta =
                    workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, says.dataType(), epsilon.shape(), 'c');
            if (HostMemory.holds(kept, epsilon)) {
                HostPieces.keepWherePositive(kept, epsilon, delta);
                return delta;
            }
            Nd4j.getExecutioner().exec(new Step(kept, delta, 0));
            return delta.muli(epsilon);
        }
        return says.layer()
                .getActivationFn()
                .backprop(workspaces.dup(ArrayType.BP_WORKING_MEM, kept, 'c'), epsilon.dup('c'))
                .getFirst();
    }

    @Override
    public void clear() {
        kept = null;
    }
}
