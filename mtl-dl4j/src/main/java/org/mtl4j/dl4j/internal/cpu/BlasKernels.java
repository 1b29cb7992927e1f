package org.mtl4j.dl4j.internal.cpu;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses and reports the processor whose kernels OpenBLAS computes with. Version {@link OpenBlasVersion#OWN}, which
 * this library is built with, is left to choose them itself: it goes by what a processor can do. The version that ND4J
 * 1.0.0-M2.1 brings (0.3.19) takes those of a Pentium 4 on Intel processors that are newer than itself (OpenBLAS issue
 * 4267), which makes GEMM several times slower, and those of Cooper Lake, which compute wrong products in DOUBLE, on
 * Intel processors with AVX-512 BF16, and on all that have it where it does not know the name in the environment. There
 * the environment variable that overrides its choice is set, up to the moment at which it is loaded.
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

    /** Further names that every version since 0.3.11 knows, in small letters. */
    private static final Set<String> WITH_AVX = ImmutableSet.of(
            "sandybridge",
            "bulldozer",
            "piledriver",
            "steamroller",
            "excavator",
            "haswell",
            "zen",
            "skylakex",
            "cooperlake");

    /** A name that came in a later version. */
    private static final String SAPPHIRE_RAPIDS = "sapphirerapids";

    private static final OpenBlasVersion KNOWS_SAPPHIRE_RAPIDS = new OpenBlasVersion(0, 3, 22);

    /** The kernels that compute wrong products, and the version in which they no longer do; see the faults in tests. */
    private static final String WRONG = "cooperlake";

    private static final OpenBlasVersion NO_LONGER_WRONG = new OpenBlasVersion(0, 3, 21);

    /** What a processor needs for kernels that are worth trying; OpenBLAS takes them in any case, and it would die. */
    private static final Map<String, Set<String>> NEEDED = ImmutableMap.of(
            "Haswell",
            AVX2,
            "Zen",
            AVX2,
            "SkylakeX",
            ImmutableSet.<String>builder().addAll(AVX2).addAll(AVX512).build(),
            "Cooperlake",
            ImmutableSet.<String>builder()
                    .addAll(AVX2)
                    .addAll(AVX512)
                    .add("avx512_bf16", "avx512_vnni")
                    .build());

    private BlasKernels() {}

    /**
     * What is known of the kernels that OpenBLAS computes with.
     *
     * @param version of OpenBLAS; empty if it is not known, or another library is in use
     * @param core the processor that they are for; empty if it could not be looked at, or another library is in use
     * @param failure why it could not be looked at; empty if it could, or another library is in use
     */
    public record Look(Optional<String> version, Optional<String> core, Optional<String> failure) {
        private static final Look NOTHING = new Look(Optional.empty(), Optional.empty(), Optional.empty());

        private Optional<OpenBlasVersion> number() {
            return version.flatMap(OpenBlasVersion::of);
        }
    }

    /** What is to be done about the environment variable. */
    enum Action {
        /** It says what OpenBLAS should do, or OpenBLAS chooses well by itself, or nothing better is known. */
        LEAVE,
        /** To the kernels named. */
        SET,
        /** Since OpenBLAS, where it does not know a name, does worse than without. */
        UNSET
    }

    /**
     * A decision on the environment variable.
     *
     * @param core the kernels to set it to; empty if it is not to be set
     * @param problem what is wrong with the value that it has; empty if nothing is, or it has none
     */
    record Decision(Action action, Optional<String> core, Optional<String> problem) {
        private static final Decision LEAVE = new Decision(Action.LEAVE, Optional.empty(), Optional.empty());
    }

    /**
     * Sets the variable for an OpenBLAS that is loaded later, where it needs it; once in a process. Whatever fails
     * here, in JNA above all, which other parts of a program may bring in other versions, is left to a line in the log.
     */
    public static void choose() {
        if (CHOSEN.getAndSet(true)) {
            return;
        }
        Decision decision = decide();
        try {
            switch (decision.action()) {
                case SET -> {
                    String core = decision.core().orElseThrow();
                    call("setenv", VARIABLE, core, 1);
                    log.debug("OpenBLAS is to take its kernels for {}", core);
                    decision.problem().ifPresent(problem -> log.warn("{}: it is told to take {}", problem, core));
                }
                case UNSET -> {
                    call("unsetenv", VARIABLE);
                    log.debug("OpenBLAS is to choose its kernels by itself");
                    decision.problem().ifPresent(problem -> log.warn("{}: it is left to choose by itself", problem));
                }
                case LEAVE -> log.debug("OpenBLAS chooses its kernels by itself, or as the environment says");
            }
        } catch (Throwable e) { // JNA throws an Error, and no LinkageError, where its native part is of another version
            JNA_FAILURE.compareAndSet(null, firstLine(e));
            log.debug("OpenBLAS could not be told which kernels to take", e); // warned of when they are looked at
        }
    }

    private static void call(String function, Object... arguments) {
        NativeLibrary.getInstance(C_LIBRARY).getFunction(function).invokeInt(arguments);
    }

    private static Decision decide() {
        if (!Loader.getPlatform().equals("linux-x86_64")) {
            return Decision.LEAVE; // other names, and no such choice
        }
        return decide(System.getenv(VARIABLE), OpenBlasVersion.onClassPath(), coreHere());
    }

    /**
     * Decides what to do about the variable.
     *
     * @param value of the variable; null if it is not set
     * @param version empty if it is not known, which is taken for an old one
     * @param best kernels for this processor; empty if they are not known
     */
    static Decision decide(String value, Optional<OpenBlasVersion> version, Optional<String> best) {
        boolean choosesWell =
                version.filter(known -> !known.isBefore(OpenBlasVersion.OWN)).isPresent();
        if (value == null && (choosesWell || best.isEmpty())) {
            return Decision.LEAVE;
        }
        Optional<String> problem = problem(value, version);
        if (value != null && !value.isEmpty() && problem.isEmpty()) {
            return Decision.LEAVE;
        }
        return choosesWell || best.isEmpty()
                ? new Decision(Action.UNSET, Optional.empty(), problem)
                : new Decision(Action.SET, best, problem);
    }

    /** {@return what is wrong with a value of the variable; empty if nothing is, or there is none} */
    private static Optional<String> problem(String value, Optional<OpenBlasVersion> version) {
        if (value == null || value.isEmpty()) {
            return Optional.empty(); // as good as not set
        }
        String name = value.toLowerCase(Locale.ROOT);
        String openBlas = version.map(known -> "OpenBLAS " + known).orElse("OpenBLAS");
        if (isWrong(name, version)) {
            return Optional.of("%s is %s, with whose kernels %s computes wrong products in DOUBLE"
                    .formatted(VARIABLE, value, openBlas));
        }
        return knows(name, version)
                ? Optional.empty()
                : Optional.of("%s is '%s', which %s has no kernels for".formatted(VARIABLE, value, openBlas));
    }

    private static boolean knows(String name, Optional<OpenBlasVersion> version) {
        if (OLD.contains(name) || WITH_AVX.contains(name)) {
            return true;
        }
        if (version.isEmpty()) {
            return false;
        }
        return OpenBlasVersion.OWN.isBefore(version.get()) // which may have any names
                || name.equals(SAPPHIRE_RAPIDS) && !version.get().isBefore(KNOWS_SAPPHIRE_RAPIDS);
    }

    /** Tells whether kernels are known to compute wrong products in DOUBLE; of a version that is not known, too. */
    private static boolean isWrong(String name, Optional<OpenBlasVersion> version) {
        return name.equalsIgnoreCase(WRONG)
                && version.map(known -> known.isBefore(NO_LONGER_WRONG)).orElse(true);
    }

    /** Returns the kernels for this processor, if they are known. */
    private static Optional<String> coreHere() {
        return coreFor(flagsHere());
    }

    private static Set<String> flagsHere() {
        if (!Loader.getPlatform().equals("linux-x86_64")) {
            return ImmutableSet.of();
        }
        try {
            return flags(Files.readString(CPU_INFO));
        } catch (IOException | RuntimeException e) {
            log.debug("it could not be looked at what this processor can do", e);
            return ImmutableSet.of();
        }
    }

    /** {@return what a processor can do, by the text of Linux's {@code /proc/cpuinfo}; empty if it does not say} */
    static Set<String> flags(String cpuInfo) {
        return cpuInfo.lines()
                .filter(line -> line.startsWith("flags") && line.indexOf(':') > 0)
                .findFirst()
                .map(line -> ImmutableSet.copyOf(Splitter.on(' ').split(line.substring(line.indexOf(':') + 1))))
                .orElse(ImmutableSet.of());
    }

    /**
     * Chooses the kernels for a processor by what it can do, whoever has made it.
     *
     * @param flags as Linux names them
     * @return value for {@link #VARIABLE}; empty for processors without AVX2 and others
     */
    static Optional<String> coreFor(Set<String> flags) {
        if (!flags.containsAll(AVX2)) {
            return Optional.empty();
        }
        return Optional.of(flags.containsAll(AVX512) ? "SkylakeX" : "Haswell");
    }

    /** {@return the kernels that this processor can execute, and that are right as far as is known; maybe none} */
    public static List<String> possible() {
        Set<String> flags = flagsHere();
        Optional<OpenBlasVersion> version = OpenBlasVersion.onClassPath();
        return NEEDED.entrySet().stream()
                .filter(kernels -> flags.containsAll(kernels.getValue()) && !isWrong(kernels.getKey(), version))
                .map(Map.Entry::getKey)
                .toList();
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
        Optional<String> version = OpenBlasVersion.onClassPath().map(OpenBlasVersion::toString);
        NativeLibrary library;
        try {
            library = NativeLibrary.getInstance(file);
        } catch (Throwable e) { // no JNA, or one whose native part is of another version, for which it has an Error
            JNA_FAILURE.compareAndSet(null, firstLine(e));
            return new Look(version, Optional.empty(), Optional.of(JNA_FAILURE.get()));
        }
        try {
            Optional<String> loaded = ask(library, "openblas_get_config")
                    .flatMap(OpenBlasVersion::of)
                    .map(OpenBlasVersion::toString);
            return new Look(loaded.or(() -> version), ask(library, "openblas_get_corename"), Optional.empty());
        } catch (UnsatisfiedLinkError e) {
            return Look.NOTHING; // another library
        } catch (RuntimeException | LinkageError e) {
            return new Look(version, Optional.empty(), Optional.of(firstLine(e)));
        }
    }

    private static Optional<String> ask(NativeLibrary library, String function) {
        return Optional.ofNullable((String) library.getFunction(function).invoke(String.class, new Object[0]));
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
     * for much older processors or known to be wrong, or where OpenBLAS needed to be told and could not be.
     *
     * @return the value; empty if the kernels are the right ones, or nothing is known that could be better
     */
    public static Optional<String> advice(Look look) {
        boolean untold = look.failure().isPresent() && decide().action() == Action.SET;
        boolean wrong = look.core().map(core -> isWrong(core, look.number())).orElse(false);
        return areOld(look) || untold || wrong ? coreHere() : Optional.empty();
    }

    /** {@return kernels for this processor other than those in use, where these are wrong; empty if none are known} */
    static Optional<String> rightFor(Look look) {
        String used = look.core().orElse("");
        return Stream.concat(coreHere().stream(), possible().stream())
                .filter(core -> !core.equalsIgnoreCase(used))
                .findFirst();
    }

    /** Returns the {@linkplain #advice(Look) advice} on the kernels in use now. */
    public static Optional<String> advice() {
        return advice(look());
    }

    /**
     * Tells what is amiss with the kernels in use, or could be, and what to do about it, for log and user.
     *
     * @return sentences without a full stop; none if all is well
     */
    public static List<String> warnings(Look look) {
        Optional<String> advice = advice(look);
        String setIt = advice.map(core -> "set %s=%s in the environment before the JVM starts, or take %s"
                        .formatted(VARIABLE, core, OpenBlasVersion.OWN_ARTIFACTS))
                .orElse("take " + OpenBlasVersion.OWN_ARTIFACTS);
        List<String> warnings = new ArrayList<>();
        if (areOld(look)) {
            advice.ifPresent(core -> warnings.add("OpenBLAS computes with kernels for much older processors than this"
                    + " one (" + look.core().orElseThrow() + "), several times slower than it could: " + setIt));
        }
        look.core()
                .filter(core -> isWrong(core, look.number()))
                .ifPresent(core ->
                        warnings.add(("with its kernels for %s OpenBLAS %s computes wrong products in" + " DOUBLE: %s")
                                .formatted(core, look.version().orElse("of unknown version"), setIt)));
        look.failure().ifPresent(why -> warnings.add(unseen(look, why, setIt)));
        return warnings;
    }

    /** What to say where it could not be looked at which kernels are in use. */
    private static String unseen(Look look, String why, String setIt) {
        Decision decision = decide();
        boolean unchosen = decision.action() == Action.LEAVE
                && System.getenv(VARIABLE) == null
                && look.number()
                        .map(version -> version.isBefore(OpenBlasVersion.OWN))
                        .orElse(true);
        String reason = "It could not be looked at which kernels OpenBLAS %s computes with (%s)"
                .formatted(look.version().orElse("of unknown version"), why);
        if (decision.action() == Action.UNSET) {
            return "%s, and it could not be told to choose them by itself%s: unset %s before the JVM starts"
                    .formatted(
                            reason,
                            decision.problem().map(problem -> "; " + problem).orElse(""),
                            VARIABLE);
        }
        return decision.action() == Action.SET || unchosen
                ? reason + "; those that it chooses by itself may be several times slower than need be: " + setIt
                : reason + "; training and predictors do without what some of them are faster by, with AVX-512: have"
                        + " JNA load its native library, from a folder that code may be run from"
                        + " (-Djna.tmpdir=DIR), and of the version that its classes have";
    }
}
