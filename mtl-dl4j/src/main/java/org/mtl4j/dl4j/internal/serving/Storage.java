package org.mtl4j.dl4j.internal.serving;

import java.util.List;

/**
 * Says where the numbers of an example lie in a plan: channels-last, other than in a program, where they are in c order
 * of {@code [channels, height, width]} or {@code [features, steps]}.
 */
final class Storage {
    private Storage() {}

    /** {@return by place in c order the place in a plan} */
    static int[] places(List<Integer> shape) {
        int channels = shape.get(0);
        int elements = shape.stream().reduce(1, Math::multiplyExact);
        int positions = elements / channels;
        int[] places = new int[elements];
        for (int c = 0; c < channels; c++) {
            for (int position = 0; position < positions; position++) {
                places[c * positions + position] = position * channels + c;
            }
        }
        return places;
    }

    /** Tells whether numbers lie in c order. */
    static boolean isPlain(List<Integer> shape) {
        int elements = shape.stream().reduce(1, Math::multiplyExact);
        return shape.size() == 1 || shape.get(0) == 1 || shape.get(0) == elements;
    }

    /** {@return from one number along an axis of a shape to the next, in a plan} */
    static int stride(List<Integer> shape, int axis) {
        if (axis == 0) {
            return 1;
        }
        int stride = shape.get(0);
        for (int later = axis + 1; later < shape.size(); later++) {
            stride *= shape.get(later);
        }
        return stride;
    }
}
