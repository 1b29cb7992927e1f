package org.mtl4j.dl4j.internal.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.mtl4j.network.Input;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Looks at the features of one input. */
final class InputCheck {
    private final Input input;
    private final String name;
    private final StepsMask steps;

    /** @param alone whether it is the network's only input, which messages need not name */
    InputCheck(Input input, boolean alone) {
        this.input = input;
        this.name = alone ? "" : "input '%s': ".formatted(input.name());
        this.steps = new StepsMask(input.shape(), name);
    }

    Input input() {
        return input;
    }

    /** {@return what a message begins with that is about it; empty if there is no other input} */
    String name() {
        return name;
    }

    StepsMask steps() {
        return steps;
    }

    /** Refuses features that are not those of at least one example. */
    void checkShape(@Nullable INDArray features) {
        long[] expected = input.shape().batch(-1);
        long[] given = features == null ? new long[0] : features.shape();
        boolean fits = given.length == expected.length && given[0] > 0;
        for (int i = 1; fits && i < expected.length; i++) {
            fits = given[i] == expected[i];
        }
        if (!fits) {
            throw new IllegalArgumentException("%sfeatures must be [batch, %s, got %s"
                    .formatted(
                            name,
                            Arrays.toString(input.shape().batch(1)).substring(4),
                            features == null ? "none" : Arrays.toString(given)));
        }
    }
}
