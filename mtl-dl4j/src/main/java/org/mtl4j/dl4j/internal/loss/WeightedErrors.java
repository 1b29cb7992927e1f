package org.mtl4j.dl4j.internal.loss;

import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;

/** Computes losses of errors: the gradient is weighted before it goes back through the activation. */
abstract class WeightedErrors extends OutputWeightedLoss {
    private static final long serialVersionUID = 1L;

    private final ILossFunction unweighted;
    private final boolean mean;

    /**
     * Creates the loss.
     *
     * @param unweighted the same without weights
     * @param mean whether the stock loss divides by the number of outputs at the end
     */
    private WeightedErrors(ILossFunction stock, INDArray weights, ILossFunction unweighted, boolean mean) {
        super(stock, weights);
        this.unweighted = unweighted;
        this.mean = mean;
    }

    @Override
    final double divisor(INDArray labels) {
        return mean ? labels.size(1) : 1;
    }

    @Override
    final boolean positive() {
        return true;
    }

    @Override
    public final INDArray computeGradient(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        return unweighted.computeGradient(labels, preOutput, new Weighing(activation), mask);
    }

    /** Weighs the slopes of the loss on their way to the activation. */
    private final class Weighing implements IActivation {
        private static final long serialVersionUID = 1L;

        private final IActivation activation;

        Weighing(IActivation activation) {
            this.activation = activation;
        }

        @Override
        public INDArray getActivation(INDArray in, boolean training) {
            return activation.getActivation(in, training);
        }

        @Override
        public Pair<INDArray, INDArray> backprop(INDArray in, INDArray epsilon) {
            weigh(epsilon);
            return activation.backprop(in, epsilon);
        }

        @Override
        public int numParams(int inputSize) {
            return activation.numParams(inputSize);
        }
    }

    /** Squares of errors, or their mean over outputs. */
    static final class Squared extends WeightedErrors {
        private static final long serialVersionUID = 1L;

        Squared(LossL2 stock, boolean mean) {
            super(stock, stock.getWeights(), mean ? new LossMSE() : new LossL2(), mean);
        }

        @Override
        INDArray scores(INDArray labels, INDArray preOutput, IActivation activation) {
            INDArray errors =
                    activation.getActivation(preOutput.dup(), true).rsubi(labels.castTo(preOutput.dataType()));
            return errors.muli(errors);
        }
    }

    /** Absolute errors, or their mean over outputs. */
    static final class Absolute extends WeightedErrors {
        private static final long serialVersionUID = 1L;

        Absolute(LossL1 stock, boolean mean) {
            super(stock, stock.getWeights(), mean ? new LossMAE() : new LossL1(), mean);
        }

        @Override
        INDArray scores(INDArray labels, INDArray preOutput, IActivation activation) {
            return new LossL1().scoreArray(labels, preOutput, activation, null);
        }

        /** Not a mean here: {@link LossMAE} divides by the width of an array that has been summed up already. */
        @Override
        double divisorOfExamples(INDArray labels) {
            return 1;
        }
    }

    /** Absolute errors as percentages of the labels. */
    static final class AbsolutePercentage extends WeightedErrors {
        private static final long serialVersionUID = 1L;

        AbsolutePercentage(LossMAPE stock) {
            super(stock, stock.getWeights(), new LossMAPE(), false);
        }

        @Override
        INDArray scores(INDArray labels, INDArray preOutput, IActivation activation) {
            return new LossMAPE().scoreArray(labels, preOutput, activation, null);
        }
    }

    /** Squares of logarithms of ratios. */
    static final class SquaredLogarithmic extends WeightedErrors {
        private static final long serialVersionUID = 1L;

        SquaredLogarithmic(LossMSLE stock) {
            super(stock, stock.getWeights(), new LossMSLE(), false);
        }

        @Override
        INDArray scores(INDArray labels, INDArray preOutput, IActivation activation) {
            return new LossMSLE().scoreArray(labels, preOutput, activation, null);
        }
    }
}
