package org.mtl4j.dl4j.layer;

import java.util.OptionalLong;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.mtl4j.layer.Shape;

/**
 * Keeps the number of codes of Deeplearning4j's embeddings, which a graph of Deeplearning4j's takes for a number of
 * inputs, and overwrites by the number of columns.
 */
public final class DeeplearningEmbedding {
    private DeeplearningEmbedding() {}

    /** {@return how many codes a layer has rows for; empty if it is no embedding of Deeplearning4j's} */
    public static OptionalLong codes(Layer layer) {
        return isEmbedding(layer) ? OptionalLong.of(((FeedForwardLayer) layer).getNIn()) : OptionalLong.empty();
    }

    /** Gives a layer the number of codes that it was given before. */
    public static void restore(Layer layer, long codes) {
        ((FeedForwardLayer) layer).setNIn(codes);
    }

    private static boolean isEmbedding(Layer layer) {
        return layer instanceof EmbeddingLayer || layer instanceof EmbeddingSequenceLayer;
    }

    /**
     * Fills in the number of codes, and of steps.
     *
     * @param layer changed if it is an embedding
     * @param name of the layer, for messages
     * @throws IllegalArgumentException if an embedding does not read codes, or another layer does
     */
    static void complete(Layer layer, Shape input, String name) {
        if (layer instanceof EmbeddingLayer embedding) {
            if (!(input instanceof Shape.Categories categories)
                    || categories.sizes().size() != 1) {
                throw new IllegalArgumentException(
                        ("%s reads one code of each example, Shape.categories(size), got %s; embedding(16) has a table"
                                        + " for each of several columns")
                                .formatted(name, input));
            }
            embedding.setNIn(codes(embedding, categories.sizes().get(0), name));
        } else if (layer instanceof EmbeddingSequenceLayer embedding) {
            if (!(input instanceof Shape.Tokens tokens)) {
                throw new IllegalArgumentException(
                        "%s reads a code at each step, Shape.tokens(vocabulary, steps), got %s".formatted(name, input));
            }
            embedding.setNIn(codes(embedding, tokens.vocabulary(), name));
            embedding.setInputLength(tokens.steps());
            embedding.setInferInputLength(false);
        } else {
            input.match(image -> input, vector -> input, sequence -> input, c -> refuse(c, name), t -> refuse(t, name));
        }
    }

    private static Shape refuse(Shape codes, String name) {
        throw new IllegalArgumentException(
                "%s reads amounts, got %s, which are codes; an embedding comes first: embedding(16)"
                        .formatted(name, codes));
    }

    private static long codes(FeedForwardLayer layer, int size, String name) {
        if (layer.getNIn() > 0 && layer.getNIn() < size) {
            throw new IllegalArgumentException(
                    "%s has rows for %s codes (its nIn), and the input has %s".formatted(name, layer.getNIn(), size));
        }
        return Math.max(layer.getNIn(), size);
    }
}
