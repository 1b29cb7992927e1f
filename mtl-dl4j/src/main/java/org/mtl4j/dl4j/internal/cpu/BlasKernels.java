package org.mtl4j.dl4j.internal.cpu;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.Loader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses and reports the processor whose kernels OpenBLAS computes with. The version that ND4J 1.0.0-M2.1 brings
 * (0.3.19) takes those of a Pentium 4 on Intel processors that are newer than itself (OpenBLAS issue 4267), which makes
 * GEMM several times slower. An environment variable overrides its choice, up to the moment at which it is loaded.
 */
public final class BlasKernels {
    private static final Logger log = LoggerFactory.getLogger(BlasKernels.class);

    /** Environment variable in which OpenBLAS looks for the name of the processor whose kernels it is to use. */
    static final String VARIABLE = "OPENBLAS_CORETYPE";

    private static final Set<String> AVX2 = ImmutableSet.of("avx2", "fma");
    private static final Set<String> AVX512 =
            ImmutableSet.of("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl");

    /** Names of x86 processors without AVX, in small letters. */
    private static final Set<String> OLD = ImmutableSet.of(
            "katmai",
            "coppermine",
            "northwood",
            "prescott",
            "banias",
            "atom",
            "core2",
            "penryn",
            "dunnington",
            "nehalem",
            "athlon",
            "opteron",
            "opteron_sse3",
            "barcelona",
            "bobcat",
            "nano");

    /** AMD's processors from this family on (Zen) have the same kernels. */
    private static final int ZEN = 23;

    private BlasKernels() {}

    /** Declares the part of the C library that is needed. */
    public interface CLibrary extends Library {
        /** Sets an environment variable, as in POSIX. */
        int setenv(String name, String value, int overwrite);
    }

    /** Sets the variable for an OpenBLAS that is loaded later, unless the user has set it. */
    static void choose() {
        if (System.getenv(VARIABLE) == null) {
            coreHere().ifPresent(core -> {
                CLibrary library = (CLibrary) Native.loadLibrary(Platform.C_LIBRARY_NAME, CLibrary.class);
                library.setenv(VARIABLE, core, 0);
                log.debug("OpenBLAS is to take its kernels for {}", core);
            });
        }
    }

    /** Returns the kernels for this processor, if they are known. */
    private static Optional<String> coreHere() {
        if (!Platform.isLinux() || !Platform.isIntel() || !Platform.is64Bit()) {
            return Optional.empty();
        }
        try {
            return coreFor(Files.readString(Path.of("/proc/cpuinfo")));
        } catch (IOException e) {
            log.debug("OpenBLAS is left to choose its kernels by itself", e);
            return Optional.empty();
        }
    }

    /**
     * Chooses the kernels for a processor.
     *
     * @param cpuInfo text of Linux's {@code /proc/cpuinfo}
     * @return value for {@link #VARIABLE}; empty for processors without AVX2 and others
     */
    static Optional<String> coreFor(String cpuInfo) {
        Map<String, String> first = new HashMap<>();
        cpuInfo.lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                first.putIfAbsent(
                        line.substring(0, colon).strip(),
                        line.substring(colon + 1).strip());
            }
        });
        Set<String> flags = ImmutableSet.copyOf(Splitter.on(' ').split(first.getOrDefault("flags", "")));
        String vendor = first.getOrDefault("vendor_id", "");
        if (!flags.containsAll(AVX2)) {
            return Optional.empty();
        }
        if (vendor.equals("GenuineIntel")) {
            return Optional.of(flags.containsAll(AVX512) ? "SkylakeX" : "Haswell");
        }
        boolean zen = (vendor.equals("AuthenticAMD") || vendor.equals("HygonGenuine"))
                && Integer.parseInt(first.getOrDefault("cpu family", "0")) >= ZEN;
        return zen ? Optional.of("Zen") : Optional.empty();
    }

    /**
     * {@return the name of the processor whose kernels the loaded OpenBLAS computes with; empty if it cannot be had}
     */
    public static Optional<String> core() {
        return Loader.getLoadedLibraries().entrySet().stream()
                .filter(library -> library.getKey().startsWith("openblas"))
                .map(Map.Entry::getValue)
                .findFirst()
                .flatMap(BlasKernels::core);
    }

    private static Optional<String> core(String file) {
        try {
            return Optional.ofNullable((String) NativeLibrary.getInstance(file)
                    .getFunction("openblas_get_corename")
                    .invoke(String.class, new Object[0]));
        } catch (RuntimeException | LinkageError e) { // another library, or no JNA
            return Optional.empty();
        }
    }

    /** Tells whether the loaded OpenBLAS is known to compute with kernels for processors without AVX. */
    static boolean areOld() {
        return core().map(name -> OLD.contains(name.toLowerCase(Locale.ROOT))).orElse(false);
    }

    /**
     * {@return what the user should set {@code OPENBLAS_CORETYPE} to before the JVM starts; empty if nothing is amiss}
     */
    public static Optional<String> advice() {
        try {
            return areOld() ? coreHere() : Optional.empty();
        } catch (LinkageError e) { // no JNA
            return Optional.empty();
        }
    }
}
