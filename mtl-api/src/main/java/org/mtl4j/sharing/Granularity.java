package org.mtl4j.sharing;

import org.nd4j.shade.jackson.annotation.JsonProperty;

/** How many mixing weights a cross-stitch unit has. */
public enum Granularity {
    /** One matrix α {@code [towers, towers]} for the whole layer. */
    @JsonProperty("per-layer")
    PER_LAYER,
    /** One matrix per channel of feature maps, or per element of vectors: α {@code [towers, towers, channels]}. */
    @JsonProperty("per-channel")
    PER_CHANNEL
}
