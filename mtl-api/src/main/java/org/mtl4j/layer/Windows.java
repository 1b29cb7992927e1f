package org.mtl4j.layer;

/** Range checks whose messages say what was given and what is accepted. */
final class Checks {
    private Checks() {}

    static int atLeast(int least, int value, String what) {
        if (value < least) {
            throw new IllegalArgumentException("%s must be at least %d, got %d".formatted(what, least, value));
        }
        return value;
    }

    static Shape.Image image(Shape input, String layer) {
        if (input instanceof Shape.Image image) {
            return image;
        }
        throw new IllegalArgumentException(
                "%s needs feature maps [channels, height, width], got shape %s".formatted(layer, input));
    }

    /** Positions of a window that slides over one side of a feature map. */
    static int slide(int size, int kernel, int stride, Padding padding, String layer, Shape input) {
        if (padding == Padding.SAME) {
            return (size + stride - 1) / stride;
        }
        if (kernel > size) {
            throw new IllegalArgumentException("%s: a window of %d does not fit into %d positions of its input %s"
                    .formatted(layer, kernel, size, input));
        }
        return (size - kernel) / stride + 1;
    }
}
