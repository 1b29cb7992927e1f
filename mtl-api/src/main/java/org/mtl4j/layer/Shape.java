package org.mtl4j.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import java.util.List;
import java.util.function.Function;
import org.mtl4j.internal.check.Check;

/**
 * The shape of one example, without the batch dimension. Arrays are laid out channels first: {@code [batch, channels,
 * height, width]} for images, {@code [batch, size]} for vectors, {@code [batch, features, steps]} for sequences,
 * {@code [batch, columns]} for categories, {@code [batch, steps]} for tokens.
 *
 * <p>Categories and tokens are codes: whole numbers in an array of any numeric type, which stand for something and are
 * no amounts. Code 0 stands for what was not seen in training. Only an {@link Embedding} reads them.
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
        public <R> R match(
                Function<Image, R> ofImage,
                Function<Vector, R> ofVector,
                Function<Sequence, R> ofSequence,
                Function<Categories, R> ofCategories,
                Function<Tokens, R> ofTokens) {
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
        public <R> R match(
                Function<Image, R> ofImage,
                Function<Vector, R> ofVector,
                Function<Sequence, R> ofSequence,
                Function<Categories, R> ofCategories,
                Function<Tokens, R> ofTokens) {
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
        public <R> R match(
                Function<Image, R> ofImage,
                Function<Vector, R> ofVector,
                Function<Sequence, R> ofSequence,
                Function<Categories, R> ofCategories,
                Function<Tokens, R> ofTokens) {
            return ofSequence.apply(this);
        }

        @Override
        public String toString() {
            return "[" + features + ", " + steps + "]";
        }
    }

    /**
     * Codes of categories {@code [columns]}, one for each column.
     *
     * @param sizes by column how many codes there are, code 0 among them: the codes are 0 to {@code size - 1}; each at
     *     least 1
     */
    record Categories(List<Integer> sizes) implements Shape {
        public Categories {
            sizes = ImmutableList.copyOf(sizes);
            if (sizes.isEmpty()) {
                throw new IllegalArgumentException("Shape.categories: there is at least one column, got none");
            }
            for (int column = 0; column < sizes.size(); column++) {
                Check.atLeast(1, sizes.get(column), "Shape.categories: size of column " + column);
            }
        }

        @Override
        public int channels() {
            return sizes.size();
        }

        @Override
        public long elements() {
            return sizes.size();
        }

        @Override
        public long positions() {
            return 1;
        }

        @Override
        public long[] batch(long examples) {
            return new long[] {examples, sizes.size()};
        }

        @Override
        public <R> R match(
                Function<Image, R> ofImage,
                Function<Vector, R> ofVector,
                Function<Sequence, R> ofSequence,
                Function<Categories, R> ofCategories,
                Function<Tokens, R> ofTokens) {
            return ofCategories.apply(this);
        }

        @Override
        public String toString() {
            return "categories " + sizes;
        }
    }

    /**
     * A sequence of codes {@code [steps]}, such as the words of a text.
     *
     * @param vocabulary how many codes there are, code 0 among them: the codes are 0 to {@code vocabulary - 1}; at
     *     least 1
     * @param steps at least 1
     */
    record Tokens(int vocabulary, int steps) implements Shape {
        public Tokens {
            Check.atLeast(1, vocabulary, "Shape.tokens: vocabulary");
            Check.atLeast(1, steps, "Shape.tokens: steps");
        }

        @Override
        public int channels() {
            return 1;
        }

        @Override
        public long elements() {
            return steps;
        }

        @Override
        public long positions() {
            return steps;
        }

        @Override
        public long[] batch(long examples) {
            return new long[] {examples, steps};
        }

        @Override
        public <R> R match(
                Function<Image, R> ofImage,
                Function<Vector, R> ofVector,
                Function<Sequence, R> ofSequence,
                Function<Categories, R> ofCategories,
                Function<Tokens, R> ofTokens) {
            return ofTokens.apply(this);
        }

        @Override
        public String toString() {
            return "tokens [" + steps + "] of " + vocabulary;
        }
    }

    /**
     * {@return the channels of an image, elements of a vector, features of a sequence, columns of categories; 1 for
     * tokens}
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
    <R> R match(
            Function<Image, R> ofImage,
            Function<Vector, R> ofVector,
            Function<Sequence, R> ofSequence,
            Function<Categories, R> ofCategories,
            Function<Tokens, R> ofTokens);

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

    /**
     * Describes codes of categories {@code [columns]}, one for each column. Code 0 of each column stands for what was
     * not seen in training, so a column of k known values has the size k + 1.
     *
     * @param sizes by column how many codes there are, code 0 among them; each at least 1
     */
    static Shape categories(int... sizes) {
        return new Categories(Ints.asList(sizes));
    }

    /**
     * Describes sequences of codes {@code [steps]} of one vocabulary, such as the words of a text. Code 0 stands for
     * what was not seen in training. Steps behind the end of a text are left out by a mask of the features.
     *
     * @param vocabulary how many codes there are, code 0 among them; at least 1
     * @param steps of the longest sequence, at least 1
     */
    static Shape tokens(int vocabulary, int steps) {
        return new Tokens(vocabulary, steps);
    }
}
