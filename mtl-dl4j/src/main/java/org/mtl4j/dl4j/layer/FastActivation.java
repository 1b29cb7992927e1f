package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.layers.ActivationLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.ChannelsLast;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.HostPieces;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** ReLU from one array into another, where the stock layer's code copies first and then changes the copy. */
final class FastActivation extends ActivationLayer {
    private static final long serialVersionUID = 1L;

    FastActivation(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        if (training
                || !layerConf().getActivationFn().equals(new ActivationReLU())
                || !HostMemory.holds(input) && !ChannelsLast.holds(input)) {
            return super.activate(training, workspaces);
        }
        INDArray out = ChannelsLast.activationsLike(input, workspaces);
        HostPieces.rectify(input, out);
        return out;
    }
}
