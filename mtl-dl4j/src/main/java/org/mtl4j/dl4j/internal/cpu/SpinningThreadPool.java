package org.mtl4j.dl4j.internal.cpu;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Helps with jobs of some ten microseconds. To wake a thread that is parked takes longer than such a job, so threads
 * that have worked spin for a moment before they park; they are started by the first job that is worth it, and end when
 * they were parked for long. Nobody waits for a thread that does not come: whoever has a job does what nobody else has
 * begun. A thread that is busy is not asked, and there is no queue; any number of callers may ask at once, jobs
 * included.
 *
 * <p>No job is overlooked: a caller puts it in a thread's place and then reads whether the thread is asleep; a thread
 * says that it is asleep and then looks at its place. All four are accesses of volatile variables, for which there is
 * one order that all threads see, so the thread finds the job, or the caller finds the thread asleep and wakes it,
 * which holds for a thread that is just about to park, too. Whether a thread ends, and whether one is to be started in
 * its stead, is decided under the worker's lock. What a caller writes before it asks is seen by the job, as it comes
 * through the place; what a job has written is for the job to publish, see {@link Job#finished}.
 */
public final class SpinningThreadPool implements AutoCloseable {
    private final String name;
    private final long spinNanos;
    private final long waitNanos;
    private final long idleNanos;
    private final Worker[] workers;
    private volatile boolean closed;

    /** Is done in parts, by its caller and whoever helps. */
    public interface Job {
        /**
         * Does parts that nobody has begun until there are none. What goes wrong is for the job to tell its caller:
         * what is thrown here goes nowhere.
         *
         * @param worker number of the thread in its pool, from 0
         * @return how many parts it has done
         */
        int doParts(int worker);

        /**
         * Takes note of how many parts a thread has done, on this thread, which is free for another job by now: a
         * caller who goes on as soon as all parts are done finds it ready.
         */
        void finished(int parts);
    }

    /**
     * Makes a pool without a thread.
     *
     * @param name what the names of its threads begin with
     * @param count how many threads there are at most; 0 for none
     * @param spinMicros how long a thread looks for the next job before it parks
     * @param waitMicros how long a caller of {@link #run} looks for the end of what others do before it parks
     * @param idleSeconds after how long without a job a thread ends
     */
    public SpinningThreadPool(String name, int count, long spinMicros, long waitMicros, long idleSeconds) {
        this.name = name;
        this.spinNanos = TimeUnit.MICROSECONDS.toNanos(spinMicros);
        this.waitNanos = TimeUnit.MICROSECONDS.toNanos(waitMicros);
        this.idleNanos = TimeUnit.SECONDS.toNanos(idleSeconds);
        this.workers = new Worker[count];
        for (int i = 0; i < count; i++) {
            workers[i] = new Worker(i);
        }
    }

    /**
     * Does all parts of a loop, the first of them on the calling thread, and waits for them, also if it is interrupted:
     * parts must not outlive the memory that they work on.
     *
     * @param threads how many work on it at most, the caller included
     * @param wake whether threads that are asleep are to help, too
     * @param part does the part of the number that it is given; the parts may be done at the same time, by any thread
     * @throws RuntimeException what a part has thrown first, when all have come to their end; an error likewise
     */
    public void run(int parts, int threads, boolean wake, IntConsumer part) {
        LoopJob loop = new LoopJob(parts, part);
        ask(loop, Math.min(threads, parts) - 1, wake);
        loop.doFirst();
        loop.await(waitNanos);
    }

    /**
     * Asks threads that are free to help with a job.
     *
     * @param count how many at most
     * @param wake whether those that are asleep, too
     */
    public void ask(Job job, int count, boolean wake) {
        int asked = 0;
        for (int i = 0; i < workers.length && asked < count && !closed; i++) {
            if (workers[i].take(job, wake)) {
                asked++;
            }
        }
    }

    /** Has the threads end, as soon as they have nothing to do. Who asks later does everything alone. */
    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            worker.wake();
        }
    }

    /** Is one thread, or none where there was nothing to do. */
    private final class Worker implements Runnable {
        private final int number;
        private final AtomicReference<@Nullable Job> place = new AtomicReference<>();
        /** Is true, too, where there is no thread. */
        private volatile boolean asleep = true;

        private @Nullable Thread thread; // guarded by this

        Worker(int number) {
            this.number = number;
        }

        /** Gives it a job to help with; false if it has one, or sleeps and is not to be woken. */
        boolean take(Job job, boolean wake) {
            if (place.get() != null || asleep && !wake || !place.compareAndSet(null, job)) {
                return false;
            }
            if (asleep) {
                wakeOrStart();
            }
            return true;
        }

        private synchronized void wakeOrStart() {
            if (thread != null || closed) {
                wake();
                return;
            }
            thread = new Thread(null, this, name + "-" + (number + 1), 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(null);
            thread.start();
        }

        synchronized void wake() {
            LockSupport.unpark(thread);
        }

        @Override
        public void run() {
            asleep = false;
            for (Job job = next(); job != null; job = next()) {
                int done = help(job);
                place.set(null); // before the caller knows, who may have the next at once
                job.finished(done);
            }
        }

        private int help(Job job) {
            try {
                return job.doParts(number);
            } catch (Throwable e) {
                return 0; // the thread is there for others, and the job's caller does the rest
            }
        }

        /** Waits for a job; null if the thread is to end. */
        private @Nullable Job next() {
            long begin = System.nanoTime();
            while (System.nanoTime() - begin < spinNanos && !closed) {
                Job job = place.get();
                if (job != null) {
                    return job;
                }
                Thread.onSpinWait();
            }
            asleep = true;
            Job job = place.get();
            while (job == null) { // without the lock: whoever wakes this thread may still hold it
                if (!closed && System.nanoTime() - begin < idleNanos) {
                    LockSupport.parkNanos(this, idleNanos);
                    Thread.interrupted(); // a part may have left it so, and then it would not sleep
                } else if (leave()) {
                    return null;
                }
                job = place.get();
            }
            asleep = false;
            return job;
        }

        /** Lets go of the thread, unless there is something to do. */
        private synchronized boolean leave() {
            if (place.get() != null) {
                return false;
            }
            thread = null;
            return true;
        }
    }
}
