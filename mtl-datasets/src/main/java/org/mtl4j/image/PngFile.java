package org.mtl4j.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * Says what a PNG file is made of.
 *
 * @param orientation what its EXIF data say
 */
record PngFile(Orientation orientation) {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    /** Chunks that decide the pixels. Those for people may have any check sum: they are not looked at. */
    private static final Set<String> PIXELS = Set.of("IHDR", "PLTE", "IDAT");

    private static final String EXIF = "eXIf";
    private static final String END = "IEND";

    /** Of a chunk's length and type, and its check sum. */
    private static final int AROUND = 12;

    static boolean is(byte[] bytes) {
        return bytes.length >= SIGNATURE.length
                && Arrays.equals(SIGNATURE, 0, SIGNATURE.length, bytes, 0, SIGNATURE.length);
    }

    /**
     * Goes through the chunks of a file, up to the last one. A file may be cut off in that, or in the check sum before:
     * whether all pixels are there is seen when they are decoded.
     *
     * @throws IOException if what decides the pixels differs from its check sum; the message does not name the file
     */
    static PngFile read(byte[] bytes) throws IOException {
        Orientation orientation = Orientation.UNKNOWN;
        int at = SIGNATURE.length;
        while (at <= bytes.length - AROUND) {
            String type = new String(bytes, at + 4, 4, StandardCharsets.ISO_8859_1);
            long end = at + AROUND + (number(bytes, at) & 0xffffffffL);
            if (end > bytes.length || type.equals(END)) {
                break;
            }
            int crc = (int) end - 4;
            if (PIXELS.contains(type)) {
                CRC32 sum = new CRC32();
                sum.update(bytes, at + 4, crc - at - 4);
                if ((int) sum.getValue() != number(bytes, crc)) {
                    throw new IOException("a damaged image: its chunk %s differs from its check sum".formatted(type));
                }
            }
            if (type.equals(EXIF) && orientation == Orientation.UNKNOWN) {
                orientation = Exif.of(bytes, at + 8, crc);
            }
            at = (int) end;
        }
        return new PngFile(orientation);
    }

    private static int number(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 24
                | (bytes[at + 1] & 0xff) << 16
                | (bytes[at + 2] & 0xff) << 8
                | (bytes[at + 3] & 0xff);
    }
}
