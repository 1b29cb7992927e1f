package org.mtl4j.examples.stress;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code .ci/stress} runs it longer, and tells of the properties. */
@Tag("slow")
class StressRunTest {
    private static final int SECONDS = Integer.getInteger("stress.seconds", 60);

    private static final String JOBS = System.getProperty("stress.jobs", "");

    @Test
    void all_that_the_library_does_survives_garbage_made_by_other_threads() throws IOException, InterruptedException {
        Path directory = Files.createDirectories(Path.of("target", "stress"));
        Path log = directory.resolve("stress.log");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-Xmn2m", // collected each time that the threads have made 2 MB
                "-XX:+UseSerialGC",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=2g",
                "-XX:-CreateCoredumpOnCrash",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                StressRun.class.getName(),
                Integer.toString(SECONDS)));
        command.addAll(Splitter.on(',').omitEmptyStrings().splitToList(JOBS));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("OMP_NUM_THREADS", "1");
        builder.environment().put("MALLOC_PERTURB_", "165"); // glibc overwrites what is freed, so that use of it shows
        int exit = builder.start().waitFor();
        String output = Files.readString(log);
        assertThat(exit).as(output).isZero();
        assertThat(output).contains("done, ").doesNotContain("=0,", "=0}"); // each job was done
    }
}
