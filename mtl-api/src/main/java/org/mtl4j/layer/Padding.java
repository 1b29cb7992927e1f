package org.mtl4j.layer;

/** What a sliding window does at the border of its input. */
public enum Padding {
    /** The window stays inside: output side {@code floor((input - kernel) / stride) + 1}. */
    VALID,
    /**
     * Zeros are added so that only the stride shrinks the output: side {@code ceil(input / stride)}. Where the zeros
     * cannot be split evenly, the extra one goes below and to the right.
     */
    SAME
}
