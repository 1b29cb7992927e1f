package org.mtl4j.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All Java in README.md, in docs/ and in the Javadoc of the libraries compiles. */
class SnippetsTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    /** Compiled, and run, in mtl-sparkml, where Spark is. */
    private static final String OF_SPARK = "spark-tables.md";

    @TempDir
    private Path classes;

    @Test
    void what_documents_show_compiles() throws IOException {
        List<Snippet> snippets = new ArrayList<>(Snippet.ofMarkdown(ROOT.resolve("README.md")));
        for (Path file : files(ROOT.resolve("docs"), ".md")) {
            if (!file.endsWith(OF_SPARK)) {
                snippets.addAll(Snippet.ofMarkdown(file));
            }
        }
        assertThat(snippets).hasSizeGreaterThan(10);
        assertThat(problems(snippets)).isEmpty();
    }

    @Test
    void what_javadoc_shows_compiles() throws IOException {
        List<Snippet> snippets = new ArrayList<>();
        for (String module : List.of("mtl-api", "mtl-dl4j", "mtl-datasets")) {
            for (Path file : files(ROOT.resolve(module).resolve("src/main/java"), ".java")) {
                snippets.addAll(Snippet.ofJavadoc(file));
            }
        }
        assertThat(snippets).hasSizeGreaterThan(15);
        assertThat(problems(snippets)).isEmpty();
    }

    @Test
    void a_snippet_that_does_not_compile_is_told_by_its_place() throws IOException {
        Snippet wrong = new Snippet("guide.md:7", "Task one = Task.regression(\"one\");\n", false);
        Snippet right =
                new Snippet("guide.md:9", "Task.regression(\"one\", 1)\n    .withWeight(2)\nplan.withSeed(3)\n", false);
        assertThat(problems(List.of(wrong, right)))
                .singleElement()
                .asString()
                .startsWith("guide.md:7, line 1: ")
                .contains("regression");
    }

    private static List<Path> files(Path folder, String ending) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        }
    }

    /** A source in memory. */
    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String className, String text) {
            super(URI.create("memory:///" + className + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    /** Compiles all in one go; one line for each error. */
    private List<String> problems(List<Snippet> snippets) throws IOException {
        String text = new String(
                SnippetsTest.class.getResourceAsStream("prelude.txt").readAllBytes(), StandardCharsets.UTF_8);
        String imports =
                text.lines().filter(line -> line.startsWith("import ")).reduce("", (all, line) -> all + line + "\n");
        List<JavaFileObject> sources = new ArrayList<>();
        sources.add(new Source("Prelude", text));
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < snippets.size(); i++) {
            String source = snippets.get(i).source("Snippet" + i, imports);
            bodies.add(source);
            sources.add(new Source("Snippet" + i, source));
        }
        List<String> problems = new ArrayList<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter output = new StringWriter();
        boolean compiled = compiler.getTask(
                        output,
                        null,
                        diagnostic -> {
                            if (diagnostic.getKind() == javax.tools.Diagnostic.Kind.ERROR) {
                                problems.add(describe(diagnostic, snippets, bodies));
                            }
                        },
                        List.of("-d", classes.toString(), "-proc:none", "-nowarn", "-Xmaxerrs", "1000"),
                        null,
                        sources)
                .call();
        assertThat(compiled).as(output.toString()).isEqualTo(problems.isEmpty());
        return problems;
    }

    private static String describe(
            javax.tools.Diagnostic<? extends JavaFileObject> error, List<Snippet> snippets, List<String> bodies) {
        String name = error.getSource() == null ? "" : error.getSource().getName();
        if (!name.matches(".*Snippet[0-9]+\\.java")) {
            return name + ": " + error.getMessage(null);
        }
        int index = Integer.parseInt(name.replaceAll("\\D", ""));
        Snippet snippet = snippets.get(index);
        String line = bodies.get(index).lines().toList().get((int) error.getLineNumber() - 1);
        long within =
                snippet.code().lines().takeWhile(other -> !other.equals(line)).count() + 1;
        return "%s, line %d: %s".formatted(snippet.where(), within, error.getMessage(null));
    }
}
