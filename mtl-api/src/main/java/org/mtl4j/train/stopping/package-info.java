/**
 * Rules that end a run, or drop a task in the course of it. They see the epochs so far and nothing else. Start at
 * {@link org.mtl4j.train.stopping.EarlyStopping} and {@link org.mtl4j.train.stopping.TaskStopping}.
 *
 * <p>All types are immutable and safe for use by several threads. Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.train.stopping;

import org.jspecify.annotations.NullMarked;
