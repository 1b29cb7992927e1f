/**
 * Random numbers that are the same on every platform, and the ways in which seeds are made of other seeds. Start at
 * {@link org.mtl4j.internal.random.Seeds}.
 *
 * <p>Internal: may change at any time.
 */
@NullMarked
package org.mtl4j.internal.random;

import org.jspecify.annotations.NullMarked;
