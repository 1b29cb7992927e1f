package org.mtl4j.dl4j.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The jars of OpenBLAS and JavaCPP that ND4J 1.0.0-M2.1 brings (0.3.19 and 1.5.7), which Maven copies (see the pom),
 * and programs with them in JVMs of their own.
 */
public final class OldOpenBlasJars {
    private static final Path FOLDER = Path.of(System.getProperty("old.openblas", "target/old-openblas"));

    private static final Pattern OPENBLAS = Pattern.compile("openblas-[0-9].*\\.jar");
    private static final Pattern JAVACPP = Pattern.compile("javacpp-[0-9].*\\.jar");

    private OldOpenBlasJars() {}

    /** What a program has printed, and its exit status. */
    public record Done(int status, String output) {}

    /** Skips a test where they are not, or are for another platform. */
    public static void assumeThere() {
        assumeTrue(
                Files.isDirectory(FOLDER)
                        && jars(OPENBLAS).size() == 2
                        && jars(JAVACPP).size() == 2
                        && Files.exists(Path.of("/proc/cpuinfo"))
                        && System.getProperty("os.arch").equals("amd64"),
                "Linux on x86-64, and the jars of OpenBLAS 0.3.19 for it, which Maven copies to " + FOLDER);
    }

    private static List<Path> jars(Pattern name) {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> is(file.toString(), name)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean is(String entry, Pattern name) {
        return name.matcher(Path.of(entry).getFileName().toString()).matches();
    }

    /** {@return the class path of this JVM, with the old jars in place of its own} */
    public static List<String> classPath(boolean oldOpenBlas, boolean oldJavaCpp) {
        List<String> entries = new ArrayList<>();
        String own = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Arrays.stream(own.split(File.pathSeparator))
                .filter(entry -> !(oldOpenBlas && is(entry, OPENBLAS)) && !(oldJavaCpp && is(entry, JAVACPP)))
                .forEach(entries::add);
        if (oldOpenBlas) {
            jars(OPENBLAS).forEach(jar -> entries.add(jar.toString()));
        }
        if (oldJavaCpp) {
            jars(JAVACPP).forEach(jar -> entries.add(jar.toString()));
        }
        return entries;
    }

    /**
     * Runs a program to its end.
     *
     * @param coreType value of {@code OPENBLAS_CORETYPE}; null for none
     * @param program name of its class
     */
    public static Done run(List<String> classPath, String coreType, String program, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                String.join(File.pathSeparator, classPath),
                program));
        command.addAll(List.of(arguments));
        ProcessBuilder java = new ProcessBuilder(command).redirectErrorStream(true);
        java.environment().remove("OPENBLAS_CORETYPE");
        if (coreType != null) {
            java.environment().put("OPENBLAS_CORETYPE", coreType);
        }
        Process process = java.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Done(process.waitFor(), output);
    }
}
