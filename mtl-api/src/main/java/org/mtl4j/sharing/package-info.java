/**
 * Cross-stitch units: learned mixing of the towers' activations. Start at {@link org.mtl4j.sharing.CrossStitchUnit}.
 *
 * <p>Descriptions only, immutable; a backend module turns them into computations. Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.sharing;

import org.jspecify.annotations.NullMarked;
