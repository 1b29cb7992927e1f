package org.mtl4j.dl4j.internal.cpu;

import java.nio.IntBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Looks for numbers that are not finite. */
public final class FiniteNumbers {
    private static final int INFINITE = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

    /** So many numbers are looked at at a time, which stay in the cache. */
    private static final int CHUNK = 2048;

    private FiniteNumbers() {}

    /** {@return whether the sum is finite; one number that is not finite makes it so, and an overflow alone, too} */
    public static boolean hasFiniteSum(INDArray array) {
        if (FlatArrays.supports(array)) {
            return FlatArrays.hasFiniteSum(array);
        }
        INDArray wide = array.dataType() == DataType.HALF ? array.castTo(DataType.FLOAT) : array;
        boolean finite = Double.isFinite(wide.sumNumber().doubleValue());
        HostMemory.reachabilityFence(array, wide);
        return finite;
    }

    /** {@return true if all numbers are finite; false if one is not, or if it takes longer to tell so} */
    public static boolean isSureOf(INDArray array) {
        return HostMemory.isContiguous(array) && areFinite(array);
    }

    /** Looks at the bits where they are; that takes half the time of a sum by ND4J. */
    private static boolean areFinite(INDArray array) {
        if (!HostMemory.isContiguous(array)) {
            return hasFiniteSum(array);
        }
        IntBuffer memory = HostMemory.bits(array);
        int length = Math.toIntExact(array.length());
        int[] bits = new int[Math.min(length, CHUNK)];
        boolean finite = true;
        for (int from = 0; finite && from < length; from += bits.length) {
            int count = Math.min(bits.length, length - from);
            memory.get(bits, 0, count);
            finite = areFinite(bits, count);
        }
        HostMemory.reachabilityFence(array);
        return finite;
    }

    /** Counts, as the compiler adds up in vectors. */
    private static boolean areFinite(int[] bits, int count) {
        int finite = 0;
        for (int i = 0; i < count; i++) {
            finite += (bits[i] & Integer.MAX_VALUE) - INFINITE >>> Integer.SIZE - 1; // 1 of a finite number
        }
        return finite == count;
    }

    /**
     * {@return which is the first example that has a number that is not finite; -1 if all are finite}
     *
     * @param array {@code [batch, ...]} of real numbers
     */
    public static int firstExampleNotFinite(INDArray array) {
        if (!array.dataType().isFPType() || areFinite(array)) {
            return -1;
        }
        double[] numbers = MatrixValues.copied(array);
        int perExample = numbers.length / Math.toIntExact(array.size(0));
        for (int i = 0; i < numbers.length; i++) {
            if (!Double.isFinite(numbers[i])) {
                return i / perExample;
            }
        }
        return -1;
    }
}
