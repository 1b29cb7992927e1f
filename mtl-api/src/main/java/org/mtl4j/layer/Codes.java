package org.mtl4j.layer;

/** Refuses codes where amounts are needed. */
final class Codes {
    private Codes() {}

    /**
     * {@return the shape, if it is none of codes}
     *
     * @param layer what reads it, for the message
     * @throws IllegalArgumentException if it is one of codes
     */
    static Shape amounts(Shape input, String layer) {
        return input.match(
                image -> image,
                vector -> vector,
                sequence -> sequence,
                categories -> refuse(categories, layer),
                tokens -> refuse(tokens, layer));
    }

    /**
     * Refuses codes.
     *
     * @throws IllegalArgumentException always
     */
    static <R> R refuse(Shape codes, String layer) {
        throw new IllegalArgumentException(
                ("%s reads amounts, got %s, which are codes; an embedding reads them and comes first:"
                                + " embedding(16)")
                        .formatted(layer, codes));
    }
}
