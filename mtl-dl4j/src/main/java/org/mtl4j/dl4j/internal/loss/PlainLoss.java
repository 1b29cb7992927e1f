package org.mtl4j.dl4j.internal.loss;

import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.dl4j.internal.cpu.PlainActivation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Computes the two commonest losses, without masks and weights of outputs, in single precision in the memory of a CPU:
 * squared errors of numbers, and cross entropy of classes. To the bit what ND4J's classes compute, which take some ten
 * operations for it, each of which takes longer than a loop over a batch of labels. Prepared steps have the same
 * formulas in {@link org.mtl4j.dl4j.internal.cpu.dense.OutputLoss}, which rounds as is best: exponentials, logarithms
 * and sums in double precision, loss and gradient in one pass. Here each rounding, and its order, is ND4J's.
 */
public final class PlainLoss {
    /** Longer sums ND4J may divide among threads. */
    private static final int LONGEST_SUM = 1024;

    private PlainLoss() {}

    /**
     * Computes the sum of the scores of all examples.
     *
     * @return empty where the loss, its activation or the arrays are none of these
     */
    public static OptionalDouble score(
            ILossFunction loss, INDArray labels, INDArray preOutput, IActivation activation) {
        if (!supports(labels, preOutput) || labels.length() > LONGEST_SUM && HostThreads.available() > 1) {
            return OptionalDouble.empty();
        }
        if (isSquares(loss, activation)) {
            float[] errors = numbers(preOutput);
            float[] y = numbers(labels);
            for (int i = 0; i < y.length; i++) {
                float error = y[i] - errors[i];
                errors[i] = error * error;
            }
            return OptionalDouble.of((double) sum(errors) / labels.size(1));
        }
        if (isEntropy(loss, activation)) {
            INDArray output = activation.getActivation(preOutput.dup(), true);
            float[] logarithms = logarithms(output, ((LossMCXENT) loss).getSoftmaxClipEps());
            float[] y = numbers(labels);
            for (int i = 0; i < y.length; i++) {
                logarithms[i] *= y[i];
            }
            return OptionalDouble.of(-(double) sum(logarithms));
        }
        return OptionalDouble.empty();
    }

    /**
     * Computes the gradient with respect to the outputs before the activation.
     *
     * @param weight what it is multiplied by
     * @return a new array; null where the loss, its activation or the arrays are none of these
     */
    public static @Nullable INDArray gradient(
            ILossFunction loss, INDArray labels, INDArray preOutput, IActivation activation, double weight) {
        if (!supports(labels, preOutput)) {
            return null;
        }
        float factor = (float) weight;
        if (isSquares(loss, activation)) {
            float[] gradient = numbers(preOutput);
            float[] y = numbers(labels);
            float outputs = labels.size(1);
            for (int i = 0; i < y.length; i++) {
                gradient[i] = (gradient[i] - y[i]) * 2 / outputs * factor;
            }
            return put(gradient, preOutput.ulike());
        }
        if (isEntropy(loss, activation)) {
            INDArray output = activation.getActivation(preOutput.dup(), true);
            float[] gradient = numbers(output);
            float[] y = numbers(labels);
            for (int i = 0; i < y.length; i++) {
                gradient[i] = (gradient[i] - y[i]) * factor;
            }
            return put(gradient, output);
        }
        return null;
    }

    private static boolean supports(INDArray labels, INDArray preOutput) {
        return labels.rank() == 2
                && labels.equalShapes(preOutput)
                && HostMemory.isContiguous(labels)
                && HostMemory.isContiguous(preOutput);
    }

    /** Subclasses are other losses. */
    private static boolean isSquares(ILossFunction loss, IActivation activation) {
        return loss.getClass() == LossMSE.class
                && ((LossMSE) loss).getWeights() == null
                && PlainActivation.isIdentity(activation);
    }

    private static boolean isEntropy(ILossFunction loss, IActivation activation) {
        return loss.getClass() == LossMCXENT.class
                && ((LossMCXENT) loss).getWeights() == null
                && activation.getClass() == ActivationSoftmax.class;
    }

    /** Returns logarithms of what is kept away from 0 and 1. */
    private static float[] logarithms(INDArray probabilities, double clipping) {
        if (clipping > 0) {
            float least = (float) clipping;
            float most = (float) (1 - clipping);
            float[] clipped = numbers(probabilities);
            for (int i = 0; i < clipped.length; i++) {
                float p = clipped[i] < least ? least : clipped[i];
                clipped[i] = p > most ? most : p;
            }
            put(clipped, probabilities);
        }
        return numbers(Transforms.log(probabilities, false));
    }

    /** Adds up one after the other, as ND4J does on one thread. */
    private static float sum(float[] numbers) {
        float sum = 0;
        for (float each : numbers) {
            sum += each;
        }
        return sum;
    }

    private static float[] numbers(INDArray array) {
        float[] numbers = new float[Math.toIntExact(array.length())];
        HostMemory.floats(array).get(numbers);
        HostMemory.reachabilityFence(array);
        return numbers;
    }

    private static INDArray put(float[] numbers, INDArray array) {
        HostMemory.floats(array).put(numbers);
        HostMemory.reachabilityFence(array);
        return array;
    }
}
