package org.mtl4j.dl4j;

import java.util.Optional;
import org.mtl4j.dl4j.internal.cpu.BlasKernels;
import org.mtl4j.dl4j.internal.cpu.HostBuild;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.dl4j.internal.model.BackendCheck;

/**
 * Reports what decides how fast models compute in this process, as far as the application can change it.
 *
 * @param threads how many threads an operation uses that is called from this thread; 1 where operations do not run on
 *     the CPU
 * @param lacksOneDnn whether operations run on the CPU by natives without oneDNN, whose convolutions are several times
 *     slower
 * @param blasKernels the processor whose kernels OpenBLAS computes with, such as {@code Haswell}; empty if another
 *     library is in use, or it could not be looked at
 * @param blasKernelsUnknown why it could not be looked at which kernels OpenBLAS computes with; empty if it could, or
 *     another library is in use
 * @param recommendedBlasKernels what to set {@code OPENBLAS_CORETYPE} to in the environment before the JVM starts,
 *     where OpenBLAS has chosen kernels for much older processors, or where it could not be looked at which ones it has
 *     chosen; empty if the kernels are the right ones, the environment has the variable, or nothing better is known
 */
public record ComputeEnvironment(
        int threads,
        boolean lacksOneDnn,
        Optional<String> blasKernels,
        Optional<String> blasKernelsUnknown,
        Optional<String> recommendedBlasKernels) {

    /**
     * {@return what is in use here and now}
     *
     * @throws IllegalStateException if there is no ND4J backend on the class path, or it does not start; the message
     *     says why, and what to do
     */
    public static ComputeEnvironment current() {
        BackendCheck.start();
        BlasKernels.Look kernels = BlasKernels.look();
        return new ComputeEnvironment(
                HostThreads.available(),
                HostBuild.lacksFastConvolution(),
                kernels.core(),
                kernels.failure(),
                BlasKernels.advice(kernels));
    }
}
