package org.mtl4j.dl4j.internal.inference;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostThreads;

/**
 * Does one piece of work after the other on a thread beside the caller's, which prepares the next one meanwhile. Where
 * there is one processor, the caller does them. For one caller; the work must not touch what the caller goes on with.
 */
final class Beside implements AutoCloseable {
    private final boolean threaded;
    private @Nullable FutureTask<?> latest;

    private Beside(boolean threaded) {
        this.threaded = threaded;
    }

    static Beside start() {
        return new Beside(HostThreads.available() > 1);
    }

    /** Waits for the work before, and starts this one; throws what the work before has thrown. */
    void run(Runnable work) {
        finish();
        if (!threaded) {
            work.run();
            return;
        }
        FutureTask<?> next = new FutureTask<>(work, null);
        Thread thread = new Thread(next, "mtl-scores");
        thread.setDaemon(true);
        latest = next;
        thread.start();
    }

    /** Waits for the latest work, and throws what it has thrown. */
    void finish() {
        FutureTask<?> waiting = latest;
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

    /** Forgets what is being done; nobody asks for its result any more. */
    @Override
    public void close() {
        latest = null;
    }
}
