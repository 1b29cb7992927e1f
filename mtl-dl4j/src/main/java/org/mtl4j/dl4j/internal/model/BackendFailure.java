package org.mtl4j.dl4j.internal.model;

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mtl4j.dl4j.internal.cpu.BlasKernelsBeforeBackend;
import org.mtl4j.dl4j.internal.cpu.NativeLibraries;
import org.nd4j.linalg.factory.Nd4jBackend;
import org.nd4j.linalg.factory.Nd4jBackend.NoAvailableBackendException;

/**
 * Says why ND4J's backend does not start, and what to do about it. ND4J itself says "is probably missing dependencies"
 * of whatever happened; what did is the innermost cause of what it throws, and what can be seen of the machine.
 */
final class BackendFailure {
    private static final String DOES_NOT_START = "The ND4J backend does not start: ";

    /** The system property of JavaCPP that names the folder for natives. */
    private static final String CACHE_FOLDER = "org.bytedeco.javacpp.cachedir";

    private static final String FAILED_BEFORE = "it failed when it was first used in this process, and Java does not"
            + " try again; what was thrown then has the cause";

    /** Environment variables that ND4J reads as numbers while it starts. */
    private static final List<String> NUMBERS =
            List.of("OMP_NUM_THREADS", "BACKEND_PRIORITY_CPU", "BACKEND_PRIORITY_GPU", "BACKEND_PRIORITY_AURORA");

    private static final Pattern MISSING_LIBRARY =
            Pattern.compile("([^\\s:/]+\\.so[^\\s:]*): cannot open shared object");
    private static final Pattern NEWER_SYSTEM = Pattern.compile("version [`'](GLIBC\\w*_[0-9.]+|CXXABI_[0-9.]+)'");
    private static final Pattern OWN_LIBRARY = Pattern.compile("lib(jni|nd4j|openblas|javacpp).*");

    /** What the dynamic linker says, and what it means. */
    private static final Map<Pattern, String> LINKER = ImmutableMap.<Pattern, String>builder()
            .put(
                    Pattern.compile("already loaded in another class ?loader"),
                    "another class loader of this process has loaded the natives, and the JVM loads a library for one"
                            + " class loader only: put ND4J, JavaCPP and the natives where all applications of the"
                            + " process see the same ones, such as the server's shared libraries, or run the"
                            + " applications in processes of their own")
            .put(
                    Pattern.compile("failed to map segment|Operation not permitted|Permission denied"),
                    "code must not be run from the folder that natives are unpacked into (%1$s; its file system may be"
                            + " mounted noexec): name another one by -Dorg.bytedeco.javacpp.cachedir=FOLDER")
            .put(
                    Pattern.compile("wrong ELF class|invalid ELF header|Exec format|incompatible architecture"
                            + "|Possible cause: (architecture|endianness)|not a valid Win32"),
                    "the natives are for another processor or system than this (%2$s): take the classifier of this one")
            .put(
                    Pattern.compile("file too short|truncated"),
                    "a native library in %1$s is damaged: delete that folder, and see that there is room for it")
            .put(
                    Pattern.compile("Error relocating|ld-linux|symbol not found|ld-musl"),
                    "the natives are built for systems with glibc, which this one is not, as Alpine Linux with its musl"
                            + " is not: take one that is, such as Debian or Ubuntu")
            .put(
                    Pattern.compile("dependent libraries"),
                    "Windows lacks a library that the natives need: install the Visual C++ Redistributable")
            .build();

    private BackendFailure() {}

    /** {@return the cause of a failure to start, and the remedy, in one message} */
    static String explain(Throwable failure) {
        List<Throwable> causes = Lists.reverse(Throwables.getCausalChain(failure));
        if (causes.stream().anyMatch(NoAvailableBackendException.class::isInstance)) {
            return none();
        }
        Throwable root = causes.get(0);
        if (root instanceof UnsupportedOperationException && thrownBy(root, BackendCheck.class.getName())) {
            return DOES_NOT_START + root.getMessage();
        }
        String reason = causes.stream()
                .flatMap(cause -> reason(cause).stream())
                .findFirst()
                .or(BackendFailure::ofTheMachine)
                .orElse(earlier(failure) ? FAILED_BEFORE : "an unexpected failure");
        return DOES_NOT_START
                + reason
                + (reason.contains(CACHE_FOLDER) ? whyNotTheNamedOne() : "")
                + ". Cause: "
                + line(root);
    }

    /** {@return why JavaCPP passes over the folder that the user has named, without a word; empty if it does not} */
    private static String whyNotTheNamedOne() {
        String named = System.getProperty(CACHE_FOLDER);
        return named == null || new File(named).canWrite()
                ? ""
                : (" (the one that is named, %s, cannot be written to, and JavaCPP takes none such, even where all"
                                + " natives are in it)")
                        .formatted(named);
    }

    /** {@return what to say if ND4J has started, and taken no backend} */
    static String noneTaken() {
        return ("ND4J has taken none of those on the class path. It takes 64-bit JVMs only, and this is one of %s"
                        + " bits; the system property 'backends', where it is set, has to name the class of the"
                        + " backend, and it is %s")
                .formatted(System.getProperty("sun.arch.data.model"), System.getProperty("backends"));
    }

    private static Optional<String> reason(Throwable cause) {
        if (cause instanceof IllegalCallerException) {
            return Optional.of("this JVM denies native access: start java with --enable-native-access=ALL-UNNAMED, or,"
                    + " for a program on the module path, with the names of its modules instead");
        }
        if (cause instanceof UnsupportedOperationException && thrownBy(cause, "sun.misc.Unsafe")) {
            return Optional.of("this JVM denies access to memory by sun.misc.Unsafe, which ND4J needs: start java with"
                    + " --sun-misc-unsafe-memory-access=allow");
        }
        if (cause instanceof UnsatisfiedLinkError) {
            return ofLinker(String.valueOf(cause.getMessage()));
        }
        if (cause instanceof IncompatibleClassChangeError) {
            return Optional.of("jars of different versions are on the class path: nd4j-api, the backend and its natives"
                    + " have to be of one version");
        }
        boolean absent =
                cause instanceof ClassNotFoundException || cause instanceof NoClassDefFoundError && !earlier(cause);
        return absent
                ? Optional.of("a class is missing, so that a jar, or a module of the Java runtime, seems to be")
                : Optional.empty();
    }

    private static Optional<String> ofLinker(String message) {
        Matcher newer = NEWER_SYSTEM.matcher(message);
        if (newer.find()) {
            return Optional.of("this system is older than the natives need; it lacks %s: take a newer one"
                    .formatted(newer.group(1)));
        }
        Matcher missing = MISSING_LIBRARY.matcher(message);
        if (missing.find()) {
            String library = missing.group(1);
            return OWN_LIBRARY.matcher(library).matches()
                    ? Optional.of("the natives could not all be unpacked into %s: make room there, or name another"
                                    .formatted(folderAndRoom())
                            + " folder by -Dorg.bytedeco.javacpp.cachedir=FOLDER")
                    : Optional.of("this system lacks the library %s: install it%s"
                            .formatted(
                                    library,
                                    library.startsWith("libgomp")
                                            ? ", as the package libgomp1 of Debian and Ubuntu, libgomp elsewhere"
                                            : ""));
        }
        Optional<String> known = LINKER.entrySet().stream()
                .filter(entry -> entry.getKey().matcher(message).find())
                .findFirst()
                .map(entry -> entry.getValue().formatted(folderAndRoom(), NativeLibraries.platform()));
        return known.isPresent() || !message.contains("jnind4j")
                ? known
                : ofTheMachine().or(BackendFailure::noNatives);
    }

    /** {@return what is wrong by the look of the machine, whatever was thrown} */
    private static Optional<String> ofTheMachine() {
        for (String name : NUMBERS) {
            String value = System.getenv(name);
            if (value != null && !value.isEmpty() && !value.matches("[+-]?[0-9]{1,9}")) {
                return Optional.of(
                        "the environment variable %s has to be a whole number, and is '%s'".formatted(name, value));
            }
        }
        try {
            NativeLibraries.folder();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(
                    ("there is no folder that natives could be unpacked into: neither %s/.javacpp (user.home)"
                                    + " nor one below %s (java.io.tmpdir) can be written to: name one by"
                                    + " -Dorg.bytedeco.javacpp.cachedir=FOLDER")
                            .formatted(System.getProperty("user.home"), System.getProperty("java.io.tmpdir")));
        }
    }

    private static Optional<String> noNatives() {
        List<String> there = NativeLibraries.onClassPath();
        if (there.stream().anyMatch(name -> name.startsWith(NativeLibraries.platform()))) {
            return Optional.empty();
        }
        return Optional.of("the class path has no natives for %s, %s: add org.nd4j:nd4j-native with the classifier of"
                        .formatted(
                                NativeLibraries.platform(),
                                there.isEmpty() ? "nor for any other system" : "only for " + String.join(", ", there))
                + " this machine, such as linux-x86_64-onednn, beside nd4j-native without one");
    }

    /** {@return what to say if ND4J has found no backend} */
    private static String none() {
        List<String> reasons = new ArrayList<>();
        Optional<Nd4jBackend> there = BlasKernelsBeforeBackend.search(BackendFailure.class.getClassLoader(), reasons);
        if (there.isPresent()) {
            return DOES_NOT_START
                    + ("%s is on the class path, and no file META-INF/services/%s names it, where ND4J looks: keep"
                                    + " these files, and merge those of one name, where jars are packed into one"
                                    + " (maven-shade-plugin: ServicesResourceTransformer)")
                            .formatted(there.get().getClass().getName(), Nd4jBackend.class.getName());
        }
        if (!reasons.isEmpty()) {
            return DOES_NOT_START + String.join("; ", reasons)
                    + ". A backend for the CPU is org.nd4j:nd4j-native; see the README, \"Choosing a backend\"";
        }
        return "No usable ND4J backend on the class path. mtl-dl4j leaves the choice to the application: add"
                + " org.nd4j:nd4j-native of the same version as nd4j-api with the classifier of your machine (for"
                + " example linux-x86_64-onednn) for a CPU, or org.nd4j:nd4j-cuda-11.6 for a GPU; see the README,"
                + " \"Choosing a backend\"";
    }

    /** Tells whether a class could not be used because it failed the first time. */
    private static boolean earlier(Throwable failure) {
        return failure instanceof NoClassDefFoundError
                && String.valueOf(failure.getMessage()).contains("Could not initialize class");
    }

    private static boolean thrownBy(Throwable failure, String type) {
        StackTraceElement[] frames = failure.getStackTrace();
        return frames.length > 0 && frames[0].getClassName().startsWith(type);
    }

    private static String folderAndRoom() {
        try {
            Path folder = NativeLibraries.folder();
            return "%s, which has %s MB left"
                    .formatted(folder, Files.getFileStore(folder).getUsableSpace() / 1_000_000);
        } catch (IOException e) {
            return "an unknown folder";
        }
    }

    private static String line(Throwable failure) {
        return failure.toString().lines().findFirst().orElse("unknown");
    }
}
