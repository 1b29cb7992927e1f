/**
 * Computes batch normalisation and its gradients in NCHW
 * ({@link org.mtl4j.dl4j.internal.cpu.normalization.BatchNormalizationKernel}) and predictions channels-last
 * ({@link org.mtl4j.dl4j.internal.cpu.normalization.ChannelsLastNormalization}).
 */
package org.mtl4j.dl4j.internal.cpu.normalization;
