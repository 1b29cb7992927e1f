/**
 * Linear algebra on matrices with a row for each task: small, in double precision, in plain Java. Start at
 * {@link org.mtl4j.internal.linear.SymmetricEigen}.
 */
@NullMarked
package org.mtl4j.internal.linear;

import org.jspecify.annotations.NullMarked;
