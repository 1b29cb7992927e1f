package org.mtl4j.image;

import java.io.IOException;

/**
 * Says what a JPEG file is made of.
 *
 * @param end where its first picture ends, in bytes from the start
 * @param orientation what its EXIF data say
 */
record JpegFile(int end, Orientation orientation) {

    /**
     * Scans of a picture, each of which goes over all pixels anew: progressive ones have about ten, but a small file
     * can hold millions and keep a decoder busy for days.
     */
    private static final int MOST_SCANS = 100;

    static boolean is(byte[] bytes) {
        return bytes.length >= 2 && (bytes[0] & 0xff) == 0xff && (bytes[1] & 0xff) == JpegSegments.START_OF_IMAGE;
    }

    /**
     * Goes through the first picture of a file.
     *
     * @throws IOException if it is cut off or has too many scans; the message does not name the file
     */
    static JpegFile read(byte[] bytes) throws IOException {
        JpegSegments segments = new JpegSegments(bytes);
        Orientation orientation = Orientation.UNKNOWN;
        int scans = 0;
        while (segments.next()) {
            if (segments.marker() == JpegSegments.SCAN && ++scans > MOST_SCANS) {
                throw new IOException("a JPEG image of more than %d scans".formatted(MOST_SCANS));
            }
            if (segments.marker() == JpegSegments.APP1 && scans == 0 && orientation == Orientation.UNKNOWN) {
                orientation = Exif.ofJpeg(bytes, segments.start(), segments.end());
            }
        }
        if (!segments.isWhole()) {
            throw new IOException("a damaged image: it is cut off, its end is missing");
        }
        return new JpegFile(segments.position(), orientation);
    }
}
