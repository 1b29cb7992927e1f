package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.mtl4j.dl4j.internal.cpu.SumType;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Computes with a row for each vector, or for each example and step. With n the normalised rows and e the gradient of
 * the result times the gain, the gradient of the input is (e − mean(e) − n mean(e n)) / deviation.
 */
final class FeatureNormalizationLayerImpl extends BaseLayer<FeatureNormalizationLayer> {
    private static final long serialVersionUID = 1L;

    FeatureNormalizationLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    private DataType computingType() {
        return SumType.of(dataType);
    }

    private INDArray rows(INDArray array) {
        INDArray wide = array.castTo(computingType());
        return array.rank() == 2
                ? wide.dup('c')
                : wide.permute(0, 2, 1).dup('c').reshape('c', array.size(0) * array.size(2), array.size(1));
    }

    /** Writes rows where they belong, with 0 at masked steps. */
    private INDArray put(INDArray rows, INDArray to) {
        INDArray there = mask();
        if (there != null) {
            rows.muli(there);
        }
        return to.assign(
                input.rank() == 2
                        ? rows
                        : rows.reshape('c', input.size(0), input.size(2), input.size(1))
                                .permute(0, 2, 1));
    }

    private @Nullable INDArray mask() {
        return input.rank() == 2 ? null : SequenceArrays.byExample(maskArray, computingType());
    }

    /**
     * Rows with mean 0 and variance 1.
     *
     * @param values theirs
     * @param deviation by row what they were divided by
     */
    private record Normal(INDArray values, INDArray deviation) {}

    private Normal normal() {
        INDArray rows = rows(input);
        INDArray centred = rows.sub(rows.mean(true, 1));
        INDArray variance = centred.mul(centred).mean(true, 1);
        INDArray deviation = Transforms.sqrt(variance.add(layerConf().epsilon()), true);
        return new Normal(centred.div(deviation), deviation);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        INDArray y = normal().values();
        SafeBroadcast.multiplyRow(y, params.get("gain").castTo(computingType()));
        SafeBroadcast.addRow(y, params.get("b").castTo(computingType()));
        return put(y, workspaces.createUninitialized(ArrayType.ACTIVATIONS, dataType, input.shape(), 'c'));
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        Normal normal = normal();
        INDArray e = rows(epsilon);
        INDArray there = mask();
        if (there != null) {
            e.muli(there);
        }
        Gradient gradient = new DefaultGradient();
        INDArray gain = gradientViews.get("gain");
        gain.assign(e.mul(normal.values()).sum(true, 0));
        gradient.setGradientFor("gain", gain);
        INDArray b = gradientViews.get("b");
        b.assign(e.sum(true, 0));
        gradient.setGradientFor("b", b);
        SafeBroadcast.multiplyRow(e, params.get("gain").castTo(computingType()));
        INDArray along = normal.values().mul(e.mul(normal.values()).mean(true, 1));
        INDArray dx = e.sub(e.mean(true, 1)).sub(along).div(normal.deviation());
        return new Pair<>(
                gradient,
                put(dx, workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c')));
    }
}
