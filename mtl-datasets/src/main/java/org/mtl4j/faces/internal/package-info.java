/**
 * Looks at the points and boxes of many faces at once, as bare coordinates, and finds what is wrong with them as a
 * whole: numbers in another order, in another unit, of another face. Start at
 * {@link org.mtl4j.faces.internal.FaceGeometry}. May change at any time.
 */
@NullMarked
package org.mtl4j.faces.internal;

import org.jspecify.annotations.NullMarked;
