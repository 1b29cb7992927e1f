package org.mtl4j.mtfl;

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

/**
 * Reads an image file of a corpus, each time it is asked for.
 *
 * @param root folder of the corpus
 * @param path of the image below it, with {@code /}, without {@code ..}
 * @param place where it is listed: files and lines
 * @param decoder reads it
 */
record CorpusImage(Path root, String path, String place, ImageDecoder decoder) implements ImageSource {

    @Override
    public GrayImage load() throws IOException {
        return decoder.decode(file());
    }

    @Override
    public String fingerprint() throws IOException {
        Path file = file();
        try (InputStream in = Files.newInputStream(file)) {
            return Hashing.sha256()
                    .hashBytes(decoder.bytes(in, file.toString()))
                    .toString();
        }
    }

    @Override
    public Optional<String> listedAt() {
        return Optional.of(place);
    }

    @Override
    public Optional<String> photo() {
        return Optional.of(path);
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
            throw new IOException("%s: '%s' is no path on this system".formatted(root, path), e);
        }
        if (!Files.exists(file)) {
            throw new IOException("%s: there is no such image file".formatted(file));
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
