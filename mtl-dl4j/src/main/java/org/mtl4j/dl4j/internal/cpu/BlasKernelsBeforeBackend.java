package org.mtl4j.dl4j.internal.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nd4j.common.config.ND4JClassLoading;
import org.nd4j.common.io.Resource;
import org.nd4j.linalg.factory.Environment;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.factory.Nd4jBackend;

/**
 * Chooses the {@linkplain BlasKernels kernels of OpenBLAS} before ND4J loads it, in programs that use ND4J before this
 * library. It is registered as a backend, for ND4J instantiates every registered backend before it loads the natives of
 * the one that it takes, and asks nobody else before that.
 *
 * <p>Its priority is below that of all real backends. It is asked for more only where none of those is registered or
 * available: in a jar, for example, into which only one of several service files of the same name was packed. Then it
 * stands in for the backend whose classes are there.
 *
 * <p>Whatever goes wrong in it, ND4J starts: it needs nothing but the JDK and ND4J until it chooses the kernels, and
 * what is thrown by that is left alone, a missing class of another library included.
 */
public final class BlasKernelsBeforeBackend extends Nd4jBackend {
    /** The classes of ND4J's backends, those of higher priority first. */
    private static final List<String> BACKENDS = List.of(
            "org.nd4j.linalg.jcublas.JCublasBackend",
            "org.nd4j.aurora.AuroraBackend",
            "org.nd4j.linalg.cpu.nativecpu.CpuBackend");

    /** The backend that this one stands in for, or null. */
    private Nd4jBackend found;

    /** Chooses the kernels, and says what the runtime denies; called by {@link java.util.ServiceLoader}. */
    public BlasKernelsBeforeBackend() {
        try {
            DeniedAccess.report();
            BlasKernels.choose();
        } catch (Throwable e) { // a program's own Guava or SLF4J, say, which does not fit
            found = null; // as it is: ND4J can do without, and a model will say what is amiss
        }
    }

    @Override
    public int getPriority() {
        int least = Math.min(BACKEND_PRIORITY_CPU, Math.min(BACKEND_PRIORITY_GPU, BACKEND_PRIORITY_AURORA));
        return least == Integer.MIN_VALUE ? least : least - 1;
    }

    /**
     * {@return true, where there are classes of a backend that is available}
     *
     * @throws IllegalStateException if there are none; ND4J writes its message into the log
     */
    @Override
    public boolean isAvailable() {
        List<String> reasons = new ArrayList<>();
        found = search(ND4JClassLoading.getNd4jClassloader(), reasons).orElse(null);
        if (found == null) {
            throw new IllegalStateException("it would stand in for a backend that is not registered; "
                    + (reasons.isEmpty() ? "there is none on the class path" : String.join("; ", reasons)));
        }
        return true;
    }

    /**
     * Looks for a backend by the names of the classes that ND4J has, registered or not.
     *
     * @param reasons gets a line for each that is there and is not available
     * @return the first that is available
     */
    public static Optional<Nd4jBackend> search(ClassLoader loader, List<String> reasons) {
        for (String name : BACKENDS) {
            try {
                Nd4jBackend backend = (Nd4jBackend) Class.forName(name, true, loader)
                        .getDeclaredConstructor()
                        .newInstance();
                if (backend.isAvailable()) {
                    return Optional.of(backend);
                }
                reasons.add(name + " is not available");
            } catch (ClassNotFoundException e) { // the usual case
                continue;
            } catch (Exception | LinkageError e) { // no GPU, say
                reasons.add("%s is not available: %s".formatted(name, e));
            }
        }
        return Optional.empty();
    }

    @Override
    public boolean canRun() {
        return found != null && found.canRun();
    }

    @Override
    public boolean allowsOrder() {
        return found != null && found.allowsOrder();
    }

    @Override
    public Resource getConfigurationResource() {
        return found().getConfigurationResource();
    }

    @Override
    @SuppressWarnings("rawtypes") // as in the overridden method
    public Class getNDArrayClass() {
        return found().getNDArrayClass();
    }

    @Override
    public Environment getEnvironment() {
        return found().getEnvironment();
    }

    @Override
    public String buildInfo() {
        return found().buildInfo();
    }

    /** Gives its place to the backend that it stands in for: this is the last that ND4J asks while it starts. */
    @Override
    public void logBackendInit() {
        Nd4j.backend = found();
        found().logBackendInit();
    }

    private Nd4jBackend found() {
        if (found == null) {
            throw new UnsupportedOperationException("this is no backend, and stands in for none");
        }
        return found;
    }
}
