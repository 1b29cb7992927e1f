package org.mtl4j.layer;

/** What a window that slides over a feature map makes of its shape. */
final class Windows {
    private Windows() {}

    /** {@return the input of a layer that needs feature maps} */
    static Shape.Image featureMaps(Shape input, String layer) {
        return input.match(
                image -> image,
                vector -> refuse(input, layer),
                sequence -> refuse(input, layer),
                codes -> Codes.refuse(codes, layer),
                codes -> Codes.refuse(codes, layer));
    }

    /** {@return the input of a layer that needs sequences} */
    static Shape.Sequence sequence(Shape input, String layer) {
        return input.match(
                image -> refuseSequence(input, layer),
                vector -> refuseSequence(input, layer),
                sequence -> sequence,
                codes -> Codes.refuse(codes, layer),
                codes -> Codes.refuse(codes, layer));
    }

    private static Shape.Sequence refuseSequence(Shape input, String layer) {
        throw new IllegalArgumentException(
                "%s needs sequences [features, steps], got shape %s".formatted(layer, input));
    }

    private static Shape.Image refuse(Shape input, String layer) {
        throw new IllegalArgumentException(
                "%s needs feature maps [channels, height, width], got shape %s".formatted(layer, input));
    }

    /** Counts the positions of a window along one side of a feature map. */
    static int positions(int size, int kernel, int stride, Padding padding, String layer, Shape input) {
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
