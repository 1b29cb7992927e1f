/**
 * Checks of values that come from outside, in one wording. Start at {@link org.mtl4j.internal.check.Check}.
 *
 * <p>Internal: may change at any time.
 */
@NullMarked
package org.mtl4j.internal.check;

import org.jspecify.annotations.NullMarked;
