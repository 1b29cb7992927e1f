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

/** Arrays of single-precision numbers as buffers over the memory in which they lie. */
public final class HostMemory {
    private static final long LARGEST = Integer.MAX_VALUE / Float.BYTES;

    private HostMemory() {}

    /**
     * Whether all of these arrays can be had as buffers: the backend is a CPU's, they are of type FLOAT, lie in c order
     * without gaps, and are smaller than 2 GiB.
     */
    public static boolean holds(INDArray... arrays) {
        for (INDArray array : arrays) {
            if (!reaches(array) || array.ordering() != 'c' || !withoutGaps(array)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the array's numbers are of type FLOAT, in the memory of a CPU, and fewer than 2 GiB, in whatever order. */
    static boolean reaches(INDArray array) {
        return Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU
                && array.dataType() == DataType.FLOAT
                && !array.isEmpty()
                && array.length() <= LARGEST;
    }

    /** Strides of dimensions of size 1 mean nothing, and ND4J's own check takes them seriously. */
    private static boolean withoutGaps(INDArray array) {
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
     * The array's numbers as they lie, from position 0. The buffer is valid while the array is.
     *
     * @param array one that {@link #holds} says yes to, {@link ChannelsLast#holds}, or {@link BatchLast#holds}
     */
    public static FloatBuffer floats(INDArray array) {
        return bytes(array).asFloatBuffer();
    }

    /** The bit patterns of the array's numbers; see {@link #floats}. */
    public static IntBuffer bits(INDArray array) {
        return bytes(array).asIntBuffer();
    }

    /** Where the array's numbers begin; see {@link #floats}. */
    public static FloatPointer pointer(INDArray array) {
        return new FloatPointer(array.data().addressPointer());
    }

    /**
     * Arrays whose memory is in use up to here by {@link #pointer} or {@link #floats}, which do not keep it: without workspaces
     * an array's memory is freed when nothing refers to the array any more.
     */
    public static void usedUntilHere(INDArray... arrays) {
        Reference.reachabilityFence(arrays);
    }

    private static ByteBuffer bytes(INDArray array) {
        return pointer(array).capacity(array.length()).asByteBuffer().order(ByteOrder.nativeOrder());
    }
}
