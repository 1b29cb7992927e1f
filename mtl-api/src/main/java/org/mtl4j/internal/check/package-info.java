/**
 * Checks of values that come from outside, in one wording. Start at {@link org.mtl4j.internal.check.Check}.
 *
 * <p>Internal: may change at any time.
 */
package org.mtl4j.internal.check;
