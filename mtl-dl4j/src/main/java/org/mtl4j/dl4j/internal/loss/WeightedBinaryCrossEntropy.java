package org.mtl4j.dl4j.internal.loss;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Computes binary cross entropy. */
final class WeightedBinaryCrossEntropy extends OutputWeightedLoss {
    private static final long serialVersionUID = 1L;

    private final LossBinaryXENT unweighted;

    WeightedBinaryCrossEntropy(LossBinaryXENT stock) {
        super(stock, stock.getWeights());
        this.unweighted = new LossBinaryXENT(stock.getClipEps(), null);
    }

    /** Computes {@code y log p + (1 - y) log (1 - p)}, or {@code y log p} after a softmax. */
    @Override
    INDArray scores(INDArray labels, INDArray preOutput, IActivation activation) {
        INDArray y = labels.castTo(preOutput.dataType());
        if (activation instanceof ActivationSoftmax) {
            INDArray p = Nd4j.exec(new SoftMax(preOutput, preOutput.ulike(), -1))[0];
            return Transforms.log(p, false).muli(y);
        }
        INDArray p = activation.getActivation(preOutput.dup(), true);
        double clipping = unweighted.getClipEps();
        if (clipping > 0) {
            Nd4j.exec(DynamicCustomOp.builder("clipbyvalue")
                    .addInputs(p)
                    .callInplace(true)
                    .addFloatingPointArguments(clipping, 1 - clipping)
                    .build());
        }
        INDArray there = Transforms.log(p, true).muli(y);
        INDArray absent = Transforms.log(p.rsubi(1), false).muli(y.rsub(1));
        return there.addi(absent);
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
        INDArray gradient = unweighted.computeGradient(labels, preOutput, activation, mask);
        weigh(gradient);
        return gradient;
    }
}
