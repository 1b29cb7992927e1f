package org.mtl4j.serving;

import java.nio.FloatBuffer;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.mtl4j.task.Task;

/**
 * Gathers calls that arrive together. The first caller opens a batch, waits until it is full or the delay is over, and
 * computes it for all who have joined; meanwhile the next one opens another. What an exception is thrown for, each
 * computes by themselves, so that nobody suffers from another's features.
 */
final class Gathering {
    private final Engine engine;
    private final int[] elements;
    private final int[] widths;
    private final int most;
    private final long delay;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Batch open;

    Gathering(Signature signature, Engine engine, PredictorOptions options) {
        this.engine = engine;
        this.elements =
                signature.inputs().stream().mapToInt(Signature.Input::elements).toArray();
        this.widths = signature.tasks().stream().mapToInt(Task::outputs).toArray();
        this.most = options.gathersAtMost();
        this.delay = options.gathersWithin().toNanos();
    }

    /** Calls that are computed together. */
    private final class Batch {
        private final FloatBuffer[] features = buffers(elements);
        private final FloatBuffer[] outputs = buffers(widths);
        private final Condition full = lock.newCondition();
        private final Condition done = lock.newCondition();
        private int examples;
        private boolean computed;
        private boolean failed;

        private FloatBuffer[] buffers(int[] perExample) {
            FloatBuffer[] all = new FloatBuffer[perExample.length];
            for (int i = 0; i < all.length; i++) {
                all[i] = FloatBuffer.allocate(most * perExample[i]);
            }
            return all;
        }

        /** Takes the features of a caller; {@return the number of their first example in it} */
        private int join(int count, FloatBuffer[] given) {
            int first = examples;
            for (int i = 0; i < given.length; i++) {
                int at = first * elements[i];
                features[i].put(at, given[i], given[i].position(), given[i].remaining());
            }
            examples += count;
            return first;
        }

        private void give(int first, int count, FloatBuffer[] to) {
            for (int t = 0; t < to.length; t++) {
                to[t].put(to[t].position(), outputs[t], first * widths[t], count * widths[t]);
            }
        }
    }

    /**
     * Computes a call with others; arguments as of {@link Engine#run}, with fewer examples than a batch has at most.
     */
    void run(int examples, FloatBuffer[] features, FloatBuffer[] outputs) {
        Batch batch;
        int first;
        boolean opener;
        lock.lock();
        try {
            batch = open;
            opener = batch == null || batch.examples + examples > most;
            if (batch == null || opener) {
                if (batch != null) {
                    batch.full.signal(); // as full as it gets
                }
                batch = new Batch();
                open = batch;
            }
            first = batch.join(examples, features);
            if (batch.examples == most) {
                open = null;
                batch.full.signal();
            }
            if (opener) {
                awaitOthers(batch);
            }
        } finally {
            lock.unlock();
        }
        if (opener) {
            compute(batch);
        } else {
            awaitComputed(batch);
        }
        if (batch.failed) {
            engine.run(examples, features, null, outputs);
        } else {
            batch.give(first, examples, outputs);
        }
    }

    /** Waits, holding the lock, until the batch is full, another one is open, or the delay is over. */
    private void awaitOthers(Batch batch) {
        boolean interrupted = false;
        long left = delay;
        while (open == batch && left > 0) {
            try {
                left = batch.full.awaitNanos(left);
            } catch (InterruptedException e) { // answers at once, and leaves it to the caller
                interrupted = true;
                left = 0;
            }
        }
        if (open == batch) {
            open = null;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void compute(Batch batch) {
        boolean good = false;
        try {
            FloatBuffer[] features = new FloatBuffer[elements.length];
            for (int i = 0; i < features.length; i++) {
                features[i] = batch.features[i].slice(0, batch.examples * elements[i]);
            }
            engine.run(batch.examples, features, null, batch.outputs);
            good = true;
        } catch (IllegalArgumentException e) {
            good = false; // each finds out by themselves whose features it is about
        } finally {
            lock.lock();
            try {
                batch.failed = !good;
                batch.computed = true;
                batch.done.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void awaitComputed(Batch batch) {
        lock.lock();
        try {
            while (!batch.computed) {
                batch.done.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }
}
