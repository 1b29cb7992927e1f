/**
 * Saved form of descriptions: which name stands for which type, and which fields it has. Of use to this library only.
 *
 * <p>Nothing here goes by names of Java classes or methods, so that these can be renamed: see
 * {@link org.mtl4j.internal.json.SavedForm}.
 */
@NullMarked
package org.mtl4j.internal.json;

import org.jspecify.annotations.NullMarked;
