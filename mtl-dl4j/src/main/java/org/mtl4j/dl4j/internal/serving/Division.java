package org.mtl4j.dl4j.internal.serving;

import java.nio.FloatBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.prepared.Plan;

/** Is one call that several threads compute: each takes the next block of examples until there is none. */
final class Division implements IntConsumer {
    /** Looks so often whether the others have ended before it sleeps. */
    private static final int SPINS = 2000;

    private final Plan plan;
    private final MemoryPool memories;
    private final FloatBuffer[] inputs;
    private final FloatBuffer[] outputs;
    private final int examples;
    private final int blocks;
    private final Thread caller = Thread.currentThread();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger unfinished;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /** @param parts at least how many blocks there are */
    Division(Plan plan, MemoryPool memories, FloatBuffer[] inputs, FloatBuffer[] outputs, int examples, int parts) {
        this.plan = plan;
        this.memories = memories;
        this.inputs = inputs;
        this.outputs = outputs;
        this.examples = examples;
        int needed = (examples + plan.block() - 1) / plan.block();
        this.blocks = Math.max(parts, (needed + parts - 1) / parts * parts);
        this.unfinished = new AtomicInteger(blocks);
    }

    @Override
    public void accept(int helper) {
        work();
    }

    /** Computes blocks until all have been taken; for the caller and for helpers. */
    void work() {
        Plan.@Nullable Memory memory = null;
        try {
            for (int block = next.getAndIncrement(); block < blocks; block = next.getAndIncrement()) {
                try {
                    if (memory == null) {
                        memory = memories.take();
                    }
                    int first = (int) ((long) examples * block / blocks);
                    int end = (int) ((long) examples * (block + 1) / blocks);
                    plan.run(memory, inputs, first, end - first, outputs);
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                } finally {
                    if (unfinished.decrementAndGet() == 0) {
                        LockSupport.unpark(caller);
                    }
                }
            }
        } finally {
            if (memory != null) {
                memories.giveBack(memory);
            }
        }
    }

    /** Waits for blocks that helpers compute; throws what went wrong with any. */
    void await() {
        for (int i = 0; i < SPINS && unfinished.get() > 0; i++) {
            Thread.onSpinWait();
        }
        while (unfinished.get() > 0) {
            LockSupport.park(this);
        }
        Throwable wrong = failure.get();
        if (wrong instanceof RuntimeException exception) {
            throw exception;
        }
        if (wrong instanceof Error error) {
            throw error;
        }
    }
}
