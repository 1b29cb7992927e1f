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

    /** Splits a double into two halves of 26 bits. */
    private static final double SPLITTER = (1 << 27) + 1;

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
        if (!isSquareExact(value)) {
            squares.add(lost(value, square));
        }
    }

    /**
     * Adds the first numbers of an array, each with the weight 1; they have to be floats, whose squares are exact. The
     * same to the bit as one after the other.
     *
     * @param count how many, at most {@link BlockSum#BLOCK}
     */
    public void addFloats(double[] values, int count, BlockSum adder) {
        double largest = BlockSum.largest(values, count);
        double[] products = new double[count];
        for (int i = 0; i < count; i++) {
            products[i] = values[i] * values[i];
        }
        add(values, products, count, adder, largest);
    }

    private void add(double[] values, double[] products, int count, BlockSum adder, double largest) {
        ones += count;
        adder.add(sum, values, count, largest);
        adder.add(squares, products, count, largest * largest);
    }

    /**
     * Adds differences of two floats each, with the weight 1, and their sizes to a sum. The same to the bit as one
     * after the other.
     *
     * @param count how many, at most {@link BlockSum#BLOCK}
     * @param sizes gets them
     * @return whether they were finite; if not, nothing has been added
     */
    public boolean addDifferences(double[] values, int count, BlockSum adder, ExactSum sizes) {
        double largest = BlockSum.largest(values, count);
        if (!(largest < Double.POSITIVE_INFINITY)) {
            return false;
        }
        double[] products = new double[count];
        double[] lost = new double[count];
        double[] size = new double[count];
        for (int i = 0; i < count; i++) {
            double value = values[i];
            double square = value * value;
            double scaled = SPLITTER * value; // by Dekker, 1971; differences of floats are of no extreme size
            double high = scaled - (scaled - value);
            double low = value - high;
            products[i] = square;
            lost[i] = ((high * high - square) + 2 * high * low) + low * low;
            size[i] = Math.abs(value);
        }
        add(values, products, count, adder, largest);
        adder.add(squares, lost, count, largest * largest * Math.ulp(1.0));
        adder.add(sizes, size, count, largest);
        return true;
    }

    /** Whether a number is a float whose square, of 48 bits, is no smaller than a double can be. */
    private static boolean isSquareExact(double value) {
        return (float) value == value & Math.abs(value) >= LEAST_EXACT;
    }

    /** What rounding has taken from a square. */
    private static double lost(double value, double square) {
        return Double.isFinite(square) ? Math.fma(value, value, -square) : 0;
    }

    private static void addProduct(ExactSum sum, double a, double b) {
        double product = a * b;
        sum.add(product);
        if (Double.isFinite(product)) {
            sum.add(Math.fma(a, b, -product));
        }
    }

    /** Adds so many zeros of the weight 1; of fewer than 0 as many that were added are taken away. */
    public void addZeros(long count) {
        ones += count;
    }

    /**
     * Adds numbers of the weight 1 by sums that nothing was rounded of.
     *
     * @param count how many numbers
     * @param total of the numbers
     * @param ofSquares what together is that of their squares
     */
    public void addSums(long count, double total, double... ofSquares) {
        ones += count;
        sum.add(total);
        for (double some : ofSquares) {
            squares.add(some);
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
