package org.mtl4j.dl4j.vertex;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.stitch.CrossStitchKernel;
import org.mtl4j.sharing.Granularity;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Computes one row of a cross-stitch unit by ND4J's operations, which every backend and data type has;
 * {@link CrossStitchKernel} is faster where it can be used. All arrays are {@code [batch, channels, ...]}, of one
 * shape; results are in c order.
 */
final class OperationStitch {
    private final INDArray alpha;
    private final Granularity granularity;
    private final int inputs;
    private final LayerWorkspaceMgr workspaces;

    /**
     * Prepares for one vertex.
     *
     * @param alpha {@code [1, inputs]} or {@code [1, inputs * channels]}
     * @param workspaces for arrays of the inputs' size
     */
    OperationStitch(INDArray alpha, Granularity granularity, int inputs, LayerWorkspaceMgr workspaces) {
        this.alpha = alpha;
        this.granularity = granularity;
        this.inputs = inputs;
        this.workspaces = workspaces;
    }

    /** Computes {@code out = sum over t of alpha[t][channel] * x[t]}. */
    void forward(INDArray[] x, INDArray out) {
        scale(x[0], 0, out, ArrayType.FF_WORKING_MEM);
        INDArray term = workspaces.createUninitialized(ArrayType.FF_WORKING_MEM, out.dataType(), out.shape(), 'c');
        for (int t = 1; t < x.length; t++) {
            scale(x[t], t, term, ArrayType.FF_WORKING_MEM);
            out.addi(term);
        }
    }

    /**
     * Computes the gradients {@code inputGradients[t] = alpha[t][channel] * epsilon}.
     *
     * @param alphaGradient receives the sums of {@code epsilon * x[t]}, in alpha's shape
     */
    void backward(INDArray[] x, INDArray epsilon, INDArray[] inputGradients, INDArray alphaGradient) {
        INDArray product =
                workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, epsilon.dataType(), epsilon.shape(), 'c');
        for (int t = 0; t < x.length; t++) {
            scale(epsilon, t, inputGradients[t], ArrayType.BP_WORKING_MEM);
            contiguous(x[t], workspaces, ArrayType.BP_WORKING_MEM).muli(epsilon, product);
            sum(product, t, alphaGradient);
        }
    }

    /** Computes {@code result = alpha[t] * x}, broadcast over everything but the channel. */
    private void scale(INDArray x, int t, INDArray result, ArrayType scratch) {
        if (granularity == Granularity.PER_LAYER) {
            x.muli(alpha.getDouble(0, t), result);
            return;
        }
        INDArray row = ofInput(t, alpha);
        if (x.rank() == 2) {
            x.mul(row, result);
            return;
        }
        long batch = x.size(0);
        long channels = x.size(1);
        long positions = x.length() / (batch * channels);
        INDArray flat = contiguous(x, workspaces, scratch).reshape('c', batch, channels, positions);
        flat.mul(row.reshape('c', 1, channels, 1), result.reshape('c', batch, channels, positions));
    }

    private void sum(INDArray product, int t, INDArray alphaGradient) {
        if (granularity == Granularity.PER_LAYER) {
            alphaGradient.putScalar(0, t, product.sumNumber().doubleValue());
            return;
        }
        long batch = product.size(0);
        long channels = product.size(1);
        INDArray perExample = product.rank() == 2
                ? product
                : product.reshape('c', batch * channels, product.length() / (batch * channels))
                        .sum(1)
                        .reshape('c', batch, channels);
        ofInput(t, alphaGradient).assign(perExample.sum(true, 0));
    }

    /** Returns the part of one input, {@code [1, channels]}, a view. */
    private INDArray ofInput(int t, INDArray all) {
        long channels = all.length() / inputs;
        return all.get(NDArrayIndex.all(), NDArrayIndex.interval(t * channels, (t + 1) * channels));
    }

    /** Returns the array itself if it is contiguous in c order, or a copy that is. */
    static INDArray contiguous(INDArray x, LayerWorkspaceMgr workspaces, ArrayType use) {
        boolean plain = x.ordering() == 'c' && (x.rank() == 2 || (x.elementWiseStride() == 1 && !x.isView()));
        return plain ? x : workspaces.dup(use, x, 'c');
    }
}
