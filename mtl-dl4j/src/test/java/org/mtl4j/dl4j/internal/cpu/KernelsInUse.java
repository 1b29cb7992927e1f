package org.mtl4j.dl4j.internal.cpu;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Skips tests if the system property {@value #ASKED_FOR} names a set of OpenBLAS's kernels that the processor cannot
 * execute, and makes them fail if OpenBLAS has taken another one. Without the property, tests run with whatever is in
 * use.
 */
public final class KernelsInUse implements ExecutionCondition {
    /** The system property; the environment variable of OpenBLAS, which decides, has to say the same. */
    static final String ASKED_FOR = "kernels";

    private static final Set<String> AVX2 = ImmutableSet.of("avx2", "fma");

    /** What a processor must be able to do: OpenBLAS takes the kernels in any case, and the process would be killed. */
    private static final Map<String, Set<String>> NEEDED = ImmutableMap.of(
            "Prescott",
            ImmutableSet.of("pni"), // SSE3
            "Haswell",
            AVX2,
            "Zen",
            AVX2,
            "SkylakeX",
            ImmutableSet.of("avx2", "fma", "avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"),
            "Cooperlake",
            ImmutableSet.of(
                    "avx2",
                    "fma",
                    "avx512f",
                    "avx512cd",
                    "avx512bw",
                    "avx512dq",
                    "avx512vl",
                    "avx512_vnni",
                    "avx512_bf16"));

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (!areAskedFor()) {
            return ConditionEvaluationResult.enabled("any kernels");
        }
        String asked = System.getProperty(ASKED_FOR);
        Set<String> missing = missingHere(asked);
        if (!missing.isEmpty()) {
            return ConditionEvaluationResult.disabled(
                    "this processor cannot execute OpenBLAS's kernels for %s: it lacks %s"
                            .formatted(asked, String.join(", ", missing)));
        }
        Nd4j.create(1); // loads OpenBLAS
        String used = BlasKernels.core().orElse("unknown");
        if (!used.equalsIgnoreCase(asked)) {
            throw new ExtensionConfigurationException(
                    "tests are to run with OpenBLAS's kernels for %s, and it uses those for %s; %s is '%s'"
                            .formatted(asked, used, BlasKernels.VARIABLE, System.getenv(BlasKernels.VARIABLE)));
        }
        return ConditionEvaluationResult.enabled("OpenBLAS uses the kernels for " + used);
    }

    /** {@return whether this run is one of several, under a set of kernels each, that need not repeat everything} */
    public static boolean areAskedFor() {
        return !System.getProperty(ASKED_FOR, "").isEmpty();
    }

    /**
     * {@return the settings of convolutions, or some in a run under one of several sets of kernels} Every other one,
     * and every fourth with kernels for processors without AVX, where oneDNN computes the convolutions.
     */
    public static <T> Stream<T> settings(List<T> all) {
        int every = areAskedFor() ? Gemm.available() ? 2 : 4 : 1;
        return IntStream.range(0, all.size()).filter(i -> i % every == 0).mapToObj(all::get);
    }

    /** Whether it is known what the kernels need. */
    static boolean known(String asked) {
        return NEEDED.containsKey(asked);
    }

    private static Set<String> missingHere(String asked) {
        Path description = Path.of("/proc/cpuinfo");
        if (!Files.exists(description)) {
            return ImmutableSet.of("a description in " + description);
        }
        try {
            return missing(asked, Files.readString(description));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return what a processor, as Linux describes it, would need besides to execute the kernels} */
    static Set<String> missing(String asked, String description) {
        Set<String> needed = NEEDED.get(asked);
        if (needed == null) {
            throw new ExtensionConfigurationException("nothing is known of kernels for '%s', only of %s"
                    .formatted(asked, String.join(", ", NEEDED.keySet())));
        }
        return Sets.difference(needed, flags(description)).immutableCopy();
    }

    private static Set<String> flags(String description) {
        return description
                .lines()
                .filter(line -> line.startsWith("flags"))
                .findFirst()
                .map(line -> ImmutableSet.copyOf(Splitter.on(' ').split(line)))
                .orElse(ImmutableSet.of());
    }
}
