package org.mtl4j.dl4j.layer;

import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.OutputLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.mtl4j.dl4j.internal.cpu.dense.HostMatrix;
import org.mtl4j.dl4j.internal.cpu.dense.OutputLoss;
import org.mtl4j.dl4j.internal.layer.LabelMask;
import org.mtl4j.dl4j.internal.layer.LossWeights;
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
    private transient double @Nullable [] measuredWeights;
    private transient double @Nullable [] exampleWeights;
    /** The mask of the labels while {@code maskArray} has their weights as well; else null. */
    private transient @Nullable INDArray zeroOneMask;

    private transient boolean weighing;
    /** Whether outputs are computed for gradients. */
    private transient boolean inGradients;

    private transient @Nullable Runnable beforeBackward;
    private transient @Nullable INDArray nextLabels;
    /** What {@link #measureNow} has found in this step, for the score that the graph asks for at its end. */
    private transient OptionalDouble measured = OptionalDouble.empty();

    private final transient SafeBias bias = new SafeBias();
    /** What was computed for the gradients of a step is there for its score. */
    private final transient DensePass pass = new DensePass();

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
    public void setBeforeBackward(@Nullable Runnable work) {
        beforeBackward = work;
    }

    @Override
    public void setNextLabels(@Nullable INDArray labels) {
        nextLabels = labels;
        measured = OptionalDouble.empty();
    }

    @Override
    public double measureNow() {
        if (nextLabels == null) {
            throw new IllegalStateException("no labels were announced, of which the loss could be measured");
        }
        setLabels(nextLabels);
        double[] weights = weights();
        measured = OptionalDouble.of(perExample(weights, true, LayerWorkspaceMgr.noWorkspaces()));
        return keepScore(measured.getAsDouble(), weights, 0);
    }

    @Override
    public void setExampleWeights(double @Nullable [] weights) {
        exampleWeights = weights;
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
    public void startMeasuring(INDArray labels, @Nullable INDArray mask, double @Nullable [] weights) {
        measuredLabels = labels;
        measuredMask = mask;
        measuredWeights = weights;
    }

    @Override
    public void stopMeasuring() {
        measuredLabels = null;
        measuredMask = null;
        measuredWeights = null;
    }

    @Override
    public boolean hasBias() {
        return !bias.isSuppressed() && super.hasBias();
    }

    @Override
    protected Pair<INDArray, INDArray> preOutputWithPreNorm(
            boolean training, boolean forBackprop, LayerWorkspaceMgr workspaces) {
        assertInputSet(forBackprop);
        if (dataType == DataType.HALF && !hasLayerNorm()) {
            applyDropOutIfNecessary(training, workspaces);
            INDArray weights = getParamWithNoise(DefaultParamInitializer.WEIGHT_KEY, training, workspaces);
            if (HalfPrecisionProducts.fit(input, weights)) {
                INDArray added =
                        hasBias() ? getParamWithNoise(DefaultParamInitializer.BIAS_KEY, training, workspaces) : null;
                INDArray z = HalfPrecisionProducts.outputs(input, weights, added, workspaces);
                if (labelMask() != null) {
                    applyMask(z);
                }
                return new Pair<>(z, z);
            }
        }
        if (isPlain()) {
            applyDropOutIfNecessary(training, workspaces);
            if (DensePass.supports(input, params)) {
                INDArray rows = outputs(training, workspaces);
                if (labelMask() != null) {
                    applyMask(rows);
                }
                return new Pair<>(rows, rows);
            }
        }
        return bias.preOutput(
                super.hasBias(),
                () -> super.preOutputWithPreNorm(training, forBackprop, workspaces),
                () -> getParamWithNoise(DefaultParamInitializer.BIAS_KEY, training, workspaces),
                labelMask() == null ? null : this::applyMask);
    }

    /** Tells whether outputs and gradients can be computed without the stock code, given that the input is such. */
    private boolean isPlain() {
        return dataType == DataType.FLOAT && layerConf().getWeightNoise() == null && !hasLayerNorm();
    }

    private INDArray outputs(boolean training, LayerWorkspaceMgr workspaces) {
        if (training && pass.isOf(input)) {
            pass.clear();
            return pass.again(input, params, workspaces);
        }
        return pass.forward(input, params, false, training && inGradients, workspaces);
    }

    @Override
    public void clear() {
        super.clear();
        pass.clear();
    }

    @Override
    protected void applyMask(INDArray rows) {
        if (bias.isSuppressed()) {
            return;
        }
        INDArray mask = labelMask();
        if (mask == null) {
            return; // the stock code is told of weights by what it takes for a mask
        }
        if (mask.isColumnVectorOrScalar()) {
            SafeBroadcast.multiplyColumn(rows, mask);
        } else {
            rows.muli(mask.castTo(rows.dataType()));
        }
    }

    private @Nullable INDArray labelMask() {
        return weighing ? zeroOneMask : maskArray;
    }

    /** {@return what each example of the batch weighs; null if each weighs 1} */
    private double @Nullable [] weights() {
        double[] classes = ((TaskOutputLayer) layerConf()).getClassWeights();
        if (exampleWeights == null && classes == null) {
            return null;
        }
        INDArray given = getLabels();
        // a listener may ask for the score of other examples than those that the weights are of
        double[] examples = exampleWeights != null && exampleWeights.length == given.size(0) ? exampleWeights : null;
        return LossWeights.of(given, examples, classes);
    }

    /** Runs stock code, which weighs examples by what it takes for a mask. */
    private <T> T weighed(double @Nullable [] weights, Supplier<T> stock) {
        if (weights == null) {
            return stock.get();
        }
        zeroOneMask = maskArray;
        maskArray = LossWeights.masked(maskArray, weights, getLabels());
        weighing = true;
        try {
            return stock.get();
        } finally {
            weighing = false;
            maskArray = zeroOneMask;
            zeroOneMask = null;
        }
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        if (measuredLabels != null) {
            setLabels(measuredLabels);
            setMaskArray(measuredMask);
            setExampleWeights(measuredWeights);
            computeScore(0, training, workspaces);
            setLabels(null);
            setMaskArray(null);
            setExampleWeights(null);
        }
        return super.activate(training, workspaces);
    }

    @Override
    public double computeScore(double networkTerms, boolean training, LayerWorkspaceMgr workspaces) {
        double[] weights = weights();
        double perExample = measured.isPresent() && nextLabels == getLabels()
                ? measured.getAsDouble()
                : perExample(weights, training, workspaces);
        measured = OptionalDouble.empty();
        keepScore(perExample, weights, networkTerms);
        return score;
    }

    private double perExample(double @Nullable [] weights, boolean training, LayerWorkspaceMgr workspaces) {
        return weighed(weights, () -> super.computeScore(0, training, workspaces));
    }

    /** {@return the loss} */
    private double keepScore(double perExample, double @Nullable [] weights, double networkTerms) {
        double weighted = perExample * examplesPerLabel(weights);
        loss = weighted / ((WeightedLoss) layerConf().getLossFn()).weight();
        score = (factor == 0 ? 0 : factor * weighted) + networkTerms;
        return loss;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        if (beforeBackward != null) {
            beforeBackward.run();
        }
        double[] weights = weights();
        Pair<Gradient, INDArray> gradients = weighed(weights, () -> gradients(epsilon, workspaces));
        double scale = factor * examplesPerLabel(weights);
        if (scale != 1) {
            gradients.getFirst().gradientForVariable().values().forEach(gradient -> scale(gradient, scale));
            scale(gradients.getSecond(), scale);
        }
        return gradients;
    }

    private Pair<Gradient, INDArray> gradients(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        pass.clear();
        if (!isPlain() || !DensePass.supports(input, params)) {
            return super.backpropGradient(epsilon, workspaces);
        }
        inGradients = true;
        INDArray outputs;
        try {
            outputs = preOutput2d(true, workspaces);
        } finally {
            inGradients = false;
        }
        INDArray labels = getLabels2d(workspaces, ArrayType.BP_WORKING_MEM);
        INDArray delta = layerConf()
                .getLossFn()
                .computeGradient(labels, outputs, layerConf().getActivationFn(), maskArray);
        Pair<Gradient, INDArray> gradients = DensePass.backward(input, delta, params, gradientViews, workspaces);
        backpropDropOutIfPresent(gradients.getSecond());
        return gradients;
    }

    @Override
    public boolean takesOutputs(INDArray labels) {
        TaskOutputLayer configuration = (TaskOutputLayer) layerConf();
        return beforeBackward == null
                && maskArray == null
                && exampleWeights == null
                && configuration.getClassWeights() == null
                && !configuration.isSmoothing()
                && conf().isMiniBatch()
                && labels.rank() == 2
                && labels.size(1) == configuration.getNOut()
                && HostMemory.isContiguous(labels)
                && outputLoss() != null;
    }

    private @Nullable OutputLoss outputLoss() {
        return ((WeightedLoss) layerConf().getLossFn()).asLoops(layerConf().getActivationFn());
    }

    @Override
    public double takeOutputs(HostMatrix outputs, INDArray labels) {
        OutputLoss plain = outputLoss();
        if (plain == null) {
            throw new IllegalStateException("task '%s': its loss takes no outputs from elsewhere"
                    .formatted(layerConf().getLayerName()));
        }
        double weight = ((WeightedLoss) layerConf().getLossFn()).weight();
        double sum = plain.run(outputs, HostMatrix.of(labels));
        keepScore(weight * (sum / outputs.rows()), null, 0);
        return factor * examplesPerLabel(null) * weight;
    }

    /** Returns the factor that makes a mean over all examples of the batch a weighted one over those with a label. */
    private double examplesPerLabel(double @Nullable [] weights) {
        if (labelledFraction.isPresent()) {
            double fraction = labelledFraction.getAsDouble();
            return fraction == 0 ? 0 : 1 / fraction;
        }
        if (maskArray == null && weights == null) {
            return 1;
        }
        long examples = getLabels().size(0);
        double labelled = LossWeights.labelled(maskArray, examples, weights);
        return labelled == 0 ? 0 : examples / labelled;
    }

    /** Scales in place; a factor 0 clears what is not finite, too. */
    private static void scale(INDArray array, double scale) {
        if (scale == 0) {
            array.assign(0);
        } else {
            FlatArrays.scale(array, scale);
        }
    }

    /** Clears masked labels, as they may be NaN, and NaN times zero is not zero, and smooths those that are there. */
    @Override
    protected INDArray getLabels2d(LayerWorkspaceMgr workspaces, ArrayType type) {
        INDArray given = super.getLabels2d(workspaces, type);
        INDArray mask = labelMask();
        TaskOutputLayer configuration = (TaskOutputLayer) layerConf();
        if (mask == null && !configuration.isSmoothing()) {
            return given;
        }
        INDArray labels = workspaces.dup(type, given);
        if (mask != null) {
            LabelMask.clear(labels, mask);
        }
        return configuration.smooth(labels);
    }
}
