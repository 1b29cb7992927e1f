/**
 * Tables on Spark, as {@code spark.ml} has estimators and transformers: {@link org.mtl4j.sparkml.MultiTaskEstimator}
 * trains one network for several columns of a DataFrame, {@link org.mtl4j.sparkml.MultiTaskTransformer} adds what a
 * model says as columns, {@link org.mtl4j.sparkml.MultiTaskEvaluator} measures them.
 * {@link org.mtl4j.sparkml.SparkTable} is what they stand on: the encoding of a DataFrame's rows, and shards of them
 * for {@link org.mtl4j.spark.SparkWorkers}.
 *
 * <p>What a column is for is a {@link org.mtl4j.data.TableSchema}, and how its values become numbers a
 * {@link org.mtl4j.data.TableEncoding}, as for tables in files: both give equal arrays, and a model that was trained
 * here or there predicts rows here and there.
 *
 * <p>No arguments and results are null unless it is said. Values that are refused are told with column, value and what
 * is accepted: on the driver, before any job where that can be.
 */
@NullMarked
package org.mtl4j.sparkml;

import org.jspecify.annotations.NullMarked;
