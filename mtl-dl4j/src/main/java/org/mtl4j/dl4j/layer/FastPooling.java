package org.mtl4j.dl4j.layer;

import java.nio.IntBuffer;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.subsampling.SubsamplingLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.BatchLast;
import org.mtl4j.dl4j.internal.cpu.HostLoop;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.RectifiedLinear;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Pooling whose backward pass of maxima looks the places of the largest values up again in the input. Nothing of the forward
 * pass is kept, since a layer behind this one may change the output in place.
 */
final class FastPooling extends SubsamplingLayer {
    private static final long serialVersionUID = 1L;

    FastPooling(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    /** Maximum pooling over separate windows, for a layer that does it itself. */
    static FastPooling over(int[] window, NeuralNetConfiguration convolution, DataType dataType) {
        var layer = (org.deeplearning4j.nn.conf.layers.ConvolutionLayer) convolution.getLayer();
        FastPoolingLayer settings = new FastPoolingLayer.Builder(PoolingType.MAX)
                .kernelSize(window)
                .stride(window)
                .build();
        settings.setCnn2dDataFormat(layer.getCnn2dDataFormat());
        settings.setConvolutionMode(ConvolutionMode.Truncate);
        settings.setLayerName(layer.getLayerName());
        NeuralNetConfiguration conf = convolution.clone();
        conf.setLayer(settings);
        return new FastPooling(conf, dataType);
    }

    private boolean rectified() {
        return ((FastPoolingLayer) layerConf()).isRectified();
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        if (batchLast()) {
            int[] window = layerConf().getKernelSize();
            INDArray result = workspaces.createUninitialized(
                    ArrayType.ACTIVATIONS,
                    dataType,
                    new long[] {input.size(0), input.size(1), input.size(2) / window[0], input.size(3) / window[1]},
                    'f');
            new BatchLastPooling(window, rectified()).forward(input, result);
            return result;
        }
        INDArray out = super.activate(training, workspaces);
        return rectified() ? Nd4j.getExecutioner().exec(new RectifiedLinear(out, out, 0)) : out;
    }

    /** Whether the input has the batch last and this is what can be done on it. */
    private boolean batchLast() {
        return separateMaxima() && input != null && input.dataType() == dataType && BatchLast.holds(input);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        if (batchLast()) {
            INDArray eps = BatchLast.of(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
            INDArray result = workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'f');
            new BatchLastPooling(layerConf().getKernelSize(), rectified()).backward(input, eps, result);
            return new Pair<>(new DefaultGradient(), result);
        }
        if (!separateMaxima() || dataType != DataType.FLOAT || !HostMemory.holds(input, epsilon)) {
            return super.backpropGradient(rectified() ? masked(epsilon, workspaces) : epsilon, workspaces);
        }
        INDArray result =
                workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
        int batch = (int) input.size(0);
        int parts = HostLoop.parts(batch, input.length());
        HostLoop.over(batch, parts, (part, from, to) -> spread(input, epsilon, result, from, to));
        HostMemory.usedUntilHere(input, epsilon, result);
        return new Pair<>(new DefaultGradient(), result);
    }

    private boolean separateMaxima() {
        return convolutionMode != ConvolutionMode.Same && ((FastPoolingLayer) layerConf()).takesSeparateMaxima();
    }

    /** What of the gradient gets through max(0, x), by the stock layer's means. */
    private INDArray masked(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        LayerWorkspaceMgr none = LayerWorkspaceMgr.noWorkspaces();
        INDArray pooled = super.activate(true, none);
        INDArray open = workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, pooled.dataType(), pooled.shape());
        Nd4j.getExecutioner().exec(new Step(pooled, open, 0));
        return open.muli(epsilon);
    }

    private void spread(INDArray x, INDArray epsilon, INDArray result, int from, int to) {
        int channels = (int) x.size(1);
        int height = (int) x.size(2);
        int width = (int) x.size(3);
        int outHeight = (int) epsilon.size(2);
        int outWidth = (int) epsilon.size(3);
        int windowHeight = layerConf().getKernelSize()[0];
        int windowWidth = layerConf().getKernelSize()[1];
        IntBuffer inputs = HostMemory.bits(x);
        IntBuffer gradients = HostMemory.bits(epsilon);
        IntBuffer results = HostMemory.bits(result);
        int[] in = new int[height * width];
        int[] eps = new int[outHeight * outWidth];
        int[] out = new int[height * width]; // what no window covers stays 0
        boolean rectified = rectified();
        for (int plane = from * channels; plane < to * channels; plane++) {
            inputs.get(plane * in.length, in);
            gradients.get(plane * eps.length, eps);
            if (rectified && windowHeight == 2 && windowWidth == 2) {
                MaximumWindows.spreadRectifiedPairs(in, width, eps, outHeight, outWidth, out);
            } else {
                MaximumWindows.spread(in, width, eps, outHeight, outWidth, windowHeight, windowWidth, rectified, out);
            }
            results.put(plane * out.length, out);
        }
    }
}
