package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.OutputLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An output layer that keeps its own loss apart from the network's regularization terms, counts labelled examples only, and
 * whose share in the objective can be changed between steps.
 */
final class TaskOutput extends OutputLayer {
    private static final long serialVersionUID = 1L;

    private transient double loss = Double.NaN;
    private transient double factor = 1;
    private transient double labelledPart = Double.NaN;
    private transient INDArray measuredLabels;
    private transient INDArray measuredMask;
    private final transient BiasApart biasApart = new BiasApart();

    TaskOutput(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    /** Sets by what the task's λ is multiplied from now on; 0 leaves nothing of its loss and gradients. */
    void setFactor(double factor) {
        this.factor = factor;
    }

    /**
     * Sets how many labelled examples there are taken to be per example of the next batches. NaN lets the layer count them itself,
     * which is right unless the batch is only a part of what one step sees.
     */
    void setLabelledPart(double labelledPart) {
        this.labelledPart = labelledPart;
    }

    /** Has {@link #activate} measure the loss on these labels; null ends that. */
    void measure(INDArray labels, INDArray mask) {
        measuredLabels = labels;
        measuredMask = mask;
    }

    double loss() {
        return loss;
    }

    @Override
    public boolean hasBias() {
        return !biasApart.now() && super.hasBias();
    }

    /** The stock layer's, with the bias added and the mask applied by {@link SafeBroadcast}. */
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
        if (biasApart.now()) {
            return;
        }
        if (maskArray.isColumnVectorOrScalar()) {
            SafeBroadcast.scale(rows, maskArray);
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
        double weighted = perExample * perLabelled();
        loss = weighted / ((WeightedLoss) layerConf().getLossFn()).weight();
        score = (factor == 0 ? 0 : factor * weighted) + networkTerms;
        return score;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        Pair<Gradient, INDArray> gradients = super.backpropGradient(epsilon, workspaces);
        double scale = factor * perLabelled();
        if (scale != 1) {
            gradients.getFirst().gradientForVariable().values().forEach(gradient -> scale(gradient, scale));
            scale(gradients.getSecond(), scale);
        }
        return gradients;
    }

    /** The batch's score and gradient are made for a mean over all its examples; this makes it one over those with a label. */
    private double perLabelled() {
        if (!Double.isNaN(labelledPart)) {
            return labelledPart == 0 ? 0 : 1 / labelledPart;
        }
        if (maskArray == null) {
            return 1;
        }
        double labelled = LabelMask.labelled(maskArray, maskArray.size(0));
        return labelled == 0 ? 0 : maskArray.size(0) / labelled;
    }

    /** Not multiplied by zero: what is not finite must go, too. */
    private static void scale(INDArray array, double scale) {
        if (scale == 0) {
            array.assign(0);
        } else {
            array.muli(scale);
        }
    }

    /** A label that does not count may be anything, and not a number times zero is not zero. */
    @Override
    protected INDArray getLabels2d(LayerWorkspaceMgr workspaces, ArrayType type) {
        INDArray given = super.getLabels2d(workspaces, type);
        return maskArray == null ? given : LabelMask.clear(workspaces.dup(type, given), maskArray);
    }
}
