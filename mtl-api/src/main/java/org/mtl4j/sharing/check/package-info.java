/**
 * Checks sharing units of your own. Start at {@link org.mtl4j.sharing.check.SharingUnitCheck}.
 *
 * <p>Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.sharing.check;

import org.jspecify.annotations.NullMarked;
