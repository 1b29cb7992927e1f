package org.mtl4j.dl4j.internal.cpu;

import java.nio.IntBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Tells fast whether a matrix has zeros and ones only, as labels mostly have. It looks at the numbers as bit patterns,
 * whose sums, other than those of floating-point numbers, the compiler may add up in any order and so in vectors.
 */
public final class ZeroOne {
    private static final int ONE = 0x3F800000;
    private static final int EXPONENT_OF_ONE = ONE >>> 23;

    /** So many numbers are looked at at a time: they stay in the cache. */
    private static final int CHUNK = 1024;

    /** Of fewer columns several rows are looked at together. */
    private static final int FEW = 64;

    private ZeroOne() {}

    /**
     * {@return true if all numbers are 0 or 1; false if one is not, or if it takes longer to tell so}
     *
     * @param matrix {@code [rows, columns]}
     * @param oneInEachRow whether each row must have exactly one 1, too
     */
    public static boolean isSureOf(INDArray matrix, boolean oneInEachRow) {
        long columns = matrix.size(1);
        if (columns > 1 << 16 || !HostMemory.isContiguous(matrix)) {
            return false;
        }
        IntBuffer memory = HostMemory.bits(matrix);
        int length = Math.toIntExact(matrix.length());
        int width = (int) columns;
        boolean byRow = oneInEachRow && width >= FEW;
        int step = byRow ? width : oneInEachRow ? CHUNK / width * width : CHUNK;
        int[] bits = new int[Math.min(step, length)];
        boolean sure = true;
        for (int from = 0; sure && from < length; from += step) {
            int count = Math.min(step, length - from);
            memory.get(bits, 0, count);
            sure = isSureOf(bits, count, byRow) && (byRow || !oneInEachRow || haveOneEach(bits, count, width));
        }
        HostMemory.reachabilityFence(matrix);
        return sure;
    }

    /** Tells whether each row of zeros and ones has exactly one 1. */
    private static boolean haveOneEach(int[] bits, int count, int width) {
        int other = 0;
        for (int from = 0; from < count; from += width) {
            int sum = 0;
            for (int i = from; i < from + width; i++) {
                sum += bits[i] >>> 23;
            }
            other |= sum ^ EXPONENT_OF_ONE;
        }
        return other == 0;
    }

    /**
     * Where no bit is set but those of 1, an exponent is at most that of 1. So its square is at most the product of
     * both, and is equal to it for 0 and 1 only.
     */
    private static boolean isSureOf(int[] bits, int count, boolean exactlyOne) {
        int any = 0;
        int sum = 0;
        int squares = 0;
        for (int i = 0; i < count; i++) {
            int pattern = bits[i];
            int exponent = pattern >>> 23;
            any |= pattern;
            sum += exponent;
            squares += exponent * exponent;
        }
        return (any == ONE || any == 0) && squares == EXPONENT_OF_ONE * sum && (!exactlyOne || sum == EXPONENT_OF_ONE);
    }
}
