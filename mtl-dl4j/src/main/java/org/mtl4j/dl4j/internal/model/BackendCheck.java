package org.mtl4j.dl4j.internal.model;

import java.util.concurrent.atomic.AtomicBoolean;
import org.mtl4j.dl4j.internal.cpu.BlasKernels;
import org.mtl4j.dl4j.internal.cpu.HostBuild;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes sure that the application brings an ND4J backend, and warns of one that is slow for want of a setting. */
public final class BackendCheck {
    private static final Logger log = LoggerFactory.getLogger(BackendCheck.class);
    private static final AtomicBoolean WARNED = new AtomicBoolean();

    private BackendCheck() {}

    /**
     * Starts the backend, and warns, once in a process, if it is slow.
     *
     * @throws IllegalStateException if there is none
     */
    public static void require() {
        start();
        if (WARNED.getAndSet(true)) {
            return;
        }
        BlasKernels.advice()
                .ifPresent(core -> log.warn(
                        "OpenBLAS computes with kernels for much older processors than this one, several times"
                                + " slower than it could:"
                                + " set OPENBLAS_CORETYPE={} in the environment before the JVM starts",
                        core));
        if (HostBuild.lacksFastConvolution()) {
            log.warn("this build of ND4J's natives has no oneDNN, so convolutions fall back to slow operations: take"
                    + " nd4j-native with a classifier such as linux-x86_64-onednn; see the README,"
                    + " \"Choosing a backend\"");
        }
    }

    /**
     * Starts the backend.
     *
     * @throws IllegalStateException if there is none
     */
    public static void start() {
        try {
            Nd4j.getBackend();
        } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
            throw new IllegalStateException(
                    "No usable ND4J backend on the class path. mtl-dl4j leaves the choice to the application: add"
                            + " org.nd4j:nd4j-native of the same version as nd4j-api with the classifier of your"
                            + " machine"
                            + " (for example linux-x86_64-onednn) for a CPU, or org.nd4j:nd4j-cuda-11.6 for a GPU;"
                            + " see the"
                            + " README, \"Choosing a backend\"",
                    e);
        }
    }
}
