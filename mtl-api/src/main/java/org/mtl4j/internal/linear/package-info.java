/**
 * Linear algebra on small matrices, in double precision, in plain Java. Start at
 * {@link org.mtl4j.internal.linear.SymmetricEigen}, for matrices with a row for each task;
 * {@link org.mtl4j.internal.linear.TridiagonalEigen} is for more rows.
 */
@NullMarked
package org.mtl4j.internal.linear;

import org.jspecify.annotations.NullMarked;
