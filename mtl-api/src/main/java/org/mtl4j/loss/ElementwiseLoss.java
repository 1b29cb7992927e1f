package org.mtl4j.loss;

import java.util.Arrays;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.LossUtil;

/**
 * Computes a loss that is the mean over outputs of a function of the error {@code d = prediction - label}, and like all
 * losses of Deeplearning4j a mean over examples. A loss of your own is that function and its derivative, and
 * {@code equals}, by which networks are compared.
 */
public abstract class ElementwiseLoss implements ILossFunction {
    private static final long serialVersionUID = 1L;

    /** Creates the loss. */
    protected ElementwiseLoss() {}

    /**
     * Computes the function of each error.
     *
     * @param error {@code [batch, outputs]}; may be changed and returned
     */
    protected abstract INDArray value(INDArray error);

    /**
     * Computes the function's derivative at each error.
     *
     * @param error {@code [batch, outputs]}; may be changed and returned
     */
    protected abstract INDArray slope(INDArray error);

    private static INDArray error(INDArray labels, INDArray preOutput, IActivation activation) {
        if (!labels.equalShapes(preOutput)) {
            throw new IllegalArgumentException("labels are %s, the outputs %s; they must be alike"
                    .formatted(Arrays.toString(labels.shape()), Arrays.toString(preOutput.shape())));
        }
        return activation.getActivation(preOutput.dup(), true).subi(labels.castTo(preOutput.dataType()));
    }

    private INDArray masked(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        INDArray values = value(error(labels, preOutput, activation));
        if (mask != null) {
            applyMask(values, mask);
        }
        return values.divi(labels.size(1));
    }

    @Override
    public double computeScore(
            INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
        double sum = masked(labels, preOutput, activation, mask).sumNumber().doubleValue();
        return average ? sum / labels.size(0) : sum;
    }

    @Override
    public INDArray computeScoreArray(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        return masked(labels, preOutput, activation, mask).sum(true, 1);
    }

    @Override
    public INDArray computeGradient(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        INDArray slopes = slope(error(labels, preOutput, activation)).divi(labels.size(1));
        if (mask != null && LossUtil.isPerOutputMasking(slopes, mask)) {
            applyMask(slopes, mask);
        }
        INDArray gradient = activation.backprop(preOutput, slopes).getFirst();
        if (mask != null) {
            applyMask(gradient, mask);
        }
        return gradient;
    }

    /** Multiplies in place. ND4J's own {@code LossUtil.applyMask} can crash where garbage is collected meanwhile. */
    private static void applyMask(INDArray numbers, INDArray mask) {
        numbers.muli(mask.castTo(numbers.dataType()));
    }

    @Override
    public Pair<Double, INDArray> computeGradientAndScore(
            INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
        return new Pair<>(
                computeScore(labels, preOutput, activation, mask, average),
                computeGradient(labels, preOutput, activation, mask));
    }

    @Override
    public String name() {
        return toString();
    }
}
