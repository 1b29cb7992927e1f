package org.mtl4j.faces;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.mtl4j.internal.check.Check;
import org.mtl4j.train.batches.EpochBatches;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes {@link FaceBatches} ahead on threads of their own, so that training need not wait for them. Batches, their
 * order, the epochs and the exceptions are those of the {@link FaceBatches} that they come from
 * ({@link FaceBatches#prefetched}), whatever the number of threads. At the end of an epoch the first batches of the
 * next one are made already.
 *
 * <p>For one consuming thread. {@link #close} ends the threads; they are daemons, and those of an iterator that was
 * never closed end by themselves after ten seconds without work.
 */
@SuppressWarnings("serial") // as FaceBatches
public final class PrefetchedFaceBatches extends EpochBatches implements AutoCloseable {

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
    private FaceBatches.Epoch current;

    /** Where making ahead goes on. */
    private FaceBatches.Epoch aheadEpoch;

    /** Faces of that epoch that are in the queue or before it. */
    private int aheadVisited;

    /** A batch that is being made, or is finished. */
    private record Pending(FaceBatches.Epoch epoch, int from, int count, Future<MultiDataSet> batch) {
        boolean isAt(int number, int faces) {
            return epoch.number() == number && from == faces;
        }
    }

    PrefetchedFaceBatches(FaceBatches source, int threads, int batchesAhead) {
        super(source.crops().size(), source.batchSize(), source.dropLast());
        Check.atLeast(1, threads, "number of threads");
        this.source = source;
        this.ahead = Check.atLeast(1, batchesAhead, "number of batches ahead");
        this.threads = new ThreadPoolExecutor(
                threads, threads, SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), this::newThread);
        this.threads.allowCoreThreadTimeOut(true);
        setPreProcessor(source.getPreProcessor());
        moveTo(source.epoch(), source.facesBefore());
        startQueueAt(source.epochOf(source.epoch()), source.facesBefore());
    }

    private Thread newThread(Runnable work) {
        Thread thread = new Thread(work, "mtl-faces-ahead");
        thread.setDaemon(true);
        started.removeIf(earlier -> earlier.getState() == Thread.State.TERMINATED);
        started.add(thread);
        return thread;
    }

    private void startQueueAt(FaceBatches.Epoch epoch, int visited) {
        discard();
        current = epoch;
        aheadEpoch = epoch;
        aheadVisited = visited;
    }

    private void discard() {
        queue.forEach(pending -> pending.batch.cancel(false));
        queue.clear();
        threads.purge();
    }

    /** Fills the queue, across the end of the epoch. */
    private void makeAhead() {
        while (queue.size() < ahead) {
            if (!hasNext(aheadVisited)) {
                if (!hasNext(0) || aheadEpoch.number() == Integer.MAX_VALUE) {
                    return;
                }
                aheadEpoch = source.epochOf(aheadEpoch.number() + 1);
                aheadVisited = 0;
            }
            FaceBatches.Epoch of = aheadEpoch;
            int from = aheadVisited;
            int count = Math.min(batchSize(), crops().size() - from);
            queue.add(new Pending(of, from, count, threads.submit(() -> source.batch(of, from, count))));
            aheadVisited += count;
        }
    }

    /** {@return the faces that are handed out} */
    public FaceCrops crops() {
        return source.crops();
    }

    /**
     * Goes to a place in an epoch, as {@link FaceBatches} do; batches from there on that are made already are kept.
     *
     * @param epoch at least 0
     * @param batch 0 to {@link #batchesPerEpoch}, where the epoch is at its end
     * @throws IllegalArgumentException if one is out of range
     * @throws IllegalStateException if this is closed
     */
    @Override
    public void startAt(int epoch, int batch) {
        checkOpen();
        super.startAt(epoch, batch);
        while (!queue.isEmpty() && !queue.peek().isAt(epoch, visited())) {
            queue.poll().batch.cancel(false);
        }
        threads.purge();
        if (queue.isEmpty()) {
            startQueueAt(source.epochOf(epoch), visited());
        } else {
            current = queue.peek().epoch;
        }
    }

    /**
     * Goes to the start of the next epoch, as {@link FaceBatches} do; batches of it that are made already are kept.
     *
     * @throws IllegalStateException if this is closed
     */
    @Override
    public void reset() {
        checkOpen();
        super.reset();
    }

    /**
     * {@return whether the epoch has another batch}
     *
     * @throws IllegalStateException if this is closed
     */
    @Override
    public boolean hasNext() {
        checkOpen();
        return super.hasNext();
    }

    /**
     * Takes a batch from the queue; waits for it if it is not finished. Only batches of the usual size are made ahead:
     * for one of another size all that has been made is thrown away.
     *
     * @throws IllegalStateException if the thread is interrupted while it waits
     * @throws java.io.UncheckedIOException if a face that is decoded only now cannot be; the message names it. Asked
     *     again, the batch is tried again
     */
    @Override
    protected MultiDataSet read(int from, int count) {
        if (count != Math.min(batchSize(), crops().size() - from)) {
            MultiDataSet batch = source.batch(current, from, count);
            startQueueAt(current, from + count);
            return batch;
        }
        makeAhead();
        MultiDataSet batch = await(queue.peek());
        queue.remove();
        makeAhead();
        return batch;
    }

    private MultiDataSet await(Pending pending) {
        try {
            return pending.batch.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a batch of epoch " + epoch(), e);
        } catch (ExecutionException e) {
            startQueueAt(current, visited()); // asked again, it is tried again
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

    /** {@return how many batches have been made, taken or not} */
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

    /** {@return false: it is asynchronous itself} */
    @Override
    public boolean asyncSupported() {
        return false;
    }
}
