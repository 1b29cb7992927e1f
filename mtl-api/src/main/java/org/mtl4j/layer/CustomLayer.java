package org.mtl4j.layer;

/**
 * A layer that this package does not know. A backend module offers implementations that it can build; implementing this
 * interface alone does not make a layer trainable.
 */
public non-sealed interface CustomLayer extends LayerSpec {

    @Override
    default LayerType type() {
        return LayerType.CUSTOM;
    }

    @Override
    default <R> R accept(LayerVisitor<R> visitor) {
        return visitor.custom(this);
    }

    /** {@return 1, as a layer about which nothing is known} */
    @Override
    default int stride() {
        return 1;
    }
}
