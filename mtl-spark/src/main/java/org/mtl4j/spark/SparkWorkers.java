package org.mtl4j.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.ModelCopies;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.distributed.Workers;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.train.FitOptions;

/**
 * The executors of a Spark cluster as {@link Workers}: one task for each partition with shards of the data. Give them
 * to {@link Dl4jModel#fit(Workers, Averaging, FitOptions)}; the model stays on the driver.
 *
 * <p>A round is one Spark job. An executor that is lost costs time and nothing else: Spark puts the question to another
 * one, and since answers depend on question and shard alone, and are added up in the order of the shards, the result is
 * the same to the bit, on machines of one kind.
 *
 * <p>Shards go to executors once, not with each question. A shard is kept by the executor that first worked on it, with
 * whatever data it has read, in memory, and on disk where memory is short, and Spark prefers that executor for it. What
 * a shard reads after it has come there is not part of Spark's own account of memory.
 *
 * <p>Both of Spark's serialisers will do, Java's and Kryo: shards, questions and answers are serialised as Java does,
 * inside of what Spark sends.
 *
 * <p>Data that a question refuses end the call with an {@link IllegalArgumentException} that names the shard. Where a
 * question fails for another reason, and not with the executor, Spark asks {@code spark.task.maxFailures} times; then
 * there is an {@link IllegalStateException} with its message and, as the cause, its exception with the executor's.
 */
public final class SparkWorkers implements Workers, AutoCloseable {
    private final JavaSparkContext context;
    private final JavaRDD<Carried<TrainingShard>> shards;
    private final Broadcast<Carried<ModelCopies>> copies;
    private final List<Broadcast<Carried<TrainingShard>>> sent;

    /** The number of each partition's first shard, and behind them all the number of shards. */
    private final long[] firsts;

    private SparkWorkers(
            JavaSparkContext context,
            ModelCopies copies,
            JavaRDD<Carried<TrainingShard>> shards,
            List<Broadcast<Carried<TrainingShard>>> sent) {
        this.context = context;
        this.shards = shards.persist(StorageLevel.MEMORY_AND_DISK());
        this.copies = context.broadcast(new Carried<>(copies));
        this.sent = sent;
        boolean counted = false;
        try {
            firsts = PartitionStarts.of(this.shards);
            counted = true;
        } catch (Exception e) { // Spark's own is a checked one, and Scala does not declare it
            throw e instanceof RuntimeException unchecked
                    ? unchecked
                    : new IllegalStateException("the shards could not be made: " + e.getMessage(), e);
        } finally {
            if (!counted) {
                close();
            }
        }
        sent.forEach(shard -> shard.unpersist(false)); // executors have them now, and ask again for those they lose
    }

    /**
     * Makes workers with these shards. For shards that hold much data let executors make them:
     * {@link #of(JavaSparkContext, Dl4jModel, JavaRDD, String...)}; these here pass through the driver.
     *
     * @param model what they will train or ask; sent to each executor once
     * @param shards one for each task; as many as the cluster has cores for tasks, or a multiple of that
     * @param trustedPackages as of {@link Dl4jModel#load}
     * @throws IllegalArgumentException if Spark's serialiser is neither Java's nor Kryo, or Kryo wants all classes to
     *     be registered, and some are not
     * @throws IOException if there is no room for a temporary file
     */
    public static SparkWorkers of(
            JavaSparkContext context, Dl4jModel model, List<? extends TrainingShard> shards, String... trustedPackages)
            throws IOException {
        Serializers.require(context);
        ModelCopies copies = ModelCopies.of(model, trustedPackages);
        List<Broadcast<Carried<TrainingShard>>> sent = new ArrayList<>();
        for (TrainingShard shard : shards) {
            sent.add(context.broadcast(new Carried<>(shard)));
        }
        List<Carried<Broadcast<Carried<TrainingShard>>>> parts =
                sent.stream().map(Carried::new).toList();
        JavaRDD<Carried<TrainingShard>> received = context.parallelize(parts, Math.max(1, parts.size()))
                .map(part -> part.value().value());
        return new SparkWorkers(context, copies, received, sent);
    }

    /**
     * Makes workers with shards that executors make. They are made once, by a job of this call, and kept; a partition
     * may have any number of them, and all partitions together must have at least one when the model is trained.
     *
     * @param model what they will train or ask; sent to each executor once
     * @param shards in the order of their partitions. The same each time that they are computed, as a lost executor's
     *     are computed anew. Not persisted by the caller
     * @param trustedPackages as of {@link Dl4jModel#load}
     * @throws IllegalArgumentException if Spark's serialiser is neither Java's nor Kryo, or Kryo wants all classes to
     *     be registered, and some are not
     * @throws IllegalStateException if the shards cannot be made
     * @throws IOException if there is no room for a temporary file
     */
    public static SparkWorkers of(
            JavaSparkContext context,
            Dl4jModel model,
            JavaRDD<? extends TrainingShard> shards,
            String... trustedPackages)
            throws IOException {
        return of(context, model, shards, SavedTypes.none().trusting(trustedPackages));
    }

    /**
     * Makes workers with shards that executors make, as {@link #of(JavaSparkContext, Dl4jModel, JavaRDD, String...)}
     * does.
     *
     * @param types as of {@link Dl4jModel#load}
     * @throws IOException if there is no room for a temporary file
     */
    public static SparkWorkers of(
            JavaSparkContext context, Dl4jModel model, JavaRDD<? extends TrainingShard> shards, SavedTypes types)
            throws IOException {
        Serializers.require(context);
        return new SparkWorkers(
                context,
                ModelCopies.of(model, types),
                shards.map(shard -> new Carried<TrainingShard>(shard)),
                List.of());
    }

    @Override
    public int count() {
        return Math.toIntExact(firsts[firsts.length - 1]);
    }

    @Override
    public <A extends Serializable> List<A> ask(Question<A> question) {
        Broadcast<Carried<Question<A>>> asked = context.broadcast(new Carried<>(question));
        List<Carried<Answers<A>>> partitions;
        try {
            partitions = shards.mapPartitionsWithIndex(new Answering<>(asked, copies, firsts), false)
                    .collect();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) { // Spark's own is a checked one, and Scala does not declare it
            throw new IllegalStateException("the workers have not answered: " + e.getMessage(), e);
        } finally {
            asked.destroy();
        }
        List<A> answers = new ArrayList<>();
        for (int p = 0; p < partitions.size(); p++) {
            Answers<A> ofPartition = partitions.get(p).value();
            Refusal refusal = ofPartition.refusal();
            if (refusal != null) {
                throw refusal.exception();
            }
            long expected = firsts[p + 1] - firsts[p];
            if (ofPartition.answers().size() != expected) {
                throw new IllegalStateException(
                        ("partition %d had %d shards of the data when the workers were made, and has %d now; the data"
                                        + " have changed, or are other ones each time that they are computed")
                                .formatted(p, expected, ofPartition.answers().size()));
            }
            answers.addAll(ofPartition.answers());
        }
        return answers;
    }

    /** What a partition answers, or why it does not. */
    private record Answers<A extends Serializable>(
            ArrayList<A> answers, @Nullable Refusal refusal) implements Serializable {}

    /** An exception on its way to the driver, whose own may have what cannot be sent. */
    private record Refusal(String message, String cause, StackTraceElement[] trace) implements Serializable {
        IllegalArgumentException exception() {
            IllegalArgumentException onExecutor = new IllegalArgumentException(cause);
            onExecutor.setStackTrace(trace);
            return new IllegalArgumentException(message, onExecutor);
        }
    }

    /** What an executor does with its partition. */
    private record Answering<A extends Serializable>(
            Broadcast<Carried<Question<A>>> question, Broadcast<Carried<ModelCopies>> copies, long[] firsts)
            implements Function2<Integer, Iterator<Carried<TrainingShard>>, Iterator<Carried<Answers<A>>>> {
        @Override
        public Iterator<Carried<Answers<A>>> call(Integer partition, Iterator<Carried<TrainingShard>> shards)
                throws IOException {
            ArrayList<A> answers = new ArrayList<>();
            long number = firsts[partition];
            while (shards.hasNext()) {
                TrainingShard shard = shards.next().value();
                String name = "shard %s of %s".formatted(++number, firsts[firsts.length - 1]);
                try {
                    answers.add(copies.value()
                            .value()
                            .use(copy -> question.value().value().answer(copy, shard)));
                } catch (IllegalArgumentException e) { // of the data: it would be the same again
                    String message = String.valueOf(e.getMessage());
                    Refusal refusal = new Refusal(name + ": " + message, message, e.getStackTrace());
                    return List.of(new Carried<>(new Answers<A>(new ArrayList<>(), refusal)))
                            .iterator();
                } catch (IOException e) {
                    throw new IOException(name + ": " + e.getMessage(), e);
                } catch (RuntimeException e) {
                    throw new IllegalStateException(name + ": " + e, e);
                }
            }
            return List.of(new Carried<>(new Answers<>(answers, null))).iterator();
        }
    }

    /** Frees what the executors hold. */
    @Override
    public void close() {
        shards.unpersist();
        copies.destroy();
        sent.forEach(shard -> shard.destroy());
    }

    @Override
    public String toString() {
        return "SparkWorkers[%s shards in %s partitions]".formatted(count(), firsts.length - 1);
    }
}
