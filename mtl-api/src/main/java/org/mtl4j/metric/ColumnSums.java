package org.mtl4j.metric;

import java.util.Arrays;
import org.mtl4j.internal.sum.BlockSum;
import org.mtl4j.internal.sum.ExactSum;
import org.mtl4j.internal.sum.Moments;

/**
 * Sums numbers, their sizes and their squares, of all columns of a block of rows at once: as the rows lie, so that no
 * column has to be taken out, and without rounding, so that what comes out does not depend on the order. Each number is
 * split into two of about 21 bits by rounding it to a multiple of one that fits the largest of its column, as
 * {@link BlockSum} does; plain sums of products of these are exact. Numbers that have more bits, which are far smaller
 * than the largest of their column, make {@link #isExact} false: then others must sum. Not thread-safe.
 */
final class ColumnSums {
    /** About so many numbers are added at a time, each in a place of its own: all sums stay in the nearest cache. */
    private static final int PLACES = 256;

    /** So far below its column's bound the first part of a number goes, and so far the second. */
    private static final int FIRST_BITS = 21;

    private static final int BOTH_BITS = 43;

    private static final int FRACTION_BITS = 52;

    private final int columns;
    private final int places;
    private final double[] numbers;
    private final double[] first;
    private final double[] second;
    private final double[] high;
    private final double[] low;
    private final double[] rests;
    private final double[] sums;
    private final double[] sizes;
    private final double[] highSquares;
    private final double[] products;
    private final double[] lowSquares;

    ColumnSums(int columns) {
        this.columns = columns;
        this.places = columns * rowsTogether(columns);
        numbers = new double[places];
        first = new double[places];
        second = new double[places];
        high = new double[places];
        low = new double[places];
        rests = new double[places];
        sums = new double[places];
        sizes = new double[places];
        highSquares = new double[places];
        products = new double[places];
        lowSquares = new double[places];
    }

    /** How many rows are added at a time. */
    static int rowsTogether(int columns) {
        return Math.max(1, PLACES / columns);
    }

    /**
     * Begins a block of at most {@link BlockSum#BLOCK} rows.
     *
     * @param exponents by column: its numbers are below 2 to this, of either sign
     */
    void start(int[] exponents) {
        for (int i = 0; i < columns; i++) {
            first[i] = Math.scalb(1.5, exponents[i] - FIRST_BITS + FRACTION_BITS);
            second[i] = Math.scalb(1.5, exponents[i] - BOTH_BITS + FRACTION_BITS);
        }
        for (int i = columns; i < places; i++) {
            first[i] = first[i - columns];
            second[i] = second[i - columns];
        }
        for (double[] each : new double[][] {rests, sums, sizes, highSquares, products, lowSquares}) {
            Arrays.fill(each, 0);
        }
    }

    /** Where the next rows are put, as many as are added at a time, and 0 behind the last; for {@link #add}. */
    double[] numbers() {
        return numbers;
    }

    /** Adds the numbers that were put there, in several short loops, as the compiler makes no vectors of long ones. */
    void add() {
        int count = places;
        split(numbers, first, second, high, low, rests, count);
        addSquares(high, highSquares, numbers, sums, count);
        addProducts(high, low, products, lowSquares, count);
        addSizes(numbers, sizes, count);
    }

    private static void split(
            double[] numbers, double[] first, double[] second, double[] high, double[] low, double[] rests, int count) {
        for (int i = 0; i < count; i++) {
            double number = numbers[i];
            double part = (number + first[i]) - first[i];
            high[i] = part;
            number -= part;
            part = (number + second[i]) - second[i];
            low[i] = part;
            rests[i] += Math.abs(number - part);
        }
    }

    private static void addSquares(double[] parts, double[] squares, double[] numbers, double[] sums, int count) {
        for (int i = 0; i < count; i++) {
            squares[i] += parts[i] * parts[i];
            sums[i] += numbers[i];
        }
    }

    private static void addProducts(double[] high, double[] low, double[] products, double[] squares, int count) {
        for (int i = 0; i < count; i++) {
            products[i] += high[i] * low[i];
            squares[i] += low[i] * low[i];
        }
    }

    private static void addSizes(double[] numbers, double[] sizes, int count) {
        for (int i = 0; i < count; i++) {
            sizes[i] += Math.abs(numbers[i]);
        }
    }

    /** Tells whether nothing was lost of a column of the block. */
    boolean isExact(int column) {
        return sum(rests, column) == 0; // which NaN is not
    }

    /** Adds a column of the block, of so many rows, to moments. */
    void addTo(Moments moments, int column, int rows) {
        moments.addSums(
                rows, sum(sums, column), sum(highSquares, column), 2 * sum(products, column), sum(lowSquares, column));
    }

    /** Adds the sizes of a column of the block to a sum. */
    void addSizesTo(ExactSum sum, int column) {
        sum.add(sum(sizes, column));
    }

    private double sum(double[] all, int column) {
        double sum = 0;
        for (int i = column; i < places; i += columns) {
            sum += all[i];
        }
        return sum;
    }
}
