package org.mtl4j.dl4j.internal.cpu;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Tells fast whether a matrix has codes only: whole numbers from 0, below a limit for each column. */
public final class WholeNumbers {
    /** So many numbers are looked at at a time: they stay in the cache. */
    private static final int CHUNK = 1024;

    private WholeNumbers() {}

    /**
     * {@return true if all numbers are codes; false if one is not, or if it takes longer to tell so}
     *
     * @param matrix {@code [rows, columns]}
     * @param limits by column
     */
    public static boolean areBelow(INDArray matrix, int... limits) {
        if (matrix.rank() != 2 || matrix.size(1) != limits.length || !HostMemory.isContiguous(matrix)) {
            return false;
        }
        FloatBuffer memory = HostMemory.floats(matrix);
        int length = Math.toIntExact(matrix.length());
        int most = Math.max(1, CHUNK / limits.length) * limits.length;
        float[] numbers = new float[Math.min(most, length)];
        int[] ofEach = Arrays.copyOf(limits, numbers.length);
        for (int done = limits.length; done < ofEach.length; done *= 2) {
            System.arraycopy(ofEach, 0, ofEach, done, Math.min(done, ofEach.length - done));
        }
        boolean sure = true;
        for (int from = 0; sure && from < length; from += most) {
            int count = Math.min(most, length - from);
            memory.get(from, numbers, 0, count);
            sure = areBelow(numbers, count, ofEach);
        }
        HostMemory.reachabilityFence(matrix);
        return sure;
    }

    private static boolean areBelow(float[] numbers, int count, int... limits) {
        int other = 0;
        for (int i = 0; i < count; i++) {
            int code = (int) numbers[i];
            int outside = (code | limits[i] - 1 - code) >> Integer.SIZE - 1;
            other |= outside | Float.floatToRawIntBits(code) ^ Float.floatToRawIntBits(numbers[i]);
        }
        return other == 0;
    }
}
