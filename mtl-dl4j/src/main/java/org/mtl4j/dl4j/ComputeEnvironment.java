package org.mtl4j.dl4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.mtl4j.dl4j.internal.cpu.BlasKernels;
import org.mtl4j.dl4j.internal.cpu.HostBuild;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.dl4j.internal.cpu.ProductCheck;
import org.mtl4j.dl4j.internal.model.BackendCheck;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Reports what decides how fast models compute in this process, and whether rightly, as far as the application can
 * change it.
 *
 * @param threads how many threads an operation uses that is called from this thread; 1 where operations do not run on
 *     the CPU
 * @param lacksOneDnn whether operations run on the CPU by natives without oneDNN, whose convolutions are several times
 *     slower
 * @param blasVersion the version of OpenBLAS, such as {@code 0.3.31}; empty if another library is in use, or it is not
 *     known
 * @param blasKernels the processor whose kernels OpenBLAS computes with, such as {@code Haswell}; empty if another
 *     library is in use, or it could not be looked at
 * @param blasKernelsUnknown why it could not be looked at which kernels OpenBLAS computes with; empty if it could, or
 *     another library is in use
 * @param recommendedBlasKernels what to set {@code OPENBLAS_CORETYPE} to in the environment before the JVM starts,
 *     where OpenBLAS has chosen kernels for much older processors or ones that compute wrong products, or where it had
 *     to be told and could not be; empty if the kernels are the right ones, the environment has the variable, or
 *     nothing better is known
 * @param possibleBlasKernels what {@code OPENBLAS_CORETYPE} can be set to on this processor, of the kernels that are
 *     worth trying; empty where that is not known, as on systems other than Linux on x86-64
 * @param warnings what is amiss with products of matrices here, or may be, and what to do about it, as sentences
 *     without a full stop
 */
public record ComputeEnvironment(
        int threads,
        boolean lacksOneDnn,
        Optional<String> blasVersion,
        Optional<String> blasKernels,
        Optional<String> blasKernelsUnknown,
        Optional<String> recommendedBlasKernels,
        List<String> possibleBlasKernels,
        List<String> warnings) {

    /** Copies the lists. */
    public ComputeEnvironment {
        possibleBlasKernels = List.copyOf(possibleBlasKernels);
        warnings = List.copyOf(warnings);
    }

    /**
     * {@return what is in use here and now} The first call in a process multiplies a few dozen small matrices, to see
     * that the products are right.
     *
     * @throws IllegalStateException if there is no ND4J backend on the class path, or it does not start; the message
     *     says why, and what to do
     */
    public static ComputeEnvironment current() {
        BackendCheck.start();
        BlasKernels.Look kernels = BlasKernels.look();
        List<String> warnings = new ArrayList<>(BlasKernels.warnings(kernels));
        Stream.of(DataType.FLOAT, DataType.DOUBLE)
                .flatMap(type -> ProductCheck.fault(type).stream())
                .forEach(warnings::add);
        return new ComputeEnvironment(
                HostThreads.available(),
                HostBuild.lacksFastConvolution(),
                kernels.version(),
                kernels.core(),
                kernels.failure(),
                BlasKernels.advice(kernels),
                BlasKernels.possible(),
                warnings);
    }
}
