package org.mtl4j.serving;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.layer.Shape;

/** Looks at the features of a call: their numbers, their masks, whether they are finite, whether codes are codes. */
final class FeaturesCheck {
    private final Signature signature;
    private final int[] elements;
    private final int[] steps;
    private final boolean alone;

    FeaturesCheck(Signature signature) {
        this.signature = signature;
        this.elements =
                signature.inputs().stream().mapToInt(Signature.Input::elements).toArray();
        this.steps =
                signature.inputs().stream().mapToInt(Signature.Input::steps).toArray();
        this.alone = elements.length == 1;
    }

    /** What messages begin with that are about an input: its name, unless there is no other. */
    private String name(int input) {
        return alone
                ? ""
                : "input '%s': ".formatted(signature.inputs().get(input).name());
    }

    private String shape(int input) {
        return Arrays.toString(signature.inputs().get(input).shape().batch(1)).substring(4);
    }

    /**
     * {@return of how many examples these are the features}
     *
     * @throws IllegalArgumentException if there is not one buffer for each input, or they are not the numbers of the
     *     same number of examples, at least one
     */
    int examples(FloatBuffer[] features) {
        if (features.length != elements.length) {
            throw new IllegalArgumentException("there are features of %s inputs, and the network has the inputs %s"
                    .formatted(features.length, signature.inputNames()));
        }
        int examples = features[0].remaining() / elements[0];
        for (int i = 0; i < features.length; i++) {
            int given = features[i].remaining();
            if (given == 0 || given % elements[i] != 0) {
                throw new IllegalArgumentException(
                        "%sfeatures must be [batch, %s, %s numbers for each example, got %s numbers"
                                .formatted(name(i), shape(i), elements[i], given));
            }
            if (given / elements[i] != examples) {
                throw new IllegalArgumentException(
                        ("%sthere are features of %s examples, and of %s of input '%s'; a row is the same example in"
                                        + " all inputs")
                                .formatted(
                                        name(i),
                                        given / elements[i],
                                        examples,
                                        signature.inputs().get(0).name()));
            }
        }
        return examples;
    }

    /** Refuses features of which one is infinite or no number. */
    void requireFinite(FloatBuffer[] features) {
        for (int i = 0; i < features.length; i++) {
            FloatBuffer numbers = features[i];
            for (int k = numbers.position(); k < numbers.limit(); k++) {
                float number = numbers.get(k);
                if (!Float.isFinite(number)) {
                    int at = k - numbers.position();
                    throw new IllegalArgumentException(
                            "%sfeatures, row %s of the batch, number %s, both counted from 0: got %s, and the"
                                            .formatted(name(i), at / elements[i], at % elements[i], number)
                                    + " predictor's options refuse what is not finite");
                }
            }
        }
    }

    /**
     * Refuses what is no code of a category or token.
     *
     * @throws IllegalArgumentException if there is one; the message names input, row and column
     */
    void requireCodes(FloatBuffer[] features, int examples) {
        for (int i = 0; i < features.length; i++) {
            Shape shape = signature.inputs().get(i).shape();
            if (shape instanceof Shape.Categories categories) {
                requireCodes(i, features[i], examples, categories.sizes());
            } else if (shape instanceof Shape.Tokens tokens) {
                requireCodes(i, features[i], examples, List.of(tokens.vocabulary()));
            }
        }
    }

    /** @param sizes how many codes there are, of each column or of all */
    private void requireCodes(int input, FloatBuffer codes, int examples, List<Integer> sizes) {
        for (int k = 0; k < examples * elements[input]; k++) {
            float code = codes.get(codes.position() + k);
            int size = sizes.get(sizes.size() == 1 ? 0 : k % elements[input]);
            if (!(code >= 0 && code < size && code == (int) code)) { // true of NaN, too
                boolean whole = code == Math.rint(code) && Math.abs(code) < 1e9f;
                throw new IllegalArgumentException(
                        ("input '%s', row %s of the batch, counted from 0, %s %s: got %s; codes %s are whole numbers"
                                        + " from 0, which stands for what was not seen, to %s")
                                .formatted(
                                        signature.inputs().get(input).name(),
                                        k / elements[input],
                                        steps[input] > 0 ? "step" : "column",
                                        k % elements[input],
                                        whole ? Long.toString((long) code) : code,
                                        steps[input] > 0 ? "of the vocabulary" : "of this column",
                                        size - 1));
            }
        }
    }

    /**
     * Gives features with 0 at the steps that a mask leaves out.
     *
     * @return the features themselves if there is nothing else at those
     * @throws IllegalArgumentException if the mask has another size, other numbers than 0 and 1, leaves out all steps
     *     of an example, or is of an input without steps
     */
    FloatBuffer masked(int input, FloatBuffer features, FloatBuffer mask, int examples) {
        if (steps[input] == 0) {
            throw new IllegalArgumentException(
                    ("%sthe features have a mask, and the input %s is no sequence, which alone has steps that can be"
                                    + " left out")
                            .formatted(
                                    name(input), signature.inputs().get(input).shape()));
        }
        if (mask.remaining() != examples * steps[input]) {
            throw new IllegalArgumentException("%sthe mask of the features must be [%s, %s], got %s numbers"
                    .formatted(name(input), examples, steps[input], mask.remaining()));
        }
        boolean whole = true;
        for (int row = 0; row < examples; row++) {
            whole &= isWhole(input, mask, row);
        }
        return whole ? features : cleared(input, features, mask);
    }

    private boolean isWhole(int input, FloatBuffer mask, int row) {
        int count = 0;
        for (int step = 0; step < steps[input]; step++) {
            float entry = mask.get(mask.position() + row * steps[input] + step);
            if (entry != 0 && entry != 1) {
                throw new IllegalArgumentException(
                        ("%sthe mask of the features, row %s of the batch, counted from 0, step %s: a mask is 1 where"
                                        + " there is a step and 0 where there is none, got %s")
                                .formatted(name(input), row, step, entry));
            }
            count += entry == 1 ? 1 : 0;
        }
        if (count == 0) {
            throw new IllegalArgumentException(
                    ("%sthe mask of the features, row %s of the batch, counted from 0: no step of the example is there,"
                                    + " so there is nothing to predict from; leave the example out")
                            .formatted(name(input), row));
        }
        return count == steps[input];
    }

    private FloatBuffer cleared(int input, FloatBuffer features, FloatBuffer mask) {
        @Nullable FloatBuffer copy = null;
        for (int i = 0; i < features.remaining(); i++) {
            int place = i / elements[input] * steps[input] + i % steps[input];
            if (mask.get(mask.position() + place) == 0 && features.get(features.position() + i) != 0) {
                if (copy == null) {
                    copy = FloatBuffer.allocate(features.remaining()).put(features.duplicate());
                    copy.flip();
                }
                copy.put(i, 0);
            }
        }
        return copy == null ? features : copy;
    }
}
