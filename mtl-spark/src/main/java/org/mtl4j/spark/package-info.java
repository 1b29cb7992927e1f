/**
 * Networks of this library on a Spark cluster. {@link org.mtl4j.spark.SparkWorkers} lets executors train a model that
 * stays on the driver, {@link org.mtl4j.spark.FaceShard} divides a corpus on any Hadoop file system among them,
 * {@link org.mtl4j.spark.SparkEvaluation} and {@link org.mtl4j.spark.SparkPrediction} ask a model about many faces, and
 * {@link org.mtl4j.spark.SparkMain} is all of that as a program for {@code spark-submit}.
 *
 * <pre>{@code
 * List<FaceShard> shards = FaceShard.divide(HadoopCorpus.in(configuration, "hdfs:///mtfl"), 8, crop, tasks, 16, seed);
 * try (SparkWorkers workers = SparkWorkers.of(context, model, shards)) {
 *     model.fit(workers, Averaging.gradients(), FitOptions.epochs(25).withValidation(validation));
 * }
 * }</pre>
 *
 * <p><strong>Why not {@code dl4j-spark}.</strong> It has no release 1.0.0-M2.1; that of 1.0.0-M2 can be made to run
 * beside M2.1, but mixes binaries of both, brings Spark 3.1 and some 270 jars of 460 MB, does not start on JDK 17
 * without an exchange of its Scala library, and averages scores, not this library's statistics per task. What is needed
 * of Spark is to ask a question of every partition and to ask again where an executor was lost, which is
 * {@code mapPartitions}. How workers train together is
 * {@link org.mtl4j.dl4j.Dl4jModel#fit(org.mtl4j.dl4j.distributed.Workers, org.mtl4j.dl4j.distributed.Averaging,
 * org.mtl4j.train.FitOptions)}, which knows nothing of Spark.
 *
 * <p>Classes here use Spark's Java interface alone. Spark's default serialisation, that of Java, works as Kryo does,
 * for which there is {@link org.mtl4j.spark.KryoClasses}.
 */
@NullMarked
package org.mtl4j.spark;

import org.jspecify.annotations.NullMarked;
