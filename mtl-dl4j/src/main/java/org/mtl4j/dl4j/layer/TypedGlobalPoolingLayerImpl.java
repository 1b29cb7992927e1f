package org.mtl4j.dl4j.layer;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.pooling.GlobalPoolingLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastAddOp;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastCopyOp;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastDivOp;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastMulOp;
import org.nd4j.linalg.api.ops.impl.transforms.any.IsMax;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.BooleanIndexing;
import org.nd4j.linalg.indexing.conditions.Conditions;

/**
 * Computes means and maxima over all positions or steps as the stock layer does, to the bit, but by
 * {@link SafeBroadcast}. What else a stock layer can do (sums, norms, masks of images, other dimensions) is left to it.
 */
final class TypedGlobalPoolingLayerImpl extends GlobalPoolingLayer {
    private static final long serialVersionUID = 1L;

    TypedGlobalPoolingLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    private PoolingType kind() {
        return layerConf().getPoolingType();
    }

    private boolean isPlain() {
        int[] dimensions = layerConf().getPoolingDimensions();
        return (kind() == PoolingType.AVG || kind() == PoolingType.MAX)
                && (input.rank() == 3 || (input.rank() == 4 && maskArray == null))
                && (dimensions == null || Arrays.equals(dimensions, positions()))
                && layerConf().isCollapseDimensions();
    }

    private int[] positions() {
        return input.rank() == 3 ? new int[] {2} : new int[] {2, 3};
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        if (maskArray == null || !isPlain()) {
            return super.activate(training, workspaces);
        }
        INDArray sequences = input.castTo(dataType); // [batch, features, steps]
        INDArray mask = maskArray.castTo(dataType); // [batch, steps]
        INDArray pooled;
        if (kind() == PoolingType.MAX) {
            pooled = withoutMasked(sequences, mask).max(2);
        } else {
            INDArray there = Nd4j.createUninitialized(dataType, sequences.shape());
            SafeBroadcast.run(new BroadcastMulOp(sequences, mask, there, 0, 2));
            pooled = there.sum(2);
            SafeBroadcast.run(new BroadcastDivOp(pooled, mask.sum(1), pooled, 0));
        }
        return workspaces.leverageTo(ArrayType.ACTIVATIONS, pooled);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        if (!isPlain()) {
            return super.backpropGradient(epsilon, workspaces);
        }
        INDArray in = input.castTo(dataType);
        INDArray result =
                maskArray == null ? spread(in, epsilon) : spreadOverSteps(in, epsilon, maskArray.castTo(in.dataType()));
        return new Pair<>(new DefaultGradient(), workspaces.leverageTo(ArrayType.ACTIVATION_GRAD, result));
    }

    /** Gives each position its share. */
    private INDArray spread(INDArray in, INDArray epsilon) {
        int[] positions = positions();
        if (kind() == PoolingType.MAX) {
            INDArray greatest = Nd4j.exec(new IsMax(in, in.ulike(), positions))[0];
            return SafeBroadcast.run(new BroadcastMulOp(greatest, epsilon, greatest, 0, 1));
        }
        INDArray result = in.ulike();
        SafeBroadcast.run(new BroadcastCopyOp(result, epsilon, result, 0, 1));
        int count = 1;
        for (int dimension : positions) {
            count *= (int) in.size(dimension);
        }
        return result.divi(count);
    }

    /** Gives each step that is there its share. */
    private INDArray spreadOverSteps(INDArray in, INDArray epsilon, INDArray mask) {
        if (kind() == PoolingType.MAX) {
            INDArray steps = withoutMasked(in, mask);
            INDArray greatest = Nd4j.exec(new IsMax(steps, steps.ulike(), 2))[0];
            return SafeBroadcast.run(new BroadcastMulOp(greatest, epsilon, greatest, 0, 1));
        }
        INDArray result = Nd4j.createUninitialized(in.dataType(), in.shape(), 'f');
        SafeBroadcast.run(new BroadcastCopyOp(result, epsilon, result, 0, 1));
        SafeBroadcast.run(new BroadcastMulOp(result, mask, result, 0, 2));
        return SafeBroadcast.run(new BroadcastDivOp(result, mask.sum(1), result, 0));
    }

    /** Returns the sequences with minus infinity at masked steps. */
    private static INDArray withoutMasked(INDArray sequences, INDArray mask) {
        INDArray penalty = mask.rsub(1);
        BooleanIndexing.replaceWhere(penalty, Double.NEGATIVE_INFINITY, Conditions.equals(1));
        INDArray result = Nd4j.createUninitialized(sequences.dataType(), sequences.shape());
        return SafeBroadcast.run(new BroadcastAddOp(sequences, penalty, result, 0, 2));
    }
}
