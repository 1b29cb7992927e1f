package org.mtl4j.faces;

import static java.util.concurrent.ForkJoinPool.getCommonPoolParallelism;

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.Floats;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.internal.data.Rows.NewFloats;
import org.mtl4j.internal.random.Permutations;
import org.mtl4j.train.batches.EpochBatches;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Hands out faces with their labels, batch by batch, epoch by epoch.
 *
 * <p>A batch has one features array {@code [batch, 1, size, size]} and one labels array {@code [batch, outputs]} for
 * each task, in the order in which the tasks were given; all float. Where a batch lacks a label, its row is all 0 and
 * its entry in the label mask {@code [batch, 1]} is 0; a batch that lacks a label has masks for all its tasks, a batch
 * that has all its labels has no masks at all. Where a face has some of the labels of a task, as the points that are to
 * be seen, the batch's mask of that task is {@code [batch, outputs]}.
 *
 * <p><strong>Order.</strong> In the order of the corpus, unless built with {@link Builder#shuffleSeed}: then the order
 * of epoch k depends on the seed and on k alone. An epoch visits every face exactly once (but see
 * {@link Builder#dropLast}). {@link #reset} goes on to the next epoch, {@link #startAt(int, int)} to any place in any
 * epoch, so a run that was cut off can go on where it stopped.
 *
 * <p>All arrays are new for each batch, and nothing else is shared, so batches may be made ahead on another thread
 * ({@link #asyncSupported}); an iterator itself is for one thread at a time.
 */
@SuppressWarnings("serial") // the interface is Serializable; this is not: its faces would have to travel with it
public final class FaceBatches extends EpochBatches {

    /** So many numbers have places that an {@code int} counts. */
    private static final int MOST_NUMBERS = Integer.MAX_VALUE - 8;

    /** Least number of faces that are worth a thread: some tens of microseconds each. */
    private static final int LEAST_HALF = 8;

    /** The faces. */
    private final FaceCrops crops;
    /** In the order of the label arrays. */
    private final ImmutableList<FaceTask> tasks;
    /** Of the order; empty for the order of the corpus. */
    private final OptionalLong seed;
    /** Of the augmentation; empty without one. */
    private final OptionalLong augmentationSeed;
    /** True if a last batch that is not full is left out. */
    private final boolean dropLast;

    /** The epoch that was read last; null before the first batch. */
    private @Nullable Epoch latest;

    private FaceBatches(Builder builder) {
        super(builder.crops.size(), builder.batchSize, builder.dropLast);
        crops = builder.crops;
        tasks = builder.tasks;
        seed = builder.seed;
        augmentationSeed = builder.augmentationSeed;
        dropLast = builder.dropLast;
    }

    /** Holds an epoch and its order; immutable. */
    static final class Epoch {
        private final int number;
        private final int[] order;

        private Epoch(int number, int[] order) {
            this.number = number;
            this.order = order;
        }

        int number() {
            return number;
        }
    }

    /** Holds the settings of batches; made by {@link FaceCrops#batches}. Tasks must be given, the rest has defaults. */
    public static final class Builder {

        private final FaceCrops crops;
        private ImmutableList<FaceTask> tasks = ImmutableList.of();
        private int batchSize = 128;
        private OptionalLong seed = OptionalLong.empty();
        private OptionalLong augmentationSeed = OptionalLong.empty();
        private boolean dropLast;

        Builder(FaceCrops crops) {
            this.crops = crops;
        }

        /**
         * Sets the tasks whose labels are handed out, in this order; at least one, no task twice.
         *
         * @param tasks different ones, in the order of the label arrays
         * @return this builder
         */
        public Builder tasks(FaceTask... tasks) {
            return tasks(List.of(tasks));
        }

        /**
         * Does what {@link #tasks(FaceTask...)} does.
         *
         * @param tasks different ones, in the order of the label arrays
         * @return this builder
         */
        public Builder tasks(List<FaceTask> tasks) {
            this.tasks = ImmutableList.copyOf(tasks);
            return this;
        }

        /**
         * Sets the number of faces per batch, at least 1; default 128.
         *
         * @param batchSize at least 1
         * @return this builder
         */
        public Builder batchSize(int batchSize) {
            this.batchSize = batchSize;
            return this;
        }

        /**
         * Shuffles anew in each epoch: the order is drawn from this seed and the number of the epoch. Default: corpus
         * order.
         *
         * @param seed any number
         * @return this builder
         */
        public Builder shuffleSeed(long seed) {
            this.seed = OptionalLong.of(seed);
            return this;
        }

        /**
         * Changes every face by the augmentation that the crops were made with
         * ({@link FaceCrops.Builder#augmentation}), differently in each epoch: what a face gets in an epoch depends on
         * this seed, the number of the epoch and its index in the corpus alone, not on order, batch size or threads.
         * Default: faces as they are.
         *
         * @param seed any number
         * @return this builder
         */
        public Builder augmentationSeed(long seed) {
            augmentationSeed = OptionalLong.of(seed);
            return this;
        }

        /**
         * Leaves out the last batch of an epoch if it is not full. Default: it is handed out, however small.
         *
         * @return this builder
         */
        public Builder dropLast() {
            dropLast = true;
            return this;
        }

        /**
         * {@return the batches, at the start of epoch 0}
         *
         * @throws IllegalArgumentException if no task is given, one twice, the batch size is below 1, or an
         *     augmentation is asked for that the crops have not
         */
        public FaceBatches build() {
            if (tasks.isEmpty() || ImmutableSet.copyOf(tasks).size() < tasks.size()) {
                throw new IllegalArgumentException("expected one or more different tasks, got " + tasks);
            }
            if (augmentationSeed.isPresent() && crops.augmentation().isEmpty()) {
                throw new IllegalArgumentException("these crops were made without an augmentation; "
                        + "FaceCorpus.cropping(crop).augmentation(...).cut() makes them with one");
            }
            return new FaceBatches(this);
        }
    }

    /** {@return the faces that are handed out} */
    public FaceCrops crops() {
        return crops;
    }

    /** {@return the tasks whose labels are handed out, in the order of the label arrays} */
    public List<FaceTask> tasks() {
        return tasks;
    }

    /** {@return whether a last batch that is not full is left out} */
    boolean dropLast() {
        return dropLast;
    }

    Epoch epochOf(int number) {
        int[] order = seed.isPresent()
                ? Permutations.shuffled(crops.size(), seed.getAsLong(), number)
                : Permutations.identity(crops.size());
        return new Epoch(number, order);
    }

    @Override
    protected MultiDataSet read(int from, int count) {
        if (latest == null || latest.number != epoch()) {
            latest = epochOf(epoch());
        }
        return batch(latest, from, count);
    }

    /** {@return how many faces come before the next one in this epoch} */
    int facesBefore() {
        return visited();
    }

    /** Makes the batch of these faces, whatever the place that this iterator is at; safe for several threads. */
    MultiDataSet batch(Epoch epoch, int from, int count) {
        int size = crops.crop().size();
        checkNumbers(count, size);
        NewFloats pixels = new NewFloats(count, 1, size, size);
        int[] outputs = tasks.stream().mapToInt(task -> task.task().outputs()).toArray();
        float[][] rows = new float[outputs.length][];
        float[][] known = new float[outputs.length][];
        for (int t = 0; t < outputs.length; t++) {
            rows[t] = new float[count * outputs[t]];
            known[t] = new float[count * outputs[t]];
        }
        inHalves(count, (start, end) -> {
            FaceCrops.Writer writer = crops.new Writer();
            float[] face = new float[size * size];
            for (int row = start; row < end; row++) {
                int index = epoch.order[from + row];
                FaceSample sample = crops.corpus().get(index);
                FaceTransform transform = transform(epoch.number, index);
                writer.write(index, transform, face);
                pixels.write(row * face.length, face);
                for (int t = 0; t < outputs.length; t++) {
                    tasks.get(t).write(sample, transform, rows[t], known[t], row * outputs[t]);
                }
            }
        });
        INDArray[] labels = new INDArray[outputs.length];
        float[][] masks = new float[outputs.length][];
        boolean complete = true;
        for (int t = 0; t < outputs.length; t++) {
            labels[t] = Rows.array(rows[t], count, outputs[t]);
            masks[t] = mask(known[t], count, outputs[t]);
            complete &= Floats.indexOf(masks[t], 0) < 0;
        }
        INDArray[] features = {pixels.array()};
        return new org.nd4j.linalg.dataset.MultiDataSet(features, labels, null, complete ? null : arrays(masks, count));
    }

    private static INDArray[] arrays(float[][] masks, int rows) {
        return Arrays.stream(masks)
                .map(mask -> Rows.array(mask, rows, mask.length / rows))
                .toArray(INDArray[]::new);
    }

    private interface RowWriter {
        void write(int start, int end);
    }

    /**
     * Writes rows. Augmented ones are written on two threads, where Java has as many processors: training divides each
     * batch among all of them and waits for the slowest, so that work for one processor would hold all of them up.
     */
    private void inHalves(int count, RowWriter rows) {
        boolean worthTwo = augmentationSeed.isPresent() && count >= 2 * LEAST_HALF;
        if (!worthTwo || Runtime.getRuntime().availableProcessors() == 1 || getCommonPoolParallelism() == 0) {
            rows.write(0, count);
            return;
        }
        CompletableFuture<Void> second =
                CompletableFuture.runAsync(() -> rows.write(count / 2, count), ForkJoinPool.commonPool());
        try {
            rows.write(0, count / 2);
        } catch (RuntimeException | Error e) {
            second.handle((nothing, ignored) -> nothing).join(); // the arrays are not to be written to any more
            throw e;
        }
        try {
            second.join();
        } catch (CompletionException e) {
            Throwables.throwIfUnchecked(Throwables.getRootCause(e));
            throw e;
        }
    }

    /** {@return one number for each row where all its labels are known or none is; else all of them} */
    private static float[] mask(float[] known, int rows, int outputs) {
        float[] mask = new float[rows];
        for (int row = 0; row < rows; row++) {
            mask[row] = known[row * outputs];
            for (int i = 1; i < outputs; i++) {
                if (known[row * outputs + i] != mask[row]) {
                    return known;
                }
            }
        }
        return mask;
    }

    private static void checkNumbers(int faces, int size) {
        if ((long) faces * size * size > MOST_NUMBERS) {
            throw new IllegalArgumentException("a batch of %d faces of %d x %d pixels has more than %d numbers"
                    .formatted(faces, size, size, MOST_NUMBERS));
        }
    }

    private FaceTransform transform(int epoch, int face) {
        return augmentationSeed.isPresent()
                ? crops.augmentation().orElseThrow().draw(RandomStream.of(augmentationSeed.getAsLong(), epoch, face))
                : FaceTransform.IDENTITY;
    }

    /**
     * Makes the same batches ahead on other threads: on one for every two processors of the machine (at least 1, at
     * most 4), with two batches ahead for each of them and one more.
     *
     * @return batches that start where these are now; they are to be closed
     */
    public PrefetchedFaceBatches prefetched() {
        int threads = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
        return prefetched(threads, 2 * threads + 1);
    }

    /**
     * Makes the same batches ahead on other threads.
     *
     * @param threads at least 1
     * @param batchesAhead how many finished or half-finished batches are held at most, at least 1
     * @return batches that start where these are now, and do not depend on these from then on; they are to be closed
     * @throws IllegalArgumentException if a number is below 1
     */
    public PrefetchedFaceBatches prefetched(int threads, int batchesAhead) {
        return new PrefetchedFaceBatches(this, threads, batchesAhead);
    }

    /** {@return true: all arrays are new for each batch} */
    @Override
    public boolean asyncSupported() {
        return true;
    }
}
