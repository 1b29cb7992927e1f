/**
 * Rows of tables packed into arrays, and batches of them: one way for tables in files and on clusters, so that both
 * give equal arrays.
 */
@NullMarked
package org.mtl4j.internal.table;

import org.jspecify.annotations.NullMarked;
