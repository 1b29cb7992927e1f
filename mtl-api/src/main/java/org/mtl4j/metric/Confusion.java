package org.mtl4j.metric;

import com.google.common.primitives.Doubles;
import com.google.common.primitives.ImmutableLongArray;
import java.io.Serializable;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.sum.ExactSum;

/** Holds the numbers of a confusion matrix row by row, with their sums, which are added up once. Immutable. */
final class Confusion extends AbstractList<Double> implements RandomAccess, Serializable {
    private static final long serialVersionUID = 1L;

    /** Up to here every whole number is a double. */
    private static final double MOST_COUNTED = 1L << 53;

    private final double[] numbers;
    /** The numbers where they are counts; else null. */
    private final @Nullable ImmutableLongArray counts;
    /** Null before it is asked for. */
    private transient volatile @Nullable Sums sums;

    /**
     * The exact sums of the numbers, rounded once.
     *
     * @param ofRows of each labelled class
     * @param ofColumns of each predicted class, and last of predictions that are none
     */
    @SuppressWarnings("ArrayRecordComponent") // not compared
    record Sums(double[] ofRows, double[] ofColumns, double ofAll) {}

    private Confusion(double[] numbers, @Nullable ImmutableLongArray counts) {
        this.numbers = numbers;
        this.counts = counts;
    }

    /** Takes whole numbers as they are. */
    static Confusion of(ImmutableLongArray counts) {
        return new Confusion(new double[0], counts);
    }

    /** Takes numbers that nobody changes any more. */
    static Confusion ofOwn(double[] numbers) {
        return new Confusion(numbers, null);
    }

    /** A copy. */
    static Confusion of(List<Double> numbers) {
        return numbers instanceof Confusion same ? same : ofOwn(Doubles.toArray(numbers));
    }

    @Override
    public Double get(int index) {
        return at(index);
    }

    @Override
    public int size() {
        return counts == null ? numbers.length : counts.length();
    }

    double at(int place) {
        return counts == null ? numbers[place] : counts.get(place);
    }

    /**
     * The sums.
     *
     * @param rows how many there are; there is one column more
     */
    Sums sums(int rows) {
        Sums known = sums;
        if (known == null) {
            known = plainSums(rows);
            known = known == null ? exactSums(rows) : known;
            sums = known;
        }
        return known;
    }

    /** Adds up whole numbers, as those of examples without weights are; null if there are others. */
    private @Nullable Sums plainSums(int rows) {
        int width = rows + 1;
        double[] ofRows = new double[rows];
        double[] ofColumns = new double[width];
        double all = 0;
        boolean whole = true;
        for (int row = 0; row < rows; row++) {
            double sum = 0;
            for (int column = 0; column < width; column++) {
                double number = at(row * width + column);
                whole &= number >= 0 & number == Math.rint(number);
                sum += number;
                ofColumns[column] += number;
            }
            ofRows[row] = sum;
            all += sum;
        }
        return whole && all <= MOST_COUNTED ? new Sums(ofRows, ofColumns, all) : null;
    }

    private Sums exactSums(int rows) {
        int width = rows + 1;
        double[] ofRows = new double[rows];
        double[] ofColumns = new double[width];
        for (int row = 0; row < rows; row++) {
            ofRows[row] = exactSum(row * width, (row + 1) * width, 1);
        }
        for (int column = 0; column < width; column++) {
            ofColumns[column] = exactSum(column, size(), width);
        }
        return new Sums(ofRows, ofColumns, exactSum(0, size(), 1));
    }

    private double exactSum(int from, int to, int step) {
        ExactSum sum = new ExactSum();
        for (int i = from; i < to; i += step) {
            sum.add(at(i));
        }
        return sum.value();
    }
}
