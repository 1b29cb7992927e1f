package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.MatrixValues;
import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.mtl4j.dl4j.internal.cpu.SumType;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Copies the windows side by side, {@code [batch * windows, in * kernel]}, and multiplies them by the weights. */
final class SequenceConvolutionLayerImpl extends BaseLayer<SequenceConvolutionLayer> {
    private static final long serialVersionUID = 1L;

    /** By example and window, 1 where the result has a step; null where all are there. */
    private transient @Nullable INDArray windowMask;

    SequenceConvolutionLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    private DataType computingType() {
        return SumType.of(dataType);
    }

    @Override
    public void setMaskArray(@Nullable INDArray mask) {
        super.setMaskArray(mask);
        windowMask = mask == null ? null : windowsOf(mask);
    }

    @Override
    public @Nullable Pair<INDArray, MaskState> feedForwardMaskArray(
            @Nullable INDArray mask, MaskState state, int minibatchSize) {
        setMaskArray(mask);
        maskState = state;
        return windowMask == null ? null : new Pair<>(windowMask, state);
    }

    /** Says which windows of which examples are steps of the result. */
    private INDArray windowsOf(INDArray mask) {
        SequenceConvolutionLayer layer = layerConf();
        int batch = (int) mask.size(0);
        int steps = (int) mask.size(1);
        int windows = (int) layer.windows(steps);
        int before = layer.isSame() ? (layer.kernel() - 1) / 2 : 0;
        double[] there = MatrixValues.of(mask);
        double[] result = new double[batch * windows];
        for (int n = 0; n < batch; n++) {
            int first = -1; // the first window with a step
            boolean any = false;
            for (int w = 0; w < windows; w++) {
                int from = w * layer.stride() - before;
                int count = 0;
                for (int step = Math.max(0, from); step < Math.min(steps, from + layer.kernel()); step++) {
                    count += there[n * steps + step] != 0 ? 1 : 0;
                }
                if (first < 0 && count > 0) {
                    first = w;
                }
                boolean whole = layer.isSame() ? there[n * steps + w * layer.stride()] != 0 : count == layer.kernel();
                result[n * windows + w] = whole ? 1 : 0;
                any |= whole;
            }
            if (!any) {
                result[n * windows + Math.max(0, first)] = 1;
            }
        }
        return Nd4j.create(result, new long[] {batch, windows}, computingType()).detach();
    }

    private INDArray weights() {
        INDArray w = params.get("W").castTo(computingType());
        return w.reshape('c', w.size(0), w.size(1) * w.size(2));
    }

    /** {@return the windows, one in each row} */
    private INDArray windows() {
        SequenceConvolutionLayer layer = layerConf();
        long batch = input.size(0);
        long in = input.size(1);
        long windows = layer.windows(input.size(2));
        INDArray padded = padded(batch, in);
        INDArray all = Nd4j.createUninitialized(computingType(), new long[] {batch, windows, in, layer.kernel()}, 'c');
        for (int k = 0; k < layer.kernel(); k++) {
            INDArray taps = all.get(
                    NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(k, k + 1));
            taps.assign(tap(padded, k, windows).permute(0, 2, 1).reshape(batch, windows, in, 1));
        }
        return all.reshape('c', batch * windows, in * layer.kernel());
    }

    private int before() {
        return layerConf().isSame() ? (layerConf().kernel() - 1) / 2 : 0;
    }

    private long paddedSteps(long windows) {
        return Math.max(
                before() + input.size(2),
                (windows - 1) * layerConf().stride() + layerConf().kernel());
    }

    /** {@return the sequences with zeros around them, and where steps are masked} */
    private INDArray padded(long batch, long in) {
        long steps = input.size(2);
        INDArray padded =
                Nd4j.zeros(computingType(), batch, in, paddedSteps(layerConf().windows(steps)));
        INDArray inside = inside(padded);
        inside.assign(input.castTo(computingType()));
        if (maskArray != null) {
            inside.muli(maskArray.castTo(computingType()).reshape(batch, 1, steps));
        }
        return padded;
    }

    private INDArray inside(INDArray padded) {
        return padded.get(
                NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(before(), before() + input.size(2)));
    }

    /** {@return what weight number k of each window meets, {@code [batch, in, windows]}} */
    private INDArray tap(INDArray padded, int k, long windows) {
        int stride = windows == 1 ? 1 : layerConf().stride(); // ND4J takes one number of a stride for more of them
        return padded.get(
                NDArrayIndex.all(),
                NDArrayIndex.all(),
                NDArrayIndex.interval(k, stride, k + (windows - 1) * stride + 1));
    }

    /** {@return what goes into the activation, one window in each row} */
    private INDArray beforeActivation(INDArray windows) {
        INDArray z = windows.mmul(weights().transpose());
        if (layerConf().isBias()) {
            SafeBroadcast.addRow(z, params.get("b").castTo(computingType()));
        }
        return z;
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        INDArray a = layerConf().getActivationFn().getActivation(beforeActivation(windows()), training);
        INDArray there = SequenceArrays.byExample(windowMask, computingType());
        if (there != null) {
            a.muli(there);
        }
        long batch = input.size(0);
        long windows = a.size(0) / batch;
        INDArray out = workspaces.createUninitialized(
                ArrayType.ACTIVATIONS, dataType, new long[] {batch, a.size(1), windows}, 'c');
        return out.assign(a.dup('c').reshape('c', batch, windows, a.size(1)).permute(0, 2, 1));
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        SequenceConvolutionLayer layer = layerConf();
        long batch = input.size(0);
        long in = input.size(1);
        INDArray windows = windows();
        long count = windows.size(0) / batch;
        INDArray given =
                epsilon.castTo(computingType()).permute(0, 2, 1).dup('c').reshape('c', batch * count, layer.getNOut());
        INDArray there = SequenceArrays.byExample(windowMask, computingType());
        if (there != null) {
            given.muli(there);
        }
        INDArray delta = layer.getActivationFn()
                .backprop(beforeActivation(windows), given)
                .getFirst();
        Gradient gradient = new DefaultGradient();
        INDArray w = gradientViews.get("W");
        w.assign(delta.transpose().mmul(windows).dup('c').reshape('c', w.shape()));
        gradient.setGradientFor("W", w);
        if (layer.isBias()) {
            INDArray b = gradientViews.get("b");
            b.assign(delta.sum(true, 0));
            gradient.setGradientFor("b", b);
        }
        INDArray each = delta.mmul(weights()).dup('c').reshape('c', batch, count, in, layer.kernel());
        INDArray padded = Nd4j.zeros(computingType(), batch, in, paddedSteps(count));
        for (int k = 0; k < layer.kernel(); k++) {
            INDArray taps = each.get(
                    NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(k, k + 1));
            tap(padded, k, count)
                    .addi(taps.dup('c').reshape('c', batch, count, in).permute(0, 2, 1));
        }
        INDArray result = workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c');
        result.assign(inside(padded));
        if (maskArray != null) {
            result.muli(maskArray.castTo(dataType).reshape(batch, 1, input.size(2)));
        }
        return new Pair<>(gradient, result);
    }
}
