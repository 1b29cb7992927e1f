package org.mtl4j.layer;

/**
 * Which kind of layer a {@link LayerSpec} is, for a {@code switch} that the compiler checks: written as an expression
 * without a default, it does not compile when a kind is missing. Where the values of the layer are needed, use a
 * {@link LayerVisitor}.
 */
public enum LayerType {
    /** A {@link Convolution}. */
    CONVOLUTION,
    /** A {@link Pooling}. */
    POOLING,
    /** A {@link GlobalPooling}. */
    GLOBAL_POOLING,
    /** A {@link Dense}. */
    DENSE,
    /** A {@link BatchNormalization}. */
    BATCH_NORMALIZATION,
    /** A {@link Dropout}. */
    DROPOUT,
    /** An {@link Activate}. */
    ACTIVATION,
    /** A {@link Residual}. */
    RESIDUAL,
    /** A {@link SoftArgmax}. */
    SOFT_ARGMAX,
    /** An {@link Embedding}. */
    EMBEDDING,
    /** A {@link Convolution1D}. */
    CONVOLUTION_1D,
    /** A {@link Recurrent}. */
    RECURRENT,
    /** A {@link LastStep}. */
    LAST_STEP,
    /** A {@link LayerNormalization}. */
    LAYER_NORMALIZATION,
    /** A {@link CustomLayer}. */
    CUSTOM
}
