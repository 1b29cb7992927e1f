/**
 * Graph vertices with parameters of their own, for graphs built by this library and for hand-written ones: {@link
 * org.mtl4j.dl4j.vertex.CrossStitchVertex} mixes activations, {@link org.mtl4j.dl4j.vertex.WeightRelatednessVertex} ties weights.
 *
 * <p>They are part of the graph's configuration: saved, cloned and shipped with it. The global settings of a {@code
 * NeuralNetConfiguration.Builder} (updater, l2) do not reach vertices, so each holds its own updater; neither has weight
 * decay, which would pull α towards 0 rather than towards the identity.
 *
 * <p>{@link org.mtl4j.dl4j.vertex.MemoryLayout} arranges how activations lie in memory between the vertices of a graph; {@link
 * org.mtl4j.dl4j.vertex.SumVertex}, which has no parameters, is the sum for it.
 */
package org.mtl4j.dl4j.vertex;
