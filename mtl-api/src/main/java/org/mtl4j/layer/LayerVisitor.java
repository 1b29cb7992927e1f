package org.mtl4j.layer;

/**
 * Does something for each kind of layer: one method per kind, and none has a default, so a new kind does not compile
 * until every place that tells layers apart knows it.
 *
 * @param <R> what the methods return
 * @see LayerSpec#accept
 */
public interface LayerVisitor<R> {
    /** Visits a {@link Convolution}. */
    R convolution(Convolution layer);

    /** Visits a {@link Pooling}. */
    R pooling(Pooling layer);

    /** Visits a {@link GlobalPooling}. */
    R globalPooling(GlobalPooling layer);

    /** Visits a {@link Dense}. */
    R dense(Dense layer);

    /** Visits a {@link BatchNormalization}. */
    R batchNormalization(BatchNormalization layer);

    /** Visits a {@link Dropout}. */
    R dropout(Dropout layer);

    /** Visits an {@link Activate}. */
    R activation(Activate layer);

    /** Visits a {@link Residual}. */
    R residual(Residual layer);

    /** Visits a {@link SoftArgmax}. */
    R softArgmax(SoftArgmax layer);

    /** Visits an {@link Embedding}. */
    R embedding(Embedding layer);

    /** Visits a {@link Convolution1D}. */
    R convolution1D(Convolution1D layer);

    /** Visits a {@link Recurrent}. */
    R recurrent(Recurrent layer);

    /** Visits a {@link LastStep}. */
    R lastStep(LastStep layer);

    /** Visits a {@link LayerNormalization}. */
    R layerNormalization(LayerNormalization layer);

    /** Visits a {@link CustomLayer}. */
    R custom(CustomLayer layer);
}
