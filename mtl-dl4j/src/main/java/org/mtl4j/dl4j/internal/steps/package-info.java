/**
 * Steps of training that are prepared once for a graph and run many times, without the graph's own machinery; not for
 * users of the library. Start at {@link org.mtl4j.dl4j.internal.steps.PreparedStep}. Uses the kernels of
 * {@code internal.cpu} and {@code internal.layer}.
 */
package org.mtl4j.dl4j.internal.steps;
