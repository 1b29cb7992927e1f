/**
 * Model files and checkpoints; not for users of the library. Start at {@link org.mtl4j.dl4j.internal.io.ModelFile}.
 * Uses {@code internal.model}.
 */
package org.mtl4j.dl4j.internal.io;
