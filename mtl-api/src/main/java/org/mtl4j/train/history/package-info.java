/**
 * What a model remembers of its training: epochs, events, and the state of what its towers share. Start at
 * {@link org.mtl4j.train.history.TrainingHistory}.
 *
 * <p>All types are immutable and safe for use by several threads. Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.train.history;

import org.jspecify.annotations.NullMarked;
