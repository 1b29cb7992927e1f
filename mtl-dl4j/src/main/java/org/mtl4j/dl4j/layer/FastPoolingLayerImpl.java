package org.mtl4j.dl4j.layer;

import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.subsampling.SubsamplingLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.BatchLastLayout;
import org.mtl4j.dl4j.internal.cpu.HostArray;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.PlainActivation;
import org.mtl4j.dl4j.internal.cpu.pooling.BatchLastMaxPooling;
import org.mtl4j.dl4j.internal.cpu.pooling.NchwMaxPooling;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.RectifiedLinear;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Computes pooling, with a backward pass of max pooling that looks the largest values up again in the input. Nothing of
 * the forward pass is kept, since a layer behind this one may change the output in place.
 */
final class FastPoolingLayerImpl extends SubsamplingLayer {
    private static final long serialVersionUID = 1L;

    FastPoolingLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    /** Makes the max pooling of a convolution that includes one, with ReLU if that is its activation. */
    static FastPoolingLayerImpl behindConvolution(int[] window, NeuralNetConfiguration convolution, DataType dataType) {
        var layer = (org.deeplearning4j.nn.conf.layers.ConvolutionLayer) convolution.getLayer();
        FastPoolingLayer settings = new FastPoolingLayer.Builder(PoolingType.MAX)
                .kernelSize(window)
                .stride(window)
                .rectified(PlainActivation.isRelu(layer.getActivationFn()))
                .build();
        settings.setCnn2dDataFormat(layer.getCnn2dDataFormat());
        settings.setConvolutionMode(ConvolutionMode.Truncate);
        settings.setLayerName(layer.getLayerName());
        NeuralNetConfiguration conf = convolution.clone();
        conf.setLayer(settings);
        return new FastPoolingLayerImpl(conf, dataType);
    }

    private boolean rectified() {
        return ((FastPoolingLayer) layerConf()).isRectified();
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        if (isBatchLast()) {
            int[] window = layerConf().getKernelSize();
            INDArray result = HostArray.create(
                    workspaces,
                    ArrayType.ACTIVATIONS,
                    dataType,
                    new long[] {input.size(0), input.size(1), input.size(2) / window[0], input.size(3) / window[1]},
                    'f');
            new BatchLastMaxPooling(window, rectified()).forward(input, result);
            return result;
        }
        INDArray out = stock(() -> super.activate(training, workspaces));
        return rectified() ? Nd4j.getExecutioner().exec(new RectifiedLinear(out, out, 0)) : out;
    }

    /** Tells whether the input is batch-last, and of what can be pooled so. */
    private boolean isBatchLast() {
        return isDisjointMaxPooling()
                && input != null
                && input.dataType() == dataType
                && BatchLastLayout.matches(input);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        if (isBatchLast()) {
            INDArray eps = BatchLastLayout.of(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
            INDArray result = HostArray.create(workspaces, ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'f');
            new BatchLastMaxPooling(layerConf().getKernelSize(), rectified()).backward(input, eps, result);
            return new Pair<>(new DefaultGradient(), result);
        }
        if (!isDisjointMaxPooling() || dataType != DataType.FLOAT || !HostMemory.isContiguous(input, epsilon)) {
            INDArray given = rectified() ? throughRelu(epsilon, workspaces) : epsilon;
            return stock(() -> super.backpropGradient(given, workspaces));
        }
        INDArray result = HostArray.create(workspaces, ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
        new NchwMaxPooling(layerConf().getKernelSize(), rectified()).backward(input, epsilon, result);
        return new Pair<>(new DefaultGradient(), result);
    }

    /** Has the stock layer compute the same windows in the mode that it has them in where none reaches over an edge. */
    private <T> T stock(Supplier<T> pass) {
        ConvolutionMode mode = convolutionMode;
        if (mode == ConvolutionMode.Same
                && SamePadding.isNone(
                        input,
                        layerConf().getKernelSize(),
                        layerConf().getStride(),
                        layerConf().getDilation())) {
            convolutionMode = ConvolutionMode.Truncate;
        }
        try {
            return pass.get();
        } finally {
            convolutionMode = mode;
        }
    }

    private boolean isDisjointMaxPooling() {
        return convolutionMode != ConvolutionMode.Same && ((FastPoolingLayer) layerConf()).isDisjointMaxPooling();
    }

    /** Computes what of the gradient passes ReLU, by ND4J's operations. */
    private INDArray throughRelu(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        LayerWorkspaceMgr none = LayerWorkspaceMgr.noWorkspaces();
        INDArray pooled = stock(() -> super.activate(true, none));
        INDArray open = workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, pooled.dataType(), pooled.shape());
        Nd4j.getExecutioner().exec(new Step(pooled, open, 0));
        return open.muli(epsilon);
    }
}
