/**
 * How the losses, or the gradients, of several tasks become one step: {@link org.mtl4j.balance.LossWeighting} is asked
 * once an epoch, {@link org.mtl4j.balance.StepWeighting} in each step, and {@link org.mtl4j.balance.GradientBalance}
 * combines the gradients of the tasks, by their Gramian or, where that is not enough, by
 * {@link org.mtl4j.balance.SharedGradients}. {@link org.mtl4j.balance.BalanceCheck} checks one of your own.
 *
 * <p>All types are immutable and safe for use by several threads. Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.balance;

import org.jspecify.annotations.NullMarked;
