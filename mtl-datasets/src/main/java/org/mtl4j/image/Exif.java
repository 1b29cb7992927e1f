package org.mtl4j.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Finds the orientation in EXIF data, which have the form of a TIFF file. What is broken says nothing. */
final class Exif {
    private static final byte[] NAME = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
    private static final int TIFF = 42;
    private static final int HEADER = 8;
    private static final int ENTRY = 12;
    private static final int ORIENTATION = 0x0112;
    private static final int BYTE = 1;
    private static final int SHORT = 3;
    private static final int LONG = 4;

    private Exif() {}

    /** {@return what a segment of a JPEG file says, from {@code start} to {@code end}; not known if it is another} */
    static Orientation ofJpeg(byte[] bytes, int start, int end) {
        int tiff = start + NAME.length;
        return tiff <= end && Arrays.equals(NAME, 0, NAME.length, bytes, start, tiff)
                ? of(bytes, tiff, end)
                : Orientation.UNKNOWN;
    }

    /** {@return what EXIF data say that begin with their byte order} */
    static Orientation of(byte[] bytes, int start, int end) {
        ByteBuffer tiff = ByteBuffer.wrap(bytes, start, end - start).slice();
        if (tiff.limit() < HEADER + 2) {
            return Orientation.UNKNOWN;
        }
        int order = tiff.getShort(0);
        if (order != 0x4949 && order != 0x4d4d) { // II, MM
            return Orientation.UNKNOWN;
        }
        tiff.order(order == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = tiff.getInt(4);
        if (tiff.getShort(2) != TIFF || directory < HEADER || directory > tiff.limit() - 2) {
            return Orientation.UNKNOWN;
        }
        int entries = tiff.getShort(directory) & 0xffff;
        for (int i = 0; i < entries; i++) {
            int entry = directory + 2 + i * ENTRY;
            if (entry + ENTRY > tiff.limit()) {
                return Orientation.UNKNOWN;
            }
            if ((tiff.getShort(entry) & 0xffff) == ORIENTATION && tiff.getInt(entry + 4) == 1) {
                return Orientation.ofCode(
                        switch (tiff.getShort(entry + 2)) {
                            case BYTE -> tiff.get(entry + 8) & 0xff;
                            case SHORT -> tiff.getShort(entry + 8) & 0xffff;
                            case LONG -> tiff.getInt(entry + 8);
                            default -> 0;
                        });
            }
        }
        return Orientation.UNKNOWN;
    }
}
