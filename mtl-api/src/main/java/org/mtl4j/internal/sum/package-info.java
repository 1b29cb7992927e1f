/**
 * Sums and moments of numbers without rounding error: exact whatever the order and the grouping of the numbers, rounded
 * once at the end.
 */
@NullMarked
package org.mtl4j.internal.sum;

import org.jspecify.annotations.NullMarked;
