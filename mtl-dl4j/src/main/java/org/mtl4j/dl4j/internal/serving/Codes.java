package org.mtl4j.dl4j.internal.serving;

import java.nio.FloatBuffer;
import java.util.List;
import org.mtl4j.layer.Shape;
import org.mtl4j.serving.Signature;

/** Looks whether the codes of categories and tokens are in their range. */
final class Codes {
    private Codes() {}

    /**
     * Looks at all inputs.
     *
     * @throws IllegalArgumentException if there is a number that is no code; the message names input, row and column
     */
    static void check(Signature signature, int examples, FloatBuffer[] features) {
        List<Signature.Input> inputs = signature.inputs();
        for (int i = 0; i < features.length; i++) {
            Signature.Input input = inputs.get(i);
            if (input.shape() instanceof Shape.Categories categories) {
                check(input, categories.sizes(), examples, features[i]);
            } else if (input.shape() instanceof Shape.Tokens tokens) {
                check(input, List.of(tokens.vocabulary()), examples, features[i]);
            }
        }
    }

    private static void check(Signature.Input input, List<Integer> sizes, int examples, FloatBuffer codes) {
        int columns = input.elements();
        for (int row = 0; row < examples; row++) {
            for (int column = 0; column < columns; column++) {
                float code = codes.get(codes.position() + row * columns + column);
                int size = sizes.get(sizes.size() == 1 ? 0 : column);
                if (!(code >= 0 && code < size && code == (int) code)) { // true of NaN, too
                    throw new IllegalArgumentException(
                            ("input '%s', row %s of the batch, counted from 0, %s %s: got %s; codes %s are whole"
                                            + " numbers from 0, which stands for what was not seen, to %s")
                                    .formatted(
                                            input.name(),
                                            row,
                                            input.steps() > 0 ? "step" : "column",
                                            column,
                                            code == Math.rint(code) && Math.abs(code) < 1e9f
                                                    ? Long.toString((long) code)
                                                    : code,
                                            input.steps() > 0 ? "of the vocabulary" : "of this column",
                                            size - 1));
                }
            }
        }
    }
}
