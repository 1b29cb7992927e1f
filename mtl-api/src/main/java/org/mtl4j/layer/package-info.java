/**
 * Layers of a network as plain descriptions: what they are, which shapes they turn into which, how many parameters they
 * have. Start at {@link org.mtl4j.layer.LayerSpec}; shapes are {@link org.mtl4j.layer.Shape}s.
 *
 * <p>Nothing here computes anything or allocates memory. All types are immutable. Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.layer;

import org.jspecify.annotations.NullMarked;
