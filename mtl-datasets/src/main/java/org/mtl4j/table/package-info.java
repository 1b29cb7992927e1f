/**
 * Tables in files: reading CSV and ARFF, guessing a schema, splitting rows. Start at
 * {@link org.mtl4j.table.TableReader}; what the columns are for, and how they are encoded, is said by
 * {@link org.mtl4j.data.TableSchema}.
 *
 * <p>Every error of a file is a {@link org.mtl4j.table.TableFormatException} that names file, line and, where there is
 * one, the column. Arguments and results are never null unless it is said.
 */
@NullMarked
package org.mtl4j.table;

import org.jspecify.annotations.NullMarked;
