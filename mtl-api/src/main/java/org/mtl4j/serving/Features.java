package org.mtl4j.serving;

import com.google.common.collect.ImmutableMap;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Holds the features of some examples by the names of the inputs: for networks of several inputs, and for sequences of
 * which some steps are not there.
 *
 * <pre>{@code
 * predictor.predict(Features.of("numbers", amounts).and("codes", places));
 * predictor.predict(Features.of("words", words).withMask("words", stepsThere));
 * }</pre>
 *
 * Immutable, but for the arrays, which are not copied.
 */
public final class Features {
    private final Map<String, FloatBuffer> arrays;
    private final Map<String, FloatBuffer> masks;
    private final boolean masked;

    private Features(Map<String, FloatBuffer> arrays, Map<String, FloatBuffer> masks, boolean masked) {
        this.arrays = arrays;
        this.masks = masks;
        this.masked = masked;
    }

    /**
     * {@return features of one input}
     *
     * @param input its name
     * @param numbers of one example after the other
     */
    public static Features of(String input, float... numbers) {
        return of(input, FloatBuffer.wrap(numbers));
    }

    /**
     * {@return features of one input}
     *
     * @param input its name
     * @param numbers from its position to its limit, which are left as they are
     */
    public static Features of(String input, FloatBuffer numbers) {
        return new Features(ImmutableMap.of(), ImmutableMap.of(), false).and(input, numbers);
    }

    /** {@return these features and those of one more input; arguments as of {@link #of(String, float...)}} */
    public Features and(String input, float... numbers) {
        return and(input, FloatBuffer.wrap(numbers));
    }

    /**
     * {@return these features and those of one more input; arguments as of {@link #of(String, FloatBuffer)}}
     *
     * @throws IllegalArgumentException if there are some of this input
     */
    public Features and(String input, FloatBuffer numbers) {
        return new Features(with(arrays, input, numbers, "features"), masks, masked);
    }

    /**
     * {@return these features with a mask of the steps of a sequence}
     *
     * @param input the sequence's name
     * @param steps {@code [examples, steps]}: 1 where there is a step and 0 where there is none
     * @throws IllegalArgumentException if there is one of this input
     */
    public Features withMask(String input, float... steps) {
        return withMask(input, FloatBuffer.wrap(steps));
    }

    /** {@return these features with a mask, from the buffer's position to its limit; see the other method} */
    public Features withMask(String input, FloatBuffer steps) {
        return new Features(arrays, with(masks, input, steps, "a mask"), true);
    }

    /**
     * {@return these features, of which all steps are there that have no mask} A model that was trained on sequences
     * with masks wants to be told.
     */
    public Features withAllSteps() {
        return new Features(arrays, masks, true);
    }

    private static Map<String, FloatBuffer> with(
            Map<String, FloatBuffer> before, String input, FloatBuffer numbers, String what) {
        Map<String, FloatBuffer> all = new LinkedHashMap<>(before);
        if (all.put(Objects.requireNonNull(input, "input"), Objects.requireNonNull(numbers, "numbers")) != null) {
            throw new IllegalArgumentException("%s of the input '%s' twice".formatted(what, input));
        }
        return ImmutableMap.copyOf(all);
    }

    Map<String, FloatBuffer> arrays() {
        return arrays;
    }

    Map<String, FloatBuffer> masks() {
        return masks;
    }

    /** Tells whether it is said which steps are there. */
    boolean saysSteps() {
        return masked;
    }
}
