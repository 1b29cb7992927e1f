package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a loop is for its parts is in {@link ParallelLoopTest}; here is what threads do before, between and after. */
@Timeout(60)
class SpinningThreadPoolTest {
    private static final long SPIN_MICROS = 50;
    private static final long AWAKE_FOR_ALL_OF_A_TEST = TimeUnit.MINUTES.toMicros(2);

    /** Lets a thread of the pool do one thing. */
    private record OneThing(Runnable thing) implements SpinningThreadPool.Job {
        @Override
        public int doParts(int worker) {
            thing.run();
            return 1;
        }

        @Override
        public void finished(int parts) {}
    }

    /** {@return a thread of the pool, which is free} */
    private static Thread threadOf(SpinningThreadPool pool) {
        AtomicReference<Thread> thread = new AtomicReference<>();
        onTwoThreads(pool, true, () -> thread.set(Thread.currentThread()));
        return thread.get();
    }

    /** Runs a loop whose second part a thread of the pool does, as the first waits for it. */
    private static void onTwoThreads(SpinningThreadPool pool, boolean wake, Runnable second) {
        CountDownLatch begun = new CountDownLatch(1);
        pool.run(2, 2, wake, part -> {
            if (part == 0) {
                await(begun);
            } else {
                begun.countDown();
                second.run();
            }
        });
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("not in 30 s");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void awaitState(Thread thread, Thread.State wanted) throws InterruptedException {
        while (thread.getState() != wanted) {
            Thread.sleep(1);
        }
    }

    private static void spin(long nanos) {
        for (long start = System.nanoTime(); System.nanoTime() - start < nanos; ) {
            Thread.onSpinWait();
        }
    }

    /** Jobs come when a thread spins, is about to park, is parked, is about to end, has ended: none is overlooked. */
    @ParameterizedTest(name = "threads end after {0} s")
    @CsvSource({"0, 4000", "30, 20000"})
    void a_job_is_found_whenever_it_comes(long idleSeconds, int jobs) {
        try (SpinningThreadPool pool = new SpinningThreadPool("test-found", 1, SPIN_MICROS, SPIN_MICROS, idleSeconds)) {
            for (int i = 0; i < jobs; i++) {
                onTwoThreads(pool, true, () -> {});
                spin(i % 100 * 1000L); // up to twice as long as the thread spins
            }
        }
    }

    /** The first part of each loop waits for the second, which nobody else does, and wakes no thread. */
    @Test
    void a_thread_is_free_when_the_caller_of_its_loop_goes_on() {
        try (SpinningThreadPool pool =
                new SpinningThreadPool("test-free", 1, AWAKE_FOR_ALL_OF_A_TEST, SPIN_MICROS, 1)) {
            threadOf(pool);
            for (int i = 0; i < 20_000; i++) {
                onTwoThreads(pool, false, () -> {});
            }
        }
    }

    @Test
    void what_a_job_throws_leaves_the_thread_there_for_others() throws InterruptedException {
        try (SpinningThreadPool pool = new SpinningThreadPool("test-throws", 1, SPIN_MICROS, SPIN_MICROS, 30)) {
            Thread before = threadOf(pool);
            CountDownLatch begun = new CountDownLatch(1);
            pool.ask(
                    new OneThing(() -> {
                        begun.countDown();
                        throw new StackOverflowError("a fault of the job");
                    }),
                    1,
                    true);
            await(begun);
            awaitState(before, Thread.State.TIMED_WAITING);
            assertThat(threadOf(pool)).isSameAs(before);
        }
    }

    @Test
    void what_a_part_throws_on_a_thread_of_the_pool_comes_to_the_caller_when_all_have_ended() {
        try (SpinningThreadPool pool = new SpinningThreadPool("test-part", 1, SPIN_MICROS, SPIN_MICROS, 30)) {
            Thread caller = Thread.currentThread();
            AtomicInteger ended = new AtomicInteger();
            CountDownLatch begun = new CountDownLatch(1);
            assertThatIllegalStateException()
                    .isThrownBy(() -> pool.run(4, 2, true, part -> {
                        try {
                            if (Thread.currentThread() != caller) {
                                begun.countDown();
                                throw new IllegalStateException("on another thread");
                            }
                            await(begun);
                        } finally {
                            ended.incrementAndGet();
                        }
                    }))
                    .withMessage("on another thread");
            assertThat(ended).hasValue(4);
        }
    }

    @Test
    void a_thread_that_a_part_leaves_interrupted_parks_all_the_same() throws InterruptedException {
        try (SpinningThreadPool pool = new SpinningThreadPool("test-interrupted", 1, SPIN_MICROS, SPIN_MICROS, 30)) {
            Thread thread = threadOf(pool);
            CountDownLatch begun = new CountDownLatch(1);
            pool.ask(
                    new OneThing(() -> {
                        Thread.currentThread().interrupt();
                        begun.countDown();
                    }),
                    1,
                    true);
            await(begun);
            Thread.sleep(20);
            awaitState(thread, Thread.State.TIMED_WAITING);
            var threads = ManagementFactory.getThreadMXBean();
            long before = threads.getThreadCpuTime(thread.getId());
            Thread.sleep(300);
            assertThat(threads.getThreadCpuTime(thread.getId()) - before)
                    .isLessThan(TimeUnit.MILLISECONDS.toNanos(100));
        }
    }

    @Test
    void threads_that_have_nothing_to_do_end_and_others_come_for_them() throws InterruptedException {
        try (SpinningThreadPool pool = new SpinningThreadPool("test-idle", 1, SPIN_MICROS, SPIN_MICROS, 1)) {
            Thread first = threadOf(pool);
            assertThat(first.isDaemon()).isTrue();
            assertThat(first.getName()).isEqualTo("test-idle-1");
            assertThat(first.getContextClassLoader()).isNull();
            first.join();
            assertThat(threadOf(pool)).isNotSameAs(first);
        }
    }

    @Test
    void a_pool_that_is_closed_lets_its_threads_go_and_leaves_loops_to_their_callers() throws InterruptedException {
        SpinningThreadPool pool = new SpinningThreadPool("test-closed", 1, SPIN_MICROS, SPIN_MICROS, 600);
        Thread thread = threadOf(pool);
        awaitState(thread, Thread.State.TIMED_WAITING);
        pool.close();
        thread.join();
        Thread caller = Thread.currentThread();
        AtomicInteger done = new AtomicInteger();
        pool.run(3, 3, true, part -> {
            assertThat(Thread.currentThread()).isSameAs(caller);
            done.incrementAndGet();
        });
        assertThat(done).hasValue(3);
    }

    @Test
    void a_loop_that_is_under_way_when_the_pool_is_closed_comes_to_its_end() throws InterruptedException {
        SpinningThreadPool pool = new SpinningThreadPool("test-closing", 1, SPIN_MICROS, SPIN_MICROS, 600);
        AtomicReference<Thread> other = new AtomicReference<>();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        AtomicInteger done = new AtomicInteger();
        pool.run(2, 2, true, part -> {
            if (part == 0) {
                await(begun);
                pool.close();
                closed.countDown();
            } else {
                other.set(Thread.currentThread());
                begun.countDown();
                await(closed);
                spin(TimeUnit.MILLISECONDS.toNanos(20)); // so that its caller waits
            }
            done.incrementAndGet();
        });
        assertThat(done).hasValue(2);
        other.get().join();
    }

    @ParameterizedTest(name = "{0} threads")
    @CsvSource({"0", "1", "3"})
    void many_callers_at_once_have_all_parts_done_once_by_no_more_threads_than_there_are(int count) throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(5);
        Set<Thread> others = ConcurrentHashMap.newKeySet();
        try (SpinningThreadPool pool = new SpinningThreadPool("test-many", count, SPIN_MICROS, SPIN_MICROS, 600)) {
            List<Future<?>> all = new ArrayList<>();
            for (int c = 0; c < 5; c++) {
                boolean wake = c != 0;
                all.add(callers.submit(() -> {
                    Thread caller = Thread.currentThread();
                    for (int round = 0; round < 500; round++) {
                        AtomicIntegerArray times = new AtomicIntegerArray(7);
                        pool.run(7, 3, wake, part -> {
                            times.incrementAndGet(part);
                            if (Thread.currentThread() != caller) {
                                others.add(Thread.currentThread());
                            }
                        });
                        for (int part = 0; part < 7; part++) {
                            assertThat(times.get(part)).isEqualTo(1);
                        }
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            callers.shutdownNow();
        }
        assertThat(others).hasSizeLessThanOrEqualTo(count);
    }

    @Test
    void no_more_threads_are_asked_than_a_caller_wants() {
        try (SpinningThreadPool pool = new SpinningThreadPool("test-asked", 3, SPIN_MICROS, SPIN_MICROS, 600)) {
            Set<Thread> others = ConcurrentHashMap.newKeySet();
            for (int round = 0; round < 50; round++) {
                CountDownLatch two = new CountDownLatch(2);
                pool.run(6, 2, true, part -> {
                    others.add(Thread.currentThread());
                    two.countDown();
                    await(two);
                });
            }
            assertThat(others).hasSize(2);
        }
    }
}
