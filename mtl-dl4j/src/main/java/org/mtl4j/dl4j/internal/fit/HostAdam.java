package org.mtl4j.dl4j.internal.fit;

import java.lang.ref.Reference;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.Pow;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.AdamUpdater;

/**
 * Makes the steps of ND4J's Adam, to the bit, over moments that lie in the memory of the CPU, in a seventh of the time:
 * ND4J's loop has no vector instructions.
 */
final class HostAdam extends AdamUpdater {
    private final transient Powers powers;

    /** Goes on with the moments of another, which is not used any more. */
    HostAdam(AdamUpdater other) {
        this(other, new Powers(other));
    }

    /** @param powers of the same decay rates */
    HostAdam(AdamUpdater other, Powers powers) {
        super(other.getConfig());
        setM(other.getM());
        setV(other.getV());
        setGradientReshapeOrder(other.getGradientReshapeOrder());
        this.powers = powers;
    }

    /** Raises the decay rates of the two moments to the power of a step, for all blocks that have them, once a step. */
    static final class Powers {
        private final float beta1;
        private final float beta2;
        private final INDArray betas;
        private final INDArray raised;
        private final Pow pow;
        private int iteration = -1;
        private float first;
        private float second;

        Powers(AdamUpdater of) {
            beta1 = (float) of.getConfig().getBeta1();
            beta2 = (float) of.getConfig().getBeta2();
            betas = Nd4j.createFromArray(beta1, beta2);
            raised = betas.ulike();
            pow = new Pow(betas, raised, 1);
        }

        boolean areOf(AdamUpdater other) {
            return beta1 == (float) other.getConfig().getBeta1()
                    && beta2 == (float) other.getConfig().getBeta2();
        }

        /** By ND4J, which Java's powers differ from in a bit, and by one operation, as each has arrays of its own. */
        private void raise(int iteration) {
            if (iteration != this.iteration) {
                pow.scalar().putScalar(0, (float) iteration + 1);
                Nd4j.getExecutioner().exec(pow);
                first = raised.getFloat(0);
                second = raised.getFloat(1);
                this.iteration = iteration;
                Reference.reachabilityFence(betas);
            }
        }
    }

    /** Tells whether moments and gradients of an updater are such that this can be used in its place. */
    static boolean supports(AdamUpdater other, INDArray gradient) {
        return other.getClass() == AdamUpdater.class
                && other.getM() != null
                && other.getV() != null
                && FlatArrays.supports(gradient, other.getM(), other.getV());
    }

    @Override
    public void applyUpdater(INDArray gradient, int iteration, int epoch) {
        if (!supports(gradient)) {
            super.applyUpdater(gradient, iteration, epoch);
            return;
        }
        FlatArrays.adam(gradient, getM(), getV(), factors(iteration, epoch));
    }

    /** Tells whether steps of a gradient are made here, and not by ND4J. */
    boolean supports(INDArray gradient) {
        return FlatArrays.supports(gradient, getM(), getV());
    }

    /** {@return what the numbers of a step have in common} */
    FlatArrays.AdamFactors factors(int iteration, int epoch) {
        float epsilon = (float) getConfig().getEpsilon();
        return new FlatArrays.AdamFactors(powers.beta1, powers.beta2, rate(iteration, epoch, epsilon), epsilon);
    }

    /** Corrects the learning rate for moments that start at 0. */
    private float rate(int iteration, int epoch, float epsilon) {
        powers.raise(iteration);
        float rate = (float) getConfig().getLearningRate(iteration, epoch);
        double root = (float) Math.sqrt((float) (1.0 - powers.second));
        float corrected = (float) ((double) (rate * (float) root) / (1.0 - powers.first));
        return Float.isNaN(corrected) || Float.isInfinite(corrected) || corrected == 0 ? epsilon : corrected;
    }
}
