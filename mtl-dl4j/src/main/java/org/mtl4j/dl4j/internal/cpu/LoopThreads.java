package org.mtl4j.dl4j.internal.cpu;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Helps with loops. A step of training is a hundred loops of some ten microseconds with little in between, and to wake
 * a thread that sleeps takes longer than such a loop: so threads that have helped stay awake for a moment, and then
 * sleep. Nobody waits for one that does not come: a part that no helper has begun is done by whoever runs the loop.
 */
final class LoopThreads {
    /** How long a thread looks for the next loop before it sleeps, as long as a step has nothing to be divided. */
    private static final long AWAKE_NANOS = 150_000;

    /** Threads that sleep for so long end. */
    private static final long ASLEEP_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final AtomicReferenceArray<@Nullable LoopThread> HELPERS =
            new AtomicReferenceArray<>(Math.max(1, Runtime.getRuntime().availableProcessors() - 1));

    private LoopThreads() {}

    /**
     * Does all parts of a loop, the first of them on the calling thread, and waits for them.
     *
     * @param wake whether threads that are asleep are to help, too
     * @param part does the part of the number that it is given; the parts may be done at the same time, by any thread
     */
    static void run(int parts, boolean wake, IntConsumer part) {
        Loop loop = new Loop(parts, part);
        for (int i = 0, asked = 1; i < HELPERS.length() && asked < parts; i++) {
            LoopThread helper = wake ? helper(i) : HELPERS.get(i);
            if (helper != null && helper.take(loop, wake)) {
                asked++;
            }
        }
        loop.doFirst();
        loop.await();
    }

    private static LoopThread helper(int number) {
        LoopThread present = HELPERS.get(number);
        while (present == null || present.hasEnded()) {
            LoopThread next = new LoopThread();
            if (HELPERS.compareAndSet(number, present, next)) {
                next.start();
                return next;
            }
            present = HELPERS.get(number);
        }
        return present;
    }

    /** Holds what is left to do of one loop. */
    private static final class Loop {
        private final int parts;
        private final IntConsumer part;
        private final Thread caller = Thread.currentThread();
        /** The first part is the caller's. */
        private final AtomicInteger next = new AtomicInteger(1);

        private final AtomicInteger left;
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Loop(int parts, IntConsumer part) {
            this.parts = parts;
            this.part = part;
            this.left = new AtomicInteger(parts);
        }

        void doFirst() {
            doPart(0);
            finish(1 + doNext());
        }

        /** Does parts that nobody has begun; returns how many it has done, which are to be told to {@link #finish}. */
        int doNext() {
            int done = 0;
            for (int number = next.getAndIncrement(); number < parts; number = next.getAndIncrement()) {
                doPart(number);
                done++;
            }
            return done;
        }

        private void doPart(int number) {
            try {
                part.accept(number);
            } catch (Throwable e) { // whatever it is, nobody may wait for ever
                failure.compareAndSet(null, e);
            }
        }

        void finish(int count) {
            if (count > 0 && left.addAndGet(-count) == 0 && Thread.currentThread() != caller) {
                LockSupport.unpark(caller);
            }
        }

        /** Waits: parts must not outlive the memory that they work on. */
        void await() {
            long end = 0;
            boolean interrupted = false;
            while (left.get() > 0) {
                if (end == 0) {
                    end = System.nanoTime() + AWAKE_NANOS;
                } else if (System.nanoTime() < end) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                    interrupted |= Thread.interrupted(); // else it would not sleep
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            Throwable thrown = failure.get();
            if (thrown instanceof RuntimeException exception) {
                throw exception;
            }
            if (thrown instanceof Error error) {
                throw error;
            }
            if (thrown != null) {
                throw new IllegalStateException(thrown); // loops declare none
            }
        }
    }

    /** Is one of the threads. */
    private static final class LoopThread implements Runnable {
        private static final Loop ENDED = new Loop(0, part -> {});

        private final AtomicReference<@Nullable Loop> loop = new AtomicReference<>();
        private final Thread thread;
        private volatile boolean asleep;

        LoopThread() {
            thread = new Thread(null, this, "mtl-loop", 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(null);
        }

        void start() {
            thread.start();
        }

        boolean hasEnded() {
            return loop.get() == ENDED;
        }

        /** Gives it a loop to help with; false if it has one, or sleeps and is not to be woken. */
        boolean take(Loop next, boolean wake) {
            if (loop.get() != null || asleep && !wake || !loop.compareAndSet(null, next)) {
                return false;
            }
            if (asleep) {
                LockSupport.unpark(thread);
            }
            return true;
        }

        @Override
        public void run() {
            while (true) {
                Loop given = next();
                if (given == null) {
                    return;
                }
                int done = given.doNext();
                loop.set(null); // before the caller knows, who may have the next at once
                given.finish(done);
            }
        }

        /** Waits for a loop; null if none came for so long that the thread is to end. */
        private @Nullable Loop next() {
            long begin = System.nanoTime();
            while (System.nanoTime() - begin < AWAKE_NANOS) {
                Loop given = loop.get();
                if (given != null) {
                    return given;
                }
                Thread.onSpinWait();
            }
            asleep = true;
            try {
                while (System.nanoTime() - begin < ASLEEP_NANOS) {
                    Loop given = loop.get();
                    if (given != null) {
                        return given;
                    }
                    LockSupport.parkNanos(this, ASLEEP_NANOS);
                }
                return loop.compareAndSet(null, ENDED) ? null : loop.get();
            } finally {
                asleep = false;
            }
        }
    }
}
