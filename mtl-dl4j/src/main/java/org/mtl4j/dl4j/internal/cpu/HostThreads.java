package org.mtl4j.dl4j.internal.cpu;

import java.util.function.Supplier;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/** Reads and sets the number of threads of ND4J's own operations. */
public final class HostThreads {
    private HostThreads() {}

    /**
     * Returns how many threads an operation called from this thread may use; 1 where operations do not run on the CPU.
     */
    public static int available() {
        return onHost()
                ? Math.max(1, NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads())
                : 1;
    }

    /**
     * Limits operations called from this thread, and from no other, to one thread from now on. Does nothing where
     * operations do not run on the CPU: there the same number is the size of a GPU's blocks.
     */
    public static void useOneHere() {
        if (onHost()) {
            NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(1);
        }
    }

    /** Runs some work with {@linkplain #useOneHere one thread}, and restores the number of threads afterwards. */
    public static <T> T withOne(Supplier<T> work) {
        int before = available();
        if (before == 1) {
            return work.get();
        }
        useOneHere();
        try {
            return work.get();
        } finally {
            NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(before);
        }
    }

    static boolean onHost() {
        return Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU;
    }
}
