package org.mtl4j.dl4j.internal.program;

import org.jspecify.annotations.Nullable;

/**
 * Is what goes from one vertex to the next.
 *
 * @param value what it computes
 * @param mask which of its steps are there, {@code [steps]}; null if all are, or it has no steps
 */
record Flow(Value value, @Nullable Value mask) {}
