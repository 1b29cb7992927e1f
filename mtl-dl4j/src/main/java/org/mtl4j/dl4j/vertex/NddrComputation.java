package org.mtl4j.dl4j.vertex;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.PlainActivation;
import org.mtl4j.dl4j.internal.cpu.Rendezvous;
import org.mtl4j.dl4j.internal.cpu.normalization.BatchNormalizationKernel;
import org.mtl4j.dl4j.internal.cpu.normalization.BatchNormalizationKernel.Moments;
import org.mtl4j.dl4j.internal.cpu.stitch.ChannelMixKernel;
import org.mtl4j.dl4j.internal.layer.WholeBatch;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.sharing.UnitArrays;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Computes an NDDR unit by products of matrices, and its normalisation by the library's kernel. */
final class NddrComputation implements UnitComputation {
    private final NddrUnit unit;
    private final IActivation activation;
    /** Whether normalisation and ReLU are one pass. */
    private final boolean rectified;

    /** What the mix gave, by output; null where nothing follows it. */
    private INDArray[] mixed = {};

    private Moments[] moments = {};
    /** Where the parts of a divided batch meet; null if a batch is whole. */
    private Rendezvous.@Nullable Seat seat;

    private String name = "";

    NddrComputation(NddrUnit unit) {
        this.unit = unit;
        this.activation = unit.activation().getActivationFunction();
        this.rectified = unit.normalized() && PlainActivation.isRelu(activation);
    }

    @Override
    public void setSeat(Rendezvous.@Nullable Seat seat, String name) {
        this.seat = seat;
        this.name = name;
    }

    private Moments ofBatch(int s, Moments ofPart) {
        return WholeBatch.together(seat, place(s, "forward"), ofPart, Moments::ofParts);
    }

    private double[][] ofBatch(int s, double[][] sumsOfPart) {
        return WholeBatch.together(seat, place(s, "backward"), sumsOfPart, BatchNormalizationKernel::addUp);
    }

    private String place(int s, String pass) {
        return name + ", output " + s + ", " + pass;
    }

    private boolean isMixAlone() {
        return !unit.normalized() && unit.activation() == Activation.IDENTITY;
    }

    @Override
    public void forward(
            INDArray[] inputs, UnitArrays parameters, boolean training, INDArray[] outs, LayerWorkspaceMgr workspaces) {
        INDArray[] weights = weights(inputs.length, parameters);
        if (isMixAlone()) {
            ChannelMixKernel.forward(inputs, weights, outs);
            return;
        }
        mixed = new INDArray[outs.length];
        moments = new Moments[outs.length];
        for (int s = 0; s < outs.length; s++) {
            mixed[s] = workspaces.createUninitialized(
                    ArrayType.ACTIVATIONS, DataType.FLOAT, outs[s].shape(), outs[s].ordering());
        }
        ChannelMixKernel.forward(inputs, weights, mixed);
        for (int s = 0; s < outs.length; s++) {
            if (unit.normalized()) {
                moments[s] = training
                        ? ofBatch(s, BatchNormalizationKernel.moments(byGroup(mixed[s]), NddrUnit.EPSILON))
                        : new Moments(
                                doubles(parameters.get(NddrUnit.MEAN, s)),
                                doubles(parameters.get(NddrUnit.VARIANCE, s)),
                                NddrUnit.EPSILON,
                                0);
                normalize(s, parameters, outs[s]);
            } else {
                outs[s].assign(mixed[s]);
            }
            if (!rectified) {
                activation.getActivation(outs[s], training); // in place
            }
        }
        if (!training) {
            mixed = new INDArray[0];
        }
    }

    private void normalize(int s, UnitArrays parameters, INDArray out) {
        BatchNormalizationKernel.normalize(
                byGroup(mixed[s]), moments[s], gamma(s, parameters), beta(s, parameters), rectified, byGroup(out));
    }

    @Override
    public UnitArrays backward(
            INDArray[] inputs,
            UnitArrays parameters,
            INDArray[] epsilons,
            INDArray[] inputGradients,
            LayerWorkspaceMgr workspaces) {
        UnitArrays gradients = UnitArrays.none();
        INDArray[] ofMix = new INDArray[epsilons.length];
        INDArray[] weightGradients = new INDArray[epsilons.length];
        INDArray[] weights = weights(inputs.length, parameters);
        for (int output = 0; output < epsilons.length; output++) {
            int s = output;
            INDArray epsilon = epsilons[s];
            if (!isMixAlone() && !rectified && unit.activation() != Activation.IDENTITY) {
                INDArray before = workspaces.createUninitialized(
                        ArrayType.BP_WORKING_MEM, DataType.FLOAT, epsilon.shape(), mixed[s].ordering());
                if (unit.normalized()) {
                    normalize(s, parameters, before);
                } else {
                    before.assign(mixed[s]);
                }
                epsilon = activation.backprop(before, epsilon).getFirst();
            }
            if (unit.normalized()) {
                INDArray result = workspaces.createUninitialized(
                        ArrayType.BP_WORKING_MEM, DataType.FLOAT, epsilon.shape(), mixed[s].ordering());
                double[][] ofScale = BatchNormalizationKernel.backward(
                        byGroup(mixed[s]),
                        moments[s],
                        gamma(s, parameters),
                        beta(s, parameters),
                        rectified,
                        byGroup(epsilon),
                        sums -> ofBatch(s, sums),
                        byGroup(result));
                gradients = gradients
                        .with(NddrUnit.GAMMA, s, row(ofScale[0]))
                        .with(NddrUnit.BETA, s, row(ofScale[1]))
                        .with(NddrUnit.MEAN, s, running(parameters.get(NddrUnit.MEAN, s), moments[s].mean()))
                        .with(
                                NddrUnit.VARIANCE,
                                s,
                                running(parameters.get(NddrUnit.VARIANCE, s), moments[s].variance()));
                epsilon = result;
            }
            ofMix[s] = epsilon;
            weightGradients[s] =
                    workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, DataType.FLOAT, weights[s].shape(), 'c');
            gradients = gradients.with(NddrUnit.WEIGHTS, s, weightGradients[s]);
        }
        ChannelMixKernel.backward(inputs, weights, ofMix, inputGradients, weightGradients);
        mixed = new INDArray[0];
        return gradients;
    }

    /**
     * The array, or a view of a batch-last one, as the normalisation's kernel wants it: contiguous, channels second.
     */
    private static INDArray byGroup(INDArray array) {
        return HostMemory.isContiguous(array)
                ? array
                : array.permute(3, 2, 1, 0).reshape('c', array.size(3) * array.size(2), array.size(1), array.size(0));
    }

    private static INDArray[] weights(int towers, UnitArrays parameters) {
        INDArray[] weights = new INDArray[towers];
        for (int s = 0; s < towers; s++) {
            weights[s] = parameters.get(NddrUnit.WEIGHTS, s);
        }
        return weights;
    }

    private static float[] gamma(int s, UnitArrays parameters) {
        return parameters.get(NddrUnit.GAMMA, s).toFloatVector();
    }

    private static float[] beta(int s, UnitArrays parameters) {
        return parameters.get(NddrUnit.BETA, s).toFloatVector();
    }

    private static double[] doubles(INDArray numbers) {
        return numbers.toDoubleVector();
    }

    private static INDArray row(double[] numbers) {
        return Nd4j.createFromArray(numbers).castTo(DataType.FLOAT);
    }

    private static INDArray running(INDArray before, double[] ofBatch) {
        double[] values = before.toDoubleVector();
        for (int c = 0; c < values.length; c++) {
            values[c] = NddrUnit.DECAY * values[c] + (1 - NddrUnit.DECAY) * ofBatch[c];
        }
        return row(values);
    }
}
