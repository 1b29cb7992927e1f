package org.mtl4j.data;

/**
 * How a column of numbers is scaled before a network sees it, as a feature or as a label. What a network says of a
 * scaled label is scaled back.
 */
public enum Scaling {
    /** Left as it is. */
    NONE,
    /** {@code (x - mean) / standard deviation} of the training rows; 0 where all of them are equal. */
    STANDARD,
    /**
     * As {@link #STANDARD} of {@code sign(x) log(1 + |x|)}: for amounts and counts, which a few large ones would
     * dominate.
     */
    LOG_STANDARD,
    /**
     * {@code (x - least) / (largest - least)} of the training rows; 0 where all of them are equal. Rows that come later
     * may be outside of 0…1.
     */
    MIN_MAX
}
