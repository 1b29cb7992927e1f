/**
 * Kernels of experts: products of many small matrices, and mixtures by gates; not for users of the library. Start at
 * {@link org.mtl4j.dl4j.internal.cpu.experts.MixtureKernel}. Uses {@code internal.cpu}.
 */
package org.mtl4j.dl4j.internal.cpu.experts;
