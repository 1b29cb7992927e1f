package org.mtl4j.train.batches;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Mixes several corpora, each with the labels of some tasks, for one network: batches of one corpus at a time, until
 * all are read, those of each spread evenly over the epoch. In a batch the tasks that its corpus does not label have
 * none, so they are left alone.
 *
 * <pre>{@code
 * MixedBatches.of(network)
 *     .with(faces, "landmarks")                 // its batches have one labels array
 *     .with(people, "gender", "smile")          // its batches have two, in this order
 * }</pre>
 *
 * <p>In an epoch each corpus is read once: of 200 batches of one and 2 of the other, the two come after 50 and after
 * 150 of the 200. {@link #withRepetition} reads smaller corpora several times. The order depends on the number of the
 * epoch and on how many batches the corpora have, so a run that is cut off and taken up again sees the same one. How
 * many there are {@link EpochBatches}, {@link ListBatches} and mixed ones know; any other data are read through once to
 * count them, before their first batch is handed out.
 */
public final class MixedBatches extends AbstractBatches implements EpochSeekable {
    private static final long serialVersionUID = 1L;

    /** In place of a labels array: the corpus does not label the task. */
    private static final int UNLABELLED = -1;

    /** In place of a number of batches: the corpus can be read only once, so that it cannot be counted. */
    private static final int UNKNOWN = -1;

    private final transient List<Task> tasks;
    private final transient List<Source> sources;
    private final boolean repetition;

    private int epoch;

    /** Per corpus how many batches one pass over it has; null before the first batch. */
    private int @Nullable [] counts;

    /** Per corpus how many batches of this epoch have been handed out, and how many passes over it have been ended. */
    private final int[] done;

    private final int[] passes;

    /** A corpus, and per task of the network which of its labels arrays is that task's, or {@link #UNLABELLED}. */
    private record Source(MultiDataSetIterator data, int[] places, List<String> names) {}

    private MixedBatches(List<Task> tasks, List<Source> sources, boolean repetition) {
        this.tasks = tasks;
        this.sources = ImmutableList.copyOf(sources);
        this.repetition = repetition;
        this.done = new int[sources.size()];
        this.passes = new int[sources.size()];
    }

    /** {@return no corpora yet, for this network} */
    public static MixedBatches of(MultiTaskNetwork network) {
        return new MixedBatches(network.tasks(), List.of(), false);
    }

    /**
     * {@return the same with one more corpus}
     *
     * @param data one features array for each of the network's inputs, and one labels array for each of these tasks
     * @param tasks the tasks that it labels, in the order of its labels arrays; in any order where its batches have
     *     names ({@link Batch})
     * @throws IllegalArgumentException if the network has no such task, or a task comes twice
     */
    public MixedBatches with(MultiDataSetIterator data, String... tasks) {
        Objects.requireNonNull(data, "data");
        List<String> names = this.tasks.stream().map(Task::name).toList();
        int[] places = new int[names.size()];
        Arrays.fill(places, UNLABELLED);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < tasks.length; i++) {
            int task = names.indexOf(tasks[i]);
            if (task < 0 || !seen.add(tasks[i])) {
                throw new IllegalArgumentException("MixedBatches: '%s' is %s; the network's tasks are %s"
                        .formatted(tasks[i], task < 0 ? "no task" : "given twice", names));
            }
            places[task] = i;
        }
        if (tasks.length == 0) {
            throw new IllegalArgumentException("MixedBatches: a corpus labels at least one task; there are " + names);
        }
        List<Source> more = new ArrayList<>(sources);
        more.add(new Source(data, places, List.of(tasks)));
        return new MixedBatches(this.tasks, more, repetition);
    }

    /**
     * {@return the same, but smaller corpora are read several times in an epoch} As many whole times as bring one
     * nearest to the largest corpus, counted in batches; so each of its examples is seen equally often, and its tasks
     * get about as many steps as the others. A pass over data that are {@link EpochSeekable} is an epoch of theirs,
     * with an order and changes of its own.
     */
    public MixedBatches withRepetition() {
        return new MixedBatches(tasks, sources, true);
    }

    /** The encoding of those corpora that are tables, with the labels of all. */
    Optional<TableEncoding> encoding() {
        Optional<TableEncoding> all = Optional.empty();
        for (Source source : sources) {
            Optional<TableEncoding> own = EncodedBatches.encodingOf(source.data());
            if (own.isPresent() && all.isPresent() && !all.get().encodesAlike(own.get())) {
                throw new IllegalArgumentException(
                        ("MixedBatches: the table with the labels of %s is encoded otherwise than one before it, so"
                                        + " that codes mean other values; encode all by one encoding, with the labels"
                                        + " of all (TableEncoding.withLabelsOf)")
                                .formatted(source.names()));
            }
            all = all.isPresent() && own.isPresent()
                    ? Optional.of(all.get().withLabelsOf(own.get()))
                    : all.or(() -> own);
        }
        return all;
    }

    /** {@return how many batches an epoch has; -1 if a corpus can be read only once, so that it cannot be counted} */
    int batchesPerEpoch() {
        int sum = 0;
        for (int i = 0; i < sources.size(); i++) {
            if (counted()[i] == UNKNOWN) {
                return UNKNOWN;
            }
            sum = Math.addExact(sum, planned(i));
        }
        return sum;
    }

    private int[] counted() {
        if (counts == null) {
            counts = sources.stream().mapToInt(source -> count(source.data())).toArray();
        }
        return counts;
    }

    private static int count(MultiDataSetIterator data) {
        if (data instanceof EpochBatches known) {
            return known.batchesPerEpoch();
        }
        if (data instanceof ListBatches known) {
            return known.size();
        }
        if (data instanceof MixedBatches known) {
            return known.batchesPerEpoch();
        }
        if (!data.resetSupported()) {
            return UNKNOWN;
        }
        EpochSeekable.startAt(data, 0);
        int count = 0;
        while (data.hasNext()) {
            data.next();
            count++;
        }
        EpochSeekable.startAt(data, 0);
        return count;
    }

    /** How often a corpus is read in an epoch. */
    private int repeats(int source) {
        int count = counted()[source];
        int largest = Arrays.stream(counted()).max().orElse(0);
        return repetition && count > 0 ? Math.max(1, (int) Math.rint((double) largest / count)) : 1;
    }

    private int planned(int source) {
        return Math.multiplyExact(counted()[source], repeats(source));
    }

    @Override
    public void startAt(int epoch) {
        this.epoch = epoch;
        Arrays.fill(done, 0);
        Arrays.fill(passes, 0);
        for (int i = 0; i < sources.size(); i++) {
            startPass(i);
        }
    }

    private void startPass(int source) {
        EpochSeekable.startAt(
                sources.get(source).data(), Math.addExact(Math.multiplyExact(epoch, repeats(source)), passes[source]));
    }

    /** Goes to the start of the next epoch; at the very start of an epoch it does nothing. */
    @Override
    public void reset() {
        if (Arrays.stream(done).anyMatch(batches -> batches > 0)) {
            startAt(Math.addExact(epoch, 1));
        }
    }

    @Override
    public boolean hasNext() {
        for (int i = 0; i < sources.size(); i++) {
            if (hasNext(i)) {
                return true;
            }
        }
        return false;
    }

    private boolean hasNext(int source) {
        counted(); // before the first batch is asked for
        return sources.get(source).data().hasNext() || passes[source] + 1 < repeats(source);
    }

    @Override
    protected MultiDataSet read() {
        int best = -1;
        for (int i = 0; i < sources.size(); i++) {
            if (hasNext(i) && (best < 0 || isBefore(i, best))) {
                best = i;
            }
        }
        if (best < 0) {
            throw new NoSuchElementException(atEnd());
        }
        Source source = sources.get(best);
        if (!source.data().hasNext()) {
            passes[best]++;
            startPass(best);
        }
        done[best]++;
        return arranged(source.data().next(), source);
    }

    /** Whether the next batch of a corpus has its place in the epoch, at the middle of its part, before another's. */
    private boolean isBefore(int source, int other) {
        return (2L * done[source] + 1) * parts(other) < (2L * done[other] + 1) * parts(source);
    }

    /**
     * In how many parts a corpus divides the epoch; one that cannot be counted is taken for as large as the largest.
     */
    private long parts(int source) {
        int largest = 1;
        for (int i = 0; i < sources.size(); i++) {
            largest = Math.max(largest, planned(i));
        }
        return counted()[source] == UNKNOWN ? largest : Math.max(1, planned(source));
    }

    private MultiDataSet arranged(MultiDataSet batch, Source source) {
        List<String> named = Batch.tasksOf(batch);
        int given = batch.numLabelsArrays();
        if (named.isEmpty() ? given != source.names().size() : !named.containsAll(source.names())) {
            throw new IllegalArgumentException("a corpus was said to label %s, and has a batch with %s"
                    .formatted(source.names(), named.isEmpty() ? given + " labels arrays" : "labels of " + named));
        }
        int count = source.places().length;
        INDArray[] labels = new INDArray[count];
        INDArray[] masks = new INDArray[count];
        for (int t = 0; t < count; t++) {
            if (source.places()[t] != UNLABELLED) {
                int place = named.isEmpty()
                        ? source.places()[t]
                        : named.indexOf(tasks.get(t).name());
                labels[t] = batch.getLabels(place);
                masks[t] = Masks.ofLabels(batch, place);
            }
        }
        MultiDataSet mixed = new org.nd4j.linalg.dataset.MultiDataSet(
                batch.getFeatures(), labels, batch.getFeaturesMaskArrays(), Masks.nullIfNone(masks));
        if (batch.getExampleMetaData() != null) {
            mixed.setExampleMetaData(batch.getExampleMetaData());
        }
        return batch instanceof Batch known
                ? new Batch(
                        mixed,
                        known.inputs(),
                        tasks.stream().map(Task::name).toList(),
                        known.weights().orElse(null))
                : mixed;
    }

    @Override
    public boolean resetSupported() {
        return sources.stream().allMatch(source -> source.data().resetSupported());
    }

    /** Refuses, as a corpus may hand out the same arrays again, and knows best what is to be done to them. */
    @Override
    public void setPreProcessor(@Nullable MultiDataSetPreProcessor preProcessor) {
        throw new UnsupportedOperationException("set preprocessors on the corpora");
    }
}
