package org.mtl4j.layer;

import java.util.function.Function;
import org.mtl4j.internal.check.Check;

/**
 * The shape of one example, without the batch dimension. Arrays are laid out channels first: {@code [batch, channels,
 * height, width]} for images, {@code [batch, size]} for vectors, {@code [batch, features, steps]} for sequences.
 */
public sealed interface Shape {

    /** Feature maps {@code [channels, height, width]}; each at least 1. */
    record Image(int channels, int height, int width) implements Shape {
        public Image {
            Check.atLeast(1, channels, "Shape.image: channels");
            Check.atLeast(1, height, "Shape.image: height");
            Check.atLeast(1, width, "Shape.image: width");
        }

        @Override
        public long elements() {
            return (long) channels * height * width;
        }

        @Override
        public long positions() {
            return (long) height * width;
        }

        @Override
        public long[] batch(long examples) {
            return new long[] {examples, channels, height, width};
        }

        @Override
        public <R> R match(Function<Image, R> ofImage, Function<Vector, R> ofVector, Function<Sequence, R> ofSequence) {
            return ofImage.apply(this);
        }

        @Override
        public String toString() {
            return "[" + channels + ", " + height + ", " + width + "]";
        }
    }

    /** A vector {@code [size]}; at least 1. */
    record Vector(int size) implements Shape {
        public Vector {
            Check.atLeast(1, size, "Shape.vector: size");
        }

        @Override
        public int channels() {
            return size;
        }

        @Override
        public long elements() {
            return size;
        }

        @Override
        public long positions() {
            return 1;
        }

        @Override
        public long[] batch(long examples) {
            return new long[] {examples, size};
        }

        @Override
        public <R> R match(Function<Image, R> ofImage, Function<Vector, R> ofVector, Function<Sequence, R> ofSequence) {
            return ofVector.apply(this);
        }

        @Override
        public String toString() {
            return "[" + size + "]";
        }
    }

    /** A sequence {@code [features, steps]}; each at least 1. */
    record Sequence(int features, int steps) implements Shape {
        public Sequence {
            Check.atLeast(1, features, "Shape.sequence: features");
            Check.atLeast(1, steps, "Shape.sequence: steps");
        }

        @Override
        public int channels() {
            return features;
        }

        @Override
        public long elements() {
            return (long) features * steps;
        }

        @Override
        public long positions() {
            return steps;
        }

        @Override
        public long[] batch(long examples) {
            return new long[] {examples, features, steps};
        }

        @Override
        public <R> R match(Function<Image, R> ofImage, Function<Vector, R> ofVector, Function<Sequence, R> ofSequence) {
            return ofSequence.apply(this);
        }

        @Override
        public String toString() {
            return "[" + features + ", " + steps + "]";
        }
    }

    /**
     * {@return the size of the dimension after the batch: channels of an image, elements of a vector, features of a
     * sequence}
     */
    int channels();

    /** {@return the number of values in one example} */
    long elements();

    /**
     * {@return the number of places at which there is a value of each channel: pixels of an image, steps of a sequence,
     * 1}
     */
    long positions();

    /** {@return the shape of an array of so many examples: their number, then the dimensions of one} */
    long[] batch(long examples);

    /**
     * Applies the function for this kind of shape; there is one for each, so that none can be forgotten.
     *
     * @return what that function returns
     */
    <R> R match(Function<Image, R> ofImage, Function<Vector, R> ofVector, Function<Sequence, R> ofSequence);

    /** Images or feature maps {@code [channels, height, width]}. */
    static Shape image(int channels, int height, int width) {
        return new Image(channels, height, width);
    }

    /** Vectors {@code [size]}. */
    static Shape vector(int size) {
        return new Vector(size);
    }

    /** Sequences {@code [features, steps]}. */
    static Shape sequence(int features, int steps) {
        return new Sequence(features, steps);
    }
}
