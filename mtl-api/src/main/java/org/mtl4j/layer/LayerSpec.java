package org.mtl4j.layer;

/**
 * The description of one layer. The common layers are records of this package; {@link CustomLayer} opens the set to
 * others, such as any Deeplearning4j layer through the adapter of the {@code mtl-dl4j} module.
 */
public sealed interface LayerSpec
        permits Convolution,
                Pooling,
                GlobalPooling,
                Dense,
                BatchNormalization,
                Dropout,
                Activate,
                Residual,
                SoftArgmax,
                Embedding,
                Convolution1D,
                Recurrent,
                LastStep,
                LayerNormalization,
                CustomLayer {

    /**
     * {@return the shape that this layer makes of {@code input}}
     *
     * @throws IllegalArgumentException if the layer does not accept that shape; the message says which it needs
     */
    Shape outputShape(Shape input);

    /** {@return the number of trainable and running-statistics parameters for inputs of this shape} */
    long parameters(Shape input);

    /** {@return which kind of layer this is} */
    LayerType type();

    /** Calls the method of the visitor for this kind of layer, and returns what it returns. */
    <R> R accept(LayerVisitor<R> visitor);

    /**
     * {@return by how many positions of its input the layer moves on for each of its output; 1 where it does not move}
     */
    int stride();

    /** {@return the layer in one short phrase for tables, such as {@code conv 4x4, 20, relu}} */
    String describe();
}
