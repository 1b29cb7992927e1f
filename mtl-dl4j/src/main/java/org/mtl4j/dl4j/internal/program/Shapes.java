package org.mtl4j.dl4j.internal.program;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks and changes shapes of examples. */
final class Shapes {
    private Shapes() {}

    static void require(float[] numbers, long length, String what) {
        if (numbers.length != length) {
            throw new IllegalArgumentException("%s %s expected, got %s".formatted(length, what, numbers.length));
        }
    }

    static void requireOrNull(float @Nullable [] numbers, long length, String what) {
        if (numbers != null) {
            require(numbers, length, what);
        }
    }

    static void requireSize(int found, int expected, Operation of) {
        if (found != expected) {
            throw new IllegalArgumentException("%s: %s expected, got %s".formatted(of.name(), expected, found));
        }
    }

    /** Returns the shape of the only input. */
    static List<Integer> one(List<List<Integer>> inputs, Operation of) {
        requireSize(inputs.size(), 1, of);
        return inputs.get(0);
    }

    /** Returns the shape of the only input, of so many sizes. */
    static List<Integer> only(List<List<Integer>> inputs, int rank, Operation of) {
        List<Integer> shape = one(inputs, of);
        if (shape.size() != rank) {
            throw new IllegalArgumentException("%s: %s sizes expected, got %s".formatted(of.name(), rank, shape));
        }
        return shape;
    }

    /** Returns the shape of the first input, whose last size is that of the second, a mask, if there is one. */
    static List<Integer> withMask(List<List<Integer>> inputs, Operation of) {
        List<Integer> shape = inputs.get(0);
        if (inputs.size() > 2 || inputs.size() == 2 && !inputs.get(1).equals(List.of(shape.get(shape.size() - 1)))) {
            throw new IllegalArgumentException(
                    "%s: a value and perhaps its mask expected, got %s".formatted(of.name(), inputs));
        }
        return shape;
    }

    /** Returns the shape that all inputs have. */
    static List<Integer> common(List<List<Integer>> inputs, Operation of) {
        List<Integer> first = inputs.get(0);
        for (List<Integer> shape : inputs) {
            if (!shape.equals(first)) {
                throw new IllegalArgumentException(
                        "%s: values of one shape expected, got %s".formatted(of.name(), inputs));
            }
        }
        return first;
    }

    static List<Integer> withChannels(List<Integer> shape, int channels) {
        return with(shape, 0, channels);
    }

    static List<Integer> with(List<Integer> shape, int axis, int size) {
        List<Integer> changed = new ArrayList<>(shape);
        changed.set(axis, size);
        return List.copyOf(changed);
    }

    static long elements(List<Integer> shape) {
        return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }
}
