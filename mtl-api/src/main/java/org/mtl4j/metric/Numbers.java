package org.mtl4j.metric;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.Arrays;
import org.mtl4j.internal.sum.BlockSum;
import org.mtl4j.internal.sum.ExactSum;

/**
 * Numbers that come in one by one, each with a weight: four bytes for a number as long as all of them are floats, none
 * for weights as long as all of them are 1. Not thread-safe.
 */
final class Numbers implements Serializable {
    private static final long serialVersionUID = 1L;

    /** An array's length can be no larger. */
    private static final int MOST = Integer.MAX_VALUE - 8;

    private float[] floats = new float[16];
    private double[] doubles = {};
    private double[] weights = {};
    private boolean wide;
    private boolean weighted;
    private int size;

    /** Leaves out the room that there is for more. */
    private void writeObject(ObjectOutputStream out) throws IOException {
        floats = Arrays.copyOf(floats, wide ? 0 : size);
        doubles = Arrays.copyOf(doubles, wide ? size : 0);
        weights = Arrays.copyOf(weights, weighted ? size : 0);
        out.defaultWriteObject();
    }

    void add(double value, double weight) {
        if (!wide && (float) value != value) { // also for NaN, which is never stored
            widen();
        }
        if (!weighted && weight != 1) {
            weights = new double[capacity()];
            Arrays.fill(weights, 0, size, 1);
            weighted = true;
        }
        makeRoom(1);
        if (wide) {
            doubles[size] = value;
        } else {
            floats[size] = (float) value;
        }
        if (weighted) {
            weights[size] = weight;
        }
        size++;
    }

    /** Adds numbers by the bits of floats, none of them NaN, each with the weight 1. */
    void addFloats(int[] bits) {
        if (!arePlain()) {
            for (int number : bits) {
                add(Float.intBitsToFloat(number), 1);
            }
            return;
        }
        makeRoom(bits.length);
        for (int i = 0; i < bits.length; i++) {
            floats[size + i] = Float.intBitsToFloat(bits[i]);
        }
        size += bits.length;
    }

    /** Sees to it that so many more find room. */
    private void makeRoom(int count) {
        int needed = checkedSize((long) size + count);
        if (needed > capacity()) {
            grow(needed);
        }
    }

    /** For how many an array is to have room that has to grow: half as many more, or those needed if they are more. */
    static int grown(int capacity, long needed) {
        return (int) Math.min(MOST, Math.max(needed, capacity + (capacity >> 1) + 16L));
    }

    /** A number of numbers that fits into an array. */
    static int checkedSize(long size) {
        if (size > MOST) {
            throw new IllegalStateException(
                    "a measure that needs all numbers at once has %d, and takes at most %d".formatted(size, MOST));
        }
        return (int) size;
    }

    void add(Numbers other) {
        int count = other.size; // other may be this
        if (arePlain() && other.arePlain()) {
            makeRoom(count);
            System.arraycopy(other.floats, 0, floats, size, count);
            size += count;
            return;
        }
        if (other.wide && !wide) {
            widen();
        }
        makeRoom(count);
        for (int i = 0; i < count; i++) {
            add(other.value(i), other.weight(i));
        }
    }

    private int capacity() {
        return wide ? doubles.length : floats.length;
    }

    private void widen() {
        doubles = new double[floats.length];
        for (int i = 0; i < size; i++) {
            doubles[i] = floats[i];
        }
        floats = new float[0];
        wide = true;
    }

    /** Finds room for so many by one copy: for half as many more than now, or for those alone if they are more. */
    private void grow(long needed) {
        int capacity = grown(capacity(), needed);
        floats = wide ? floats : Arrays.copyOf(floats, capacity);
        doubles = wide ? Arrays.copyOf(doubles, capacity) : doubles;
        weights = weighted ? Arrays.copyOf(weights, capacity) : weights;
    }

    int size() {
        return size;
    }

    double value(int index) {
        return wide ? doubles[index] : floats[index];
    }

    double weight(int index) {
        return weighted ? weights[index] : 1;
    }

    double totalWeight() {
        return weight(0, size);
    }

    /** Whether each has the weight 1 and is a float, as they mostly are. */
    boolean arePlain() {
        return !wide && !weighted;
    }

    /** Whether one is no float. */
    boolean areWide() {
        return wide;
    }

    /** The numbers themselves, {@link #size} of them, unless they are {@linkplain #areWide wide}. */
    float[] plain() {
        return floats;
    }

    /** A copy in rising order of the values. */
    Numbers sorted() {
        Numbers sorted = new Numbers();
        sorted.wide = wide;
        sorted.weighted = weighted;
        sorted.size = size;
        if (weighted) {
            int[] order = order();
            sorted.weights = new double[size];
            sorted.floats = new float[wide ? 0 : size];
            sorted.doubles = new double[wide ? size : 0];
            for (int i = 0; i < size; i++) {
                sorted.weights[i] = weights[order[i]];
                if (wide) {
                    sorted.doubles[i] = doubles[order[i]];
                } else {
                    sorted.floats[i] = floats[order[i]];
                }
            }
        } else {
            sorted.floats = Arrays.copyOf(floats, wide ? 0 : size);
            sorted.doubles = Arrays.copyOf(doubles, wide ? size : 0);
            FloatOrder.sort(sorted.floats);
            Arrays.sort(sorted.doubles);
        }
        return sorted;
    }

    /** The places in rising order of the values. */
    private int[] order() {
        if (wide) {
            Integer[] order = new Integer[size];
            Arrays.setAll(order, i -> i);
            Arrays.sort(order, (a, b) -> Double.compare(doubles[a], doubles[b]));
            return Arrays.stream(order).mapToInt(Integer::intValue).toArray();
        }
        return FloatOrder.order(Arrays.copyOf(floats, size));
    }

    /**
     * The weight of the numbers in these places, added up exactly and rounded once, so that the order in which they
     * came in does not matter.
     */
    double weight(int from, int to) {
        if (!weighted) {
            return to - from;
        }
        ExactSum sum = new ExactSum();
        for (int i = from; i < to; i++) {
            sum.add(weights[i]);
        }
        return sum.value();
    }

    /** The least number at or below which lies half of the weight; NaN without numbers. */
    double median() {
        if (arePlain()) {
            return size == 0 ? Double.NaN : FloatOrder.select(floats, size, (size - 1) / 2);
        }
        return sorted().medianOfSorted();
    }

    private double medianOfSorted() {
        double half = totalWeight() / 2;
        WeightUnits units = weighted ? WeightUnits.of(weights, size) : null;
        long soFar = 0;
        for (int i = 0; units != null && i < size; i++) {
            soFar += units.units()[i];
            if (soFar * units.unit() >= half) {
                return value(i);
            }
        }
        ExactSum below = new ExactSum();
        for (int i = 0; i < size; i++) {
            below.add(weight(i));
            if (below.value() >= half) {
                return value(i);
            }
        }
        return Double.NaN;
    }

    /** The mean of the weighted distances from {@code centre}; NaN without numbers. */
    double meanDistance(double centre) {
        ExactSum sum = new ExactSum();
        BlockSum adder = new BlockSum();
        double[] distances = new double[Math.min(size, BlockSum.BLOCK)];
        for (int from = 0; from < size; from += BlockSum.BLOCK) {
            int count = Math.min(size - from, BlockSum.BLOCK);
            for (int i = 0; i < count; i++) {
                distances[i] = weight(from + i) * Math.abs(value(from + i) - centre);
            }
            adder.add(sum, distances, count);
        }
        return sum.value() / totalWeight();
    }
}
