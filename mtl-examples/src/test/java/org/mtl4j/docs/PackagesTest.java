package org.mtl4j.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page on the architecture has one line for each package. */
class PackagesTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    /** The first cell of a row of a table, if it is a package and nothing else. */
    private static final Pattern ROW =
            Pattern.compile("^\\| *`(org\\.mtl4j(?:\\.[a-z0-9]+)+)` *\\|", Pattern.MULTILINE);

    @Test
    void the_page_on_the_architecture_names_each_package_once() throws IOException {
        List<String> named = ROW.matcher(Files.readString(ROOT.resolve("docs/architecture.md")))
                .results()
                .map(row -> row.group(1))
                .toList();
        assertThat(named).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(packages());
    }

    private static List<String> packages() throws IOException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            return modules.map(module -> module.resolve("src/main/java"))
                    .filter(Files::isDirectory)
                    .flatMap(PackagesTest::packagesIn)
                    .sorted()
                    .toList();
        }
    }

    private static Stream<String> packagesIn(Path sources) {
        try (Stream<Path> files = Files.walk(sources)) {
            return files
                    .filter(file -> file.toString().endsWith(".java"))
                    .map(file -> sources.relativize(file.getParent()).toString().replaceAll("[/\\\\]", "."))
                    .distinct()
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
