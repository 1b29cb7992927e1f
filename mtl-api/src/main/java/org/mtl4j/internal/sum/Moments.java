package org.mtl4j.internal.sum;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.MathContext;

/**
 * Collects weighted sums of numbers and of their squares, without rounding before the result: the variance is then
 * right also where the mean is a million times the deviation, as it is not from two rounded sums.
 */
public final class Moments implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Digits of what is divided: some more than those of the double that it is rounded to. */
    private static final MathContext DIGITS = new MathContext(40);

    /** The square of a float of this size is a double that has lost nothing. */
    private static final double LEAST_EXACT = 1e-100;

    /** How many numbers had the weight 1, which are counted and not summed. */
    private long ones;

    private final ExactSum weights = new ExactSum();
    private final ExactSum sum = new ExactSum();
    private final ExactSum squares = new ExactSum();

    /** Adds a number, with a weight of at least 0. */
    public void add(double value, double weight) {
        if (weight == 1) {
            ones++;
            addPlain(value);
            return;
        }
        weights.add(weight);
        addProduct(sum, weight, value);
        double square = value * value;
        addProduct(squares, weight, square);
        if (Double.isFinite(square)) {
            addProduct(squares, weight, Math.fma(value, value, -square)); // what rounding has taken from the square
        }
    }

    private void addPlain(double value) {
        sum.add(value);
        double square = value * value;
        squares.add(square);
        boolean exact = (float) value == value && Math.abs(value) >= LEAST_EXACT; // 24 bits have a square of 48
        if (!exact && Double.isFinite(square)) {
            squares.add(Math.fma(value, value, -square));
        }
    }

    private static void addProduct(ExactSum sum, double a, double b) {
        double product = a * b;
        sum.add(product);
        if (Double.isFinite(product)) {
            sum.add(Math.fma(a, b, -product));
        }
    }

    /** Adds what another one has collected. */
    public void add(Moments other) {
        ones += other.ones;
        weights.add(other.weights);
        sum.add(other.sum);
        squares.add(other.squares);
    }

    /** {@return the sum of the squares, each times its weight} */
    public double squares() {
        return squares.value();
    }

    /** {@return the sum of the weights} */
    public double weight() {
        return allWeights().value();
    }

    private ExactSum allWeights() {
        ExactSum all = new ExactSum();
        all.add(weights);
        all.add(ones);
        return all;
    }

    /** {@return the mean; NaN without numbers} */
    public double mean() {
        return sum.value() / weight();
    }

    /** {@return the mean of the squared deviations from the mean; NaN without numbers, infinite if one was} */
    public double variance() {
        ExactSum all = allWeights();
        double n = all.value();
        if (!(n > 0) || !Double.isFinite(sum.value()) || !Double.isFinite(squares.value())) {
            return n > 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        }
        BigDecimal weight = all.exact();
        BigDecimal total = sum.exact();
        BigDecimal deviations = squares.exact().multiply(weight).subtract(total.multiply(total));
        return deviations.divide(weight.multiply(weight), DIGITS).doubleValue();
    }
}
