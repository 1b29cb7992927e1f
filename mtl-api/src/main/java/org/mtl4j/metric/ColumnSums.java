package org.mtl4j.metric;

import java.util.Arrays;
import org.mtl4j.internal.sum.BlockSum;
import org.mtl4j.internal.sum.ExactSum;
import org.mtl4j.internal.sum.Moments;

/**
 * Sums labels and errors, their squares and the sizes of errors, of all columns of a block of rows at once: as the rows
 * lie, so that no column has to be taken out, and without rounding, so that what comes out does not depend on the
 * order. Squares of labels, which have at most 48 bits, are split into two parts by rounding them to a multiple of one
 * that fits the largest of their column, as {@link BlockSum} does, and errors into two of about 21 bits; plain sums of
 * these parts and of their products are exact, as long as no number of a column has bits below {@link #lowestBit}. Not
 * thread-safe.
 */
final class ColumnSums {
    /** About so many numbers are added at a time, each in a place of its own: all sums stay in the nearest cache. */
    private static final int PLACES = 384;

    /** So far below its bound the first part of an error goes, and so far the second. */
    private static final int FIRST_BITS = 21;

    private static final int BOTH_BITS = 43;

    /** So far below its bound the first part of a square goes. */
    private static final int SQUARE_BITS = 42;

    private static final int FRACTION_BITS = 52;

    private final int columns;
    private final int places;
    private final double[] labels;
    private final double[] errors;
    private final double[] squareSplitter;
    private final double[] errorSplitter;
    private final double[] labelSums;
    private final double[] highSquares;
    private final double[] lowSquares;
    private final double[] errorSums;
    private final double[] errorSizes;
    private final double[] highErrors;
    private final double[] mixedErrors;
    private final double[] lowErrors;

    ColumnSums(int columns) {
        this.columns = columns;
        this.places = columns * rowsTogether(columns);
        labels = new double[places];
        errors = new double[places];
        squareSplitter = new double[places];
        errorSplitter = new double[places];
        labelSums = new double[places];
        highSquares = new double[places];
        lowSquares = new double[places];
        errorSums = new double[places];
        errorSizes = new double[places];
        highErrors = new double[places];
        mixedErrors = new double[places];
        lowErrors = new double[places];
    }

    /** How many rows are added at a time, a power of two. */
    static int rowsTogether(int columns) {
        return Integer.highestOneBit(Math.max(1, PLACES / columns));
    }

    /** Sums are exact if labels and predictions are below 2 to an exponent, and multiples of 2 to what this returns. */
    static int lowestBit(int exponent) {
        return exponent + 1 - BOTH_BITS;
    }

    /**
     * Begins a block of at most {@link BlockSum#BLOCK} rows.
     *
     * @param exponents by column: its labels and predictions are below 2 to this, of either sign
     */
    void start(int[] exponents) {
        for (int i = 0; i < columns; i++) {
            squareSplitter[i] = splitter(2 * exponents[i] - SQUARE_BITS);
            errorSplitter[i] = splitter(exponents[i] + 1 - FIRST_BITS); // a difference is at most twice as large
        }
        for (int done = columns; done < places; done *= 2) {
            System.arraycopy(squareSplitter, 0, squareSplitter, done, done);
            System.arraycopy(errorSplitter, 0, errorSplitter, done, done);
        }
        for (double[] each : sums()) {
            Arrays.fill(each, 0);
        }
    }

    /** A number that leaves multiples of 2 to this, if it is added and subtracted. */
    private static double splitter(int exponent) {
        return Math.scalb(1.5, exponent + FRACTION_BITS);
    }

    private double[][] sums() {
        return new double[][] {
            labelSums, highSquares, lowSquares, errorSums, errorSizes, highErrors, mixedErrors, lowErrors
        };
    }

    /** Adds some rows of the block, in several short loops, as the compiler makes no vectors of long ones. */
    void add(int[] ofLabels, int[] ofPredictions, int from, int to) {
        for (int place = from; place < to; place += places) {
            read(ofLabels, ofPredictions, place, Math.min(places, to - place));
            addLabelSquares(labels, squareSplitter, highSquares, lowSquares, places);
            addNumbers(labels, labelSums, errors, errorSums, places);
            addHighErrors(errors, errorSplitter, highErrors, mixedErrors, places);
            addLowErrors(errors, errorSplitter, lowErrors, errorSizes, places);
        }
    }

    private void read(int[] ofLabels, int[] ofPredictions, int place, int count) {
        double[] label = labels;
        double[] error = errors;
        for (int i = 0; i < count; i++) {
            double number = Float.intBitsToFloat(ofLabels[place + i]);
            label[i] = number;
            error[i] = Float.intBitsToFloat(ofPredictions[place + i]) - number;
        }
        Arrays.fill(label, count, label.length, 0);
        Arrays.fill(error, count, error.length, 0);
    }

    private static void addLabelSquares(double[] labels, double[] splitter, double[] high, double[] low, int count) {
        for (int i = 0; i < count; i++) {
            double square = labels[i] * labels[i];
            double part = (square + splitter[i]) - splitter[i];
            high[i] += part;
            low[i] += square - part;
        }
    }

    private static void addNumbers(double[] labels, double[] sums, double[] errors, double[] errorSums, int count) {
        for (int i = 0; i < count; i++) {
            sums[i] += labels[i];
            errorSums[i] += errors[i];
        }
    }

    private static void addHighErrors(double[] errors, double[] splitter, double[] high, double[] mixed, int count) {
        for (int i = 0; i < count; i++) {
            double part = (errors[i] + splitter[i]) - splitter[i];
            high[i] += part * part;
            mixed[i] += part * (errors[i] - part);
        }
    }

    private static void addLowErrors(double[] errors, double[] splitter, double[] low, double[] sizes, int count) {
        for (int i = 0; i < count; i++) {
            double part = errors[i] - ((errors[i] + splitter[i]) - splitter[i]);
            low[i] += part * part;
            sizes[i] += Math.abs(errors[i]);
        }
    }

    /** Ends the block: from now on the first place of each column has the sum of all. */
    void end() {
        for (double[] each : sums()) {
            for (int half = places / 2; half >= columns; half /= 2) {
                for (int i = 0; i < half; i++) {
                    each[i] += each[half + i];
                }
            }
        }
    }

    /** Adds the labels of a column of the block, of so many rows, to moments. */
    void addLabelsTo(Moments moments, int column, int rows) {
        moments.addSums(rows, labelSums[column], highSquares[column], lowSquares[column]);
    }

    /** Adds the errors of a column of the block, of so many rows, to moments, and their sizes to a sum. */
    void addErrorsTo(Moments moments, ExactSum sizes, int column, int rows) {
        moments.addSums(rows, errorSums[column], highErrors[column], 2 * mixedErrors[column], lowErrors[column]);
        sizes.add(errorSizes[column]);
    }
}
