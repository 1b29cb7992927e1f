package org.mtl4j.dl4j.internal.cpu;

import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/** Tells what ND4J's native library was built with. */
public final class HostBuild {
    private HostBuild() {}

    /**
     * Tells whether operations run on the CPU by a build without oneDNN, whose convolutions are several times slower.
     */
    public static boolean lacksFastConvolution() {
        return Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU
                && lacksFastConvolution(
                        NativeOpsHolder.getInstance().getDeviceNativeOps().buildInfo());
    }

    /** Tells whether operations run on the CPU by a build with oneDNN. */
    public static boolean hasFastConvolution() {
        return HostThreads.onHost() && !lacksFastConvolution();
    }

    /** Tells from the build's description of itself whether it lacks oneDNN. */
    static boolean lacksFastConvolution(String buildInfo) {
        return !buildInfo.contains("HAVE_ONEDNN");
    }
}
