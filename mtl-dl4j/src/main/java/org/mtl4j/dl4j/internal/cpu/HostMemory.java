package org.mtl4j.dl4j.internal.cpu;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Gives access to single-precision arrays in the memory of the CPU, as NIO buffers and native pointers over that
 * memory.
 */
public final class HostMemory {
    private static final long MAX_LENGTH = Integer.MAX_VALUE / Float.BYTES;

    private HostMemory() {}

    /**
     * Tells whether all arrays can be accessed as buffers in c order.
     *
     * @return true if the backend is a CPU's and all arrays are of type FLOAT, in c order without gaps, and smaller
     *     than 2 GiB
     */
    public static boolean isContiguous(INDArray... arrays) {
        for (INDArray array : arrays) {
            if (!isFloatOnHost(array) || array.ordering() != 'c' || !isDense(array)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Tells whether an array is of type FLOAT, in the memory of a CPU, and smaller than 2 GiB, whatever its strides.
     */
    static boolean isFloatOnHost(INDArray array) {
        return Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU
                && array.dataType() == DataType.FLOAT
                && !array.isEmpty()
                && array.length() <= MAX_LENGTH;
    }

    /** Ignores strides of dimensions of size 1, which mean nothing; ND4J's own check does not ignore them. */
    private static boolean isDense(INDArray array) {
        long step = 1;
        for (int d = array.rank() - 1; d >= 0; d--) {
            if (array.size(d) != 1 && array.stride(d) != step) {
                return false;
            }
            step *= array.size(d);
        }
        return true;
    }

    /**
     * Returns the array's memory as a buffer, in the order of its layout. The buffer is valid as long as the array is.
     *
     * @param array one for which {@link #isContiguous}, {@link ChannelsLastLayout#matches} or
     *     {@link BatchLastLayout#matches} is true
     */
    public static FloatBuffer floats(INDArray array) {
        return bytes(array).asFloatBuffer();
    }

    /** Returns the array's memory as IEEE 754 bit patterns; see {@link #floats}. */
    public static IntBuffer bits(INDArray array) {
        return bytes(array).asIntBuffer();
    }

    /** Returns the address of the array's first number; see {@link #floats}. */
    public static FloatPointer pointer(INDArray array) {
        return new FloatPointer(array.data().addressPointer());
    }

    /**
     * Keeps arrays reachable up to this call. Buffers and pointers do not: without workspaces an array's memory is
     * freed as soon as nothing refers to the array any more.
     */
    public static void reachabilityFence(INDArray... arrays) {
        Reference.reachabilityFence(arrays);
    }

    private static ByteBuffer bytes(INDArray array) {
        return pointer(array).capacity(array.length()).asByteBuffer().order(ByteOrder.nativeOrder());
    }
}
