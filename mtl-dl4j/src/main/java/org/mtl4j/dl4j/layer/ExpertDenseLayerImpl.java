package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.feedforward.dense.DenseLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.PlainActivation;
import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.mtl4j.dl4j.internal.cpu.SumType;
import org.mtl4j.dl4j.internal.cpu.experts.ExpertProducts;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Computes the layers of several experts, block by block: by {@link ExpertProducts} in the memory of a CPU in single
 * precision, else by ND4J's operations.
 */
final class ExpertDenseLayerImpl extends DenseLayer {
    private static final long serialVersionUID = 1L;

    /** What ReLU gave in the forward pass of this step, and of which input; its signs say where it has a slope. */
    private transient @Nullable INDArray rectified;

    private transient @Nullable INDArray rectifiedOf;

    ExpertDenseLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public void clear() {
        super.clear();
        rectified = null;
        rectifiedOf = null;
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        boolean relu = PlainActivation.isRelu(layerConf().getActivationFn()) && maskArray == null;
        INDArray z = outputs(training, relu, workspaces);
        INDArray ret =
                relu && isRectified(z) ? z : layerConf().getActivationFn().getActivation(z, training);
        if (maskArray != null) {
            SafeBroadcast.multiplyColumn(ret, maskArray);
        }
        rectified = relu && training && HostMemory.isContiguous(ret) ? ret : null;
        rectifiedOf = rectified == null ? null : input;
        return ret;
    }

    /** Tells whether ReLU has been computed together with the outputs. */
    private boolean isRectified(INDArray outputs) {
        return ExpertProducts.supports(getParam(DefaultParamInitializer.WEIGHT_KEY), outputs);
    }

    private int blocks() {
        return ((ExpertDenseLayer) layerConf()).blocks();
    }

    @Override
    protected Pair<INDArray, INDArray> preOutputWithPreNorm(
            boolean training, boolean forBackprop, LayerWorkspaceMgr workspaces) {
        INDArray z = outputs(training, false, workspaces);
        return new Pair<>(z, z);
    }

    private INDArray outputs(boolean training, boolean relu, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaces);
        INDArray weights = getParamWithNoise(DefaultParamInitializer.WEIGHT_KEY, training, workspaces);
        INDArray bias = hasBias() ? getParamWithNoise(DefaultParamInitializer.BIAS_KEY, training, workspaces) : null;
        INDArray x = numbers(input, ArrayType.FF_WORKING_MEM, workspaces);
        if (x.rank() != 2 || x.size(1) != weights.size(0) * blocks()) {
            throw new IllegalStateException("layer '%s' of %s experts: inputs of shape [batch, %s] expected, got %s"
                    .formatted(
                            layerConf().getLayerName(),
                            ((ExpertDenseLayer) layerConf()).experts(),
                            weights.size(0) * blocks(),
                            java.util.Arrays.toString(x.shape())));
        }
        INDArray z = workspaces.createUninitialized(
                ArrayType.ACTIVATIONS, dataType, new long[] {x.size(0), weights.size(1)}, 'c');
        if (ExpertProducts.supports(weights, x, z)) {
            ExpertProducts.forward(x, weights, bias, blocks(), relu, z);
        } else {
            INDArray sums = SumType.receiver(z, ArrayType.FF_WORKING_MEM, workspaces);
            for (int g = 0; g < blocks(); g++) {
                INDArray from = SumType.widened(block(x, g));
                INDArray by = SumType.widened(block(weights, g));
                INDArray product = from.mmul(by);
                block(sums, g).assign(product);
            }
            if (bias != null) {
                SafeBroadcast.addRow(sums, SumType.widened(bias.reshape('c', 1, bias.length())));
            }
            SumType.round(sums, z);
        }
        if (maskArray != null) {
            SafeBroadcast.multiplyColumn(z, maskArray);
        }
        return z;
    }

    /** Returns the columns of one block, in an array of its own unless it is all of them. */
    private INDArray block(INDArray all, int block) {
        if (blocks() == 1) {
            return all;
        }
        long size = all.size(1) / blocks();
        return all.get(NDArrayIndex.all(), NDArrayIndex.interval(block * size, (block + 1) * size));
    }

    private INDArray numbers(INDArray array, ArrayType memory, LayerWorkspaceMgr workspaces) {
        if (array.dataType() == dataType && array.ordering() == 'c' && !array.isView()
                || HostMemory.isContiguous(array) && dataType == DataType.FLOAT) {
            return array;
        }
        return workspaces
                .createUninitialized(memory, dataType, array.shape(), 'c')
                .assign(array);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        INDArray eps = numbers(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
        INDArray delta;
        if (rectified != null && rectifiedOf == input && HostMemory.isContiguous(eps)) {
            delta = workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, dataType, eps.shape(), 'c');
            ExpertProducts.rectify(rectified, eps, delta);
        } else {
            INDArray z = outputs(true, false, workspaces);
            delta = numbers(
                    layerConf().getActivationFn().backprop(z, eps).getFirst(), ArrayType.BP_WORKING_MEM, workspaces);
            if (maskArray != null) {
                SafeBroadcast.multiplyColumn(delta, maskArray);
            }
        }
        rectified = null;
        rectifiedOf = null;
        INDArray weights = getParamWithNoise(DefaultParamInitializer.WEIGHT_KEY, true, workspaces);
        INDArray weightGradient = gradientViews.get(DefaultParamInitializer.WEIGHT_KEY);
        INDArray biasGradient = hasBias() ? gradientViews.get(DefaultParamInitializer.BIAS_KEY) : null;
        INDArray x = numbers(input, ArrayType.BP_WORKING_MEM, workspaces);
        INDArray inputGradient = workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, x.shape(), 'c');
        if (ExpertProducts.supports(weights, x, delta) && ExpertProducts.supports(weightGradient, inputGradient)) {
            ExpertProducts.backward(x, weights, delta, blocks(), weightGradient, biasGradient, inputGradient);
        } else {
            for (int g = 0; g < blocks(); g++) {
                INDArray from = SumType.widened(block(x, g));
                INDArray by = SumType.widened(block(weights, g));
                INDArray change = SumType.widened(block(delta, g));
                INDArray ofWeights = Nd4j.gemm(from, change, true, false);
                INDArray ofInputs = Nd4j.gemm(change, by, false, true);
                block(weightGradient, g).assign(ofWeights);
                block(inputGradient, g).assign(ofInputs);
            }
            if (biasGradient != null) {
                INDArray sums = SumType.widened(delta).sum(0);
                biasGradient.assign(sums.reshape(biasGradient.shape()));
            }
        }
        weightNoiseParams.clear();
        Gradient gradient = new DefaultGradient();
        gradient.setGradientFor(DefaultParamInitializer.WEIGHT_KEY, weightGradient);
        if (biasGradient != null) {
            gradient.setGradientFor(DefaultParamInitializer.BIAS_KEY, biasGradient);
        }
        return new Pair<>(gradient, backpropDropOutIfPresent(inputGradient));
    }
}
