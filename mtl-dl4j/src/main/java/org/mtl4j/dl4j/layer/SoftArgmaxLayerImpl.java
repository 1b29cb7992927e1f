package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.AbstractLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.SumType;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Computes a softmax over positions and two matrix products. With p the probabilities of a map, (x, y) its result and
 * (gx, gy) the gradient of that, the gradient at position (i, j) is p_ij (gx (x_ij − x) + gy (y_ij − y)); it is one
 * product of [gx, gy, −gx x − gy y] with the rows of positions [x_ij, y_ij, 1], times p.
 */
final class SoftArgmaxLayerImpl extends AbstractLayer<SoftArgmaxLayer> {
    private static final long serialVersionUID = 1L;

    /** x, y and 1 of each position, {@code [3, height * width]}; null until needed. */
    private transient @Nullable INDArray positions;

    private transient int positionsHeight;
    private transient int positionsWidth;

    SoftArgmaxLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public void clearNoiseWeightParams() {
        // there is no noise
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        long batch = input.size(0);
        long channels = input.size(1);
        INDArray p = probabilities(workspaces, ArrayType.FF_WORKING_MEM);
        INDArray out = workspaces.createUninitialized(
                ArrayType.ACTIVATIONS, input.dataType(), new long[] {batch * channels, 2}, 'c');
        INDArray sums = SumType.receiver(out, ArrayType.FF_WORKING_MEM, workspaces);
        Nd4j.gemm(p, positions().get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, 2)), sums, false, true, 1, 0);
        SumType.round(sums, out);
        return out.reshape('c', batch, 2 * channels);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        long rows = input.size(0) * input.size(1);
        INDArray p = probabilities(workspaces, ArrayType.BP_WORKING_MEM);
        INDArray where = p.mmul(positions()
                .get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, 2))
                .transpose());
        INDArray g = epsilon.castTo(p.dataType()).dup('c').reshape('c', rows, 2);
        INDArray factors = Nd4j.hstack(g, where.muli(g).sum(true, 1).negi());
        INDArray result =
                workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
        INDArray sums = SumType.receiver(result, ArrayType.BP_WORKING_MEM, workspaces);
        INDArray flat = sums.reshape('c', rows, p.size(1));
        Nd4j.gemm(factors, positions(), flat, false, false, 1, 0);
        flat.muli(p);
        SumType.round(sums, result);
        return new Pair<>(new DefaultGradient(), result);
    }

    private INDArray probabilities(LayerWorkspaceMgr workspaces, ArrayType type) {
        long rows = input.size(0) * input.size(1);
        INDArray p =
                workspaces.dup(type, SumType.widened(input), 'c').reshape('c', rows, input.size(2) * input.size(3));
        Nd4j.exec(new SoftMax(p, p, 1));
        return p;
    }

    private INDArray positions() {
        int height = (int) input.size(2);
        int width = (int) input.size(3);
        if (positions == null
                || positionsHeight != height
                || positionsWidth != width
                || positions.dataType() != SumType.of(input.dataType())) {
            double[][] values = new double[3][height * width];
            for (int i = 0; i < height; i++) {
                for (int j = 0; j < width; j++) {
                    values[0][i * width + j] = (j + 0.5) / width;
                    values[1][i * width + j] = (i + 0.5) / height;
                    values[2][i * width + j] = 1;
                }
            }
            positionsHeight = height;
            positionsWidth = width;
            positions = Nd4j.createFromArray(values)
                    .castTo(SumType.of(input.dataType()))
                    .detach();
        }
        return positions;
    }
}
