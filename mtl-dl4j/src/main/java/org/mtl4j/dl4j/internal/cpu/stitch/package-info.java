/** Computes cross-stitch units and their gradients: {@link org.mtl4j.dl4j.internal.cpu.stitch.CrossStitchKernel}. */
@NullMarked
package org.mtl4j.dl4j.internal.cpu.stitch;

import org.jspecify.annotations.NullMarked;
