package org.mtl4j.dl4j.internal.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchesAtOnceTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 200})
    void everything_is_done_once(int count) {
        for (int helpers = 1; helpers <= 3; helpers++) {
            AtomicInteger[] done = new AtomicInteger[count];
            try (BatchesAtOnce several = new BatchesAtOnce(new ReplicaThreads(helpers))) {
                for (int i = 0; i < count; i++) {
                    AtomicInteger mine = done[i] = new AtomicInteger();
                    several.run(mine::incrementAndGet);
                }
                several.finish();
            }
            assertThat(done).allMatch(each -> each.get() == 1);
        }
    }

    @Test
    void the_caller_works_beside_the_helper() throws InterruptedException {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        CountDownLatch both = new CountDownLatch(2);
        try (BatchesAtOnce several = new BatchesAtOnce(new ReplicaThreads(1))) {
            for (int i = 0; i < 3; i++) {
                several.run(() -> {
                    if (threads.add(Thread.currentThread().getName())) {
                        both.countDown();
                        await(both);
                    }
                });
            }
            several.finish();
        }
        assertThat(threads).hasSize(2).contains(Thread.currentThread().getName());
    }

    @Test
    void what_was_begun_first_is_what_fails_though_it_fails_last() {
        CountDownLatch second = new CountDownLatch(1);
        try (BatchesAtOnce several = new BatchesAtOnce(new ReplicaThreads(1))) {
            assertThatThrownBy(() -> {
                        several.run(() -> {
                            await(second);
                            throw new IllegalArgumentException("first");
                        });
                        several.run(() -> {});
                        several.run(() -> {
                            second.countDown();
                            throw new IllegalArgumentException("third");
                        });
                        several.finish();
                    })
                    .hasMessage("first");
        }
    }

    @Test
    void errors_come_out_and_all_has_ended_when_it_is_closed() {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicInteger ended = new AtomicInteger();
        BatchesAtOnce several = new BatchesAtOnce(new ReplicaThreads(1));
        several.run(() -> {
            begun.countDown();
            ended.incrementAndGet();
        });
        several.run(() -> {});
        await(begun);
        several.close(); // as after a failure of the source
        assertThat(ended).hasValue(1);
        assertThatThrownBy(() -> {
                    try (BatchesAtOnce others = new BatchesAtOnce(new ReplicaThreads(2))) {
                        others.run(() -> {});
                        others.run(() -> {
                            throw new OutOfMemoryError("of the test");
                        });
                        others.finish();
                    }
                })
                .isInstanceOf(OutOfMemoryError.class);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
