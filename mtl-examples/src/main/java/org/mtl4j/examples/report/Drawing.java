package org.mtl4j.examples.report;

/**
 * Draws a picture. What draws is kept apart from {@link Picture}, so that a Java runtime without {@code java.desktop}
 * can do without.
 */
@FunctionalInterface
interface Drawing {
    /** Draws, or fails where a picture cannot be drawn. */
    Image draw() throws Exception;

    /**
     * A picture as PNG.
     *
     * @param width how wide it is to be shown, in CSS pixels
     * @param height how high
     * @param light on light displays
     * @param dark in the dark; empty if it is the same
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody writes to them
    record Image(int width, int height, byte[] light, byte[] dark) {
        /** What is there of a picture that could not be drawn. */
        static final Image NONE = new Image(0, 0, new byte[0], new byte[0]);
    }
}
