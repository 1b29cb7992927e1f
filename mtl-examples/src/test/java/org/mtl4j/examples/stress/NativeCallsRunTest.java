package org.mtl4j.examples.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class NativeCallsRunTest {
    private static final Path PAGE =
            Path.of("").toAbsolutePath().getParent().resolve("docs").resolve("native-memory.md");

    private static final Pattern ROW = Pattern.compile("^\\| `([^`]+)` \\| (safe|unsafe) \\|", Pattern.MULTILINE);

    /** What is called and what is not is compiled at once, as it is after a while in a JVM that runs for long. */
    @Test
    void operations_are_as_the_page_says_and_what_the_library_does_is_safe() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-Xcomp",
                "-XX:TieredStopAtLevel=1",
                "-XX:CompileCommand=quiet"));
        for (String compiled : List.of(
                "org.nd4j.linalg.*",
                "org.nd4j.nativeblas.*",
                "org.deeplearning4j.*",
                "org.mtl4j.*")) { // the rest would take long, and calls nothing native
            command.add("-XX:CompileCommand=compileonly," + compiled + "::*");
        }
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                NativeCallsRun.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("OMP_NUM_THREADS", "1");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();

        Map<String, String> seen = new LinkedHashMap<>();
        Matcher line =
                Pattern.compile("^(safe|unsafe)\t(.*)$", Pattern.MULTILINE).matcher(output);
        while (line.find()) {
            seen.put(line.group(2), line.group(1));
        }
        Map<String, String> said = new LinkedHashMap<>();
        Matcher row = ROW.matcher(Files.readString(PAGE));
        while (row.find()) {
            said.put(row.group(1), row.group(2));
        }
        assertThat(said).containsValue("unsafe").containsValue("safe");
        assertThat(seen).as(output).containsAllEntriesOf(said);
        seen.keySet().removeAll(said.keySet());
        assertThat(seen).as(output).isNotEmpty().allSatisfy((what, how) -> assertThat(how)
                .isEqualTo("safe"));
    }
}
