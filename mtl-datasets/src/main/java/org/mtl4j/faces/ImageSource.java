package org.mtl4j.faces;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.mtl4j.image.GrayImage;

/** Provides the image of a sample. Safe for use by several threads. */
public interface ImageSource {

    /**
     * Reads or draws the image; the same image each time.
     *
     * @return the image
     * @throws IOException if it cannot be read; the message names it
     */
    GrayImage load() throws IOException;

    /**
     * {@return a string that changes whenever the image does, as the hash of its file}
     *
     * @throws IOException if the image cannot be read; the message names it
     */
    String fingerprint() throws IOException;

    /** {@return where the image is listed, for messages: a file and a line} Empty by default. */
    default Optional<String> listedAt() {
        return Optional.empty();
    }

    /**
     * {@return the name of the photo, if the source knows it; faces of one photo stay together, see
     * {@link FaceSample#photo}} Empty by default.
     */
    default Optional<String> photo() {
        return Optional.empty();
    }

    /**
     * {@return an image held in memory} Samples that are given the same source are faces of one photo.
     *
     * @param image the image
     */
    static ImageSource of(GrayImage image) {
        Objects.requireNonNull(image, "image");
        return new ImageSource() {
            @Override
            public GrayImage load() {
                return image;
            }

            @Override
            public String fingerprint() {
                return Hashing.sha256()
                        .newHasher()
                        .putInt(image.width())
                        .putInt(image.height())
                        .putBytes(image.toBytes())
                        .hash()
                        .toString();
            }
        };
    }
}
