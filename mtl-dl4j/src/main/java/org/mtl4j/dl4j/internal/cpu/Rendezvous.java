package org.mtl4j.dl4j.internal.cpu;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Has the parts of a batch, each computed on a thread of its own, meet in the middle of a step: each brings something,
 * and all go on with what comes of it, which is made once, of what the parts have brought in their order, whatever the
 * order in which they arrive. For one step; parts may meet as often as they like, each time all of them.
 *
 * <p>Nobody waits for ever: where a part {@linkplain #abort fails}, is interrupted or {@linkplain Seat#leave leaves},
 * all others fail, with its failure, where they meet next.
 */
public final class Rendezvous {
    /** For how long to wait awake; to be woken costs more than that, and to wait longer costs others a core. */
    private static final long AWAKE_NANOS = 20_000;

    /** How often to look before the clock is asked. */
    private static final int LOOKS = 16;

    private final Object[] brought;
    private final String[] places;
    private final long awake;
    private int arrived;
    private int left;
    private @Nullable Object outcome;
    private volatile int meetings;
    private volatile @Nullable Throwable failure;

    /** @param parts among how many the batch is divided */
    public Rendezvous(int parts) {
        this.brought = new Object[parts];
        this.places = new String[parts];
        this.awake = parts <= Runtime.getRuntime().availableProcessors() ? AWAKE_NANOS : 0;
    }

    /** {@return the seat of a part, for the calling thread} */
    public Seat seat(int part) {
        return new Seat(part);
    }

    /** Lets the others go, with an error, where a part of the step has failed. The first cause counts. */
    public synchronized void abort(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
        notifyAll();
    }

    /** Is what one part meets the others with. */
    public final class Seat {
        private final int part;
        private final Thread thread = Thread.currentThread();
        private boolean gone;

        private Seat(int part) {
            this.part = part;
        }

        /** {@return which part this is, counted from 0} */
        public int part() {
            return part;
        }

        /** Tells whether the calling thread computes the part: nobody else who asks a graph may sit down here. */
        public boolean isHere() {
            return Thread.currentThread() == thread;
        }

        /**
         * Waits for all parts.
         *
         * @param <T> what each brings
         * @param <R> what comes of it
         * @param place where they meet; the same for all
         * @param mine what this part brings
         * @param together makes, on one of the threads, what comes of all that was brought, in the order of the parts
         * @return the same object for all
         * @throws IllegalStateException if the thread is interrupted, or parts do not meet at the same place, or one
         *     has left; what another part has failed with is thrown as it is
         */
        @SuppressWarnings("unchecked")
        public <T, R> R meet(String place, T mine, Function<List<T>, R> together) {
            int meeting;
            synchronized (Rendezvous.this) {
                requireAll(place);
                meeting = meetings;
                brought[part] = mine;
                places[part] = place;
                arrived++;
                if (arrived == brought.length) {
                    R made = make(together);
                    outcome = made;
                    Arrays.fill(brought, null);
                    arrived = 0;
                    meetings = meeting + 1;
                    Rendezvous.this.notifyAll();
                    return made;
                }
            }
            waitAwake(meeting);
            waitAsleep(meeting);
            return (R) outcome; // stays until this part, too, has arrived at the next meeting
        }

        /** Says that the part is at its end, and meets nobody any more. */
        public void leave() {
            synchronized (Rendezvous.this) {
                if (!gone) {
                    gone = true;
                    left++;
                    if (arrived > 0) {
                        abort(new IllegalStateException(
                                "part %d of a batch is at its end, and others wait for it at '%s'"
                                        .formatted(part, placeOfWaiting())));
                    }
                }
            }
        }
    }

    private String placeOfWaiting() {
        for (int part = 0; part < brought.length; part++) {
            if (brought[part] != null) {
                return places[part];
            }
        }
        return "";
    }

    private void requireAll(String place) {
        if (failure == null && left > 0) {
            abort(new IllegalStateException("%d of %d parts of a batch are at their end before they have met at '%s'"
                    .formatted(left, brought.length, place)));
        }
        requireNoFailure();
    }

    @SuppressWarnings("unchecked")
    private <T, R> R make(Function<List<T>, R> together) {
        try {
            if (Arrays.stream(places).distinct().count() > 1) {
                throw new IllegalStateException(
                        "parts of a batch must meet at one place, they are at " + Arrays.toString(places));
            }
            return together.apply((List<T>) Arrays.asList(brought.clone()));
        } catch (RuntimeException | Error e) {
            abort(e);
            throw e;
        }
    }

    private boolean isOver(int meeting) {
        return meetings != meeting || failure != null;
    }

    private void waitAwake(int meeting) {
        if (awake == 0) {
            return;
        }
        long start = System.nanoTime();
        do {
            for (int look = 0; look < LOOKS; look++) {
                if (isOver(meeting)) {
                    return;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - start < awake);
    }

    private void waitAsleep(int meeting) {
        if (meetings != meeting) {
            return;
        }
        synchronized (this) {
            while (!isOver(meeting)) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    abort(new IllegalStateException("interrupted while parts of a batch met", e));
                }
            }
            if (meetings == meeting) {
                requireNoFailure();
            }
        }
    }

    private void requireNoFailure() {
        Throwable cause = failure;
        if (cause instanceof RuntimeException known) {
            throw known;
        } else if (cause instanceof Error known) {
            throw known;
        } else if (cause != null) {
            throw new IllegalStateException("another part of the batch has failed", cause);
        }
    }
}
