/**
 * Tasks: what is predicted, and how it is scored. Start at {@link org.mtl4j.task.Task}.
 *
 * <p>All types are immutable and safe for use by several threads. Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.task;

import org.jspecify.annotations.NullMarked;
