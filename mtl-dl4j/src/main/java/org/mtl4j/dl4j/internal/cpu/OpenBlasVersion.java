package org.mtl4j.dl4j.internal.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;

/**
 * Names a version of OpenBLAS, such as 0.3.31.
 *
 * @param major first of its numbers
 * @param minor second
 * @param patch third
 */
record OpenBlasVersion(int major, int minor, int patch) implements Comparable<OpenBlasVersion> {
    /** What this library is built and tested with; it chooses its kernels by what a processor can do, and rightly. */
    static final OpenBlasVersion OWN = new OpenBlasVersion(0, 3, 31);

    /** What to take in place of an older one. */
    static final String OWN_ARTIFACTS = "org.bytedeco:openblas:0.3.31-1.5.13 with org.bytedeco:javacpp:1.5.13, both of"
            + " which org.mtl4j:mtl-bom manages";

    private static final Pattern NUMBERS = Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4})\\.([0-9]{1,4})");

    /** A class of OpenBLAS's jar; where it is, JavaCPP looks for the natives. */
    private static final String NEIGHBOUR = "org.bytedeco.openblas.presets.openblas_nolapack";

    /** Files beside the natives, in their jar, and what their line with the version has in it. */
    private static final List<String> FILES =
            List.of("lib/cmake/openblas/OpenBLASConfigVersion.cmake", "include/openblas_config.h");

    private static final Pattern LINE = Pattern.compile("(PACKAGE|OPENBLAS)_VERSION \"");

    /**
     * Finds out the version of the natives on the class path, without loading anything.
     *
     * @return empty if there are none, or nothing tells
     */
    static Optional<OpenBlasVersion> onClassPath() {
        try {
            ClassLoader loader = Class.forName(NEIGHBOUR, false, OpenBlasVersion.class.getClassLoader())
                    .getClassLoader();
            for (String file : FILES) {
                String name = "org/bytedeco/openblas/%s/%s".formatted(Loader.getPlatform(), file);
                try (InputStream in = loader.getResourceAsStream(name)) {
                    Optional<OpenBlasVersion> version = in == null
                            ? Optional.empty()
                            : ofFile(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
                    if (version.isPresent()) {
                        return version;
                    }
                }
            }
        } catch (ClassNotFoundException | LinkageError | IOException e) { // another backend
            return Optional.empty();
        }
        return Optional.empty();
    }

    private static Optional<OpenBlasVersion> ofFile(String text) {
        return text.lines()
                .filter(line -> LINE.matcher(line).find())
                .flatMap(line -> of(line).stream())
                .findFirst();
    }

    /** Reads a version out of a text such as {@code OpenBLAS 0.3.19 DYNAMIC_ARCH Haswell}. */
    static Optional<OpenBlasVersion> of(String text) {
        Matcher numbers = NUMBERS.matcher(text);
        return numbers.find()
                ? Optional.of(new OpenBlasVersion(
                        Integer.parseInt(numbers.group(1)),
                        Integer.parseInt(numbers.group(2)),
                        Integer.parseInt(numbers.group(3))))
                : Optional.empty();
    }

    boolean isBefore(OpenBlasVersion other) {
        return compareTo(other) < 0;
    }

    @Override
    public int compareTo(OpenBlasVersion other) {
        int first = Integer.compare(major, other.major);
        int second = Integer.compare(minor, other.minor);
        return first != 0 ? first : second != 0 ? second : Integer.compare(patch, other.patch);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + patch;
    }
}
