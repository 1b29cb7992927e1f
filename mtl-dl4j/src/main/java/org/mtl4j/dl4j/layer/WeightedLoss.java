package org.mtl4j.dl4j.layer;

import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.MatrixValues;
import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.mtl4j.dl4j.internal.cpu.dense.OutputLoss;
import org.mtl4j.dl4j.internal.layer.LabelMask;
import org.mtl4j.dl4j.internal.loss.PlainLoss;
import org.mtl4j.dl4j.internal.loss.SafeLoss;
import org.mtl4j.internal.check.Check;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Multiplies any loss by a constant: the weight λ of a task in the sum of losses. Numbers of a mask other than 0 and 1
 * are weights of examples: all that are not 0 in a row are equal.
 */
public final class WeightedLoss implements ILossFunction {
    private static final long serialVersionUID = 1L;

    private final ILossFunction loss;
    private final double weight;

    /**
     * Weights a loss.
     *
     * @param loss what is weighted
     * @param weight λ, finite and above 0
     * @throws IllegalArgumentException if the weight is out of its range
     */
    public WeightedLoss(@JsonProperty("loss") ILossFunction loss, @JsonProperty("weight") double weight) {
        this.loss = Objects.requireNonNull(loss, "loss");
        this.weight = Check.finiteAboveZero(weight, "WeightedLoss: weight");
    }

    /** Returns what is weighted. */
    @JsonProperty("loss")
    public ILossFunction loss() {
        return loss;
    }

    /** Returns λ. */
    @JsonProperty("weight")
    public double weight() {
        return weight;
    }

    /**
     * {@return what is weighted, as loops over the outputs of an activation; null if it is not one of those that are
     * usual for tasks, or has weights of outputs}
     */
    @Nullable
    OutputLoss asLoops(IActivation activation) {
        Class<?> type = loss.getClass();
        Class<?> of = activation.getClass();
        if ((type == LossMCXENT.class || type == LossNegativeLogLikelihood.class) && of == ActivationSoftmax.class) {
            LossMCXENT entropy = (LossMCXENT) loss;
            return entropy.getWeights() == null ? OutputLoss.softmaxCrossEntropy(entropy.getSoftmaxClipEps()) : null;
        }
        if (type == LossBinaryXENT.class && of == ActivationSigmoid.class) {
            LossBinaryXENT entropy = (LossBinaryXENT) loss;
            return entropy.getWeights() == null ? OutputLoss.sigmoidCrossEntropy(entropy.getClipEps()) : null;
        }
        if (type == LossMSE.class && of == ActivationIdentity.class) {
            return ((LossMSE) loss).getWeights() == null ? OutputLoss.meanSquaredError() : null;
        }
        return null;
    }

    @Override
    public double computeScore(
            INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
        if (mask == null && !average) {
            OptionalDouble plain = PlainLoss.score(loss, labels, preOutput, activation);
            if (plain.isPresent()) {
                return weight * plain.getAsDouble();
            }
        }
        if (!masksExamples(mask) && weightsIn(mask) == null) {
            return weight * SafeLoss.of(loss).computeScore(labels, preOutput, activation, mask, average);
        }
        double sum = scores(labels, preOutput, activation, mask).sumNumber().doubleValue();
        return weight * (average ? sum / preOutput.size(0) : sum);
    }

    @Override
    public INDArray computeScoreArray(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        return scores(labels, preOutput, activation, mask).muli(weight);
    }

    /** Returns the unweighted scores, {@code [batch, 1]}. */
    private INDArray scores(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        INDArray weights = weightsIn(mask);
        if (weights != null) {
            INDArray there = mask.neq(0).castTo(mask.dataType());
            INDArray scores = SafeLoss.of(loss).computeScoreArray(labels, preOutput, activation, there);
            return scores.muli(weights.castTo(scores.dataType()).reshape(scores.shape()));
        }
        if (!masksExamples(mask)) {
            return SafeLoss.of(loss).computeScoreArray(labels, preOutput, activation, mask);
        }
        INDArray scores = SafeLoss.of(loss).computeScoreArray(labels, preOutput, activation, null);
        scores.muli(mask.castTo(scores.dataType()).reshape(scores.shape()));
        return clearMasked(scores, mask);
    }

    /** Clears masked numbers: a loss may divide by a label, and what is not finite is not cleared by a factor 0. */
    private static INDArray clearMasked(INDArray numbers, INDArray mask) {
        if (Double.isFinite(numbers.sumNumber().doubleValue())) {
            return numbers;
        }
        INDArray there = mask.neq(0);
        return LabelMask.clear(numbers, there.castTo(numbers.dataType()));
    }

    /** {@return what the examples weigh, {@code [batch, 1]}, of a mask by output; null where that is 0 or 1 each} */
    private static @Nullable INDArray weightsIn(@Nullable INDArray mask) {
        if (mask == null || masksExamples(mask)) {
            return null;
        }
        INDArray largest = mask.max(true, 1);
        double[] weights = MatrixValues.of(largest);
        for (double each : weights) {
            if (each != 0 && each != 1) {
                return largest;
            }
        }
        return null;
    }

    /** Tells whether a mask is one by example, which stock losses apply by what {@link SafeBroadcast} avoids. */
    private static boolean masksExamples(INDArray mask) {
        return mask != null && mask.isColumnVectorOrScalar();
    }

    @Override
    public INDArray computeGradient(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        INDArray plain = mask == null ? PlainLoss.gradient(loss, labels, preOutput, activation, weight) : null;
        if (plain != null) {
            return plain;
        }
        boolean byExample = masksExamples(mask);
        INDArray weights = weightsIn(mask);
        INDArray there = weights == null ? mask : mask.neq(0).castTo(mask.dataType());
        INDArray gradient = SafeLoss.of(loss).computeGradient(labels, preOutput, activation, byExample ? null : there);
        if (weights != null) {
            SafeBroadcast.multiplyColumn(gradient, weights);
        }
        if (byExample) {
            SafeBroadcast.multiplyColumn(gradient, mask);
        }
        return (mask == null ? gradient : clearMasked(gradient, mask)).muli(weight);
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
        return weight + " x " + loss.name();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WeightedLoss weighted && loss.equals(weighted.loss) && weight == weighted.weight;
    }

    @Override
    public int hashCode() {
        return Objects.hash(loss, weight);
    }

    @Override
    public String toString() {
        return name();
    }
}
