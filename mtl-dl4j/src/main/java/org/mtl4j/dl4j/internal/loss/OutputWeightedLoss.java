package org.mtl4j.dl4j.internal.loss;

import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/**
 * Computes a loss that is a sum over outputs, each with a weight. Masks are null or {@code [batch, outputs]}: one by
 * example is applied by {@link org.mtl4j.dl4j.layer.WeightedLoss}.
 */
abstract class OutputWeightedLoss implements ILossFunction {
    private static final long serialVersionUID = 1L;

    private final String name;
    private final INDArray weights;

    /**
     * Creates the loss.
     *
     * @param stock whose formula it has, for the name
     * @param weights one for each output
     */
    OutputWeightedLoss(ILossFunction stock, INDArray weights) {
        this.name = stock.name();
        this.weights = weights;
    }

    /** Computes new numbers {@code [batch, outputs]}, unweighted, whose sum is the loss but for {@link #factor}. */
    abstract INDArray scores(INDArray labels, INDArray preOutput, IActivation activation);

    /** Returns what the sum of all weighted scores is divided by. */
    abstract double divisor(INDArray labels);

    /** Returns what the sum of the weighted scores of each example is divided by. */
    double divisorOfExamples(INDArray labels) {
        return divisor(labels);
    }

    /** Tells whether the scores have the sign of the loss. */
    abstract boolean positive();

    private INDArray weightedScores(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        INDArray scores = scores(labels, preOutput, activation);
        weigh(scores);
        if (mask != null) {
            applyMask(scores, mask);
        }
        return scores;
    }

    @Override
    public final double computeScore(
            INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
        INDArray scores = weightedScores(labels, preOutput, activation, mask);
        double sum = scores.sumNumber().doubleValue();
        double signed = positive() ? sum : -sum;
        return (average ? signed / scores.size(0) : signed) / divisor(labels);
    }

    @Override
    public final INDArray computeScoreArray(
            INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        INDArray sums = weightedScores(labels, preOutput, activation, mask).sum(true, 1);
        double divisor = divisorOfExamples(labels);
        INDArray signed = positive() ? sums : sums.negi();
        return divisor == 1 ? signed : signed.divi(divisor);
    }

    @Override
    public final Pair<Double, INDArray> computeGradientAndScore(
            INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
        return new Pair<>(
                computeScore(labels, preOutput, activation, mask, average),
                computeGradient(labels, preOutput, activation, mask));
    }

    /**
     * Multiplies by the weights of the outputs.
     *
     * @param numbers {@code [batch, outputs]}, changed
     * @throws IllegalStateException if there are not as many weights
     */
    final void weigh(INDArray numbers) {
        if (weights.length() != numbers.size(1)) {
            throw new IllegalStateException("%s: it has %d weights, one for each output, but there are %d outputs"
                    .formatted(name, weights.length(), numbers.size(1)));
        }
        SafeBroadcast.multiplyRow(numbers, weights);
    }

    /** Multiplies by a mask, both {@code [batch, outputs]}. */
    static void applyMask(INDArray numbers, INDArray mask) {
        numbers.muli(mask.castTo(numbers.dataType()));
    }

    @Override
    public final String name() {
        return name;
    }
}
