package org.mtl4j.dl4j.internal.loss;

import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.shape.OneHot;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/** Computes cross entropy, of one-hot labels or of numbers of classes. */
final class WeightedCrossEntropy extends OutputWeightedLoss {
    private static final long serialVersionUID = 1L;

    private final Unweighted unweighted;
    private final boolean sparse;

    /**
     * Creates the loss.
     *
     * @param sparse whether labels are numbers of classes, {@code [batch, 1]}
     */
    WeightedCrossEntropy(LossMCXENT stock, boolean sparse) {
        super(stock, stock.getWeights());
        this.unweighted = new Unweighted(stock.getSoftmaxClipEps());
        this.sparse = sparse;
    }

    /** Opens the scores of the stock loss. */
    private static final class Unweighted extends LossMCXENT {
        private static final long serialVersionUID = 1L;

        Unweighted(double clipping) {
            super(clipping, null);
        }

        INDArray scores(INDArray labels, INDArray preOutput, IActivation activation) {
            return scoreArray(labels, preOutput, activation, null);
        }
    }

    @Override
    INDArray scores(INDArray labels, INDArray preOutput, IActivation activation) {
        return unweighted.scores(oneHot(labels, preOutput), preOutput, activation);
    }

    @Override
    double divisor(INDArray labels) {
        return 1;
    }

    @Override
    boolean positive() {
        return false;
    }

    @Override
    public INDArray computeGradient(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        INDArray classes = oneHot(labels, preOutput).castTo(preOutput.dataType());
        INDArray gradient;
        if (activation instanceof ActivationSoftmax) {
            if (mask != null) {
                throw new UnsupportedOperationException(
                        name() + ": after a softmax an example has all labels or none; the mask must be [batch, 1]");
            }
            INDArray output = activation.getActivation(preOutput.dup(), true);
            INDArray weighted = classes.dup();
            weigh(weighted);
            SafeBroadcast.multiplyColumn(output, weighted.sum(true, 1));
            gradient = output.sub(weighted);
        } else {
            gradient = unweighted.computeGradient(classes, preOutput, activation, null);
            weigh(gradient);
        }
        if (mask != null) {
            applyMask(gradient, mask);
        }
        return gradient;
    }

    private INDArray oneHot(INDArray labels, INDArray preOutput) {
        if (!sparse) {
            return labels;
        }
        INDArray classes = preOutput.ulike();
        Nd4j.exec(new OneHot(labels.reshape(labels.length()), classes, (int) preOutput.size(1)));
        return classes;
    }
}
