package org.mtl4j.dl4j.vertex;

import java.util.Arrays;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.GradientSink;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.stitch.CrossStitchKernel;
import org.mtl4j.sharing.SluiceUnit;
import org.mtl4j.sharing.UnitArrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Computes a sluice unit as a cross-stitch unit with one α per channel: of each tower there are S copies, with
 * subspaces moved round by 0, 1, … S − 1 places, so that what an output's channel takes from lies at the same channel
 * of one of them. With one subspace there is nothing to copy, and it is the cross-stitch unit to the bit.
 */
final class SluiceComputation implements UnitComputation {
    private final int subspaces;

    SluiceComputation(SluiceUnit unit) {
        subspaces = unit.subspaces();
    }

    @Override
    public void forward(
            INDArray[] inputs, UnitArrays parameters, boolean training, INDArray[] outs, LayerWorkspaceMgr workspaces) {
        INDArray[] moved = moved(inputs, ArrayType.FF_WORKING_MEM, workspaces);
        CrossStitchKernel.forward(moved, coefficients(inputs, parameters), outs);
    }

    @Override
    public UnitArrays backward(
            INDArray[] inputs,
            UnitArrays parameters,
            INDArray[] epsilons,
            INDArray[] inputGradients,
            LayerWorkspaceMgr workspaces) {
        INDArray[] moved = moved(inputs, ArrayType.BP_WORKING_MEM, workspaces);
        INDArray[] gradients = new INDArray[moved.length];
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = i % subspaces == 0
                    ? inputGradients[i / subspaces]
                    : workspaces.createUninitialized(
                            ArrayType.BP_WORKING_MEM, DataType.FLOAT, inputs[0].shape(), inputs[0].ordering());
        }
        GradientSink[] sinks =
                Arrays.stream(gradients).map(CrossStitchKernel::into).toArray(GradientSink[]::new);
        double[][][] ofAlpha = CrossStitchKernel.backward(moved, coefficients(inputs, parameters), epsilons, sinks);
        for (int i = 0; i < gradients.length; i++) {
            if (i % subspaces != 0) {
                addMovedBack(gradients[i], i % subspaces, inputGradients[i / subspaces]);
            }
        }
        return gradientsOfAlpha(ofAlpha, inputs.length);
    }

    /** Each tower's copies, one after the other. */
    private INDArray[] moved(INDArray[] inputs, ArrayType use, LayerWorkspaceMgr workspaces) {
        INDArray[] all = new INDArray[inputs.length * subspaces];
        for (int t = 0; t < inputs.length; t++) {
            INDArray x = inputs[t];
            all[t * subspaces] = x;
            for (int by = 1; by < subspaces; by++) {
                INDArray copy = workspaces.createUninitialized(use, DataType.FLOAT, x.shape(), x.ordering());
                long first = by * (x.size(1) / subspaces);
                channels(copy, 0, x.size(1) - first).assign(channels(x, first, x.size(1)));
                channels(copy, x.size(1) - first, x.size(1)).assign(channels(x, 0, first));
                all[t * subspaces + by] = copy;
            }
        }
        return all;
    }

    private void addMovedBack(INDArray gradient, int by, INDArray sum) {
        long channels = sum.size(1);
        long first = by * (channels / subspaces);
        channels(sum, first, channels).addi(channels(gradient, 0, channels - first));
        channels(sum, 0, first).addi(channels(gradient, channels - first, channels));
    }

    private static INDArray channels(INDArray array, long from, long to) {
        return array.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to));
    }

    /** α by output, copy and channel. */
    private float[][][] coefficients(INDArray[] inputs, UnitArrays parameters) {
        int channels = (int) inputs[0].size(1);
        int each = channels / subspaces;
        int columns = inputs.length * subspaces;
        float[][][] factors = new float[inputs.length][columns][channels];
        for (int s = 0; s < factors.length; s++) {
            float[] alpha = new float[subspaces * columns];
            INDArray own = parameters.get(SluiceUnit.ALPHA, s);
            HostMemory.floats(own).get(alpha);
            HostMemory.reachabilityFence(own);
            for (int copy = 0; copy < columns; copy++) {
                for (int c = 0; c < channels; c++) {
                    factors[s][copy][c] = alpha[(c / each) * columns + source(copy, c / each)];
                }
            }
        }
        return factors;
    }

    /** Which column of α says what subspace k takes of this copy. */
    private int source(int copy, int k) {
        int by = copy % subspaces;
        return copy - by + (k + by) % subspaces;
    }

    private UnitArrays gradientsOfAlpha(double[][][] byChannel, int towers) {
        UnitArrays gradients = UnitArrays.none();
        int columns = towers * subspaces;
        for (int s = 0; s < towers; s++) {
            float[] alpha = new float[subspaces * columns];
            for (int copy = 0; copy < columns; copy++) {
                int each = byChannel[s][copy].length / subspaces;
                for (int k = 0; k < subspaces; k++) {
                    alpha[k * columns + source(copy, k)] =
                            (float) Arrays.stream(byChannel[s][copy], k * each, (k + 1) * each)
                                    .sum();
                }
            }
            gradients = gradients.with(
                    SluiceUnit.ALPHA, s, Nd4j.createFromArray(alpha).reshape('c', subspaces, columns));
        }
        return gradients;
    }
}
