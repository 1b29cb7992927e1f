package org.mtl4j.dl4j.layer;

import java.util.OptionalDouble;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.OutputLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.mtl4j.dl4j.internal.layer.LabelMask;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.internal.check.Check;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes the output and the loss of one task, keeping the loss apart from the network's regularization terms and
 * counting labelled examples only.
 */
final class TaskOutputLayerImpl extends OutputLayer implements TaskLoss {
    private static final long serialVersionUID = 1L;

    private transient double loss = Double.NaN;
    private transient double factor = 1;
    private transient OptionalDouble labelledFraction = OptionalDouble.empty();
    private transient @Nullable INDArray measuredLabels;
    private transient @Nullable INDArray measuredMask;
    private final transient SafeBias bias = new SafeBias();

    TaskOutputLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public double value() {
        return loss;
    }

    @Override
    public void setWeightFactor(double factor) {
        this.factor = Check.finiteAtLeastZero(factor, "the factor of a task's weight");
    }

    @Override
    public void setLabelledFraction(double fraction) {
        labelledFraction = OptionalDouble.of(fraction);
    }

    @Override
    public void clearLabelledFraction() {
        labelledFraction = OptionalDouble.empty();
    }

    @Override
    public void startMeasuring(INDArray labels, INDArray mask) {
        measuredLabels = labels;
        measuredMask = mask;
    }

    @Override
    public void stopMeasuring() {
        measuredLabels = null;
        measuredMask = null;
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
        if (bias.isSuppressed()) {
            return;
        }
        if (maskArray.isColumnVectorOrScalar()) {
            SafeBroadcast.multiplyColumn(rows, maskArray);
        } else {
            super.applyMask(rows);
        }
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        if (measuredLabels != null) {
            setLabels(measuredLabels);
            setMaskArray(measuredMask);
            computeScore(0, training, workspaces);
            setLabels(null);
            setMaskArray(null);
        }
        return super.activate(training, workspaces);
    }

    @Override
    public double computeScore(double networkTerms, boolean training, LayerWorkspaceMgr workspaces) {
        double perExample = super.computeScore(0, training, workspaces);
        double weighted = perExample * examplesPerLabel();
        loss = weighted / ((WeightedLoss) layerConf().getLossFn()).weight();
        score = (factor == 0 ? 0 : factor * weighted) + networkTerms;
        return score;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        Pair<Gradient, INDArray> gradients = super.backpropGradient(epsilon, workspaces);
        double scale = factor * examplesPerLabel();
        if (scale != 1) {
            gradients.getFirst().gradientForVariable().values().forEach(gradient -> scale(gradient, scale));
            scale(gradients.getSecond(), scale);
        }
        return gradients;
    }

    /** Returns the factor that makes a mean over all examples of the batch one over those with a label. */
    private double examplesPerLabel() {
        if (labelledFraction.isPresent()) {
            double fraction = labelledFraction.getAsDouble();
            return fraction == 0 ? 0 : 1 / fraction;
        }
        if (maskArray == null) {
            return 1;
        }
        double labelled = LabelMask.labelled(maskArray, maskArray.size(0));
        return labelled == 0 ? 0 : maskArray.size(0) / labelled;
    }

    /** Scales in place; a factor 0 clears what is not finite, too. */
    private static void scale(INDArray array, double scale) {
        if (scale == 0) {
            array.assign(0);
        } else {
            array.muli(scale);
        }
    }

    /** Clears masked labels: they may be NaN, and NaN times zero is not zero. */
    @Override
    protected INDArray getLabels2d(LayerWorkspaceMgr workspaces, ArrayType type) {
        INDArray given = super.getLabels2d(workspaces, type);
        return maskArray == null ? given : LabelMask.clear(workspaces.dup(type, given), maskArray);
    }
}
