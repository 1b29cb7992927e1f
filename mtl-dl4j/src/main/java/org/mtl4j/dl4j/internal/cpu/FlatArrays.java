package org.mtl4j.dl4j.internal.cpu;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes on arrays of all parameters, piece by piece, on the thread that calls unless they are long. Rounds as ND4J's
 * operations do; these wake other threads up for an array that one has done before they come.
 *
 * <p>All arrays of a call are such that they are {@linkplain #supports supported} together.
 */
public final class FlatArrays {
    /** Numbers at a time: what is read and written of them stays in the nearest cache. */
    private static final int PIECE = 1024;

    /** So many of them at a time at most. */
    private static final int MOST_PIECES = 4;

    /** Longer arrays are worth to wake other threads. */
    private static final int LONGEST_FOR_ONE = 1 << 20;

    /** What a thread works in: arrays for each call would be most of the garbage of a step of a small network. */
    private static final ThreadLocal<float[][]> PIECES = ThreadLocal.withInitial(() -> new float[MOST_PIECES][PIECE]);

    private FlatArrays() {}

    /** Tells whether these arrays are such that this class can compute on them together. */
    public static boolean supports(INDArray... arrays) {
        for (INDArray array : arrays) {
            if (array.length() != arrays[0].length() || !HostMemory.isFloatOnHost(array) || !isFlat(array)) {
                return false;
            }
        }
        return true;
    }

    /** Tells whether an array is one row of numbers without gaps, whatever its order and its other dimensions are. */
    private static boolean isFlat(INDArray array) {
        for (int d = 0; d < array.rank(); d++) {
            if (array.size(d) != 1 && (array.size(d) != array.length() || array.stride(d) != 1)) {
                return false;
            }
        }
        return true;
    }

    /** Computes {@code sum = sum + more}. */
    public static void add(INDArray sum, INDArray more) {
        inPieces(sum, more, FlatArrays::add);
    }

    /** Computes {@code from = from - what}. */
    public static void subtract(INDArray from, INDArray what) {
        inPieces(from, what, FlatArrays::subtract);
    }

    private static void add(float[] sum, float[] more) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += more[i];
        }
    }

    private static void subtract(float[] from, float[] what) {
        for (int i = 0; i < from.length; i++) {
            from[i] -= what[i];
        }
    }

    /** Tells whether arrays, of any shape, are dense, and equal offsets hold equal places. */
    public static boolean lieAlike(INDArray... arrays) {
        for (INDArray array : arrays) {
            if (!HostMemory.isFloatOnHost(array) || !hasNoGaps(array) || !hasShapeAndStrides(array, arrays[0])) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasShapeAndStrides(INDArray array, INDArray other) {
        if (array.rank() != other.rank()) {
            return false;
        }
        for (int d = 0; d < array.rank(); d++) {
            if (array.size(d) != other.size(d) || array.size(d) != 1 && array.stride(d) != other.stride(d)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Computes {@code d = factor * (first - second)} and adds it to one array and subtracts it from another, with the
     * roundings of ND4J on one thread. All arrays lie {@linkplain #lieAlike alike}.
     *
     * @param sum to which d is added; null for none
     * @param rest from which d is subtracted; null for none
     * @return the Euclidean norm of the difference, without the factor
     */
    public static float addDifference(
            INDArray first, INDArray second, float factor, @Nullable INDArray sum, @Nullable INDArray rest) {
        FloatBuffer a = HostMemory.floats(first);
        FloatBuffer b = HostMemory.floats(second);
        FloatBuffer sums = sum == null ? null : HostMemory.floats(sum);
        FloatBuffer rests = rest == null ? null : HostMemory.floats(rest);
        float[][] pieces = PIECES.get();
        float[] difference = pieces[0];
        float[] other = pieces[1];
        float squares = 0;
        for (int at = 0; at < a.capacity(); at += PIECE) {
            int count = Math.min(PIECE, a.capacity() - at);
            a.get(at, difference, 0, count);
            b.get(at, other, 0, count);
            subtract(difference, other);
            for (int i = 0; i < count; i++) {
                squares += difference[i] * difference[i];
            }
            multiply(difference, factor);
            if (rests != null) {
                rests.get(at, other, 0, count);
                subtract(other, difference);
                rests.put(at, other, 0, count);
            }
            if (sums != null) {
                sums.get(at, other, 0, count);
                add(other, difference);
                sums.put(at, other, 0, count);
            }
        }
        HostMemory.reachabilityFence(first, second);
        Reference.reachabilityFence(sum);
        Reference.reachabilityFence(rest);
        return (float) Math.sqrt(squares);
    }

    /**
     * Tells whether the sum of an array is finite, which one number that is not makes otherwise. A long one is added up
     * in parts, each of which has to be.
     *
     * @param array one that is {@linkplain #supports supported}
     */
    static boolean hasFiniteSum(INDArray array) {
        FloatBuffer numbers = HostMemory.floats(array);
        AtomicBoolean finite = new AtomicBoolean(true);
        inParts(numbers.capacity(), (from, to) -> {
            if (!hasFiniteSum(numbers, from, to)) {
                finite.set(false);
            }
        });
        HostMemory.reachabilityFence(array);
        return finite.get();
    }

    private static boolean hasFiniteSum(FloatBuffer numbers, int from, int to) {
        float[][] pieces = PIECES.get();
        float[] sums = pieces[0];
        float[] piece = pieces[1];
        Arrays.fill(sums, 0);
        for (int at = from; at < to; at += PIECE) {
            int count = Math.min(PIECE, to - at);
            numbers.get(at, piece, 0, count);
            Arrays.fill(piece, count, PIECE, 0);
            add(sums, piece);
        }
        float sum = 0;
        for (float each : sums) {
            sum += each;
        }
        return Float.isFinite(sum);
    }

    private interface Single {
        void change(float[] numbers);
    }

    private static void inPieces(INDArray numbers, Single single) {
        FloatBuffer all = HostMemory.floats(numbers);
        inParts(all.capacity(), (from, to) -> {
            float[] piece = PIECES.get()[0];
            for (int at = from; at < to; at += PIECE) {
                int count = Math.min(PIECE, to - at);
                all.get(at, piece, 0, count);
                single.change(piece);
                all.put(at, piece, 0, count);
            }
        });
        HostMemory.reachabilityFence(numbers);
    }

    private interface Pair {
        void change(float[] first, float[] second);
    }

    private static void inPieces(INDArray first, INDArray second, Pair pair) {
        FloatBuffer ofFirst = HostMemory.floats(first);
        FloatBuffer ofSecond = HostMemory.floats(second);
        inParts(ofFirst.capacity(), (from, to) -> {
            float[][] pieces = PIECES.get();
            float[] a = pieces[0];
            float[] b = pieces[1];
            for (int at = from; at < to; at += PIECE) {
                int count = Math.min(PIECE, to - at);
                ofFirst.get(at, a, 0, count);
                ofSecond.get(at, b, 0, count);
                pair.change(a, b);
                ofFirst.put(at, a, 0, count);
            }
        });
        HostMemory.reachabilityFence(first, second);
    }

    /**
     * Computes the inner products of rows at the places where a mask is 1. Each is added up in {@value #PIECE} sums in
     * single precision, and these in double precision.
     *
     * @param mask of zeros and ones
     * @return symmetric, a row and a column for each of the rows
     */
    public static double[][] products(List<INDArray> rows, INDArray mask) {
        List<FloatBuffer> all = rows.stream().map(HostMemory::floats).toList();
        FloatBuffer ones = HostMemory.floats(mask);
        int count = rows.size();
        float[][][] sums = new float[count][count][PIECE];
        float[][] pieces = new float[count][PIECE];
        float[] places = new float[PIECE];
        for (int at = 0; at < ones.capacity(); at += PIECE) {
            int length = Math.min(PIECE, ones.capacity() - at);
            Arrays.fill(places, length, PIECE, 0); // so that what is left of the piece before doesn't count
            ones.get(at, places, 0, length);
            for (int i = 0; i < count; i++) {
                all.get(i).get(at, pieces[i], 0, length);
                multiply(pieces[i], places);
                for (int j = 0; j <= i; j++) {
                    addProducts(sums[i][j], pieces[i], pieces[j]);
                }
            }
        }
        HostMemory.reachabilityFence(rows.toArray(INDArray[]::new));
        HostMemory.reachabilityFence(mask);
        double[][] products = new double[count][count];
        for (int i = 0; i < count; i++) {
            for (int j = 0; j <= i; j++) {
                double product = 0;
                for (float sum : sums[i][j]) {
                    product += sum;
                }
                products[i][j] = product;
                products[j][i] = product;
            }
        }
        return products;
    }

    private static void multiply(float[] numbers, float[] factors) {
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] *= factors[i];
        }
    }

    private static void addProducts(float[] sums, float[] first, float[] second) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += first[i] * second[i];
        }
    }

    /**
     * Computes {@code sum = sum + (weight * weighted + whole) * row}.
     *
     * @param weighted 1 where the row has this weight, and else 0
     * @param whole 1 where the row has weight 1, and else 0
     */
    public static void addWeighted(INDArray sum, INDArray row, float weight, INDArray weighted, INDArray whole) {
        FloatBuffer sums = HostMemory.floats(sum);
        FloatBuffer numbers = HostMemory.floats(row);
        FloatBuffer ofWeighted = HostMemory.floats(weighted);
        FloatBuffer ofWhole = HostMemory.floats(whole);
        inParts(sums.capacity(), (from, to) -> {
            float[][] pieces = PIECES.get();
            float[] s = pieces[0];
            float[] n = pieces[1];
            float[] w = pieces[2];
            float[] o = pieces[3];
            for (int at = from; at < to; at += PIECE) {
                int count = Math.min(PIECE, to - at);
                sums.get(at, s, 0, count);
                numbers.get(at, n, 0, count);
                ofWeighted.get(at, w, 0, count);
                ofWhole.get(at, o, 0, count);
                addWeighted(s, n, weight, w, o);
                sums.put(at, s, 0, count);
            }
        });
        HostMemory.reachabilityFence(sum, row, weighted, whole);
    }

    private static void addWeighted(float[] sum, float[] row, float weight, float[] weighted, float[] whole) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += (weight * weighted[i] + whole[i]) * row[i];
        }
    }

    private interface Part {
        void run(int from, int to);
    }

    private static void inParts(int length, Part part) {
        int pieces = (length + PIECE - 1) / PIECE;
        int parts = ParallelLoop.parts(pieces, length);
        ParallelLoop.Part body = (number, from, to) -> part.run(from * PIECE, Math.min(length, to * PIECE));
        if (length <= LONGEST_FOR_ONE) {
            ParallelLoop.runBriefly(pieces, parts, body);
        } else {
            ParallelLoop.run(pieces, parts, body);
        }
    }

    /**
     * Computes {@code numbers = numbers * factor}, of arrays of any type, place and order, with the roundings of ND4J.
     */
    public static void scale(INDArray numbers, double factor) {
        if (!HostMemory.isFloatOnHost(numbers) || !hasNoGaps(numbers)) {
            numbers.muli(factor);
            return;
        }
        float single = (float) factor;
        inPieces(numbers, piece -> multiply(piece, single));
    }

    private static void multiply(float[] numbers, float factor) {
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] *= factor;
        }
    }

    /** Tells whether the numbers of an array lie side by side, in the order of its dimensions or against it. */
    private static boolean hasNoGaps(INDArray array) {
        long forwards = 1;
        long backwards = 1;
        boolean isForwards = true;
        boolean isBackwards = true;
        for (int d = 0; d < array.rank(); d++) {
            int last = array.rank() - 1 - d;
            isForwards &= array.size(d) == 1 || array.stride(d) == forwards;
            isBackwards &= array.size(last) == 1 || array.stride(last) == backwards;
            forwards *= array.size(d);
            backwards *= array.size(last);
        }
        return isForwards || isBackwards;
    }

    /** Computes {@code numbers = numbers / divisor}. */
    public static void divide(INDArray numbers, float divisor) {
        inPieces(numbers, piece -> divide(piece, divisor));
    }

    private static void divide(float[] numbers, float divisor) {
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] /= divisor;
        }
    }

    /**
     * Holds what the numbers of a step of Adam have in common.
     *
     * @param beta1 of the first moment
     * @param beta2 of the second moment
     * @param rate the learning rate, with what corrects the moments of early steps
     * @param epsilon added to the root of the second moment
     */
    public record AdamFactors(float beta1, float beta2, float rate, float epsilon) {}

    /**
     * Makes a step of Adam (Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015), with the roundings of
     * ND4J's operation {@code adam_updater}.
     *
     * @param gradient receives what is to be subtracted from the parameters
     * @param first moment, changed
     * @param second moment, changed
     */
    public static void adam(INDArray gradient, INDArray first, INDArray second, AdamFactors factors) {
        adam(gradient, 1, first, second, factors, null, 0);
    }

    /**
     * Makes a step of Adam in one pass over all that it reads: divides the gradient first, and subtracts the step from
     * the parameters.
     *
     * @param gradient receives what was subtracted from the parameters
     * @param divisor of the gradient
     * @param first moment, changed
     * @param second moment, changed
     * @param parameters a flat array in which these lie; null for none
     * @param start where they lie in it
     */
    public static void adam(
            INDArray gradient,
            float divisor,
            INDArray first,
            INDArray second,
            AdamFactors factors,
            @Nullable INDArray parameters,
            int start) {
        FloatBuffer gradients = HostMemory.floats(gradient);
        FloatBuffer firsts = HostMemory.floats(first);
        FloatBuffer seconds = HostMemory.floats(second);
        FloatBuffer changed = parameters == null ? null : HostMemory.floats(parameters);
        inParts(gradients.capacity(), (from, to) -> {
            float[][] pieces = PIECES.get();
            float[] g = pieces[0];
            float[] m = pieces[1];
            float[] v = pieces[2];
            float[] p = pieces[3];
            for (int at = from; at < to; at += PIECE) {
                int count = Math.min(PIECE, to - at);
                gradients.get(at, g, 0, count);
                firsts.get(at, m, 0, count);
                seconds.get(at, v, 0, count);
                if (divisor != 1) {
                    divide(g, divisor);
                }
                average(g, factors.beta1, m);
                averageSquares(g, factors.beta2, v);
                step(m, v, factors.rate, factors.epsilon, g);
                gradients.put(at, g, 0, count);
                firsts.put(at, m, 0, count);
                seconds.put(at, v, 0, count);
                if (changed != null) {
                    changed.get(start + at, p, 0, count);
                    subtract(p, g);
                    changed.put(start + at, p, 0, count);
                }
            }
        });
        HostMemory.reachabilityFence(gradient, first, second);
        Reference.reachabilityFence(parameters);
    }

    private static void average(float[] gradient, float beta, float[] moment) {
        float rest = 1 - beta;
        for (int i = 0; i < moment.length; i++) {
            moment[i] = beta * moment[i] + gradient[i] * rest;
        }
    }

    private static void averageSquares(float[] gradient, float beta, float[] moment) {
        float rest = 1 - beta;
        for (int i = 0; i < moment.length; i++) {
            moment[i] = beta * moment[i] + gradient[i] * gradient[i] * rest;
        }
    }

    private static void step(float[] first, float[] second, float rate, float epsilon, float[] step) {
        for (int i = 0; i < step.length; i++) {
            step[i] = first[i] * rate / ((float) Math.sqrt(second[i]) + epsilon);
        }
    }

    /** {@return so many numbers: these, over and over again} */
    public static float[] repeated(float[] numbers, int count) {
        float[] all = Arrays.copyOf(numbers, count);
        for (int at = numbers.length; at < count; at += numbers.length) {
            System.arraycopy(numbers, 0, all, at, Math.min(numbers.length, count - at));
        }
        return all;
    }
}
