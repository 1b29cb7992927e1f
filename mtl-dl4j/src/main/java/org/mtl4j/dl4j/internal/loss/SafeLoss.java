package org.mtl4j.dl4j.internal.loss;

import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;

/** Finds the safe way to compute a loss. */
public final class SafeLoss {
    private SafeLoss() {}

    /**
     * Finds the safe way to compute a loss.
     *
     * @param loss any
     * @return for a loss of ND4J 1.0.0-M2.1 with weights of outputs one that computes the same to the bit, for now: it
     *     is neither saved nor compared; any other loss itself, subclasses of ND4J's included
     */
    public static ILossFunction of(ILossFunction loss) {
        Class<?> type = loss.getClass();
        if (type == LossL2.class || type == LossMSE.class) {
            LossL2 l2 = (LossL2) loss;
            return l2.getWeights() == null ? loss : new WeightedErrors.Squared(l2, type == LossMSE.class);
        }
        if (type == LossL1.class || type == LossMAE.class) {
            LossL1 l1 = (LossL1) loss;
            return l1.getWeights() == null ? loss : new WeightedErrors.Absolute(l1, type == LossMAE.class);
        }
        if (type == LossMAPE.class) {
            LossMAPE mape = (LossMAPE) loss;
            return mape.getWeights() == null ? loss : new WeightedErrors.AbsolutePercentage(mape);
        }
        if (type == LossMSLE.class) {
            LossMSLE msle = (LossMSLE) loss;
            return msle.getWeights() == null ? loss : new WeightedErrors.SquaredLogarithmic(msle);
        }
        if (type == LossMCXENT.class || type == LossNegativeLogLikelihood.class || type == LossSparseMCXENT.class) {
            LossMCXENT entropy = (LossMCXENT) loss;
            return entropy.getWeights() == null
                    ? loss
                    : new WeightedCrossEntropy(entropy, type == LossSparseMCXENT.class);
        }
        if (type == LossBinaryXENT.class) {
            LossBinaryXENT entropy = (LossBinaryXENT) loss;
            return entropy.getWeights() == null ? loss : new WeightedBinaryCrossEntropy(entropy);
        }
        return loss;
    }
}
