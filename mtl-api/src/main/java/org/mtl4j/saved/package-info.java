/**
 * What descriptions and models are called where they are saved. Start at {@link org.mtl4j.saved.SavedTypes}, which is
 * needed only for layers, losses, relatedness functions, updaters and schedules of your own.
 *
 * <p>All types are immutable and safe for use by several threads. Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.saved;

import org.jspecify.annotations.NullMarked;
