/**
 * Training data as batches: arrays in memory, several data sets in turn, and data that differ from epoch to epoch. Start at
 * {@link org.mtl4j.train.batches.ArrayBatches}.
 *
 * <p>Arguments and results are never null, but for the labels and masks of a task that a batch does not have.
 */
@NullMarked
package org.mtl4j.train.batches;

import org.jspecify.annotations.NullMarked;
