package org.mtl4j.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.ModelCopies;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.distributed.Workers;
import org.mtl4j.train.FitOptions;

/**
 * The executors of a Spark cluster as {@link Workers}: one task for each shard of the data. Give them to
 * {@link Dl4jModel#fit(Workers, Averaging, FitOptions)}; the model stays on the driver.
 *
 * <p>A round is one Spark job. An executor that is lost costs time and nothing else: Spark puts the question to another
 * one, and since answers depend on question and shard alone, and are added up in the order of the shards, the result is
 * the same to the bit, on machines of one kind.
 *
 * <p>A shard is kept in the memory of the executor that first worked on it, with whatever data it has read, and Spark
 * prefers that executor for it. What it has read is not part of Spark's own account of memory.
 *
 * <p>Where a question fails on the data, and not with the executor, Spark asks {@code spark.task.maxFailures} times;
 * then there is an {@link IllegalStateException} with its message and, as the cause, its exception with the executor's.
 */
public final class SparkWorkers implements Workers, AutoCloseable {
    private final JavaSparkContext context;
    private final int count;
    private final JavaRDD<TrainingShard> shards;
    private final Broadcast<ModelCopies> copies;

    private SparkWorkers(JavaSparkContext context, ModelCopies copies, List<TrainingShard> shards) {
        this.context = context;
        this.count = shards.size();
        this.shards = context.parallelize(shards, Math.max(1, count)).persist(StorageLevel.MEMORY_ONLY());
        this.copies = context.broadcast(copies);
    }

    /**
     * Makes workers with these shards.
     *
     * @param model what they will train or ask; sent to each executor once
     * @param shards one for each task; as many as the cluster has cores for tasks, or a multiple of that
     * @param trustedPackages as of {@link Dl4jModel#load}
     * @throws IllegalArgumentException if the context has another serializer than Java's
     * @throws IOException if there is no room for a temporary file
     */
    public static SparkWorkers of(
            JavaSparkContext context, Dl4jModel model, List<? extends TrainingShard> shards, String... trustedPackages)
            throws IOException {
        requireJavaSerializer(context);
        return new SparkWorkers(context, ModelCopies.of(model, trustedPackages), List.copyOf(shards));
    }

    static void requireJavaSerializer(JavaSparkContext context) {
        String serializer = context.getConf().get("spark.serializer", "org.apache.spark.serializer.JavaSerializer");
        if (!serializer.endsWith(".JavaSerializer")) {
            throw new IllegalArgumentException(
                    "questions and answers are serialised as Java does; leave spark.serializer at its default, it is "
                            + serializer);
        }
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public <A extends Serializable> List<A> ask(Question<A> question) {
        Broadcast<Question<A>> sent = context.broadcast(question);
        try {
            return shards.mapPartitions(new Answering<>(sent, copies)).collect();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) { // Spark's own is a checked one, and Scala does not declare it
            throw new IllegalStateException("the workers have not answered: " + e.getMessage(), e);
        } finally {
            sent.destroy();
        }
    }

    /** What an executor does with its partition, which is one shard. */
    private record Answering<A extends Serializable>(Broadcast<Question<A>> question, Broadcast<ModelCopies> copies)
            implements FlatMapFunction<Iterator<TrainingShard>, A> {
        @Override
        public Iterator<A> call(Iterator<TrainingShard> partition) throws IOException {
            List<A> answers = new ArrayList<>();
            while (partition.hasNext()) {
                TrainingShard shard = partition.next();
                answers.add(copies.value().use(copy -> question.value().answer(copy, shard)));
            }
            return answers.iterator();
        }
    }

    /** Frees what the executors hold. */
    @Override
    public void close() {
        shards.unpersist();
        copies.destroy();
    }
}
