package org.mtl4j.layer;

/**
 * A layer that this package does not know. A backend module offers implementations that it can build; implementing this
 * interface alone does not make a layer trainable.
 */
public non-sealed interface CustomLayer extends LayerSpec {}
