/**
 * Declares what the rest of the library asks of layers and vertices in a graph, which users need not: the loss of a
 * task ({@link org.mtl4j.dl4j.internal.layer.TaskLoss}), the relatedness term
 * ({@link org.mtl4j.dl4j.internal.layer.RelatednessPenalty}), a backward pass that is fused with that of what reads the
 * layer ({@link org.mtl4j.dl4j.internal.layer.FusedBackward}), what a mask of labels means
 * ({@link org.mtl4j.dl4j.internal.layer.LabelMask}), and what a frozen parameter is
 * ({@link org.mtl4j.dl4j.internal.layer.FreezingUpdater}). Implemented by the classes beside the configurations in
 * {@link org.mtl4j.dl4j.layer} and {@link org.mtl4j.dl4j.vertex}, which this package does not know.
 */
package org.mtl4j.dl4j.internal.layer;
