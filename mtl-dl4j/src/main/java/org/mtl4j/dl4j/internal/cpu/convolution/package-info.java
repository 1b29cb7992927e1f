/**
 * Computes convolutions and their gradients: by ND4J's operations on any backend
 * ({@link org.mtl4j.dl4j.internal.cpu.convolution.OperationConvolution}), by GEMM in the batch-last layout
 * ({@link org.mtl4j.dl4j.internal.cpu.convolution.BatchLastConvolution}), and fused with ReLU and max pooling
 * ({@link org.mtl4j.dl4j.internal.cpu.convolution.PooledConvolution}). A layer chooses for each forward pass.
 */
package org.mtl4j.dl4j.internal.cpu.convolution;
