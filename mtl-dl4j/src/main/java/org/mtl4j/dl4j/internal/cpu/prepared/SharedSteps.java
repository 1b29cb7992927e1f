package org.mtl4j.dl4j.internal.cpu.prepared;

import com.google.common.base.Throwables;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.SpinningThreadPool;

/**
 * Has the steps of a call computed by several threads, each step after the one before. The caller goes from step to
 * step; whoever is there takes the next part of a step that has parts. So nobody is waited for but for a part that they
 * have taken, and a thread that comes late helps with what is left. Belongs to the memory of one call at a time, and
 * serves all calls in it, one after the other.
 */
public final class SharedSteps implements SpinningThreadPool.Job {
    /** Parts of a step for each thread: more of them are more even, and each has work of its own at its start. */
    private static final int PARTS = 2;

    /** Helpers that can be told apart. */
    private static final int MOST_HELPERS = 64;

    /** A helper looks so often for something to do before it leaves. */
    private static final int SPINS = 5_000;

    /** The caller looks so often whether the parts of others are done before it lets other threads go first. */
    private static final int SPINS_OF_CALLER = 2_000;

    private static final long NO_STEP = -1L << Integer.SIZE;

    private final PreparedStep[] steps;
    private final Frame frame;
    private final Supplier<Frame> frames;

    /** By number of a helper what it works in. */
    private final AtomicReferenceArray<@Nullable Frame> ofHelpers = new AtomicReferenceArray<>(MOST_HELPERS);

    /** The step in the upper half, its next part in the lower one. */
    private final AtomicLong next = new AtomicLong(NO_STEP);

    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile int examples;
    private volatile int threads = 1;
    private volatile boolean running;

    /** @param frames gives frames of the same values, with memory of their own for what steps work in */
    SharedSteps(PreparedStep[] steps, Frame frame, Supplier<Frame> frames) {
        this.steps = steps;
        this.frame = frame;
        this.frames = frames;
    }

    /**
     * Opens the call, for its caller; from now on others help.
     *
     * @param ofExamples how many
     * @param amongThreads the caller included
     */
    public void open(int ofExamples, int amongThreads) {
        examples = ofExamples;
        threads = amongThreads;
        running = true;
    }

    /** Computes all steps, for the caller, and closes the call. */
    void run() {
        try {
            for (int s = 0; s < steps.length; s++) {
                int parts = parts(s);
                if (parts == 1) {
                    steps[s].run(frame, examples);
                } else {
                    done.set(0);
                    next.set((long) s << Integer.SIZE);
                    take(frame);
                    await(parts);
                }
            }
        } finally {
            running = false;
            next.set(NO_STEP);
        }
    }

    /** Helps until the call ends, or there has been nothing to do for a while. For the helper of this number only. */
    @Override
    public int doParts(int helper) {
        if (helper >= MOST_HELPERS) {
            return 0;
        }
        Frame own = ofHelpers.get(helper);
        if (own == null) {
            own = frames.get();
            ofHelpers.set(helper, own);
        }
        int parts = 0;
        int idle = 0;
        while (running && idle < SPINS) {
            long place = next.get();
            if (place >= 0 && part(place) < parts(step(place))) {
                parts += take(own);
                idle = 0;
            } else {
                Thread.onSpinWait();
                idle++;
            }
        }
        return parts;
    }

    /** Does nothing: the caller waits for the parts of each step, and not for helpers. */
    @Override
    public void finished(int parts) {}

    private static int step(long place) {
        return (int) (place >> Integer.SIZE);
    }

    private static int part(long place) {
        return (int) place;
    }

    /** {@return in how many parts threads compute a step} */
    private int parts(int step) {
        return steps[step] instanceof DividedStep divided
                ? Math.max(1, Math.min(divided.parts(examples), PARTS * threads))
                : 1;
    }

    /** Computes parts of the step that is under way until all have been taken; returns how many. */
    private int take(Frame own) {
        int taken = 0;
        for (long place = next.getAndIncrement(); place >= 0; place = next.getAndIncrement()) {
            int parts = parts(step(place));
            int part = part(place);
            if (part >= parts || !(steps[step(place)] instanceof DividedStep divided)) {
                return taken;
            }
            taken++;
            try {
                int all = divided.parts(examples);
                divided.run(own, examples, at(part, all, parts), at(part + 1, all, parts));
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            } finally {
                done.incrementAndGet();
            }
        }
        return taken;
    }

    private static int at(int part, int all, int parts) {
        return (int) ((long) all * part / parts);
    }

    private void await(int parts) {
        int spins = 0;
        while (done.get() < parts) {
            if (spins++ < SPINS_OF_CALLER) {
                Thread.onSpinWait();
            } else {
                Thread.yield(); // the other one has lost its processor
            }
        }
        Throwable wrong = failure.getAndSet(null);
        if (wrong != null) {
            Throwables.throwIfUnchecked(wrong);
        }
    }
}
