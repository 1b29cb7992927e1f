package org.mtl4j.dl4j.internal.cpu;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Looks for numbers that are not finite. */
public final class FiniteNumbers {
    private FiniteNumbers() {}

    /** {@return whether the sum is finite; one number that is not finite makes it so, and an overflow alone, too} */
    public static boolean hasFiniteSum(INDArray array) {
        INDArray wide = array.dataType() == DataType.HALF ? array.castTo(DataType.FLOAT) : array;
        boolean finite = Double.isFinite(wide.sumNumber().doubleValue());
        HostMemory.reachabilityFence(array, wide);
        return finite;
    }

    /**
     * {@return which is the first example that has a number that is not finite; -1 if all are finite}
     *
     * @param array {@code [batch, ...]} of real numbers
     */
    public static int firstExampleNotFinite(INDArray array) {
        if (!array.dataType().isFPType() || hasFiniteSum(array)) {
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
