/**
 * Files that are never half written, directories that belong to one run, and versions of what is on the class path.
 * Start at {@link org.mtl4j.internal.io.AtomicFile}.
 *
 * <p>The one place of this module that touches files: it knows nothing of tasks, networks or training, and serves the
 * modules that do write. Internal: may change at any time.
 */
@NullMarked
package org.mtl4j.internal.io;

import org.jspecify.annotations.NullMarked;
