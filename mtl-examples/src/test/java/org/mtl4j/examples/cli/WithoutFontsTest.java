package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is drawn comes after the result: in a JVM of its own that finds no fonts, as in many containers. */
class WithoutFontsTest {
    @TempDir
    Path directory;

    @EnabledOnOs(OS.LINUX)
    @Test
    void models_figures_and_tables_are_written_with_one_warning_for_each_run()
            throws IOException, InterruptedException {
        Path fonts = Files.writeString(
                directory.resolve("fonts.conf"),
                "<?xml version=\"1.0\"?><fontconfig><dir>/nonexistent</dir></fontconfig>");
        ProcessBuilder java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-Djava.awt.headless=true",
                        "-Duser.home=" + directory, // Java remembers fonts below it
                        "-Dorg.bytedeco.javacpp.cachedir=" + Path.of(System.getProperty("user.home"), ".javacpp/cache"),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        WithoutFonts.class.getName(),
                        directory.toString())
                .redirectErrorStream(true);
        java.environment().put("FONTCONFIG_FILE", fonts.toString());
        Process process = java.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output)
                .contains("model: " + directory.resolve("m.zip"))
                .containsPattern("(?s)code 0.*code 0")
                .doesNotContain("\tat ");
        assertThat(output.lines().filter(line -> line.startsWith("warning: ")))
                .hasSize(2)
                .allMatch(line -> line.contains("fontconfig"));
        assertThat(directory.resolve("m.zip")).isNotEmptyFile();
        assertThat(directory.resolve("m-report/report.html")).content().contains("This picture could not be drawn");
        assertThat(directory.resolve("poster/runs/split-seed1.json")).isNotEmptyFile();
        assertThat(directory.resolve("poster/results.json")).isNotEmptyFile();
        assertThat(directory.resolve("poster/report.md"))
                .content()
                .contains("| split |")
                .doesNotContain(".png");
        assertThat(directory.resolve("poster/report.html")).isNotEmptyFile();
    }
}
