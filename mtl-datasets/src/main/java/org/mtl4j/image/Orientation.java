package org.mtl4j.image;

/**
 * Names how the stored pixels of a photo lie, as its EXIF data say: cameras do not turn what they store, and viewers do
 * it instead.
 */
public enum Orientation {
    /** The file does not say; taken for upright. */
    UNKNOWN(0),
    /** The stored pixels are as they are to be seen. */
    UPRIGHT(1),
    /** Mirrored, left and right exchanged. */
    MIRRORED(2),
    /** Turned by half a turn. */
    UPSIDE_DOWN(3),
    /** Mirrored, top and bottom exchanged. */
    FLIPPED(4),
    /** Rows and columns exchanged. */
    TRANSPOSED(5),
    /** To be turned a quarter with the clock: the first stored row is the right side of the picture. */
    QUARTER_TURN_RIGHT(6),
    /** Rows and columns exchanged, and then turned by half a turn. */
    TRANSVERSED(7),
    /** To be turned a quarter against the clock: the first stored row is the left side of the picture. */
    QUARTER_TURN_LEFT(8);

    private final int code;

    Orientation(int code) {
        this.code = code;
    }

    /** {@return the value that EXIF has for it, 1 to 8; 0 for {@link #UNKNOWN}} */
    public int code() {
        return code;
    }

    /** {@return the orientation of a value of EXIF; {@link #UNKNOWN} for what is no such value} */
    static Orientation ofCode(int code) {
        return code >= 1 && code <= 8 ? values()[code] : UNKNOWN;
    }

    /** {@return whether the stored pixels are as they are to be seen, as far as the file says} */
    public boolean isUpright() {
        return this == UNKNOWN || this == UPRIGHT;
    }

    /** {@return whether width and height of the picture are height and width of the stored pixels} */
    public boolean exchangesSides() {
        return code >= TRANSPOSED.code;
    }

    /**
     * {@return the picture as it is to be seen, pixel for pixel}
     *
     * @param stored the pixels as they are stored
     */
    public GrayImage turn(GrayImage stored) {
        int width = stored.width();
        int last = width * stored.height() - 1;
        int lastRow = last - (width - 1);
        return switch (this) {
            case MIRRORED -> stored.walked(width - 1, -1, width, false);
            case UPSIDE_DOWN -> stored.walked(last, -1, -width, false);
            case FLIPPED -> stored.walked(lastRow, 1, -width, false);
            case TRANSPOSED -> stored.walked(0, width, 1, true);
            case QUARTER_TURN_RIGHT -> stored.walked(lastRow, -width, 1, true);
            case TRANSVERSED -> stored.walked(last, -width, -1, true);
            case QUARTER_TURN_LEFT -> stored.walked(width - 1, width, -1, true);
            case UNKNOWN, UPRIGHT -> stored;
        };
    }
}
