package org.mtl4j.image;

/**
 * Goes from segment to segment of a JPEG file, up to the end of the first picture in it: by markers and lengths, so
 * that what looks like a marker within a segment is none. Decoders do the same: bytes between segments are passed over,
 * and what follows the picture, as the film of a motion photo or further pictures, is not looked at.
 */
final class JpegSegments {
    static final int HUFFMAN_TABLES = 0xc4;
    static final int LAST_RESTART = 0xd7;
    static final int FIRST_RESTART = 0xd0;
    static final int START_OF_IMAGE = 0xd8;
    static final int END_OF_IMAGE = 0xd9;
    static final int SCAN = 0xda;
    static final int RESTART_INTERVAL = 0xdd;
    static final int APP1 = 0xe1;
    private static final int TEMPORARY = 0x01;

    private final byte[] bytes;
    private int at = 2; // behind the marker with which a file starts
    private int marker = START_OF_IMAGE;
    private int start;
    private int end;

    /**
     * Starts before the first segment.
     *
     * @param bytes a file that starts with the marker for the start of an image
     */
    JpegSegments(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Goes to the next segment.
     *
     * @return whether there is one: false at the end of the picture, and where the file is cut off before it
     */
    boolean next() {
        marker = nextMarker();
        if (marker < 0 || marker == END_OF_IMAGE) {
            return false;
        }
        start = at + 2;
        if (start > bytes.length) {
            marker = -1;
            return false;
        }
        end = at + Math.max(2, unsigned(at) << 8 | unsigned(at + 1));
        if (end > bytes.length) {
            marker = -1;
            return false;
        }
        at = marker == SCAN ? endOfCoded() : end;
        return true;
    }

    /** Passes over what stands alone: restarts outside of a scan and the like. */
    private int nextMarker() {
        while (true) {
            while (at < bytes.length && unsigned(at) != 0xff) {
                at++;
            }
            while (at < bytes.length && unsigned(at) == 0xff) { // any number of these may stand before a marker
                at++;
            }
            if (at >= bytes.length) {
                return -1;
            }
            int found = unsigned(at++);
            if (found != 0 && found != TEMPORARY && !isRestart(found) && found != START_OF_IMAGE) {
                return found;
            }
        }
    }

    private int endOfCoded() {
        int i = end;
        while (i + 1 < bytes.length) {
            if (unsigned(i) != 0xff) {
                i++;
            } else {
                int second = unsigned(i + 1);
                if (second != 0 && second != 0xff && !isRestart(second)) {
                    return i;
                }
                i += second == 0xff ? 1 : 2;
            }
        }
        return bytes.length;
    }

    static boolean isRestart(int marker) {
        return marker >= FIRST_RESTART && marker <= LAST_RESTART;
    }

    private int unsigned(int i) {
        return bytes[i] & 0xff;
    }

    /** {@return the marker of this segment, without 0xff} */
    int marker() {
        return marker;
    }

    /** {@return where what is behind the segment's length begins} */
    int start() {
        return start;
    }

    /** {@return where the segment ends; that of a scan is followed by the coded pixels} */
    int end() {
        return end;
    }

    /** {@return where the next segment begins, or bytes before it: behind the coded pixels of a scan} */
    int position() {
        return at;
    }

    /** {@return behind the last segment, whether it was followed by the end of the picture} */
    boolean isWhole() {
        return marker == END_OF_IMAGE;
    }
}
