/**
 * What the modules of the library share about batches of data; not for users.
 *
 * <p>Arguments and results are never null, but for masks: a mask that is null says that all is there.
 */
@NullMarked
package org.mtl4j.internal.data;

import org.jspecify.annotations.NullMarked;
