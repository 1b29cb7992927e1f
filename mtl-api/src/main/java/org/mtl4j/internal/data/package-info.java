/**
 * Reads what may be missing from batches of data, for the modules of the library; not for users. Start at
 * {@link org.mtl4j.internal.data.Masks}.
 *
 * <p>Arguments and results are never null, but for masks: a mask that is null says that all is there.
 */
@NullMarked
package org.mtl4j.internal.data;

import org.jspecify.annotations.NullMarked;
