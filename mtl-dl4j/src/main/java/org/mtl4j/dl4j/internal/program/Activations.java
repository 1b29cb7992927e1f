package org.mtl4j.dl4j.internal.program;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationCube;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationGELU;
import org.nd4j.linalg.activations.impl.ActivationHardSigmoid;
import org.nd4j.linalg.activations.impl.ActivationHardTanH;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationMish;
import org.nd4j.linalg.activations.impl.ActivationRReLU;
import org.nd4j.linalg.activations.impl.ActivationRationalTanh;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationRectifiedTanh;
import org.nd4j.linalg.activations.impl.ActivationSELU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.activations.impl.ActivationSoftSign;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.activations.impl.ActivationThresholdedReLU;

/** Translates ND4J's activations. */
final class Activations {
    private Activations() {}

    /** Adds what an activation does in predictions, unless it is nothing. */
    static Value add(ProgramBuilder program, IActivation activation, Value value) {
        Class<?> type = activation.getClass();
        if (type == ActivationIdentity.class) {
            return value;
        }
        if (type == ActivationSoftmax.class) {
            return program.add(new Operation.Softmax(value.rank() - 1), value);
        }
        return program.add(of(program, activation), value);
    }

    private static Operation of(ProgramBuilder program, IActivation activation) {
        Class<?> type = activation.getClass();
        if (type == ActivationReLU.class) {
            ActivationReLU relu = (ActivationReLU) activation;
            return new Operation.Rectify(
                    or(relu.getNegativeSlope(), 0),
                    or(relu.getThreshold(), 0),
                    or(relu.getMax(), Float.POSITIVE_INFINITY));
        }
        if (type == ActivationReLU6.class) {
            return new Operation.Rectify(0, 0, 6);
        }
        if (type == ActivationLReLU.class) {
            return new Operation.Rectify((float) ((ActivationLReLU) activation).getAlpha(), 0, Float.POSITIVE_INFINITY);
        }
        if (type == ActivationRReLU.class) { // not leaky in ND4J's predictions, whose mean slope is a least value
            ActivationRReLU relu = (ActivationRReLU) activation;
            return new Operation.Activate(Operation.Function.AT_LEAST, (float) ((relu.getL() + relu.getU()) / 2));
        }
        if (type == ActivationThresholdedReLU.class) {
            return new Operation.Rectify(
                    0, (float) ((ActivationThresholdedReLU) activation).getTheta(), Float.POSITIVE_INFINITY);
        }
        if (type == ActivationELU.class) {
            return new Operation.Activate(Operation.Function.ELU, (float) ((ActivationELU) activation).getAlpha());
        }
        if (type == ActivationGELU.class) {
            return new Operation.Activate(
                    ((ActivationGELU) activation).isPrecise()
                            ? Operation.Function.PRECISE_GELU
                            : Operation.Function.GELU);
        }
        return new Operation.Activate(function(program, type));
    }

    private static float or(@Nullable Double number, float otherwise) {
        return number == null ? otherwise : number.floatValue();
    }

    private static Operation.Function function(ProgramBuilder program, Class<?> type) {
        if (type == ActivationCube.class) {
            return Operation.Function.CUBE;
        } else if (type == ActivationHardSigmoid.class) {
            return Operation.Function.HARD_SIGMOID;
        } else if (type == ActivationHardTanH.class) {
            return Operation.Function.HARD_TANH;
        } else if (type == ActivationMish.class) {
            return Operation.Function.MISH;
        } else if (type == ActivationRationalTanh.class) {
            return Operation.Function.RATIONAL_TANH;
        } else if (type == ActivationRectifiedTanh.class) {
            return Operation.Function.RECTIFIED_TANH;
        } else if (type == ActivationSELU.class) {
            return Operation.Function.SELU;
        } else if (type == ActivationSigmoid.class) {
            return Operation.Function.SIGMOID;
        } else if (type == ActivationSoftPlus.class) {
            return Operation.Function.SOFTPLUS;
        } else if (type == ActivationSoftSign.class) {
            return Operation.Function.SOFTSIGN;
        } else if (type == ActivationSwish.class) {
            return Operation.Function.SWISH;
        } else if (type == ActivationTanH.class) {
            return Operation.Function.TANH;
        }
        throw new LoweringException(
                program.place(), "activation " + type.getName(), "no operation stands for an activation of this class");
    }
}
