package org.mtl4j.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The messages that docs/troubleshooting.md explains are those of the code. */
class MessagesTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    private static final Pattern MESSAGE = Pattern.compile("\\*\\*(.+?)\\*\\*", Pattern.DOTALL);
    private static final Pattern FILLED_IN = Pattern.compile("'[^']*'|\\[[^]]*]|…");
    private static final int WORDS = 3;

    /** All texts in the code of the libraries, those put together with + in one piece. */
    private static String texts() throws IOException {
        StringBuilder all = new StringBuilder();
        for (String module : List.of("mtl-api", "mtl-dl4j", "mtl-datasets")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    all.append(Files.readString(file));
                }
            }
        }
        return all.toString().replaceAll("\"\\s*\\+\\s*\"", "");
    }

    /** Whether a few words of the message, as they follow each other, are there; its numbers are %d in the code. */
    private static boolean isIn(String texts, String message) {
        for (String piece : FILLED_IN.split(message.replaceAll("\\s+", " ").replaceAll("\\b[0-9]+\\b", "%d"), -1)) {
            String[] words = piece.strip().split(" ");
            for (int i = 0; i + Math.min(WORDS, words.length) <= words.length; i++) {
                String run = String.join(" ", List.of(words).subList(i, Math.min(words.length, i + WORDS)));
                if (run.length() > WORDS && texts.contains(run)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Test
    void every_message_that_is_explained_is_in_the_code() throws IOException {
        String texts = texts();
        List<String> messages = new ArrayList<>();
        MESSAGE.matcher(Files.readString(ROOT.resolve("docs/troubleshooting.md")))
                .results()
                .map(result -> result.group(1))
                .forEach(messages::add);
        assertThat(messages).hasSizeGreaterThan(30).allMatch(message -> isIn(texts, message));
        assertThat(isIn(texts, "a message of 'nobody' that no one has written")).isFalse();
    }
}
