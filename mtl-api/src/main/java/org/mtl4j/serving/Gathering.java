package org.mtl4j.serving;

import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.mtl4j.task.Task;

/**
 * Gathers calls that arrive together. The first caller opens a batch, waits until it is full or the delay is over, and
 * computes it for all who have joined; meanwhile the next one opens another. Each copies into and out of their own
 * place in it, and keeps nobody waiting by that; batches that all have left are used again. What an exception is thrown
 * for, each computes by themselves, so that nobody suffers from another's features.
 */
final class Gathering {
    /** Of what HotSpot allows. */
    private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    private final Engine engine;
    private final int[] elements;
    private final int[] widths;
    private final int most;
    private final long delay;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Batch> free = new ArrayDeque<>(); // guarded by the lock
    private @Nullable Batch open; // guarded by the lock

    Gathering(Signature signature, Engine engine, PredictorOptions options) {
        this.engine = engine;
        this.elements =
                signature.inputs().stream().mapToInt(Signature.Input::elements).toArray();
        this.widths = signature.tasks().stream().mapToInt(Task::outputs).toArray();
        this.most = options.gathersAtMost();
        this.delay = options.gathersWithin().toNanos();
        for (Signature.Input input : signature.inputs()) {
            requireRoom(input.name(), input.elements());
        }
        for (Task task : signature.tasks()) {
            requireRoom(task.name(), task.outputs());
        }
    }

    private void requireRoom(String name, int perExample) {
        if ((long) most * perExample > LONGEST_ARRAY) {
            throw new IllegalArgumentException(
                    ("calls are to be gathered into batches of %s examples, and one has %s numbers for '%s': an array"
                                    + " holds %s at most; gather fewer (PredictorOptions.gathering)")
                            .formatted(most, perExample, name, LONGEST_ARRAY));
        }
    }

    /** Calls that are computed together. */
    private final class Batch {
        private final FloatBuffer[] features = buffers(elements);
        private final FloatBuffer[] outputs = buffers(widths);
        private final Condition full = lock.newCondition();
        private final Condition done = lock.newCondition();
        private final Condition copied = lock.newCondition();
        private int examples;
        private int examplesThere;
        private int callers;
        private boolean computed;
        private boolean failed;

        private FloatBuffer[] buffers(int[] perExample) {
            FloatBuffer[] all = new FloatBuffer[perExample.length];
            for (int i = 0; i < all.length; i++) {
                all[i] = FloatBuffer.allocate(most * perExample[i]);
            }
            return all;
        }

        /** Gives a caller a place; {@return the number of their first example in it} */
        private int join(int count) {
            int first = examples;
            examples += count;
            callers++;
            return first;
        }

        private void take(int first, FloatBuffer[] given) {
            for (int i = 0; i < given.length; i++) {
                features[i].put(first * elements[i], given[i], given[i].position(), given[i].remaining());
            }
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
                batch = free.isEmpty() ? new Batch() : free.pop();
                open = batch;
            }
            first = batch.join(examples);
            if (batch.examples == most) {
                open = null;
                batch.full.signal();
            }
        } finally {
            lock.unlock();
        }
        try {
            copy(batch, first, examples, features);
            if (opener) {
                awaitOthers(batch);
                compute(batch);
            } else {
                awaitComputed(batch);
            }
            if (batch.failed) {
                engine.run(examples, features, null, outputs);
            } else {
                batch.give(first, examples, outputs);
            }
        } finally {
            leave(batch, opener);
        }
    }

    private void copy(Batch batch, int first, int examples, FloatBuffer[] features) {
        try {
            batch.take(first, features);
        } finally {
            lock.lock();
            try {
                batch.examplesThere += examples;
                batch.copied.signal();
            } finally {
                lock.unlock();
            }
        }
    }

    private void leave(Batch batch, boolean opener) {
        lock.lock();
        try {
            if (opener && !batch.computed) { // what was thrown came before
                open = open == batch ? null : open;
                batch.failed = true;
                batch.computed = true;
                batch.done.signalAll();
            }
            batch.callers--;
            if (batch.callers == 0) {
                batch.examples = 0;
                batch.examplesThere = 0;
                batch.computed = false;
                batch.failed = false;
                free.push(batch);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the batch is full, another one is open, or the delay is over, and then until all is copied. */
    private void awaitOthers(Batch batch) {
        boolean interrupted = false;
        lock.lock();
        try {
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
            while (batch.examplesThere < batch.examples) {
                batch.copied.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
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
        } catch (RuntimeException e) {
            good = false; // each finds out by themselves whom it is about
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
