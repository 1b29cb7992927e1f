package org.mtl4j.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.mtl4j.internal.check.Check;

/**
 * Looks codes up in tables of learned rows. Categories {@code [batch, columns]} have a table {@code [size, dimension]}
 * for each column, whose rows are put side by side: {@code [batch, sum of dimensions]}, the first column's first.
 * Tokens {@code [batch, steps]} have one table {@code [vocabulary, dimension]} for all steps, and become a sequence
 * {@code [batch, dimension, steps]}, 0 at steps that are masked. It is the only layer that reads codes, and there is
 * neither bias nor activation.
 *
 * <p>The row of code 0, which stands for what was not seen in training, starts at 0; where training has none of it, it
 * stays there. All other values are drawn, whatever the network's {@link Initializer}, from a normal distribution with
 * mean 0 and standard deviation {@code startNorm / sqrt(dimension)}, so that a row is about {@code startNorm} long
 * whatever the size of the table. With 1 a column weighs as much as if it were one-hot.
 *
 * @param dimensions by column the length of its rows, or one number for all columns; each at least 1
 * @param startNorm about how long a row is at the start, above 0
 */
public record Embedding(List<Integer> dimensions, double startNorm) implements LayerSpec {

    /** @throws IllegalArgumentException if there is no dimension, or one is below 1, or the start is not above 0 */
    public Embedding {
        dimensions = ImmutableList.copyOf(dimensions);
        if (dimensions.isEmpty()) {
            throw new IllegalArgumentException(
                    "Embedding: it has a dimension for all columns, or one for each, got none");
        }
        dimensions.forEach(dimension -> Check.atLeast(1, dimension, "Embedding: dimension"));
        Check.finiteAboveZero(startNorm, "Embedding: startNorm");
    }

    /**
     * {@return rows that start about 1 long}
     *
     * @param dimensions by column the length of its rows, or one number for all columns
     */
    public static Embedding of(int... dimensions) {
        return new Embedding(Ints.asList(dimensions), 1);
    }

    /** {@return this layer with rows that start about so long} */
    public Embedding withStartNorm(double startNorm) {
        return new Embedding(dimensions, startNorm);
    }

    /**
     * {@return by table how many rows it has: the sizes of the categories, or the vocabulary of tokens}
     *
     * @throws IllegalArgumentException if these are no codes, or there are neither one nor as many dimensions as
     *     columns
     */
    public List<Integer> tableSizes(Shape input) {
        List<Integer> sizes = input.match(
                this::refuse,
                this::refuse,
                this::refuse,
                Shape.Categories::sizes,
                tokens -> ImmutableList.of(tokens.vocabulary()));
        if (dimensions.size() != 1 && dimensions.size() != sizes.size()) {
            throw new IllegalArgumentException(
                    "Embedding has dimensions %s, and %s has %s; give one dimension for all, or one for each"
                            .formatted(dimensions, input, sizes.size() == 1 ? "one table" : sizes.size() + " columns"));
        }
        return sizes;
    }

    /**
     * {@return by table how long its rows are}
     *
     * @throws IllegalArgumentException as of {@link #tableSizes}
     */
    public List<Integer> tableDimensions(Shape input) {
        int tables = tableSizes(input).size();
        return dimensions.size() == tables ? dimensions : Collections.nCopies(tables, dimensions.get(0));
    }

    private List<Integer> refuse(Shape input) {
        throw new IllegalArgumentException(
                ("Embedding reads codes, categories or tokens, got amounts of shape %s; it is the first layer on an"
                                + " input of Shape.categories or Shape.tokens")
                        .formatted(input));
    }

    @Override
    public Shape outputShape(Shape input) {
        int sum = tableDimensions(input).stream().reduce(0, Math::addExact);
        return input.match(
                image -> image,
                vector -> vector,
                sequence -> sequence,
                categories -> Shape.vector(sum),
                tokens -> Shape.sequence(sum, tokens.steps()));
    }

    @Override
    public long parameters(Shape input) {
        List<Integer> sizes = tableSizes(input);
        List<Integer> lengths = tableDimensions(input);
        long sum = 0;
        for (int table = 0; table < sizes.size(); table++) {
            sum += (long) sizes.get(table) * lengths.get(table);
        }
        return sum;
    }

    @Override
    public LayerType type() {
        return LayerType.EMBEDDING;
    }

    @Override
    public <R> R accept(LayerVisitor<R> visitor) {
        return visitor.embedding(this);
    }

    @Override
    public int stride() {
        return 1;
    }

    @Override
    public String describe() {
        return "embedding %s%s"
                .formatted(
                        dimensions.stream().map(String::valueOf).collect(Collectors.joining(" + ")),
                        startNorm == 1 ? "" : ", start norm " + startNorm);
    }
}
