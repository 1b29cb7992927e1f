package org.mtl4j.dl4j.internal.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.blas.Blas;

/**
 * Sets the number of threads of BLAS. ND4J's own way looks for files of the library and for four of its functions each
 * time, which takes a quarter of a millisecond; here OpenBLAS's function is looked for once.
 */
final class BlasThreads {
    /** Of OpenBLAS; null where that cannot be reached. */
    private static final @Nullable MethodHandle SET = openBlas();

    private BlasThreads() {}

    /** Sets it. */
    static void set(Blas blas, int threads) {
        if (SET == null || blas.getBlasVendor() != Blas.Vendor.OPENBLAS) { // known once ND4J has set it
            blas.setMaxThreads(threads);
            return;
        }
        try {
            SET.invoke(threads);
        } catch (Throwable e) {
            throw new IllegalStateException("OpenBLAS does not take a number of threads", e);
        }
    }

    private static @Nullable MethodHandle openBlas() {
        try {
            Pointer address = Loader.addressof("openblas_set_num_threads");
            Class<?> type = Class.forName("org.bytedeco.openblas.presets.openblas_nolapack$SetNumThreads");
            Constructor<?> constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            if (address == null || !(constructor.newInstance() instanceof Pointer function)) {
                return null;
            }
            function.put(address);
            return MethodHandles.publicLookup()
                    .findVirtual(type, "call", MethodType.methodType(void.class, int.class))
                    .bindTo(function);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            return null; // another backend, another version, or a module that is closed
        }
    }
}
