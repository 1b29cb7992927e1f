package org.mtl4j.relatedness;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A relatedness function r_w(θ1, θ2) of two towers; {@link GroupRelatedness} is the form for any number of them. It
 * says how far the weights of one layer in two towers are from being related. It may have learned scalar coefficients
 * of its own, one set per layer and pair of towers, such as the a and b of a linear map.
 *
 * <p>With {@code d = a * θ1 + b - θ2} and {@code q = sum of d^2} the functions given here are
 *
 * <table>
 * <caption>Built-in functions</caption>
 * <tr><th>function</th><th>value</th><th>a, b</th></tr>
 * <tr><td>{@link #l2()}</td><td>q</td><td>fixed at 1 and 0</td></tr>
 * <tr><td>{@link #l2Linear()}</td><td>q</td><td>learned, from 1 and 0</td></tr>
 * <tr><td>{@link #exponential()}</td><td>exp(q) - 1</td><td>fixed at 1 and 0</td></tr>
 * <tr><td>{@link #exponentialLinear()}</td><td>exp(q) - 1</td><td>learned, from 1 and 0</td></tr>
 * </table>
 *
 * <p>The exponential grows past any number quickly: two ordinary layers with independent random weights have q well
 * above 88.7, where exp(q) is infinite in single precision. A network with an exponential function therefore starts its
 * towers with equal weights ({@link #needsEqualStart()}), as the paper does. Where q still passes the limit of the
 * weights' data type, {@link #evaluate(INDArray, INDArray, double[])} throws {@link RelatednessOverflowException}, and
 * the network adds the layer's name; {@link #averaged} forms take the mean of d^2 instead of its sum and stay far from
 * it.
 *
 * <p>To write one, implement {@link #evaluate(INDArray, INDArray, double[])} in a class that Jackson can write and read
 * (a no-argument constructor and plain fields will do): it becomes part of the saved configuration. Check it with
 * {@link RelatednessCheck}.
 */
public interface Relatedness extends GroupRelatedness {

    /** {@return a short name for tables and messages, such as {@code l2}} */
    @Override
    String name();

    /**
     * Computes the value and its gradients.
     *
     * @param theta1 weights of the pair's first tower, any shape; not modified
     * @param theta2 weights of the second tower, same shape and data type; not modified
     * @param coefficients the learned scalars in the order of {@link #coefficientNames()}; not modified
     * @return value and gradients; the arrays are the caller's to keep and change
     * @throws RelatednessOverflowException if the value cannot be held in the data type of the weights
     */
    Evaluation evaluate(INDArray theta1, INDArray theta2, double[] coefficients);

    /**
     * Computes the value, with the gradients added to arrays that are there already. It is what a network calls in
     * every step of training; by default it adds what {@link #evaluate(INDArray, INDArray, double[])} gives, and a
     * function that needs no arrays for its gradients had better do without them.
     *
     * @param theta1 weights of the pair's first tower, any shape; not modified
     * @param theta2 weights of the second tower, same shape and data type; not modified
     * @param coefficients the learned scalars in the order of {@link #coefficientNames()}; not modified
     * @param scale factor of everything that is added, but not of the value
     * @param gradient1 to which scale * ∂r/∂θ1 is added, shape of θ1; null if nobody wants it
     * @param gradient2 to which scale * ∂r/∂θ2 is added, shape of θ2; null if nobody wants it
     * @param coefficientGradients to which scale * ∂r/∂ each learned scalar is added
     * @return r_w
     * @throws RelatednessOverflowException as {@link #evaluate(INDArray, INDArray, double[])}
     */
    default double addGradients(
            INDArray theta1,
            INDArray theta2,
            double[] coefficients,
            double scale,
            @Nullable INDArray gradient1,
            @Nullable INDArray gradient2,
            double[] coefficientGradients) {
        Evaluation r = evaluate(theta1, theta2, coefficients);
        if (gradient1 != null) {
            gradient1.addi(r.gradient1().muli(scale));
        }
        if (gradient2 != null) {
            gradient2.addi(r.gradient2().muli(scale));
        }
        for (int i = 0; i < coefficientGradients.length; i++) {
            coefficientGradients[i] += scale * r.coefficientGradients()[i];
        }
        return r.value();
    }

    /**
     * {@return the value alone, as {@link #evaluate(INDArray, INDArray, double[])} gives it, which is what this does by
     * default; a function that can tell it without the gradients had better do so}
     *
     * @throws RelatednessOverflowException as {@link #evaluate(INDArray, INDArray, double[])}
     */
    default double value(INDArray theta1, INDArray theta2, double[] coefficients) {
        return evaluate(theta1, theta2, coefficients).value();
    }

    /**
     * Computes value and gradients of two towers, by {@link #evaluate(INDArray, INDArray, double[])}.
     *
     * @throws IllegalArgumentException if there are not two towers
     */
    @Override
    default GroupEvaluation evaluate(List<INDArray> thetas, double[] coefficients) {
        requirePair(thetas);
        Evaluation r = evaluate(thetas.get(0), thetas.get(1), coefficients);
        return new GroupEvaluation(r.value(), List.of(r.gradient1(), r.gradient2()), r.coefficientGradients());
    }

    /**
     * Adds the gradients of two towers, by {@link #addGradients(INDArray, INDArray, double[], double, INDArray,
     * INDArray, double[])}.
     *
     * @throws IllegalArgumentException if there are not two towers
     */
    @Override
    default double addGradients(
            List<INDArray> thetas,
            double[] coefficients,
            double scale,
            List<? extends @Nullable INDArray> gradients,
            double[] coefficientGradients) {
        requirePair(thetas);
        return addGradients(
                thetas.get(0),
                thetas.get(1),
                coefficients,
                scale,
                gradients.get(0),
                gradients.get(1),
                coefficientGradients);
    }

    /**
     * Computes the value of two towers, by {@link #value(INDArray, INDArray, double[])}.
     *
     * @throws IllegalArgumentException if there are not two towers
     */
    @Override
    default double value(List<INDArray> thetas, double[] coefficients) {
        requirePair(thetas);
        return value(thetas.get(0), thetas.get(1), coefficients);
    }

    private void requirePair(List<INDArray> thetas) {
        if (thetas.size() != 2) {
            throw new IllegalArgumentException("relatedness '%s' is for the weights of two towers, got those of %d"
                    .formatted(name(), thetas.size()));
        }
    }

    /** {@return ‖θ1 − θ2‖²} */
    static Relatedness l2() {
        return new NormRelatedness(false, false, false);
    }

    /** {@return ‖aθ1 + b − θ2‖² with learned a and b} */
    static Relatedness l2Linear() {
        return new NormRelatedness(false, true, false);
    }

    /** {@return exp(‖θ1 − θ2‖²) − 1} */
    static Relatedness exponential() {
        return new NormRelatedness(true, false, false);
    }

    /** {@return exp(‖aθ1 + b − θ2‖²) − 1 with learned a and b} */
    static Relatedness exponentialLinear() {
        return new NormRelatedness(true, true, false);
    }

    /**
     * {@return one of the built-in functions with the mean of d² in place of its sum}
     *
     * @throws IllegalArgumentException if {@code builtIn} is not one of this interface's own
     */
    static Relatedness averaged(Relatedness builtIn) {
        if (builtIn instanceof NormRelatedness norm) {
            return new NormRelatedness(norm.isExponential(), norm.isLinear(), true);
        }
        throw new IllegalArgumentException(
                "Relatedness.averaged takes one of the built-in functions, got " + builtIn.name());
    }

    /**
     * A value and its gradients.
     *
     * @param value r_w
     * @param gradient1 ∂r/∂θ1, shape of θ1
     * @param gradient2 ∂r/∂θ2, shape of θ2
     * @param coefficientGradients ∂r/∂ each learned scalar
     */
    record Evaluation(double value, INDArray gradient1, INDArray gradient2, double[] coefficientGradients) {}
}
