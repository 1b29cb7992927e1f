/** Texts and comma-separated values as they come from files, for tables and lists of faces alike; not for users. */
@NullMarked
package org.mtl4j.table.internal;

import org.jspecify.annotations.NullMarked;
