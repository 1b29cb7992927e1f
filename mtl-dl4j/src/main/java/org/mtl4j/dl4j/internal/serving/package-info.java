/**
 * Prepares networks for serving: from a {@link org.mtl4j.dl4j.internal.program.Program} to a plan of kernels
 * ({@link org.mtl4j.dl4j.internal.serving.Preparation}), and the engine that runs it
 * ({@link org.mtl4j.dl4j.internal.serving.PreparedEngine}). Not meant for users, and not stable.
 */
@NullMarked
package org.mtl4j.dl4j.internal.serving;

import org.jspecify.annotations.NullMarked;
