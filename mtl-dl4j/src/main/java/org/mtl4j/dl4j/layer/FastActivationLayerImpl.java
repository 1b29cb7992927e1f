package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.layers.ActivationLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.ChannelsLastLayout;
import org.mtl4j.dl4j.internal.cpu.Elementwise;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.PlainActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes the activation of a copy; ReLU from one array into another, where it can. */
final class FastActivationLayerImpl extends ActivationLayer {
    private static final long serialVersionUID = 1L;

    FastActivationLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        if (training) {
            return super.activate(true, workspaces);
        }
        if (!PlainActivation.isRelu(layerConf().getActivationFn())
                || !HostMemory.isContiguous(input) && !ChannelsLastLayout.matches(input)) {
            INDArray copy = workspaces.dup(ArrayType.ACTIVATIONS, input, input.ordering());
            return layerConf().getActivationFn().getActivation(copy, false);
        }
        INDArray out = ChannelsLastLayout.createActivationsLike(input, workspaces);
        Elementwise.relu(input, out);
        return out;
    }
}
