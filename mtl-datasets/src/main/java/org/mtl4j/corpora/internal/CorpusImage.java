package org.mtl4j.corpora.internal;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mtl4j.faces.ImageSource;
import org.mtl4j.image.GrayImage;
import org.mtl4j.image.ImageDecoder;
import org.mtl4j.image.Photo;
import org.mtl4j.internal.io.SimilarNames;

/**
 * Reads an image file of a corpus, each time it is asked for.
 *
 * @param root folder of the corpus
 * @param path of the image below it, with {@code /}, without {@code ..}
 * @param photoName of the photo that it shows: the path, but where several files show one photo
 * @param place where it is listed: files and lines
 * @param decoder reads it
 * @param remarks of all images of the corpus
 */
public record CorpusImage(
        Path root, String path, String photoName, String place, ImageDecoder decoder, CorpusRemarks remarks)
        implements ImageSource {

    @Override
    public GrayImage load() throws IOException {
        Path file = file();
        Photo photo = decoder.photo(file);
        remarks.orientation(file, photo.orientation());
        return photo.image();
    }

    @Override
    public String fingerprint() throws IOException {
        Path file = file();
        try (InputStream in = Files.newInputStream(file)) {
            String bytes = Hashing.sha256()
                    .hashBytes(decoder.bytes(in, file.toString()))
                    .toString();
            return decoder.upright() ? bytes + " upright" : bytes; // of the same bytes another image
        }
    }

    @Override
    public Optional<String> listedAt() {
        return Optional.of(place);
    }

    @Override
    public Optional<String> photo() {
        return Optional.of(photoName);
    }

    /** Compares what is read: faces of one photo are listed in several lines, and their photo is decoded once. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CorpusImage image
                && path.equals(image.path)
                && root.equals(image.root)
                && decoder.equals(image.decoder);
    }

    @Override
    public int hashCode() {
        return path.hashCode();
    }

    /** Finds the file, after all links have been followed: they must not lead out of the corpus. */
    private Path file() throws IOException {
        Path file;
        try {
            file = root.resolve(path);
        } catch (InvalidPathException e) {
            throw new IOException(
                    "%s: '%s' is no path on this system%s".formatted(root, path, SimilarNames.localeHint()), e);
        }
        if (!Files.exists(file)) {
            throw new IOException("%s: there is no such image file%s".formatted(file, remarks.similarTo(file)));
        }
        if (!file.toRealPath().startsWith(root.toRealPath())) {
            throw new IOException("%s: a link leads out of the corpus %s".formatted(file, root));
        }
        if (!Files.isRegularFile(file)) { // reading a pipe would wait for ever
            throw new IOException("%s: not a regular file".formatted(file));
        }
        return file;
    }
}
