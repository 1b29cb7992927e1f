package org.mtl4j.examples.cli;

import com.google.common.collect.ImmutableList;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.mtl4j.dl4j.ComputeEnvironment;
import org.mtl4j.examples.report.EnumName;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * Describes what decides how fast ND4J is here.
 *
 * @param backend name of ND4J's backend
 * @param cpu whether operations run on the CPU
 * @param devices what they run on, with its memory
 * @param library the file of the native library
 * @param build what the library says about how it was built, in one line
 * @param oneDnn whether it has oneDNN
 * @param builtFor the instructions that it was built for; of a CPU
 * @param possible the instructions that this processor has; of a CPU
 * @param blas vendor and version of BLAS, and of which processor its kernels are
 * @param kernels what BLAS can be told to take on this processor, of the kernels that are worth trying
 * @param blasWarnings what is amiss with products of matrices, or may be, and what to do about it
 * @param cores processors that the JVM may use
 * @param threads threads of one operation
 * @param waitPolicy {@code OMP_WAIT_POLICY}, if it is set
 * @param collectors names of the JVM's garbage collectors; empty if they could not be looked at
 * @param heapBytes largest heap
 * @param arrayBytes most bytes of JavaCPP's own arrays
 * @param processBytes most bytes of the process, heap and arrays together, before allocation fails; empty for no limit
 * @param machineBytes memory of the machine
 */
record SystemInfo(
        String backend,
        boolean cpu,
        List<String> devices,
        String library,
        String build,
        boolean oneDnn,
        Instructions builtFor,
        Instructions possible,
        String blas,
        List<String> kernels,
        List<String> blasWarnings,
        int cores,
        int threads,
        Optional<String> waitPolicy,
        List<String> collectors,
        long heapBytes,
        long arrayBytes,
        OptionalLong processBytes,
        long machineBytes) {

    /** Up to this number of cores, threads of the collector and of OpenMP get into each other's way. */
    private static final int FEW_CORES = 4;

    /** JavaCPP's own limit is four times the largest heap: all of the machine, give or take a little. */
    private static final double ABOVE_MEMORY = 1.05;

    /**
     * Asks ND4J, JavaCPP and the JVM.
     *
     * @throws IllegalStateException if the backend does not start; the message says why
     */
    static SystemInfo read() {
        ComputeEnvironment compute =
                ComputeEnvironment.current(); // first of all: it starts the backend, or says why it cannot
        NativeOps ops = NativeOpsHolder.getInstance().getDeviceNativeOps();
        boolean cpu = Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU;
        return new SystemInfo(
                Nd4j.getBackend().getClass().getSimpleName(),
                cpu,
                devices(ops),
                loadedLibrary(),
                String.join(", ", ops.buildInfo().strip().split("\\s*\\R\\s*")),
                !compute.lacksOneDnn(),
                Instructions.ofLevel(cpu ? ops.binaryLevel() : 1),
                Instructions.ofLevel(cpu ? ops.optimalLevel() : 1),
                blasWithKernels(compute),
                compute.possibleBlasKernels(),
                compute.warnings(),
                Runtime.getRuntime().availableProcessors(),
                compute.threads(),
                Optional.ofNullable(System.getenv("OMP_WAIT_POLICY")),
                collectorsHere(),
                Runtime.getRuntime().maxMemory(),
                Pointer.maxBytes(),
                Pointer.maxPhysicalBytes() == 0 ? OptionalLong.empty() : OptionalLong.of(Pointer.maxPhysicalBytes()),
                Pointer.totalPhysicalBytes());
    }

    /** {@return the names of the JVM's garbage collectors; empty if the Java runtime has no module to say so} */
    private static List<String> collectorsHere() {
        try {
            return ManagementFactory.getGarbageCollectorMXBeans().stream()
                    .map(GarbageCollectorMXBean::getName)
                    .toList();
        } catch (LinkageError e) { // no java.management
            return List.of();
        }
    }

    private static String blasWithKernels(ComputeEnvironment compute) {
        String vendor = Nd4j.factory().blas().getBlasVendor().toString();
        String versioned =
                compute.blasVersion().map(version -> vendor + " " + version).orElse(vendor);
        return compute.blasKernels()
                .map(core -> "%s with kernels for %s".formatted(versioned, core))
                .or(() -> compute.blasKernelsUnknown()
                        .map(why -> "%s, of unknown kernels (%s)".formatted(versioned, why)))
                .orElse(versioned);
    }

    private static List<String> devices(NativeOps ops) {
        return IntStream.range(0, Nd4j.getAffinityManager().getNumberOfDevices())
                .mapToObj(device -> {
                    long bytes = ops.getDeviceTotalMemory(device);
                    return bytes == 0
                            ? ops.getDeviceName(device)
                            : "%s, %s, %s free"
                                    .formatted(
                                            ops.getDeviceName(device),
                                            gibibytes(bytes),
                                            gibibytes(ops.getDeviceFreeMemory(device)));
                })
                .toList();
    }

    /** Finds the native library's file; JavaCPP unpacks natives from their jar into a folder of the jar's name. */
    private static String loadedLibrary() {
        return Loader.getLoadedLibraries().entrySet().stream()
                .filter(library -> library.getKey().startsWith("jnind4j"))
                .map(library -> library.getValue())
                .findFirst()
                .orElse("unknown");
    }

    /** {@return what is known to be slow, or to fail, and what to do about it; empty if there is nothing} */
    List<String> warnings() {
        ImmutableList.Builder<String> warnings = ImmutableList.builder();
        if (cpu && !oneDnn) {
            warnings.add("this build of ND4J's natives has no oneDNN, and convolutions are several times slower: take"
                    + " nd4j-native with a classifier such as linux-x86_64-onednn (README, \"Choosing a backend\")");
        }
        if (cpu && builtFor.compareTo(possible) < 0) {
            String classifier = EnumName.hyphenated(possible);
            warnings.add(
                    "the natives are built for %s, and this processor has %s: the classifier linux-x86_64-onednn-%s is"
                                    .formatted(builtFor, possible, classifier)
                            + " made for it. With oneDNN, which looks at the processor itself, it gains little;"
                            + " without,"
                            + " much. It does not start on older processors");
        }
        warnings.addAll(blasWarnings);
        if (cpu && threads > cores) {
            warnings.add("%s threads on %s processors: set OMP_NUM_THREADS=%s, or less where others work, too"
                    .formatted(threads, cores, cores));
        }
        if (cpu && threads > 1 && !waitPolicy.map(String::strip).orElse("").equalsIgnoreCase("passive")) {
            warnings.add("OpenMP's threads spin while they wait and take the cores from the arithmetic: set"
                    + " OMP_WAIT_POLICY=passive in the environment before the JVM starts");
        }
        if (collectors.isEmpty()) {
            warnings.add("it could not be looked at which garbage collector runs: the Java runtime lacks the module"
                    + " java.management");
        }
        if (cpu && cores <= FEW_CORES && collectors.stream().anyMatch(name -> name.startsWith("G1 "))) {
            warnings.add(("with %s processors the threads of the G1 collector stand in the way: start java with"
                            + " -XX:+UseSerialGC")
                    .formatted(cores));
        }
        if (processBytes.isEmpty() || processBytes.getAsLong() > ABOVE_MEMORY * machineBytes) {
            warnings.add(("JavaCPP would let this process grow to %s on a machine of %s: set"
                                    + " -Dorg.bytedeco.javacpp.maxphysicalbytes")
                            .formatted(processLimit(), gibibytes(machineBytes))
                    + " to what it may have, arrays and heap together");
        }
        return warnings.build();
    }

    /** {@return how large the process may become} */
    String processLimit() {
        return processBytes.isPresent() ? gibibytes(processBytes.getAsLong()) : "any size";
    }

    /** Vector instructions of x86 processors, as ND4J counts them. */
    enum Instructions {
        ANY("any x86-64"),
        AVX2("AVX2"),
        AVX512("AVX512");

        private final String text;

        Instructions(String text) {
            this.text = text;
        }

        /** {@return the instructions of one of ND4J's levels, which are counted from 1} */
        static Instructions ofLevel(int level) {
            return values()[Math.max(1, Math.min(level, values().length)) - 1];
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** {@return a number of bytes in a form for people} */
    static String gibibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1 << 30));
    }
}
