/**
 * Says what a trained network computes, without anything of how: named inputs, steps in order, an output for each task.
 * Start at {@link org.mtl4j.dl4j.internal.program.Lowering}, which makes a
 * {@link org.mtl4j.dl4j.internal.program.Program} of a graph. What is fused or laid out otherwise there for speed is
 * here what it means: images are [channels, height, width], sequences [features, steps], one after the other in a
 * batch, in c order; weights are single precision.
 *
 * <p>Arguments and results are never null unless marked. Arrays of numbers are shared, not copied; nobody changes them.
 */
package org.mtl4j.dl4j.internal.program;
