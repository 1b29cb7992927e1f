/**
 * Graph vertices with parameters of their own, for graphs built by this library and for hand-written ones: {@link
 * mtl.dl4j.vertex.CrossStitchVertex} mixes activations, {@link mtl.dl4j.vertex.WeightRelatednessVertex} ties weights.
 *
 * <p>They are part of the graph's configuration: saved, cloned and shipped with it. The global settings of a {@code
 * NeuralNetConfiguration.Builder} (updater, l2) do not reach vertices, so each holds its own updater; neither has weight
 * decay, which would pull α towards 0 rather than towards the identity.
 *
 * <p>{@link mtl.dl4j.vertex.MemoryLayout} arranges how activations lie in memory between the vertices of a graph; {@link
 * mtl.dl4j.vertex.SumVertex}, which has no parameters, is the sum for it.
 */
package mtl.dl4j.vertex;
