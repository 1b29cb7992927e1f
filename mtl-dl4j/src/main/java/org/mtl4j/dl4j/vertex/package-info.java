/**
 * Vertices for graphs built by this library and for hand-written ones: {@link org.mtl4j.dl4j.vertex.CrossStitchVertex}
 * mixes activations, {@link org.mtl4j.dl4j.vertex.WeightRelatednessVertex} ties weights,
 * {@link org.mtl4j.dl4j.vertex.SumVertex} adds, {@link org.mtl4j.dl4j.vertex.MixtureVertex} mixes experts by gates,
 * {@link org.mtl4j.dl4j.vertex.BranchVertex} chooses one of several.
 *
 * <p>They are part of the graph's configuration: saved, cloned and shipped with it. The global settings of a
 * {@code NeuralNetConfiguration.Builder} (updater, l2) do not reach vertices, so each holds its own updater; neither
 * has weight decay, which would pull α towards 0 rather than towards the identity.
 *
 * <p>A class {@code XxxVertex} configures a vertex; {@code XxxVertexImpl}, beside it and not public, computes it.
 */
@NullMarked
package org.mtl4j.dl4j.vertex;

import org.jspecify.annotations.NullMarked;
