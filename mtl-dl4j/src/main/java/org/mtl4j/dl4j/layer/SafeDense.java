package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.layers.feedforward.dense.DenseLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The stock layer, with its bias added and a mask applied by {@link SafeBroadcast}. */
final class SafeDense extends DenseLayer {
    private static final long serialVersionUID = 1L;

    private final transient BiasApart biasApart = new BiasApart();

    SafeDense(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public boolean hasBias() {
        return !biasApart.now() && super.hasBias();
    }

    @Override
    protected Pair<INDArray, INDArray> preOutputWithPreNorm(
            boolean training, boolean forBackprop, LayerWorkspaceMgr workspaces) {
        if (!super.hasBias()) {
            return super.preOutputWithPreNorm(training, forBackprop, workspaces);
        }
        Pair<INDArray, INDArray> outputs = biasApart.outputs(
                () -> super.preOutputWithPreNorm(training, forBackprop, workspaces),
                () -> getParamWithNoise(DefaultParamInitializer.BIAS_KEY, training, workspaces));
        if (maskArray != null) {
            applyMask(outputs.getFirst());
        }
        return outputs;
    }

    @Override
    protected void applyMask(INDArray rows) {
        if (!biasApart.now()) {
            SafeBroadcast.scale(rows, maskArray);
        }
    }
}
