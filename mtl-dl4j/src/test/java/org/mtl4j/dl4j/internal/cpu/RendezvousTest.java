package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts that meet, come in any order, fail and leave. */
class RendezvousTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    private <T> List<Future<T>> start(int parts, IntFunction<T> work) {
        return IntStream.range(0, parts)
                .mapToObj(part -> threads.submit(() -> work.apply(part)))
                .toList();
    }

    private static String joined(List<String> brought) {
        return String.join(" ", brought);
    }

    private static String refused(List<String> brought) {
        throw new IllegalArgumentException("no sum of " + brought);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void all_get_what_was_made_once_of_what_the_parts_brought_in_their_order(int parts) throws Exception {
        Rendezvous rendezvous = new Rendezvous(parts);
        List<Future<List<String>>> all = start(parts, part -> {
            Random random = new Random(part);
            Rendezvous.Seat seat = rendezvous.seat(part);
            List<String> got = new ArrayList<>();
            for (int round = 0; round < 200; round++) {
                if (random.nextInt(10) == 0) { // longer than anybody waits awake
                    java.util.concurrent.locks.LockSupport.parkNanos(100_000);
                }
                got.add(seat.meet("round " + round, part + "." + round, RendezvousTest::joined));
            }
            seat.leave();
            return got;
        });
        for (Future<List<String>> each : all) {
            List<String> got = each.get();
            for (int round = 0; round < 200; round++) {
                int number = round;
                assertThat(got.get(round))
                        .isEqualTo(joined(IntStream.range(0, parts)
                                .mapToObj(part -> part + "." + number)
                                .toList()))
                        .isSameAs(all.get(0).get().get(round));
            }
        }
    }

    @Test
    void who_fails_lets_the_others_fail_with_its_cause() {
        Rendezvous rendezvous = new Rendezvous(3);
        IllegalArgumentException cause = new IllegalArgumentException("part 2 cannot");
        List<Future<String>> all = start(3, part -> {
            Rendezvous.Seat seat = rendezvous.seat(part);
            seat.meet("first", "", RendezvousTest::joined);
            if (part == 2) {
                rendezvous.abort(cause);
                rendezvous.abort(new IllegalStateException("what comes of it"));
                throw cause;
            }
            return seat.meet("second", "", RendezvousTest::joined);
        });
        for (Future<String> each : all) {
            assertThatThrownBy(each::get).isInstanceOf(ExecutionException.class).hasCause(cause);
        }
    }

    @Test
    void errors_are_passed_on_as_they_are() {
        Rendezvous rendezvous = new Rendezvous(2);
        OutOfMemoryError error = new OutOfMemoryError("of a test");
        rendezvous.abort(error);
        Rendezvous.Seat seat = rendezvous.seat(0);
        assertThatThrownBy(() -> seat.meet("here", "", RendezvousTest::joined)).isSameAs(error);
    }

    @Test
    void what_cannot_be_put_together_fails_for_all() {
        Rendezvous rendezvous = new Rendezvous(2);
        List<Future<String>> all = start(2, part -> rendezvous.seat(part).meet("here", "", RendezvousTest::refused));
        for (Future<String> each : all) {
            assertThatThrownBy(each::get).hasRootCauseInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void who_leaves_is_not_waited_for() {
        Rendezvous rendezvous = new Rendezvous(2);
        List<Future<String>> all = start(2, part -> {
            Rendezvous.Seat seat = rendezvous.seat(part);
            if (part == 1) {
                seat.leave();
                return "";
            }
            return seat.meet("layer, backward", "", RendezvousTest::joined);
        });
        assertThatThrownBy(all.get(0)::get)
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("end")
                .hasMessageContaining("layer, backward");
    }

    @Test
    void who_is_interrupted_lets_all_go() throws Exception {
        Rendezvous rendezvous = new Rendezvous(2);
        CountDownLatch sitting = new CountDownLatch(1);
        List<String> found = new ArrayList<>();
        Thread waiting = new Thread(() -> {
            Rendezvous.Seat seat = rendezvous.seat(0);
            sitting.countDown();
            try {
                seat.meet("here", "", RendezvousTest::joined);
            } catch (IllegalStateException e) {
                found.add(e.getMessage() + ", " + Thread.currentThread().isInterrupted());
            }
        });
        waiting.start();
        sitting.await();
        waiting.interrupt();
        waiting.join();
        assertThat(found).containsExactly("interrupted while parts of a batch met, true");
        Rendezvous.Seat other = rendezvous.seat(1);
        assertThatThrownBy(() -> other.meet("here", "", RendezvousTest::joined))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("interrupted");
    }

    @Test
    void parts_at_different_places_do_not_wait_for_each_other() {
        Rendezvous rendezvous = new Rendezvous(2);
        for (Future<String> each : start(2, part -> rendezvous.seat(part).meet("layer " + part, "", brought -> ""))) {
            assertThatThrownBy(each::get)
                    .hasRootCauseInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("[layer 0, layer 1]");
        }
    }
}
