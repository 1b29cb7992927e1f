package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParallelLoopTest {
    @ParameterizedTest
    @CsvSource({"1, 1", "5, 2", "17, 3", "100, 8", "8, 8"})
    void each_iteration_is_done_once_in_its_part(int examples, int parts) {
        for (int round = 0; round < 200; round++) {
            AtomicIntegerArray times = new AtomicIntegerArray(examples);
            AtomicIntegerArray starts = new AtomicIntegerArray(parts);
            ParallelLoop.run(examples, parts, (part, from, to) -> {
                starts.set(part, from + 1);
                for (int i = from; i < to; i++) {
                    times.incrementAndGet(i);
                }
            });
            for (int i = 0; i < examples; i++) {
                assertThat(times.get(i)).isEqualTo(1);
            }
            for (int part = 0; part < parts; part++) {
                assertThat(starts.get(part) - 1).isEqualTo(examples * part / parts);
            }
        }
    }

    @Test
    void the_first_part_is_the_callers() {
        Thread caller = Thread.currentThread();
        ParallelLoop.run(4, 4, (part, from, to) -> {
            if (part == 0) {
                assertThat(Thread.currentThread()).isSameAs(caller);
            }
        });
    }

    @Test
    void what_a_part_throws_comes_to_the_caller_when_all_parts_have_ended() {
        AtomicInteger ended = new AtomicInteger();
        assertThatThrownBy(() -> ParallelLoop.run(6, 6, (part, from, to) -> {
                    try {
                        if (part == 3) {
                            throw new IllegalArgumentException("part 3");
                        }
                    } finally {
                        ended.incrementAndGet();
                    }
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("part 3");
        assertThat(ended).hasValue(6);
        assertThatThrownBy(() -> ParallelLoop.run(2, 2, (part, from, to) -> {
                    throw new StackOverflowError("an error");
                }))
                .isInstanceOf(StackOverflowError.class);
    }

    @Test
    void loops_within_loops_and_of_many_callers_come_to_their_end() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(4);
        try {
            List<Future<Integer>> sums = new ArrayList<>();
            for (int caller = 0; caller < 4; caller++) {
                sums.add(callers.submit(() -> {
                    AtomicInteger sum = new AtomicInteger();
                    for (int round = 0; round < 100; round++) {
                        ParallelLoop.run(
                                3,
                                3,
                                (part, from, to) ->
                                        ParallelLoop.run(5, 2, (inner, first, end) -> sum.addAndGet(end - first)));
                    }
                    return sum.get();
                }));
            }
            for (Future<Integer> sum : sums) {
                assertThat(sum.get()).isEqualTo(100 * 3 * 5);
            }
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void a_thread_that_was_interrupted_waits_all_the_same_and_stays_interrupted() {
        AtomicInteger done = new AtomicInteger();
        Thread.currentThread().interrupt();
        ParallelLoop.run(8, 4, (part, from, to) -> {
            for (long start = System.nanoTime(); System.nanoTime() - start < 500_000; ) {
                Thread.onSpinWait();
            }
            done.addAndGet(to - from);
        });
        assertThat(done).hasValue(8);
        assertThat(Thread.interrupted()).isTrue();
    }

    /** Sleeping threads are woken by a long loop, and left alone by a short one. */
    @Test
    void short_loops_do_without_threads_that_sleep() throws InterruptedException {
        ParallelLoop.run(2, 2, (part, from, to) -> {});
        Thread.sleep(20);
        AtomicInteger done = new AtomicInteger();
        Thread caller = Thread.currentThread();
        ParallelLoop.runBriefly(4, 4, (part, from, to) -> {
            assertThat(Thread.currentThread()).isSameAs(caller);
            done.incrementAndGet();
        });
        assertThat(done).hasValue(4);
    }
}
