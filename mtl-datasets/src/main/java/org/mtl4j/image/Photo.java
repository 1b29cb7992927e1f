package org.mtl4j.image;

import java.util.Objects;

/**
 * Holds a decoded photo, and how it lies.
 *
 * @param image its pixels
 * @param orientation how the pixels lie: what the file's EXIF data say, or {@link Orientation#UPRIGHT} where they have
 *     been turned
 */
public record Photo(GrayImage image, Orientation orientation) {
    /**
     * Checks that neither is null.
     *
     * @param image its pixels
     * @param orientation how the pixels lie: what the file's EXIF data say, or {@link Orientation#UPRIGHT} where they
     *     have been turned
     */
    public Photo {
        Objects.requireNonNull(image, "image");
        Objects.requireNonNull(orientation, "orientation");
    }
}
