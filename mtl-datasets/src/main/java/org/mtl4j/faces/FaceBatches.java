package org.mtl4j.faces;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import org.mtl4j.train.batches.EpochSeekable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Hands out faces with their labels, batch by batch, epoch by epoch.
 *
 * <p>A batch has one features array {@code [batch, 1, size, size]} and one labels array {@code [batch, outputs]} for each
 * task, in the order in which the tasks were given; all float. Where a batch lacks a label, its row is all 0 and its
 * entry in the label mask {@code [batch, 1]} is 0; a batch that lacks a label has masks for all its tasks, a batch that
 * has all its labels has no masks at all.
 *
 * <p><strong>Order.</strong> In the order of the corpus, unless built with {@link Builder#shuffledBy}: then the order of
 * epoch k depends on the seed and on k alone. An epoch visits every face exactly once (but see
 * {@link Builder#dropLast}). {@link #reset} goes on to the next epoch, {@link #startAt(int, int)} to any place in any epoch, so a
 * run that was cut off can go on where it stopped.
 *
 * <p>All arrays are new for each batch, and nothing else is shared, so batches may be made ahead on another thread
 * ({@link #asyncSupported}); an iterator itself is for one thread at a time.
 */
@SuppressWarnings("serial") // the interface is Serializable; this is not: its faces would have to travel with it
public final class FaceBatches implements EpochSeekable {

    /** Longest array that every Java can make. */
    private static final int MOST_NUMBERS = Integer.MAX_VALUE - 8;

    /** The faces. */
    private final FaceCrops crops;
    /** In the order of the label arrays. */
    private final ImmutableList<FaceTask> tasks;
    /** Faces per batch. */
    private final int batchSize;
    /** Of the order; empty for the order of the corpus. */
    private final OptionalLong seed;
    /** Of the augmentation; empty without one. */
    private final OptionalLong augmentationSeed;
    /** True if a last batch that is not full is left out. */
    private final boolean dropLast;

    /** The epoch of the next batch. */
    private Epoch epoch;
    /** Faces of the epoch that have been handed out. */
    private int next;
    /** Null if there is none. */
    private MultiDataSetPreProcessor preProcessor;

    private FaceBatches(Builder builder) {
        crops = builder.crops;
        tasks = builder.tasks;
        batchSize = builder.batchSize;
        seed = builder.seed;
        augmentationSeed = builder.augmentationSeed;
        dropLast = builder.dropLast;
        startAt(0, 0);
    }

    /** An epoch and its order; immutable. */
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

    /** Settings of batches; made by {@link FaceCrops#batches}. Tasks must be given, the rest has defaults. */
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
         * The tasks whose labels are handed out, in this order; at least one, no task twice.
         *
         * @param tasks different ones, in the order of the label arrays
         * @return this builder
         */
        public Builder tasks(FaceTask... tasks) {
            return tasks(List.of(tasks));
        }

        /**
         * As {@link #tasks(FaceTask...)}.
         *
         * @param tasks different ones, in the order of the label arrays
         * @return this builder
         */
        public Builder tasks(List<FaceTask> tasks) {
            this.tasks = ImmutableList.copyOf(tasks);
            return this;
        }

        /**
         * Faces per batch, at least 1; default 128.
         *
         * @param batchSize at least 1
         * @return this builder
         */
        public Builder batchSize(int batchSize) {
            this.batchSize = batchSize;
            return this;
        }

        /**
         * A new random order in each epoch, drawn from this seed and the number of the epoch. Default: corpus order.
         *
         * @param seed any number
         * @return this builder
         */
        public Builder shuffledBy(long seed) {
            this.seed = OptionalLong.of(seed);
            return this;
        }

        /**
         * Changes every face by the augmentation that the crops were made with ({@link FaceCrops.Builder#augmentation}),
         * differently in each epoch: what a face gets in an epoch depends on this seed, the number of the epoch and its
         * index in the corpus alone, not on order, batch size or threads. Default: faces as they are.
         *
         * @param seed any number
         * @return this builder
         */
        public Builder augmentedBy(long seed) {
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
         * @throws IllegalArgumentException if no task is given, one twice, the batch size is below 1, or an augmentation
         *     is asked for that the crops have not
         */
        public FaceBatches build() {
            if (tasks.isEmpty() || ImmutableSet.copyOf(tasks).size() < tasks.size()) {
                throw new IllegalArgumentException("expected one or more different tasks, got " + tasks);
            }
            if (batchSize < 1) {
                throw new IllegalArgumentException("batch size must be at least 1, got " + batchSize);
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

    /** {@return faces per batch; the last batch of an epoch may have fewer} */
    public int batchSize() {
        return batchSize;
    }

    /** {@return batches per epoch} */
    public int batchesPerEpoch() {
        int full = crops.size() / batchSize;
        return dropLast || full * batchSize == crops.size() ? full : full + 1;
    }

    /** {@return the epoch of the next batch, from 0} */
    public int epoch() {
        return epoch.number;
    }

    /**
     * Goes to a place in an epoch: the next batch is the one that would be handed out there if all epochs had been
     * visited in turn.
     *
     * @param epoch at least 0
     * @param batch 0 to {@link #batchesPerEpoch}, where the epoch is at its end
     * @throws IllegalArgumentException if one is out of range
     */
    public void startAt(int epoch, int batch) {
        next = facesBefore(epoch, batch);
        this.epoch = epochOf(epoch);
    }

    /**
     * How many faces of an epoch come before a batch.
     *
     * @throws IllegalArgumentException if there is no such batch, nor the end of an epoch
     */
    int facesBefore(int epoch, int batch) {
        if (epoch < 0 || batch < 0 || batch > batchesPerEpoch()) {
            throw new IllegalArgumentException(
                    "there is no batch %d in epoch %d; epochs count from 0, and have %d batches"
                            .formatted(batch, epoch, batchesPerEpoch()));
        }
        return (int) Math.min((long) batch * batchSize, crops.size());
    }

    Epoch epochOf(int number) {
        int[] order =
                seed.isPresent() ? Order.shuffled(crops.size(), seed.getAsLong(), number) : Order.inOrder(crops.size());
        return new Epoch(number, order);
    }

    /**
     * Goes to the start of an epoch, at least 0.
     *
     * @param epoch at least 0
     */
    @Override
    public void startAt(int epoch) {
        startAt(epoch, 0);
    }

    /**
     * Goes to the start of the next epoch, also from the middle of one. At the very start of an epoch it does nothing, so
     * that a reset before the first batch, or two in a row, skip no epoch.
     */
    @Override
    public void reset() {
        if (next > 0) {
            startAt(Math.addExact(epoch.number, 1), 0);
        }
    }

    @Override
    public boolean hasNext() {
        return hasNext(next);
    }

    /** True if there is a batch after this many faces of an epoch. */
    boolean hasNext(int visited) {
        int left = crops.size() - visited;
        return dropLast ? left >= batchSize : left > 0;
    }

    /**
     * The next batch, in new arrays.
     *
     * @throws NoSuchElementException if the epoch is at its end
     */
    @Override
    public MultiDataSet next() {
        return next(batchSize);
    }

    /**
     * The next batch with another number of faces, fewer if the epoch ends before.
     *
     * @throws NoSuchElementException if the epoch is at its end
     * @throws IllegalArgumentException if the number is below 1
     */
    @Override
    public MultiDataSet next(int faces) {
        if (faces < 1) {
            throw new IllegalArgumentException("a batch has at least 1 face, got " + faces);
        }
        if (!hasNext()) {
            throw new NoSuchElementException("epoch %d is at its end; reset() starts the next".formatted(epoch.number));
        }
        int count = Math.min(faces, crops.size() - next);
        MultiDataSet batch = batch(epoch, next, count);
        next += count;
        if (preProcessor != null) {
            preProcessor.preProcess(batch);
        }
        return batch;
    }

    /** Number of faces that have been visited in this epoch. */
    int visited() {
        return next;
    }

    /** The batch of these faces, whatever the place that this iterator is at; safe for several threads. */
    MultiDataSet batch(Epoch epoch, int from, int count) {
        int size = crops.crop().size();
        float[] pixels = new float[numbers(count, size)];
        FaceSample[] samples = new FaceSample[count];
        Distortion[] distortions = new Distortion[count];
        for (int row = 0; row < count; row++) {
            int face = epoch.order[from + row];
            samples[row] = crops.corpus().get(face);
            distortions[row] = distortion(epoch.number, face);
            crops.write(face, distortions[row], pixels, row * size * size);
        }
        INDArray[] features = {Nd4j.create(pixels, new long[] {count, 1, size, size}, 'c')};
        INDArray[] labels = new INDArray[tasks.size()];
        INDArray[] masks = new INDArray[tasks.size()];
        boolean complete = true;
        for (int t = 0; t < labels.length; t++) {
            FaceTask task = tasks.get(t);
            int outputs = task.task().outputs();
            float[] rows = new float[count * outputs];
            float[] mask = new float[count];
            for (int row = 0; row < count; row++) {
                System.arraycopy(task.labels(samples[row], distortions[row]), 0, rows, row * outputs, outputs);
                mask[row] = task.isLabelled(samples[row]) ? 1 : 0;
                complete &= mask[row] == 1;
            }
            labels[t] = Nd4j.create(rows, new long[] {count, outputs}, 'c');
            masks[t] = Nd4j.create(mask, new long[] {count, 1}, 'c');
        }
        return new MultiDataSet(features, labels, null, complete ? null : masks);
    }

    private static int numbers(int faces, int size) {
        long numbers = (long) faces * size * size;
        if (numbers > MOST_NUMBERS) {
            throw new IllegalArgumentException("a batch of %d faces of %d x %d pixels has more than %d numbers"
                    .formatted(faces, size, size, MOST_NUMBERS));
        }
        return (int) numbers;
    }

    private Distortion distortion(int epoch, int face) {
        return augmentationSeed.isPresent()
                ? crops.augmentation().orElseThrow().draw(RandomStream.of(augmentationSeed.getAsLong(), epoch, face))
                : Distortion.NONE;
    }

    /**
     * The same batches, made ahead on other threads: on one for every two processors of the machine (at least 1, at most
     * 4), with two batches ahead for each of them and one more.
     *
     * @return batches that start where these are now; they are to be closed
     */
    public PrefetchedFaceBatches prefetched() {
        int threads = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
        return prefetched(threads, 2 * threads + 1);
    }

    /**
     * The same batches, made ahead on other threads.
     *
     * @param threads at least 1
     * @param batchesAhead how many finished or half-finished batches are held at most, at least 1
     * @return batches that start where these are now, and do not depend on these from then on; they are to be closed
     * @throws IllegalArgumentException if a number is below 1
     */
    public PrefetchedFaceBatches prefetched(int threads, int batchesAhead) {
        return new PrefetchedFaceBatches(this, threads, batchesAhead);
    }

    @Override
    public void setPreProcessor(MultiDataSetPreProcessor preProcessor) {
        this.preProcessor = preProcessor;
    }

    @Override
    public MultiDataSetPreProcessor getPreProcessor() {
        return preProcessor;
    }

    /** True. */
    @Override
    public boolean resetSupported() {
        return true;
    }

    /** True: all arrays are new for each batch. */
    @Override
    public boolean asyncSupported() {
        return true;
    }
}
