package org.mtl4j.dl4j.internal.program;

import java.util.List;
import java.util.Objects;

/**
 * Names what an input gives or a step computes, for each example of a batch.
 *
 * @param name unique in a program
 * @param shape sizes of one example, in c order: {@code [size]} of a vector, {@code [features, steps]} of a sequence,
 *     {@code [channels, height, width]} of an image, {@code [steps]} of a mask or of codes of steps
 */
public record Value(String name, List<Integer> shape) {
    /** Checks that all sizes are positive. */
    public Value {
        Objects.requireNonNull(name, "name");
        shape = List.copyOf(shape);
        if (shape.isEmpty() || shape.stream().anyMatch(size -> size < 1)) {
            throw new IllegalArgumentException("value '%s': sizes must be positive, got %s".formatted(name, shape));
        }
    }

    /** {@return how many numbers an example has} */
    public int elements() {
        return shape.stream().reduce(1, Math::multiplyExact);
    }

    /** {@return how many sizes the shape of an example has: 1 of a vector, 2 of a sequence, 3 of an image} */
    public int rank() {
        return shape.size();
    }

    /** {@return the first size: of a vector how long it is, features of a sequence, channels of an image} */
    public int channels() {
        return shape.get(0);
    }

    @Override
    public String toString() {
        return name + shape;
    }
}
