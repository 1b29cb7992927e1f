package org.mtl4j.dl4j.internal.serving;

import org.mtl4j.dl4j.internal.cpu.prepared.NumberFunction;
import org.mtl4j.dl4j.internal.program.Operation;

/** Computes the functions that a program names. */
final class Functions {
    private static final double SELU_SCALE = 1.0507009873554805;
    private static final double SELU_ALPHA = 1.6732632423543772;
    private static final double TANH_OF_GELU = Math.sqrt(2 / Math.PI);

    private Functions() {}

    static NumberFunction of(Operation.Activate activate) {
        double alpha = activate.alpha();
        return NumberFunction.each(
                switch (activate.function()) {
                    case AT_LEAST -> x -> Math.max(alpha, x);
                    case ELU -> x -> x > 0 ? x : alpha * Math.expm1(x);
                    case SELU -> x -> SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x));
                    case SIGMOID -> Functions::sigmoid;
                    case TANH -> Math::tanh;
                    case HARD_SIGMOID -> x -> Math.min(1, Math.max(0, 0.2 * x + 0.5));
                    case HARD_TANH -> x -> Math.min(1, Math.max(-1, x));
                    case CUBE -> x -> x * x * x;
                    case RATIONAL_TANH -> Functions::rationalTanh;
                    case RECTIFIED_TANH -> x -> Math.max(0, Math.tanh(x));
                    case SOFTPLUS -> Functions::softplus;
                    case SOFTSIGN -> x -> x / (1 + Math.abs(x));
                    case SWISH -> x -> x * sigmoid(x);
                    case MISH -> x -> x * Math.tanh(softplus(x));
                    case GELU -> x -> x * sigmoid(1.702 * x);
                    case PRECISE_GELU -> x -> x / 2 * (1 + Math.tanh(TANH_OF_GELU * (x + 0.044715 * x * x * x)));
                });
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double softplus(double x) {
        return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
    }

    private static double rationalTanh(double x) {
        double y = 2 * x / 3;
        double size = Math.abs(y);
        return 1.7159 * Math.signum(y) * (1 - 1 / (1 + size + y * y + 1.41645 * y * y * y * y));
    }
}
