package org.mtl4j.dl4j.layer;

import static org.deeplearning4j.nn.params.BatchNormalizationParamInitializer.BETA;
import static org.deeplearning4j.nn.params.BatchNormalizationParamInitializer.GAMMA;
import static org.deeplearning4j.nn.params.BatchNormalizationParamInitializer.GLOBAL_LOG_STD;
import static org.deeplearning4j.nn.params.BatchNormalizationParamInitializer.GLOBAL_MEAN;
import static org.deeplearning4j.nn.params.BatchNormalizationParamInitializer.GLOBAL_VAR;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.normalization.BatchNormalization;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.ChannelsLastLayout;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.Rendezvous;
import org.mtl4j.dl4j.internal.cpu.normalization.BatchNormalizationKernel;
import org.mtl4j.dl4j.internal.cpu.normalization.BatchNormalizationKernel.Moments;
import org.mtl4j.dl4j.internal.cpu.normalization.ChannelsLastNormalization;
import org.mtl4j.dl4j.internal.cpu.normalization.WideNormalization;
import org.mtl4j.dl4j.internal.layer.WholeBatch;
import org.mtl4j.internal.data.Rows;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Computes batch normalisation, keeping the moments of a batch between its passes, and nothing of the batch's size.
 * Where a batch is divided, the parts meet in each pass, so that moments and sums are those of the whole; what the
 * running estimates are to be lowered by is then the same in all parts.
 */
final class FastBatchNormalizationLayerImpl extends BatchNormalization implements WholeBatch {
    private static final long serialVersionUID = 1L;

    /** Moments of the latest forward pass in training; null if the stock layer's code computed it. */
    private transient @Nullable Moments moments;

    /** 1 where the output of that code is above 0, if it goes through ReLU; null otherwise. */
    private transient @Nullable INDArray positive;
    /** Whether the latest forward pass was a prediction, which leaves nothing for a backward pass. */
    private transient boolean predicted;
    /** Where the parts of a divided batch meet; null if a batch is whole. */
    private transient Rendezvous.@Nullable Seat seat;

    FastBatchNormalizationLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    /** Tells whether it is computed here, by the kernels or in double precision. */
    private boolean isSupported() {
        return Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU
                && !layerConf().isLockGammaBeta()
                && layerConf().getCnn2DFormat() == CNN2DFormat.NCHW
                && (input.rank() == 2 || input.rank() == 4)
                && input.size(1) == layerConf().getNOut();
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        moments = null;
        positive = null;
        predicted = !training;
        if (!isSupported()) {
            INDArray out = super.activate(training, workspaces);
            return rectified() ? rectify(out, training) : out;
        }
        boolean narrow = isNarrow();
        if (narrow && !training && ChannelsLastLayout.matches(input)) {
            INDArray out = ChannelsLastLayout.createActivations(input.dataType(), input.shape(), workspaces);
            new ChannelsLastNormalization(running(), floats(GAMMA), floats(BETA), rectified()).apply(input, out);
            return out;
        }
        INDArray out = workspaces.createUninitialized(ArrayType.ACTIVATIONS, input.dataType(), input.shape(), 'c');
        if (!narrow || !HostMemory.isContiguous(input)) {
            WideNormalization wide = WideNormalization.of(input);
            Moments used = training ? ofBatch(wide.moments(layerConf().getEps())) : running();
            moments = training ? used : null;
            wide.normalize(used, doubles(GAMMA), doubles(BETA), rectified(), out);
            return out;
        }
        Moments used;
        if (training) {
            used = ofBatch(BatchNormalizationKernel.moments(input, layerConf().getEps()));
            moments = used;
        } else {
            used = running();
        }
        BatchNormalizationKernel.normalize(input, used, floats(GAMMA), floats(BETA), rectified(), out);
        return out;
    }

    private Moments running() {
        return new Moments(doubles(GLOBAL_MEAN), globalVariance(), layerConf().getEps(), 0);
    }

    @Override
    public void setSeat(Rendezvous.@Nullable Seat seat) {
        this.seat = seat;
    }

    private Moments ofBatch(Moments ofPart) {
        return WholeBatch.together(seat, place("forward"), ofPart, Moments::ofParts);
    }

    private double[][] ofBatch(double[][] sumsOfPart) {
        return WholeBatch.together(seat, place("backward"), sumsOfPart, BatchNormalizationKernel::addUp);
    }

    private String place(String pass) {
        return layerConf().getLayerName() + ", " + pass;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        if (predicted) { // a frozen layer predicts, and is asked for gradients all the same
            INDArray again = super.activate(false, workspaces);
            if (rectified()) {
                rectify(again, true);
            }
        }
        if (moments == null) {
            return super.backpropGradient(
                    positive == null
                            ? epsilon
                            : workspaces.leverageTo(ArrayType.ACTIVATION_GRAD, epsilon.mul(positive)),
                    workspaces);
        }
        assertInputSet(true);
        INDArray result =
                workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
        double[][] sums = backward(epsilon, result, workspaces);
        Gradient gradient = new DefaultGradient();
        put(gradient, GAMMA, sums[0]);
        put(gradient, BETA, sums[1]);
        putStepsOfEstimates(gradient);
        moments = null;
        return new Pair<>(gradient, result);
    }

    /** Tells whether all is in single precision, so that the kernels may be right for it. */
    private boolean isNarrow() {
        return dataType == DataType.FLOAT && input.dataType() == DataType.FLOAT;
    }

    private double[][] backward(INDArray epsilon, INDArray result, LayerWorkspaceMgr workspaces) {
        if (!isNarrow() || !HostMemory.isContiguous(input)) {
            return WideNormalization.of(input)
                    .backward(moments, doubles(GAMMA), doubles(BETA), rectified(), epsilon, this::ofBatch, result);
        }
        INDArray eps =
                HostMemory.isContiguous(epsilon) ? epsilon : workspaces.dup(ArrayType.BP_WORKING_MEM, epsilon, 'c');
        return BatchNormalizationKernel.backward(
                input, moments, floats(GAMMA), floats(BETA), rectified(), eps, this::ofBatch, result);
    }

    private boolean rectified() {
        return ((FastBatchNormalizationLayer) layerConf()).isRectified();
    }

    private INDArray rectify(INDArray out, boolean training) {
        INDArray above = out.gt(0).castTo(out.dataType());
        positive = training ? above.detach() : null;
        return out.muli(above);
    }

    /** Sets what the running estimates are to be lowered by, which the stock layer treats as gradients too. */
    private void putStepsOfEstimates(Gradient gradient) {
        double keep = layerConf().getDecay();
        double[] mean = doubles(GLOBAL_MEAN);
        double[] variance = globalVariance();
        double[] second = new double[mean.length];
        for (int c = 0; c < mean.length; c++) {
            mean[c] = (1 - keep) * (mean[c] - moments.mean()[c]);
            double next = keep * variance[c] + (1 - keep) * moments.variance()[c];
            // the parameter is log10 of the standard deviation, or the variance in older configurations
            second[c] = layerConf().isUseLogStd() ? Math.log10(variance[c] / next) / 2 : variance[c] - next;
        }
        put(gradient, GLOBAL_MEAN, mean);
        put(gradient, layerConf().isUseLogStd() ? GLOBAL_LOG_STD : GLOBAL_VAR, second);
    }

    private void put(Gradient gradient, String parameter, double[] values) {
        INDArray view = gradientViews.get(parameter);
        for (int c = 0; c < values.length; c++) {
            view.putScalar(c, values[c]);
        }
        gradient.setGradientFor(parameter, view);
    }

    private double[] globalVariance() {
        if (!layerConf().isUseLogStd()) {
            return doubles(GLOBAL_VAR);
        }
        double[] values = doubles(GLOBAL_LOG_STD);
        for (int c = 0; c < values.length; c++) {
            values[c] = Math.pow(10, 2 * values[c]);
        }
        return values;
    }

    private double[] doubles(String parameter) {
        return Rows.numbers(getParam(parameter));
    }

    /** Copies a parameter at once: number by number costs more than the pass over a small image. */
    private float[] floats(String parameter) {
        INDArray values = getParam(parameter);
        float[] copy = new float[(int) values.length()];
        if (HostMemory.isContiguous(values)) {
            HostMemory.floats(values).get(copy);
            return copy;
        }
        for (int c = 0; c < copy.length; c++) {
            copy[c] = values.getFloat(c);
        }
        return copy;
    }
}
