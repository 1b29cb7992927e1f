/**
 * Computes what a trained network predicts, as a {@linkplain org.mtl4j.dl4j.internal.cpu.prepared.Plan sequence of
 * steps} over memory of its own: {@link org.mtl4j.dl4j.internal.cpu.prepared.Frame} has what one call needs,
 * {@link org.mtl4j.dl4j.internal.cpu.prepared.Factor} what all calls share,
 * {@link org.mtl4j.dl4j.internal.cpu.prepared.SharedSteps} lets threads compute one call together. Products are BLAS's,
 * on tiles that stay in the cache; what is between them is loops over Java's arrays that the virtual machine turns into
 * vector instructions.
 *
 * <p>Values of several dimensions lie channels-last: images {@code [height, width, channels]}, sequences {@code [steps,
 * features]}, one example after the other. Not meant for users, and not stable.
 */
@NullMarked
package org.mtl4j.dl4j.internal.cpu.prepared;

import org.jspecify.annotations.NullMarked;
