package org.mtl4j.dl4j.internal.cpu;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
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

    /** The low bits of an address say little. */
    private static final int ALIGNMENT_BITS = 6;

    private static final int VIEWS_OF_A_THREAD = 256;

    private static final ThreadLocal<View[]> VIEWS = ThreadLocal.withInitial(() -> new View[VIEWS_OF_A_THREAD]);

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
        return view(array).floats.duplicate();
    }

    /** Returns the array's memory as IEEE 754 bit patterns; see {@link #floats}. */
    public static IntBuffer bits(INDArray array) {
        return view(array).bits.duplicate();
    }

    /** Returns the address of the array's first number; see {@link #floats}. */
    public static FloatPointer pointer(INDArray array) {
        return new Place(address(array));
    }

    /**
     * Keeps arrays reachable up to this call. Buffers and pointers do not: without workspaces an array's memory is
     * freed as soon as nothing refers to the array any more.
     */
    public static void reachabilityFence(INDArray... arrays) {
        Reference.reachabilityFence(arrays);
    }

    /** Reads the address that ND4J has looked up for reading in Java: to ask for it takes native calls each time. */
    private static long address(INDArray array) {
        DataBuffer data = array.data();
        if (data.wasClosed()) {
            throw new IllegalStateException("the array was closed");
        }
        return data.indexer().pointer().address();
    }

    private static View view(INDArray array) {
        long address = address(array);
        long length = array.length();
        View[] views = VIEWS.get();
        int place = (int) (address >>> ALIGNMENT_BITS ^ address >>> 2 * ALIGNMENT_BITS ^ length) & views.length - 2;
        for (int i = place; i < place + 2; i++) { // two in a place, so that two arrays of a step do not change about
            View present = views[i];
            if (present != null && present.address == address && present.length == length) {
                return present;
            }
        }
        ByteBuffer bytes = new Place(address).capacity(length).asByteBuffer().order(ByteOrder.nativeOrder());
        views[place + 1] = views[place];
        views[place] = new View(address, length, bytes.asFloatBuffer(), bytes.asIntBuffer());
        return views[place];
    }

    /** Is an address. */
    private static final class Place extends FloatPointer {
        Place(long address) {
            super((Pointer) null);
            this.address = address;
        }
    }

    /**
     * Holds buffers over some memory, which are good for any array that lies there: a step of training has its arrays
     * where the step before had them, and to make a buffer takes a native call.
     */
    private record View(long address, long length, FloatBuffer floats, IntBuffer bits) {}
}
