package org.mtl4j.dl4j.internal.cpu;

import java.util.function.Supplier;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/** Reads and sets the number of threads of ND4J's own operations. */
public final class HostThreads {
    /** What Java was given; native code may see more, such as all of the machine around a container. */
    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    private HostThreads() {}

    /**
     * Returns how many threads an operation called from this thread should use, no more than Java has processors; 1
     * where operations do not run on the CPU.
     */
    public static int available() {
        return Math.min(PROCESSORS, ofOperations());
    }

    /** {@return how many processors Java has} */
    public static int processors() {
        return PROCESSORS;
    }

    private static int ofOperations() {
        return onHost()
                ? Math.max(1, NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads())
                : 1;
    }

    private static void useHere(int threads) {
        if (onHost()) {
            NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(threads);
        }
    }

    /**
     * Limits operations called from this thread, and from no other, to one thread from now on. Does nothing where
     * operations do not run on the CPU: there the same number is the size of a GPU's blocks.
     */
    public static void useOneHere() {
        useHere(1);
    }

    /** Runs some work with {@linkplain #useOneHere one thread}, and restores the number of threads afterwards. */
    public static <T> T withOne(Supplier<T> work) {
        return withAtMost(1, work);
    }

    /** Runs some work with as many threads as are {@linkplain #available available}, as with one. */
    public static <T> T withAvailable(Supplier<T> work) {
        return withAtMost(PROCESSORS, work);
    }

    private static <T> T withAtMost(int threads, Supplier<T> work) {
        int before = ofOperations();
        if (before <= threads) {
            return work.get();
        }
        useHere(threads);
        try {
            return work.get();
        } finally {
            useHere(before);
        }
    }

    /** Tells whether operations run on the CPU. */
    public static boolean onHost() {
        return Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU;
    }
}
