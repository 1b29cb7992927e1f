package consumer;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes a Java runtime of the modules that jdeps finds in the program and all that it stands on, and runs it there. */
public final class Image {
    private Image() {}

    /** Takes the folder of the classes, that of the jars, and that of the runtime to be made. */
    public static void main(String[] args) throws Exception {
        Path classes = Path.of(args[0]);
        Path image = Path.of(args[2]);
        String jars;
        try (Stream<Path> files = Files.list(Path.of(args[1]))) {
            jars = files.map(Path::toString).sorted().collect(Collectors.joining(File.pathSeparator));
        }
        delete(image);
        String modules = run(
                "jdeps", "--print-module-deps", "--ignore-missing-deps", "--multi-release", "17", "--recursive",
                "--class-path", jars, classes.toString());
        System.out.println("modules " + modules);
        run("jlink", "--add-modules", modules, "--strip-debug", "--no-header-files", "--no-man-pages",
                "--output", image.toString());
        Process program = new ProcessBuilder(
                        image.resolve("bin").resolve("java").toString(), "-XX:+UseSerialGC",
                        "-cp", classes + File.pathSeparator + jars, "consumer.Consumer")
                .inheritIO()
                .start();
        System.exit(program.waitFor());
    }

    private static String run(String tool, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter errors = new StringWriter();
        int code = ToolProvider.findFirst(tool)
                .orElseThrow(() -> new IllegalStateException("this JDK has no " + tool))
                .run(new PrintWriter(out, true), new PrintWriter(errors, true), arguments);
        if (code != 0) {
            throw new IllegalStateException(tool + " ended with " + code + ": " + out + errors);
        }
        List<String> lines = new ArrayList<>(out.toString().lines().toList());
        lines.removeIf(line -> line.startsWith("Warning"));
        return lines.isEmpty() ? "" : lines.get(lines.size() - 1).strip();
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
