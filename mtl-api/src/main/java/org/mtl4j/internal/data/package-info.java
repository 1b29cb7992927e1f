/**
 * Reads batches of data, for the modules of the library; not for users: masks, which may be missing
 * ({@link org.mtl4j.internal.data.Masks}), and rows of arrays ({@link org.mtl4j.internal.data.Rows}).
 *
 * <p>Arguments and results are never null, but for masks: a mask that is null says that all is there.
 */
@NullMarked
package org.mtl4j.internal.data;

import org.jspecify.annotations.NullMarked;
