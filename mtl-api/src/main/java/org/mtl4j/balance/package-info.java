/**
 * How the losses of several tasks become one objective: weights that change in the course of a run. Start at
 * {@link org.mtl4j.balance.LossWeighting}.
 *
 * <p>All types are immutable and safe for use by several threads. Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.balance;

import org.jspecify.annotations.NullMarked;
