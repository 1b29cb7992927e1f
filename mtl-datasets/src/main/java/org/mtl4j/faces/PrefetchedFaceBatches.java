package org.mtl4j.faces;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.mtl4j.train.batches.EpochSeekable;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link FaceBatches} that are made ahead on threads of their own, so that training need not wait for them. Batches,
 * their order, the epochs and the exceptions are those of the {@link FaceBatches} that they come from ({@link
 * FaceBatches#prefetched}), whatever the number of threads. At the end of an epoch the first batches of the next one are
 * made already.
 *
 * <p>For one consuming thread. {@link #close} ends the threads; they are daemons, and those of an iterator that was never
 * closed end by themselves after ten seconds without work.
 */
@SuppressWarnings("serial") // as FaceBatches
public final class PrefetchedFaceBatches implements EpochSeekable, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PrefetchedFaceBatches.class);
    private static final long SECONDS = 10;

    /** Makes the batches. */
    private final FaceBatches source;
    /** Batches that are held at most. */
    private final int ahead;
    /** Where batches are made. */
    private final ThreadPoolExecutor threads;
    /** All threads that may still run. */
    private final Queue<Thread> started = new ConcurrentLinkedQueue<>();
    /** The next batches, in order. */
    private final Deque<Pending> queue = new ArrayDeque<>();

    /** Where the consumer is. */
    private FaceBatches.Epoch epoch;

    /** Faces of that epoch that have been handed out. */
    private int visited;

    /** Where making ahead goes on. */
    private FaceBatches.Epoch aheadEpoch;

    /** Faces of that epoch that are in the queue or before it. */
    private int aheadVisited;
    /** Null if there is none. */
    private MultiDataSetPreProcessor preProcessor;

    /** A batch that is being made, or is finished. */
    private record Pending(FaceBatches.Epoch epoch, int from, int count, Future<MultiDataSet> batch) {
        boolean isAt(int number, int faces) {
            return epoch.number() == number && from == faces;
        }
    }

    PrefetchedFaceBatches(FaceBatches source, int threads, int batchesAhead) {
        if (threads < 1 || batchesAhead < 1) {
            throw new IllegalArgumentException(
                    "at least 1 thread and 1 batch ahead are needed, got %d and %d".formatted(threads, batchesAhead));
        }
        this.source = source;
        this.ahead = batchesAhead;
        this.preProcessor = source.getPreProcessor();
        this.threads = new ThreadPoolExecutor(
                threads, threads, SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), this::newThread);
        this.threads.allowCoreThreadTimeOut(true);
        goTo(source.epochOf(source.epoch()), source.visited());
    }

    private Thread newThread(Runnable work) {
        Thread thread = new Thread(work, "mtl-faces-ahead");
        thread.setDaemon(true);
        started.removeIf(earlier -> earlier.getState() == Thread.State.TERMINATED);
        started.add(thread);
        return thread;
    }

    private void goTo(FaceBatches.Epoch newEpoch, int newVisited) {
        discard();
        epoch = newEpoch;
        visited = newVisited;
        aheadEpoch = newEpoch;
        aheadVisited = newVisited;
    }

    private void discard() {
        queue.forEach(pending -> pending.batch.cancel(false));
        queue.clear();
        threads.purge();
    }

    /** Fills the queue, across the end of the epoch. */
    private void makeAhead() {
        while (queue.size() < ahead) {
            if (!source.hasNext(aheadVisited)) {
                if (!source.hasNext(0) || aheadEpoch.number() == Integer.MAX_VALUE) {
                    return;
                }
                aheadEpoch = source.epochOf(aheadEpoch.number() + 1);
                aheadVisited = 0;
            }
            FaceBatches.Epoch of = aheadEpoch;
            int from = aheadVisited;
            int count = Math.min(source.batchSize(), source.crops().size() - from);
            queue.add(new Pending(of, from, count, threads.submit(() -> source.batch(of, from, count))));
            aheadVisited += count;
        }
    }

    /** {@return the faces that are handed out} */
    public FaceCrops crops() {
        return source.crops();
    }

    /** {@return faces per batch; the last batch of an epoch may have fewer} */
    public int batchSize() {
        return source.batchSize();
    }

    /** {@return batches per epoch} */
    public int batchesPerEpoch() {
        return source.batchesPerEpoch();
    }

    /** {@return the epoch of the next batch, from 0} */
    public int epoch() {
        return epoch.number();
    }

    /**
     * As {@link FaceBatches#startAt(int, int)}; batches from there on that are made already are kept.
     *
     * @param epoch at least 0
     * @param batch 0 to {@link #batchesPerEpoch}, where the epoch is at its end
     * @throws IllegalArgumentException if one is out of range
     * @throws IllegalStateException if this is closed
     */
    public void startAt(int epoch, int batch) {
        checkOpen();
        int from = source.facesBefore(epoch, batch);
        while (!queue.isEmpty() && !queue.peek().isAt(epoch, from)) {
            queue.poll().batch.cancel(false);
        }
        threads.purge();
        if (queue.isEmpty()) {
            goTo(source.epochOf(epoch), from);
        } else {
            this.epoch = queue.peek().epoch;
            visited = from;
        }
    }

    /**
     * Goes to the start of an epoch.
     *
     * @param epoch at least 0
     * @throws IllegalArgumentException if it is negative
     * @throws IllegalStateException if this is closed
     */
    @Override
    public void startAt(int epoch) {
        startAt(epoch, 0);
    }

    /**
     * As {@link FaceBatches#reset}; batches of the next epoch that are made already are kept.
     *
     * @throws IllegalStateException if this is closed
     */
    @Override
    public void reset() {
        checkOpen();
        if (visited > 0) {
            startAt(Math.addExact(epoch(), 1), 0);
        }
    }

    @Override
    public boolean hasNext() {
        checkOpen();
        return source.hasNext(visited);
    }

    /**
     * The next batch; waits for it if it is not finished.
     *
     * @throws NoSuchElementException if the epoch is at its end
     * @throws IllegalStateException if this is closed, or the thread is interrupted while it waits
     * @throws java.io.UncheckedIOException if a face that is decoded only now cannot be; the message names it. Asked
     *     again, the batch is tried again
     */
    @Override
    public MultiDataSet next() {
        return next(batchSize());
    }

    /**
     * The next batch with another number of faces, as {@link FaceBatches#next(int)}. Only batches of the usual size are
     * made ahead; what has been made is thrown away.
     *
     * @throws NoSuchElementException if the epoch is at its end
     * @throws IllegalArgumentException if the number is below 1
     * @throws IllegalStateException if this is closed, or the thread is interrupted while it waits
     */
    @Override
    public MultiDataSet next(int faces) {
        checkOpen();
        if (faces < 1) {
            throw new IllegalArgumentException("a batch has at least 1 face, got " + faces);
        }
        if (!hasNext()) {
            throw new NoSuchElementException("epoch %d is at its end; reset() starts the next".formatted(epoch()));
        }
        int count = Math.min(faces, crops().size() - visited);
        MultiDataSet batch;
        if (count == Math.min(batchSize(), crops().size() - visited)) {
            makeAhead();
            batch = await(queue.peek());
            queue.remove();
            visited += count;
            makeAhead();
        } else {
            batch = source.batch(epoch, visited, count);
            goTo(epoch, visited + count);
        }
        if (preProcessor != null) {
            preProcessor.preProcess(batch);
        }
        return batch;
    }

    private MultiDataSet await(Pending pending) {
        try {
            return pending.batch.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a batch of epoch " + epoch(), e);
        } catch (ExecutionException e) {
            goTo(epoch, visited); // asked again, it is tried again
            if (e.getCause() instanceof RuntimeException fault) {
                fault.addSuppressed(new IllegalStateException("handed over to the thread that asked for the batch"));
                throw fault;
            }
            if (e.getCause() instanceof Error fault) {
                throw fault;
            }
            throw new IllegalStateException("a batch could not be made", e.getCause());
        }
    }

    /** How many batches have been made, taken or not. */
    long made() {
        return threads.getCompletedTaskCount();
    }

    private void checkOpen() {
        if (threads.isShutdown()) {
            throw new IllegalStateException("these batches are closed");
        }
    }

    /** Ends the threads, and waits until they have: at most ten seconds. Does nothing if called again. */
    @Override
    public void close() {
        discard();
        threads.shutdownNow();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        try {
            for (Thread thread : started) {
                thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
                if (thread.isAlive()) {
                    log.warn("a thread that makes batches has not ended {} s after it was asked to", SECONDS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sets what is done to each batch in {@link #next()}, on the thread that asks. */
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

    /** False: it is asynchronous itself. */
    @Override
    public boolean asyncSupported() {
        return false;
    }
}
