package org.mtl4j.arch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The Java files of the modules, for rules about what no class file tells. */
final class Sources {
    private Sources() {}

    static Path mainOf(Module module) {
        return module.folder().resolve("src/main/java");
    }

    static Path testOf(Module module) {
        return module.folder().resolve("src/test/java");
    }

    /** The Java files below a folder in the order of their names; none if there is no such folder. */
    static List<Path> javaIn(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A place in a file as compilers write it, from the root of the build. */
    static String place(Path file, long line) {
        return "%s:%d".formatted(Module.ROOT.relativize(file).toString().replace('\\', '/'), line);
    }
}
