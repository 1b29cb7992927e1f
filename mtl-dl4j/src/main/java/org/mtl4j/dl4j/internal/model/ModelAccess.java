package org.mtl4j.dl4j.internal.model;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Lets several threads use one model. It is trained by one call at a time; a second is refused. Everybody else reads
 * parameters between two changes of them: a step of training changes them in a moment at its end, and holds nobody up
 * while it computes. No lock is held while code of the user's runs, be it a listener or a source of batches, so that
 * these may ask the model too, from whatever thread; streams that a model is saved to are the exception.
 *
 * <p>Who reads all of the data, batch by batch, sees the parameters as they were at the start: they are copied before
 * somebody changes them.
 */
public final class ModelAccess {
    private final ComputationGraph graph;

    /** Fair: steps follow each other without a pause, and so may questions. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);

    private final AtomicReference<@Nullable Run> running = new AtomicReference<>();

    /** Who reads which batches; guarded by itself. */
    private final Map<MultiDataSetIterator, Run> batches = new IdentityHashMap<>();

    /** Those that have no copy yet; guarded by itself. */
    private final List<Reading> readings = new ArrayList<>();

    /** After how many steps the parameters are at least; Deeplearning4j counts later. */
    private volatile int announced;

    /** Whether the graph has the average of a run in the place of its parameters. */
    private volatile boolean averaged;

    /** @param graph whose parameters are read and changed */
    public ModelAccess(ComputationGraph graph) {
        this.graph = graph;
    }

    /** Ends what was begun. */
    public interface Use extends AutoCloseable {
        @Override
        void close();
    }

    private record Run(String what, Thread thread) {}

    /**
     * Begins to train, until the result is closed.
     *
     * @param what is called, as it is to stand in a message
     * @throws IllegalStateException if the model is being trained
     */
    public Use train(String what) {
        Run mine = new Run(what, Thread.currentThread());
        Run other = running.compareAndExchange(null, mine);
        if (other != null) {
            throw new IllegalStateException(
                    other.thread == mine.thread
                            ? ("%s of this model is running, and a listener or the data of that call %s again; call it"
                                            + " when the first has returned")
                                    .formatted(other.what, what)
                            : ("%s of this model is running in thread '%s', so %s was refused in thread '%s'. Wait for"
                                            + " its end, or train a copy: save the model and load it")
                                    .formatted(other.what, other.thread.getName(), what, mine.thread.getName()));
        }
        return () -> running.set(null);
    }

    /**
     * Begins to read batches from the start to the end, until the result is closed.
     *
     * @param what reads them, as it is to stand in a message
     * @throws IllegalStateException if the same batches are being read by something else that was asked of this model:
     *     each would get a part of them
     */
    public Use readBatches(MultiDataSetIterator data, String what) {
        Run mine = new Run(what, Thread.currentThread());
        synchronized (batches) {
            Run other = batches.putIfAbsent(data, mine);
            if (other != null) {
                throw new IllegalStateException(
                        ("%s cannot read these batches (%s) while %s of this model reads them, in thread '%s': each"
                                        + " would get a part. Give each of them batches of its own")
                                .formatted(what, data.getClass().getName(), other.what, other.thread.getName()));
            }
        }
        return () -> {
            synchronized (batches) {
                batches.remove(data, mine);
            }
        };
    }

    /** Reads parameters, which nobody changes until the result is closed. */
    public Use read() {
        lock.readLock().lock();
        return lock.readLock()::unlock;
    }

    /**
     * Reads the whole model, history and updater state included, which nobody changes until the result is closed.
     *
     * @throws IllegalStateException if the graph has averaged parameters at the moment, which go with no updater state
     */
    public Use readWhole() {
        Use reading = read();
        Run run = running.get();
        if (averaged && run != null && run.thread != Thread.currentThread()) {
            reading.close();
            throw new IllegalStateException(
                    ("%s of this model is running in thread '%s' and is measuring averaged parameters just now; save it"
                                    + " from a listener of that call, or when the call has returned")
                            .formatted(run.what, run.thread.getName()));
        }
        return reading;
    }

    /**
     * Changes parameters, updater state or counters while nobody reads them.
     *
     * @throws IllegalStateException if it is called from within something that reads them
     */
    public void write(Runnable change) {
        synchronized (graph) { // whoever asks the graph itself is kept out too
            try (Use changing = change()) {
                change.run();
            }
        }
    }

    /**
     * Begins to change what others read, until the result is closed; to be called by who holds the monitor of the
     * graph.
     *
     * @throws IllegalStateException if it is called from within something that reads it
     */
    public Use change() {
        if (lock.getReadHoldCount() > 0) {
            throw new IllegalStateException(
                    "a model cannot be trained from within its own predict or save; train it when they have returned");
        }
        lock.writeLock().lock();
        boolean ready = false;
        try {
            copyForReadings();
            ready = true;
        } finally {
            if (!ready) {
                lock.writeLock().unlock();
            }
        }
        return lock.writeLock()::unlock;
    }

    /**
     * Makes steps in the way of Deeplearning4j, which counts them after it has told listeners.
     *
     * @param last number of the last of the steps, counted from 0
     * @param change makes them
     * @param tellOthers may take as long as it likes: the model is open for questions
     */
    public void step(int last, Runnable change, Runnable tellOthers) {
        write(() -> {
            change.run();
            announce(last);
        });
        try {
            tellOthers.run();
        } finally {
            graph.getConfiguration().setIterationCount(last + 1);
        }
    }

    /**
     * Says that the parameters are those after a step that the graph does not count yet.
     *
     * @param step its number, counted from 0
     */
    public void announce(int step) {
        announced = step + 1;
    }

    /** {@return after how many steps the parameters are} */
    int iterations() {
        return Math.max(announced, graph.getIterationCount());
    }

    /** Does something while the graph has averaged parameters; only the thread that trains does. */
    public void withAverage(ParameterAverage average, Runnable work) {
        INDArray own = graph.params().dup();
        write(() -> {
            averaged = true;
            average.finish();
        });
        try {
            work.run();
        } finally {
            write(() -> {
                graph.params().assign(own);
                averaged = false;
            });
        }
    }

    private void copyForReadings() {
        synchronized (readings) {
            if (!readings.isEmpty()) {
                INDArray copy = graph.params().dup();
                readings.forEach(reading -> reading.copy = copy);
                readings.clear();
            }
        }
    }

    /** Keeps the parameters as they are now, until the result is closed. */
    public Reading keep() {
        Reading reading = new Reading();
        try (Use now = read()) {
            synchronized (readings) {
                readings.add(reading);
            }
        }
        return reading;
    }

    /** Knows the parameters as they were when it was made. */
    public final class Reading implements AutoCloseable {
        private volatile @Nullable INDArray copy;

        private Reading() {}

        /**
         * {@return the parameters, where the model's own have changed since; null where they have not, and will not
         * before what is {@linkplain ModelAccess#read read} now is closed}
         */
        public @Nullable INDArray copy() {
            return copy;
        }

        @Override
        public void close() {
            synchronized (readings) {
                readings.remove(this);
            }
        }
    }
}
