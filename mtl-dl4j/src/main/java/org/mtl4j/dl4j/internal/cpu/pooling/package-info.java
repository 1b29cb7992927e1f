/**
 * Computes max pooling over windows that do not overlap, and its gradient, in NCHW
 * ({@link org.mtl4j.dl4j.internal.cpu.pooling.NchwMaxPooling}) and batch-last
 * ({@link org.mtl4j.dl4j.internal.cpu.pooling.BatchLastMaxPooling}) layout.
 */
package org.mtl4j.dl4j.internal.cpu.pooling;
