package org.mtl4j.dl4j.internal.cpu;

import org.nd4j.common.io.Resource;
import org.nd4j.linalg.factory.Environment;
import org.nd4j.linalg.factory.Nd4jBackend;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the {@linkplain BlasKernels kernels of OpenBLAS} before ND4J loads it. It is registered as a backend but is
 * none: ND4J instantiates every registered backend before it loads the natives of the one that it takes. Its priority
 * is below that of all real backends, so that it is never asked for more.
 */
public final class BlasKernelsBeforeBackend extends Nd4jBackend {
    private static final Logger log = LoggerFactory.getLogger(BlasKernelsBeforeBackend.class);

    /** Chooses the kernels; called by {@link java.util.ServiceLoader}. */
    public BlasKernelsBeforeBackend() {
        try {
            BlasKernels.choose();
        } catch (LinkageError | RuntimeException e) { // no JNA, say; ND4J has to start all the same
            log.debug("OpenBLAS is left to choose its kernels by itself", e);
        }
    }

    @Override
    public int getPriority() {
        return BACKEND_PRIORITY_CPU - 1;
    }

    @Override
    public boolean isAvailable() {
        return false;
    }

    @Override
    public boolean canRun() {
        return false;
    }

    @Override
    public boolean allowsOrder() {
        return false;
    }

    @Override
    public Resource getConfigurationResource() {
        throw noBackend();
    }

    @Override
    @SuppressWarnings("rawtypes") // as in the overridden method
    public Class getNDArrayClass() {
        throw noBackend();
    }

    @Override
    public Environment getEnvironment() {
        throw noBackend();
    }

    @Override
    public String buildInfo() {
        throw noBackend();
    }

    @Override
    public void logBackendInit() {
        throw noBackend();
    }

    private static UnsupportedOperationException noBackend() {
        return new UnsupportedOperationException("this is no backend");
    }
}
