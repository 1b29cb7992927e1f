package org.mtl4j.dl4j.internal.cpu;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
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

    /** Linux's description of the processor. */
    static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    private static final String C_LIBRARY = "c";

    /** Whether the kernels have been chosen; doing it again could only be too late. */
    private static final AtomicBoolean CHOSEN = new AtomicBoolean();

    /** What was wrong with JNA at first; afterwards it says only that its class cannot be used. */
    private static final AtomicReference<String> JNA_FAILURE = new AtomicReference<>();

    static final Set<String> AVX2 = ImmutableSet.of("avx2", "fma");
    static final Set<String> AVX512 = ImmutableSet.of("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl");

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

    /**
     * What is known of the kernels that OpenBLAS computes with.
     *
     * @param core the processor that they are for; empty if it could not be looked at, or another library is in use
     * @param failure why it could not be looked at; empty if it could, or another library is in use
     */
    public record Look(Optional<String> core, Optional<String> failure) {
        private static final Look NOTHING = new Look(Optional.empty(), Optional.empty());
    }

    /**
     * Sets the variable for an OpenBLAS that is loaded later, unless the user has set it; once in a process. Whatever
     * fails here, in JNA above all, which other parts of a program may bring in other versions, is left to a line in
     * the log: without the variable the same numbers are computed.
     */
    public static void choose() {
        if (CHOSEN.getAndSet(true) || System.getenv(VARIABLE) != null) {
            return;
        }
        try {
            coreHere().ifPresent(core -> {
                NativeLibrary.getInstance(C_LIBRARY).getFunction("setenv").invokeInt(new Object[] {VARIABLE, core, 0});
                log.debug("OpenBLAS is to take its kernels for {}", core);
            });
        } catch (Throwable e) { // JNA throws an Error, and no LinkageError, where its native part is of another version
            JNA_FAILURE.compareAndSet(null, firstLine(e));
            log.debug("OpenBLAS is left to choose its kernels by itself", e);
        }
    }

    /** Returns the kernels for this processor, if they are known. */
    private static Optional<String> coreHere() {
        if (!Loader.getPlatform().equals("linux-x86_64")) {
            return Optional.empty();
        }
        try {
            return coreFor(Files.readString(CPU_INFO));
        } catch (IOException | NumberFormatException e) {
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

    /** Looks which kernels the loaded OpenBLAS computes with; only after ND4J has been started. */
    public static Look look() {
        Optional<String> file = Loader.getLoadedLibraries().entrySet().stream()
                .filter(library -> library.getKey().startsWith("openblas"))
                .map(Map.Entry::getValue)
                .findFirst();
        return file.map(BlasKernels::look).orElse(Look.NOTHING);
    }

    private static Look look(String file) {
        NativeLibrary library;
        try {
            library = NativeLibrary.getInstance(file);
        } catch (Throwable e) { // no JNA, or one whose native part is of another version, for which it has an Error
            JNA_FAILURE.compareAndSet(null, firstLine(e));
            return new Look(Optional.empty(), Optional.of(JNA_FAILURE.get()));
        }
        try {
            return new Look(
                    Optional.ofNullable((String)
                            library.getFunction("openblas_get_corename").invoke(String.class, new Object[0])),
                    Optional.empty());
        } catch (UnsatisfiedLinkError e) {
            return Look.NOTHING; // another library
        } catch (RuntimeException | LinkageError e) {
            return new Look(Optional.empty(), Optional.of(firstLine(e)));
        }
    }

    private static String firstLine(Throwable failure) {
        return "JNA: "
                + String.valueOf(failure)
                        .lines()
                        .filter(line -> !line.isBlank() && !line.startsWith(Error.class.getName() + ":"))
                        .findFirst()
                        .orElse(failure.getClass().getName());
    }

    /** {@return the name of the processor whose kernels the loaded OpenBLAS computes with; empty if it is not known} */
    static Optional<String> core() {
        return look().core();
    }

    /** Tells whether the loaded OpenBLAS is known to compute with kernels for processors without AVX. */
    static boolean areOld() {
        return areOld(look());
    }

    private static boolean areOld(Look look) {
        return look.core()
                .map(name -> OLD.contains(name.toLowerCase(Locale.ROOT)))
                .orElse(false);
    }

    /**
     * Tells what the user should set {@code OPENBLAS_CORETYPE} to before the JVM starts: where the kernels in use are
     * for much older processors, or could not be looked at and the user has not chosen any.
     *
     * @return the value; empty if the kernels are the right ones, or nothing is known that could be better
     */
    public static Optional<String> advice(Look look) {
        boolean unknown = look.failure().isPresent() && System.getenv(VARIABLE) == null;
        return areOld(look) || unknown ? coreHere() : Optional.empty();
    }

    /** Returns the {@linkplain #advice(Look) advice} on the kernels in use now. */
    public static Optional<String> advice() {
        return advice(look());
    }
}
