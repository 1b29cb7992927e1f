package org.mtl4j.relatedness;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonTypeInfo;

/**
 * A relatedness function over any number of towers at once: how far the weights of one layer in all of them are from
 * being related. {@link Relatedness} is the form for two towers, of which a network has a term for each pair; a
 * function that is not one of those has a single term for each layer, over all towers of the network, or over those of
 * {@link WeightRelatednessRegularizer#among}.
 *
 * <p>Let W_1 … W_T be the weights of the towers, and let a matrix have the towers' weights for its rows, or be another
 * unfolding of the stack of them. The functions given here are sums of trace norms, which are the sums of singular
 * values ‖·‖_*: the convex stand-in for the rank, small where the towers' weights are combinations of few.
 *
 * <table>
 * <caption>Built-in functions</caption>
 * <tr><th>function</th><th>value</th></tr>
 * <tr><td>{@link #traceNorm()}</td><td>‖[vec W_1, …, vec W_T]‖_*</td></tr>
 * <tr><td>{@link #tuckerTraceNorm()}</td><td>Σ of ‖·‖_* over the unfoldings of the stack by each of its axes</td></tr>
 * </table>
 *
 * <p>Yang, Hospedales, <em>Trace Norm Regularised Deep Multi-Task Learning</em>, arXiv 1606.04038 (there "last axis
 * flattening" and "Tucker").
 *
 * <p>To write one, implement {@link #evaluate(List, double[])} in a class that Jackson can write and read (a
 * no-argument constructor and plain fields will do): it becomes part of the saved configuration. Check it with
 * {@link RelatednessCheck}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.CLASS, include = JsonTypeInfo.As.PROPERTY, property = "@class")
public interface GroupRelatedness extends Serializable {

    /** {@return a short name for tables and messages, such as {@code trace-norm}} */
    String name();

    /**
     * Computes the value and its gradients.
     *
     * @param thetas the weights of one layer, tower by tower, of one shape and data type; not modified
     * @param coefficients the learned scalars in the order of {@link #coefficientNames()}; not modified
     * @return value and gradients; the arrays are the caller's to keep and change
     * @throws RelatednessOverflowException if the value cannot be held in the data type of the weights
     * @throws IllegalArgumentException if the function is not for so many towers
     */
    GroupEvaluation evaluate(List<INDArray> thetas, double[] coefficients);

    /**
     * Computes the value, with the gradients added to arrays that are there already. It is what a network calls in
     * every step of training; by default it adds what {@link #evaluate(List, double[])} gives, and a function that
     * needs less memory for that had better do it itself.
     *
     * @param thetas the weights of one layer, tower by tower, of one shape and data type; not modified
     * @param coefficients the learned scalars in the order of {@link #coefficientNames()}; not modified
     * @param scale factor of everything that is added, but not of the value
     * @param gradients by tower the array to which scale * ∂r/∂θ is added, of the shape of θ; null where nobody wants
     *     it
     * @param coefficientGradients to which scale * ∂r/∂ each learned scalar is added
     * @return r_w
     * @throws RelatednessOverflowException as {@link #evaluate(List, double[])}
     */
    default double addGradients(
            List<INDArray> thetas,
            double[] coefficients,
            double scale,
            List<? extends @Nullable INDArray> gradients,
            double[] coefficientGradients) {
        GroupEvaluation r = evaluate(thetas, coefficients);
        List<INDArray> own = new ArrayList<>(r.gradients());
        for (int t = 0; t < own.size(); t++) {
            INDArray gradient = gradients.get(t);
            if (gradient != null) {
                gradient.addi(own.get(t).muli(scale));
            }
        }
        for (int i = 0; i < coefficientGradients.length; i++) {
            coefficientGradients[i] += scale * r.coefficientGradients()[i];
        }
        return r.value();
    }

    /**
     * {@return the value alone, as {@link #evaluate(List, double[])} gives it, which is what this does by default; a
     * function that can tell it without the gradients had better do so}
     *
     * @throws RelatednessOverflowException as {@link #evaluate(List, double[])}
     */
    default double value(List<INDArray> thetas, double[] coefficients) {
        return evaluate(thetas, coefficients).value();
    }

    /** {@return the names of the learned scalars; empty by default} A name has no underscore. */
    default List<String> coefficientNames() {
        return List.of();
    }

    /** {@return where the learned scalars start, in the order of {@link #coefficientNames()}} */
    default double[] initialCoefficients() {
        return new double[0];
    }

    /** {@return whether the towers must start with equal weights for this function to be finite; false by default} */
    default boolean needsEqualStart() {
        return false;
    }

    /**
     * {@return ‖[vec W_1, …, vec W_T]‖_*, the sum of the singular values of the matrix that has the towers' weights for
     * its rows ("last axis flattening")} For equal towers it is √T·‖vec W‖₂, for a single one ‖vec W‖₂. It costs some
     * T² multiplications for each weight, and the eigenvalues of a matrix {@code [T, T]}.
     *
     * <p>Where singular values are 0, as where towers start equal, there is no gradient but a set of subgradients; that
     * of the least norm is taken, U Vᵀ over the singular values that are not 0. Those below 1e-6 of the largest (in
     * single precision; 1e-7 in double, 8e-3 in half) count as 0, as they are rounding.
     */
    static GroupRelatedness traceNorm() {
        return new TraceNorm(false);
    }

    /**
     * {@return Σ of ‖·‖_* over the unfoldings of the stack {@code [tower, …axes of W]} by each of its axes ("Tucker")}
     * It asks for few directions among the inputs, the outputs and the towers; for one tower whose weights are a matrix
     * it is 2‖W‖_* + ‖W‖_F. Subgradients are taken as in {@link #traceNorm()}.
     *
     * <p>It needs the eigenvalues of a matrix {@code [n, n]} for each axis, n being the axis's size or, if that is
     * less, the size of everything else: fine for convolutions, and slow, at some 20 n³ operations, for dense layers of
     * hundreds of units.
     */
    static GroupRelatedness tuckerTraceNorm() {
        return new TraceNorm(true);
    }

    /**
     * A value and its gradients.
     *
     * @param value r_w
     * @param gradients ∂r/∂θ of each tower, of the shape of θ
     * @param coefficientGradients ∂r/∂ each learned scalar
     */
    record GroupEvaluation(double value, List<INDArray> gradients, double[] coefficientGradients) {}
}
