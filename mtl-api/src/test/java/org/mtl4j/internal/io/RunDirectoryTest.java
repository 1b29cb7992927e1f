package org.mtl4j.internal.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
    @TempDir
    Path folder;

    @Test
    void a_fresh_directory_is_claimed() throws IOException {
        Path fresh = folder.resolve("deep/run");
        RunDirectory.claim(fresh, "run.json", "run", "{\"seed\": 7}");
        assertThat(fresh.resolve("run.json")).hasContent("{\"seed\": 7}");
    }

    @Test
    void who_returns_is_known_by_the_value_and_not_by_the_text() throws IOException {
        RunDirectory.claim(folder, "run.json", "run", "{\"seed\": 7, \"l2\": 0.5}");
        RunDirectory.claim(folder, "run.json", "run", "{\"l2\":0.5,\r\n\"seed\":7}");
        assertThat(folder.resolve("run.json")).hasContent("{\"seed\": 7, \"l2\": 0.5}");
    }

    @Test
    void another_one_is_refused_with_each_field_that_differs() throws IOException {
        RunDirectory.claim(
                folder, "run.json", "search", "{\"seed\": 7, \"l2\": 0.5, \"space\": {\"a\": [1, 2], \"b\": \"x\"}}");
        assertThatIOException()
                .isThrownBy(() -> RunDirectory.claim(
                        folder,
                        "run.json",
                        "search",
                        "{\"seed\": \"7\", \"l2\": 0.50, \"space\": {\"a\": [1, 3], \"c\": 1}}"))
                .withMessage(
                        "%s is that of another search; give each search a directory of its own. What differs:"
                                + " seed: there 7, here \"7\"; space.a: there [1,2], here [1,3]; space.c:"
                                + " there nothing, here 1;"
                                + " space.b: there \"x\", here nothing",
                        folder.resolve("run.json"));
    }

    @Test
    void what_is_no_claim_is_told_apart() throws IOException {
        Files.writeString(folder.resolve("run.json"), "seed 7");
        assertThatIOException()
                .isThrownBy(() -> RunDirectory.claim(folder, "run.json", "run", "{\"seed\": 7}"))
                .withMessageStartingWith(folder.resolve("run.json") + " does not say whose the directory is: ");
    }
}
