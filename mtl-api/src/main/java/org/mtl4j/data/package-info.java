/**
 * Tables as descriptions: what each column is for, and how its values become numbers. Start at
 * {@link org.mtl4j.data.TableSchema}, which is given in code or guessed; a {@link org.mtl4j.data.TableEncoding} is what
 * it becomes with the dictionaries and scales of training data. Reading files is the matter of {@code mtl-datasets}.
 *
 * <p>All types but {@link org.mtl4j.data.TableEncoding.Fitter} are immutable and safe for use by several threads.
 * Arguments and results are never null unless it is said. Nothing here depends on the language of the machine.
 */
@NullMarked
package org.mtl4j.data;

import org.jspecify.annotations.NullMarked;
