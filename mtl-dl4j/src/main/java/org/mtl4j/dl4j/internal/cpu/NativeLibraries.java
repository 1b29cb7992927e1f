package org.mtl4j.dl4j.internal.cpu;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.bytedeco.javacpp.Loader;

/** Tells which native libraries of ND4J's CPU backend there are, where they are unpacked to, and what they need. */
public final class NativeLibraries {
    /** Folder of the library in the jars of {@code nd4j-native}, below which each has one of its name. */
    private static final String BINDINGS = "org/nd4j/linalg/cpu/nativecpu/bindings/";

    private static final List<String> FILES =
            ImmutableList.of("libjnind4jcpu.so", "libjnind4jcpu.dylib", "jnind4jcpu.dll");

    private static final List<String> PLATFORMS = ImmutableList.of(
            "linux-x86_64",
            "linux-arm64",
            "linux-armhf",
            "linux-ppc64le",
            "macosx-x86_64",
            "macosx-arm64",
            "windows-x86_64",
            "android-arm",
            "android-arm64",
            "android-x86",
            "android-x86_64");

    /** What follows on the platform in a library's name, in the order in which JavaCPP looks for them. */
    private static final List<String> VARIANTS =
            ImmutableList.of("-onednn", "-onednn-avx512", "-onednn-avx2", "", "-avx2", "-avx512", "-compat");

    private NativeLibraries() {}

    /** {@return the platform that JavaCPP takes this process for, such as {@code linux-x86_64}} */
    public static String platform() {
        return Loader.getPlatform();
    }

    /** {@return the names of the CPU backend's libraries on the class path, such as {@code linux-x86_64-onednn}} */
    public static List<String> onClassPath() {
        ClassLoader loader = NativeLibraries.class.getClassLoader();
        return names(name -> FILES.stream().anyMatch(file -> loader.getResource(BINDINGS + name + "/" + file) != null));
    }

    private static List<String> names(Predicate<String> exists) {
        return PLATFORMS.stream()
                .flatMap(platform -> VARIANTS.stream().map(variant -> platform + variant))
                .filter(exists)
                .toList();
    }

    /**
     * {@return the folder that natives are unpacked into}
     *
     * @throws IOException if there is none that can be written to
     */
    public static Path folder() throws IOException {
        return Loader.getCacheDir().toPath();
    }

    /**
     * Tells what the processor lacks for the natives that would be loaded. ND4J ends the process, by
     * {@code System.exit}, where it finds that itself.
     *
     * @return a sentence; empty if it lacks nothing, or is not known
     */
    public static Optional<String> beyondProcessor() {
        if (!platform().equals("linux-x86_64")) {
            return Optional.empty();
        }
        try {
            return beyond(onClassPath(), platform(), Files.readString(BlasKernels.CPU_INFO));
        } catch (IOException e) { // ND4J looks itself
            return Optional.empty();
        }
    }

    /**
     * Tells what a processor lacks for natives.
     *
     * @param names of the libraries on the class path
     * @param cpuInfo text of Linux's {@code /proc/cpuinfo}
     */
    static Optional<String> beyond(List<String> names, String platform, String cpuInfo) {
        List<String> here = VARIANTS.stream()
                .map(variant -> platform + variant)
                .filter(names::contains)
                .toList();
        if (here.isEmpty() || here.contains(platform) || !cpuInfo.contains("flags")) {
            return Optional.empty();
        }
        String first = here.get(0);
        Set<String> needed = first.endsWith("-avx512")
                ? ImmutableSet.<String>builder()
                        .addAll(BlasKernels.AVX2)
                        .addAll(BlasKernels.AVX512)
                        .build()
                : first.endsWith("-avx2") ? BlasKernels.AVX2 : ImmutableSet.of();
        Set<String> missing = Sets.difference(needed, BlasKernels.flags(cpuInfo));
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of(("the natives on the class path are those of the classifier %s, and this processor lacks"
                                + " their instructions (%s): take the classifier %s")
                        .formatted(first, String.join(", ", missing), simpler(first)));
    }

    private static String simpler(String name) {
        return name.replaceFirst("-avx[0-9]+$", "");
    }
}
