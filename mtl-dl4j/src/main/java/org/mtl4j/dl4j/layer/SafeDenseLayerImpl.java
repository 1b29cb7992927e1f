package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.layers.feedforward.dense.DenseLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes what the stock layer does, with bias and mask applied by {@link SafeBroadcast}. */
final class SafeDenseLayerImpl extends DenseLayer {
    private static final long serialVersionUID = 1L;

    private final transient SafeBias bias = new SafeBias();

    SafeDenseLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public boolean hasBias() {
        return !bias.isSuppressed() && super.hasBias();
    }

    @Override
    protected Pair<INDArray, INDArray> preOutputWithPreNorm(
            boolean training, boolean forBackprop, LayerWorkspaceMgr workspaces) {
        return bias.preOutput(
                super.hasBias(),
                () -> super.preOutputWithPreNorm(training, forBackprop, workspaces),
                () -> getParamWithNoise(DefaultParamInitializer.BIAS_KEY, training, workspaces),
                maskArray == null ? null : this::applyMask);
    }

    @Override
    protected void applyMask(INDArray rows) {
        if (!bias.isSuppressed()) {
            SafeBroadcast.multiplyColumn(rows, maskArray);
        }
    }
}
