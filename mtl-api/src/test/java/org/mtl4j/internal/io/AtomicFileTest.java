package org.mtl4j.internal.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    Path folder;

    private static List<String> content(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void text_is_written_as_utf8_with_the_folders_above() throws IOException {
        Path file = folder.resolve("a/b/c.txt");
        AtomicFile.write(file, "α = 0.9");
        assertThat(Files.readAllBytes(file)).startsWith(0xce, 0xb1).hasSize(8);
        assertThat(content(file.getParent())).containsExactly("c.txt");
    }

    @Test
    void an_older_file_is_replaced() throws IOException {
        Path file = folder.resolve("c.txt");
        AtomicFile.write(file, "older and longer");
        AtomicFile.write(file, "new");
        assertThat(file).hasContent("new");
        assertThat(content(folder)).containsExactly("c.txt");
    }

    @Test
    void nothing_is_left_of_a_failure_and_the_older_file_stays() throws IOException {
        Path file = folder.resolve("c.txt");
        AtomicFile.write(file, "old");
        assertThatIOException()
                .isThrownBy(() -> AtomicFile.write(file, temporary -> {
                    Files.writeString(temporary, "half");
                    throw new IOException("disk full");
                }))
                .withMessage("disk full");
        assertThatThrownBy(() -> AtomicFile.write(file, temporary -> {
                    Files.writeString(temporary, "half");
                    throw new OutOfMemoryError("heap");
                }))
                .hasMessage("heap");
        assertThat(file).hasContent("old");
        assertThat(content(folder)).containsExactly("c.txt");
    }

    @Test
    void the_reason_of_a_failure_is_told_where_what_is_left_cannot_be_deleted() {
        Path file = folder.resolve("c.txt");
        assertThatIOException()
                .isThrownBy(() -> AtomicFile.write(file, temporary -> {
                    Files.createDirectory(temporary);
                    Files.writeString(temporary.resolve("full"), "so it cannot be deleted");
                    throw new IOException("first");
                }))
                .withMessage("first")
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    }

    @Test
    void the_folder_may_be_a_link() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Files.createDirectory(folder.resolve("real")));
        AtomicFile.write(link.resolve("c.txt"), "text");
        assertThat(folder.resolve("real/c.txt")).hasContent("text");
    }

    /** Not only the owner, as with {@link Files#createTempFile}. */
    @Test
    void rights_are_the_usual_ones() throws IOException {
        Path usual = Files.writeString(folder.resolve("usual"), "");
        AtomicFile.write(folder.resolve("c.txt"), "text");
        assertThat(Files.getPosixFilePermissions(folder.resolve("c.txt")))
                .isEqualTo(Files.getPosixFilePermissions(usual));
    }

    @Test
    void the_root_is_no_file() {
        Path root = folder.getRoot();
        assertThatIOException().isThrownBy(() -> AtomicFile.write(root, "text")).withMessage(root + " is a directory");
    }

    @Test
    void what_is_there_and_no_file_is_not_replaced() throws Exception {
        Path pipe = folder.resolve("pipe");
        Process made;
        try {
            made = new ProcessBuilder("mkfifo", pipe.toString()).start();
        } catch (IOException e) {
            made = null; // there is no such command
        }
        assumeThat(made != null && made.waitFor() == 0).as("a pipe").isTrue();
        Path link = Files.createSymbolicLink(folder.resolve("link"), pipe);
        for (Path path : List.of(pipe, link)) {
            String message = path + " is a device, a pipe or the like, which a file cannot take the place of";
            assertThatIOException()
                    .isThrownBy(() -> AtomicFile.write(path, "text"))
                    .withMessage(message);
            assertThatIOException()
                    .isThrownBy(() -> AtomicFile.requireWritable(path))
                    .withMessage(message);
        }
        assertThat(content(folder)).containsExactly("link", "pipe");
        assertThat(Files.readAttributes(pipe, BasicFileAttributes.class).isOther())
                .isTrue();
    }

    @Test
    void any_file_system_will_do() throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(folder.resolve("a.zip"), Map.of("create", "true"))) {
            AtomicFile.write(zip.getPath("/deep/c.txt"), "older");
            AtomicFile.write(zip.getPath("/deep/c.txt"), "text");
            assertThat(Files.readString(zip.getPath("/deep/c.txt"))).isEqualTo("text");
            assertThat(content(zip.getPath("/deep"))).containsExactly("c.txt");
        }
    }

    @Test
    void folders_are_moved_too() throws IOException {
        Path target = folder.resolve("corpus");
        Path temporary = AtomicFile.temporaryBeside(target);
        assertThat(temporary.getParent()).isEqualTo(folder);
        assertThat(temporary).doesNotExist();
        Files.createDirectory(temporary);
        Files.writeString(temporary.resolve("list"), "text");
        AtomicFile.moveIntoPlace(temporary, target);
        assertThat(target.resolve("list")).hasContent("text");
        assertThat(content(folder)).containsExactly("corpus");
    }

    @Test
    void what_cannot_be_written_is_known_before_the_work() throws IOException {
        Path file = folder.resolve("deep/down/c.txt");
        AtomicFile.requireWritable(file);
        assertThat(content(file.getParent())).isEmpty();
        Path full = Files.writeString(folder.resolve("full"), "text");
        assertThatIOException()
                .isThrownBy(() -> AtomicFile.requireWritable(full.resolve("c.txt")))
                .withMessageContainingAll("nothing can be written there", full.toString());
        assertThatIOException().isThrownBy(() -> AtomicFile.requireWritableFolder(full));
        assertThatIOException()
                .isThrownBy(() -> AtomicFile.requireWritable(folder))
                .withMessage(folder + " is a directory");
        assertThatIOException()
                .isThrownBy(() -> AtomicFile.write(folder, "text"))
                .withMessage(folder + " is a directory");
        assertThat(content(folder)).containsExactly("deep", "full");
    }

    @Test
    void a_file_system_that_cannot_be_written_to_is_named() throws IOException {
        Path javaItself = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/model.zip");
        assertThatIOException()
                .isThrownBy(() -> AtomicFile.write(javaItself, "text"))
                .withMessage("/model.zip: its file system is read-only");
        Path gone;
        try (FileSystem zip = FileSystems.newFileSystem(folder.resolve("a.zip"), Map.of("create", "true"))) {
            gone = zip.getPath("/model.zip");
        }
        assertThatIOException()
                .isThrownBy(() -> AtomicFile.write(gone, "text"))
                .withMessage("/model.zip: its file system has been closed");
    }

    @Test
    void a_link_is_replaced_and_what_it_leads_to_stays() throws IOException {
        Path model = Files.writeString(folder.resolve("first"), "first");
        Path link = Files.createSymbolicLink(folder.resolve("latest"), model);
        AtomicFile.write(link, "second");
        assertThat(link).hasContent("second");
        assertThat(model).hasContent("first");
    }

    @Test
    void problems_are_said_in_words() {
        assertThat(FileProblem.of(new AccessDeniedException("a.zip"))).isEqualTo("a.zip: permission denied");
        assertThat(FileProblem.of(new NotDirectoryException("a"))).isEqualTo("a: not a folder");
        assertThat(FileProblem.of(new FileSystemException("a", null, "No space left on device")))
                .isEqualTo("a: No space left on device");
        assertThat(FileProblem.of(new IOException())).isEqualTo("java.io.IOException");
    }

    @Test
    void without_atomic_moves_the_older_file_stays_until_the_new_one_has_its_name() throws IOException {
        PlainMoves moves = new PlainMoves();
        Path file = moves.path(folder.resolve("c.txt"));
        AtomicFile.write(file, "old");
        AtomicFile.write(file, "new");
        assertThat(folder.resolve("c.txt")).hasContent("new");
        for (int succeeding = 0; succeeding < 2; succeeding++) {
            moves.movesLeft = succeeding;
            assertThatIOException()
                    .isThrownBy(() -> AtomicFile.write(file, "newest"))
                    .withMessage("the disk has gone");
            moves.movesLeft = Integer.MAX_VALUE;
            try (Stream<Path> left = Files.list(folder)) {
                assertThat(left).hasSize(1).allSatisfy(only -> assertThat(only).hasContent("new"));
            }
        }
    }
}
