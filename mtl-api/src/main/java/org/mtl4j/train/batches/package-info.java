/**
 * Hands out training data as batches: arrays in memory ({@link org.mtl4j.train.batches.ArrayBatches}, start there),
 * batches that are made already ({@link org.mtl4j.train.batches.ListBatches}), and several data sets mixed
 * ({@link org.mtl4j.train.batches.MixedBatches}). Data of your own that differ from epoch to epoch extend
 * {@link org.mtl4j.train.batches.EpochBatches}.
 *
 * <p>Arguments and results are never null, but for the labels and masks of a task that a batch does not have.
 */
@NullMarked
package org.mtl4j.train.batches;

import org.jspecify.annotations.NullMarked;
