package org.mtl4j.dl4j.internal.inference;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostThreads;

/**
 * Does one piece of work after the other on a thread beside the caller's, which prepares the next one meanwhile. Where
 * there is one processor, the caller does them. For one caller; the work must not touch what the caller goes on with.
 */
final class Beside implements AutoCloseable {
    private final @Nullable ExecutorService thread;
    private @Nullable Future<?> latest;

    private Beside(@Nullable ExecutorService thread) {
        this.thread = thread;
    }

    static Beside start() {
        return new Beside(HostThreads.available() == 1 ? null : Executors.newSingleThreadExecutor(Beside::thread));
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "mtl-scores");
        thread.setDaemon(true);
        return thread;
    }

    /** Waits for the work before, and starts this one; throws what the work before has thrown. */
    void run(Runnable work) {
        finish();
        if (thread == null) {
            work.run();
        } else {
            latest = thread.submit(work);
        }
    }

    /** Waits for the latest work, and throws what it has thrown. */
    void finish() {
        Future<?> waiting = latest;
        latest = null;
        if (waiting == null) {
            return;
        }
        try {
            waiting.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a batch was scored", e);
        }
    }

    /** Lets the thread end when it has done what it is doing; nobody asks for the result any more. */
    @Override
    public void close() {
        if (thread != null) {
            thread.shutdown();
        }
    }
}
