package org.mtl4j.train.batches;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Mixes several corpora, each with the labels of some tasks, for one network: one batch of each in turn, until all are
 * read. In a batch the tasks that its corpus does not label have none, so they are left alone.
 *
 * <pre>{@code
 * MixedBatches.of(network)
 *     .with(faces, "landmarks")                 // its batches have one labels array
 *     .with(people, "gender", "smile")          // its batches have two, in this order
 * }</pre>
 */
public final class MixedBatches extends AbstractBatches implements EpochSeekable {
    private static final long serialVersionUID = 1L;

    /** In place of a labels array: the corpus does not label the task. */
    private static final int UNLABELLED = -1;

    private final transient List<Task> tasks;
    private final transient List<Source> sources;
    private int turn;

    /** A corpus, and per task of the network which of its labels arrays is that task's, or {@link #UNLABELLED}. */
    private record Source(MultiDataSetIterator data, int[] places, List<String> names) {}

    private MixedBatches(List<Task> tasks, List<Source> sources) {
        this.tasks = tasks;
        this.sources = ImmutableList.copyOf(sources);
    }

    /** {@return no corpora yet, for this network} */
    public static MixedBatches of(MultiTaskNetwork network) {
        return new MixedBatches(network.tasks(), List.of());
    }

    /**
     * {@return the same with one more corpus}
     *
     * @param data one features array of the network's input shape, and one labels array for each of these tasks
     * @param tasks the tasks that it labels, in the order of its labels arrays
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
        return new MixedBatches(this.tasks, more);
    }

    @Override
    public void startAt(int epoch) {
        turn = 0;
        sources.forEach(source -> EpochSeekable.startAt(source.data(), epoch));
    }

    @Override
    public void reset() {
        turn = 0;
        sources.forEach(source -> source.data().reset());
    }

    @Override
    public boolean hasNext() {
        return sources.stream().anyMatch(source -> source.data().hasNext());
    }

    @Override
    protected MultiDataSet read() {
        for (int i = 0; i < sources.size(); i++) {
            Source source = sources.get(turn);
            turn = (turn + 1) % sources.size();
            if (source.data().hasNext()) {
                return arranged(source.data().next(), source);
            }
        }
        throw new NoSuchElementException(atEnd());
    }

    private static MultiDataSet arranged(MultiDataSet batch, Source source) {
        int given = batch.numLabelsArrays();
        if (given != source.names().size()) {
            throw new IllegalArgumentException("a corpus was said to label %s, and has a batch with %d labels arrays"
                    .formatted(source.names(), given));
        }
        int count = source.places().length;
        INDArray[] labels = new INDArray[count];
        INDArray[] masks = new INDArray[count];
        for (int t = 0; t < count; t++) {
            int place = source.places()[t];
            if (place != UNLABELLED) {
                labels[t] = batch.getLabels(place);
                masks[t] = Masks.ofLabels(batch, place);
            }
        }
        return new org.nd4j.linalg.dataset.MultiDataSet(
                batch.getFeatures(), labels, batch.getFeaturesMaskArrays(), Masks.nullIfNone(masks));
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
