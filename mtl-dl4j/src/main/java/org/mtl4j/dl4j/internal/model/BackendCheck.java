package org.mtl4j.dl4j.internal.model;

import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.mtl4j.dl4j.internal.cpu.BlasKernels;
import org.mtl4j.dl4j.internal.cpu.HostBuild;
import org.mtl4j.dl4j.internal.cpu.NativeLibraries;
import org.nd4j.common.config.ND4JClassLoading;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.factory.Nd4jBackend;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes sure that the application brings an ND4J backend, and warns of one that is slow for want of a setting. */
public final class BackendCheck {
    private static final Logger log = LoggerFactory.getLogger(BackendCheck.class);
    private static final AtomicBoolean STARTED = new AtomicBoolean();
    private static final AtomicBoolean WARNED = new AtomicBoolean();

    /** What the first failure was: ND4J itself forgets it, and later says only that its class cannot be used. */
    private static final AtomicReference<IllegalStateException> FAILURE = new AtomicReference<>();

    private BackendCheck() {}

    /**
     * Starts the backend, and warns, once in a process, if it is slow.
     *
     * @throws IllegalStateException if there is none, or it does not start; the message says why, and what to do
     */
    public static void require() {
        start();
        if (WARNED.getAndSet(true)) {
            return;
        }
        BlasKernels.warnings(BlasKernels.look()).forEach(log::warn);
        if (HostBuild.lacksFastConvolution()) {
            log.warn("this build of ND4J's natives has no oneDNN, so convolutions fall back to slow operations: take"
                    + " nd4j-native with a classifier such as linux-x86_64-onednn; see the README,"
                    + " \"Choosing a backend\"");
        }
    }

    /**
     * Starts the backend, up to a first array.
     *
     * @throws IllegalStateException if there is none, or it does not start; the message says why, and what to do
     */
    public static void start() {
        if (STARTED.get()) {
            return;
        }
        IllegalStateException earlier = FAILURE.get();
        if (earlier != null) {
            throw new IllegalStateException(earlier.getMessage(), earlier);
        }
        try {
            NativeLibraries.beyondProcessor()
                    .ifPresent(
                            lacking -> { // ND4J would end the process
                                throw new UnsupportedOperationException(lacking);
                            });
            BlasKernels.choose();
            seeOwnClassPath();
            if (Nd4j.getBackend() == null) {
                throw new UnsupportedOperationException(BackendFailure.noneTaken());
            }
            try (MemoryWorkspace ignored = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                Nd4j.createUninitialized(DataType.FLOAT, 1); // needs more of the JVM than what is above
            }
        } catch (OutOfMemoryError e) {
            throw e; // there may be more another time
        } catch (RuntimeException | Error e) { // ND4J starts in a static initialiser, and JavaCPP loads natives
            throw failed(BackendFailure.explain(e), e);
        }
        STARTED.set(true);
    }

    private static IllegalStateException failed(String message, Throwable cause) {
        IllegalStateException failure = new IllegalStateException(message, cause);
        FAILURE.compareAndSet(null, failure);
        return failure;
    }

    /**
     * Has ND4J look for backends where this library is, if it would look where there are none: it takes the context
     * class loader of the thread that comes first, which may be that of another application, or none.
     */
    private static void seeOwnClassPath() {
        ClassLoader own = BackendCheck.class.getClassLoader();
        if (!registers(ND4JClassLoading.getNd4jClassloader()) && registers(own)) {
            ND4JClassLoading.setNd4jClassloader(own);
        }
    }

    /**
     * Tells whether a class loader sees a registered backend of the ND4J that this library uses.
     *
     * @param loader null where a thread has none, with which ND4J finds no class either
     */
    static boolean registers(ClassLoader loader) {
        if (loader == null) {
            return false;
        }
        try {
            return ServiceLoader.load(Nd4jBackend.class, loader).stream()
                    .findAny()
                    .isPresent();
        } catch (ServiceConfigurationError e) { // of another ND4J
            return false;
        }
    }
}
