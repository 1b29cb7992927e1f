package org.mtl4j.sharing;

/** How many mixing weights a cross-stitch unit has. */
public enum Granularity {
    /** One matrix α {@code [towers, towers]} for the whole layer. */
    PER_LAYER,
    /** One matrix per channel of feature maps, or per element of vectors: α {@code [towers, towers, channels]}. */
    PER_CHANNEL
}
