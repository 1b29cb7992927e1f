/**
 * Kernels of training steps of fully connected networks, over matrices that are kept from step to step; not for users
 * of the library. Start at {@link org.mtl4j.dl4j.internal.cpu.dense.DenseKernel}. Uses {@code internal.cpu}.
 */
package org.mtl4j.dl4j.internal.cpu.dense;
