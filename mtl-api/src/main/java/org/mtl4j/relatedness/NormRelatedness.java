package org.mtl4j.relatedness;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce3.Dot;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/** The squared norm of d = a θ1 + b − θ2, or exp of it minus one. */
final class NormRelatedness implements Relatedness {
    private static final long serialVersionUID = 1L;

    private final boolean exponential;
    private final boolean linear;
    private final boolean averaged;

    @JsonCreator
    NormRelatedness(
            @JsonProperty("exponential") boolean exponential,
            @JsonProperty("linear") boolean linear,
            @JsonProperty("averaged") boolean averaged) {
        this.exponential = exponential;
        this.linear = linear;
        this.averaged = averaged;
    }

    @JsonProperty("exponential")
    boolean isExponential() {
        return exponential;
    }

    @JsonProperty("linear")
    boolean isLinear() {
        return linear;
    }

    @JsonProperty("averaged")
    boolean isAveraged() {
        return averaged;
    }

    @Override
    public String name() {
        return (averaged ? "averaged " : "") + (exponential ? "exponential" : "l2") + (linear ? "-linear" : "");
    }

    @Override
    public List<String> coefficientNames() {
        return linear ? List.of("a", "b") : List.of();
    }

    @Override
    public double[] initialCoefficients() {
        return linear ? new double[] {1, 0} : new double[0];
    }

    @Override
    public boolean needsEqualStart() {
        return exponential && !averaged;
    }

    @Override
    public double value(INDArray theta1, INDArray theta2, double[] coefficients) {
        return valueAt(exponent(difference(theta1, theta2, coefficients)));
    }

    private double valueAt(double q) {
        return exponential ? Math.expm1(q) : q;
    }

    @Override
    public Evaluation evaluate(INDArray theta1, INDArray theta2, double[] coefficients) {
        INDArray gradient1 = Nd4j.zerosLike(theta1);
        INDArray gradient2 = Nd4j.zerosLike(theta2);
        double[] coefficientGradients = new double[coefficients.length];
        double value = addGradients(theta1, theta2, coefficients, 1, gradient1, gradient2, coefficientGradients);
        return new Evaluation(value, gradient1, gradient2, coefficientGradients);
    }

    // One array of the weights' size, d, and nothing else.
    @Override
    public double addGradients(
            INDArray theta1,
            INDArray theta2,
            double[] coefficients,
            double scale,
            @Nullable INDArray gradient1,
            @Nullable INDArray gradient2,
            double[] coefficientGradients) {
        INDArray d = difference(theta1, theta2, coefficients);
        double q = exponent(d);
        double factor = scale * 2 * (exponential ? Math.exp(q) : 1) * scale(d);
        d.muli(factor); // is a gradient itself now, up to sign and a
        if (linear) {
            coefficientGradients[0] +=
                    Nd4j.getExecutioner().exec(new Dot(d, theta1)).getDouble(0);
            coefficientGradients[1] += d.sumNumber().doubleValue();
        }
        if (gradient2 != null) {
            gradient2.subi(d);
        }
        if (gradient1 != null) {
            gradient1.addi(linear ? d.muli(coefficients[0]) : d);
        }
        return valueAt(q);
    }

    private INDArray difference(INDArray theta1, INDArray theta2, double[] coefficients) {
        return linear ? theta1.mul(coefficients[0]).addi(coefficients[1]).subi(theta2) : theta1.sub(theta2);
    }

    private double scale(INDArray d) {
        return averaged ? 1.0 / d.length() : 1;
    }

    /** q, which is within its limit if there is one. */
    private double exponent(INDArray d) {
        double norm = d.norm2Number().doubleValue();
        double q = norm * norm * scale(d);
        if (exponential) {
            double limit = largestExponent(d.dataType());
            if (!(q <= limit)) { // true for NaN as well
                throw new RelatednessOverflowException(
                        ("%s relatedness: exp(q) has no finite %s value for q = %s (limit %s);"
                                        + " start the towers with equal weights, lower the learning rate, or use"
                                        + " Relatedness.averaged(...) or an L2 form")
                                .formatted(name(), d.dataType(), q, limit));
            }
        }
        return q;
    }

    /** The largest q with a finite exp(q) in this data type: the logarithm of its largest number, rounded down. */
    private static double largestExponent(DataType type) {
        return switch (type) {
            case DOUBLE -> 709.78;
            case HALF -> 11.08;
            default -> 88.72; // FLOAT and BFLOAT16 have the same exponent range
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NormRelatedness norm
                && exponential == norm.exponential
                && linear == norm.linear
                && averaged == norm.averaged;
    }

    @Override
    public int hashCode() {
        return Objects.hash(exponential, linear, averaged);
    }

    @Override
    public String toString() {
        return "Relatedness[" + name() + "]";
    }
}
