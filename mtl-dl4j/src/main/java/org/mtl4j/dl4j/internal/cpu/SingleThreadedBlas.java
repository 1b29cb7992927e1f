package org.mtl4j.dl4j.internal.cpu;

import org.nd4j.linalg.api.blas.Blas;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Keeps matrix products on the thread that calls them, until it is closed. Threads that each compute a part of a batch
 * would otherwise wait for each other at every product.
 *
 * <p>The number of threads of BLAS belongs to the process, so open instances are counted, and the last to be closed
 * restores the number from before.
 */
public final class SingleThreadedBlas implements AutoCloseable {
    private static final Users USERS = new Users();

    private boolean closed;

    private SingleThreadedBlas() {}

    /** Limits BLAS to one thread until the result is closed; nothing changes where operations do not run on the CPU. */
    public static SingleThreadedBlas open() {
        SingleThreadedBlas opened = new SingleThreadedBlas();
        if (HostThreads.onHost()) {
            USERS.enter(Nd4j.factory().blas());
        } else {
            opened.closed = true;
        }
        return opened;
    }

    /** Tells whether products stay on their thread because somebody has this open. */
    public static boolean isOpen() {
        return USERS.count > 0;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            USERS.leave(Nd4j.factory().blas());
        }
    }

    private static final class Users {
        /** Changed by one at a time. */
        private volatile int count;

        private int threadsBefore;

        synchronized void enter(Blas blas) {
            if (count++ == 0) {
                threadsBefore = blas.getMaxThreads();
                BlasThreads.set(blas, 1);
            }
        }

        synchronized void leave(Blas blas) {
            if (--count == 0) {
                BlasThreads.set(blas, threadsBefore);
            }
        }
    }
}
