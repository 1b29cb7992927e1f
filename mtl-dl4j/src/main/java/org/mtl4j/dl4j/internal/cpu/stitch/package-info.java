/** Computes cross-stitch units and their gradients: {@link org.mtl4j.dl4j.internal.cpu.stitch.CrossStitchKernel}. */
package org.mtl4j.dl4j.internal.cpu.stitch;
