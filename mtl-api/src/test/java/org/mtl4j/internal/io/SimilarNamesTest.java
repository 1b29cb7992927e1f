package org.mtl4j.internal.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimilarNamesTest {
    @TempDir
    Path folder;

    private String hint(String there, String wanted) throws IOException {
        Path file = folder.resolve(there);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "");
        try {
            return SimilarNames.hint(folder.resolve(wanted));
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void the_file_whose_name_differs_a_little_is_named() throws IOException {
        assertThat(hint("Photo.JPG", "photo.jpg"))
                .isEqualTo("; there is 'Photo.JPG', which differs in capital and small letters");
        assertThat(hint("a photo.jpg", "a%20photo.jpg")).isEqualTo("; there is 'a photo.jpg', which differs in blanks");
        assertThat(hint("photo.jpg ", "photo.jpg")).isEqualTo("; there is 'photo.jpg ', which differs in blanks");
        assertThat(hint(" Photo.jpg", "photo.jpg"))
                .isEqualTo("; there is ' Photo.jpg', which differs in blanks and capital and small letters");
        assertThat(hint("other.jpg", "photo.jpg")).isEmpty();
        assertThat(hint("photo.jpg", "photo.jpg")).isEmpty();
    }

    @Test
    void a_folder_may_be_what_differs() throws IOException {
        assertThat(hint("Images/a.jpg", "images/a.jpg"))
                .isEqualTo("; there is 'Images', which differs in capital and small letters");
        assertThat(SimilarNames.hint(folder.getRoot())).isEmpty();
    }

    /** macOS writes a letter and its dots apart. */
    @Test
    void letters_may_be_composed_otherwise() throws IOException {
        assumeTrue(SimilarNames.localeHint().isEmpty(), "names can be written");
        String apart = "; there is 'A\u0308rger.jpg', which differs in how its characters are composed"
                + " (Unicode's forms NFC and NFD)";
        assertThat(hint("A\u0308rger.jpg", "\u00c4rger.jpg")).isEqualTo(apart);
        assertThat(hint("A\u0308rger.jpg", "\u00e4rger.jpg")).isEqualTo(apart + " and capital and small letters");
    }

    /** On a file system that can write all letters, and with the capital i of Turkish. */
    @Test
    void language_does_not_matter() throws IOException {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr"));
        try (FileSystem zip = FileSystems.newFileSystem(folder.resolve("a.zip"), Map.of("create", "true"))) {
            Files.writeString(zip.getPath("/TITI.jpg"), "");
            Files.writeString(zip.getPath("/cafe\u0301.jpg"), "");
            assertThat(SimilarNames.hint(zip.getPath("/titi.jpg")))
                    .isEqualTo("; there is 'TITI.jpg', which differs in capital and small letters");
            assertThat(SimilarNames.hint(zip.getPath("/caf\u00e9.jpg")))
                    .isEqualTo("; there is 'cafe\u0301.jpg', which differs in how its characters are composed"
                            + " (Unicode's forms NFC and NFD)");
        } finally {
            Locale.setDefault(before);
        }
    }
}
