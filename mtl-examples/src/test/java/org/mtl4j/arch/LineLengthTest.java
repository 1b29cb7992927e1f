package org.mtl4j.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lines of Java stay within the limit of {@code .editorconfig}. The formatter sees to code only: it leaves comments and
 * text as they are. Markdown may be wider, since a row of a table and a link cannot be broken.
 */
class LineLengthTest {
    private static final Pattern LIMIT = Pattern.compile("^max_line_length *= *(\\d+)$", Pattern.MULTILINE);

    @ParameterizedTest
    @EnumSource(Module.class)
    void lines_of_java_are_within_the_limit(Module module) throws IOException {
        int limit = limit();
        List<Path> files = Stream.of(Sources.mainOf(module), Sources.testOf(module))
                .flatMap(folder -> Sources.javaIn(folder).stream())
                .toList();
        List<String> tooLong = new ArrayList<>();
        for (Path file : files) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                int length = (int) lines.get(i).codePoints().count();
                if (length > limit) {
                    tooLong.add(
                            "%s has %d columns, allowed are %d".formatted(Sources.place(file, i + 1), length, limit));
                }
            }
        }
        assertThat(files).isNotEmpty();
        assertThat(tooLong).isEmpty();
    }

    private static int limit() throws IOException {
        Matcher limit = LIMIT.matcher(Files.readString(Module.ROOT.resolve(".editorconfig")));
        assertThat(limit.find()).as(".editorconfig has max_line_length").isTrue();
        return Integer.parseInt(limit.group(1));
    }
}
