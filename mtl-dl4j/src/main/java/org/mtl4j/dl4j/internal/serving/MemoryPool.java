package org.mtl4j.dl4j.internal.serving;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.mtl4j.dl4j.internal.cpu.prepared.Plan;

/**
 * Lends the memory of a plan to calls, and makes as much as is used at once. Nobody waits but for a processor: only
 * where {@value #MOST} calls compute at the same time does a further one wait for one of them to end.
 */
final class MemoryPool {
    /** Calls that compute at once, below the number of blocks that OpenBLAS has for packed copies. */
    private static final int MOST = 64;

    private final Plan plan;
    private final AtomicReferenceArray<Plan.Memory> free = new AtomicReferenceArray<>(MOST);
    private final Semaphore permits = new Semaphore(MOST);

    MemoryPool(Plan plan) {
        this.plan = plan;
    }

    Plan.Memory take() {
        permits.acquireUninterruptibly();
        for (int i = 0; i < MOST; i++) {
            Plan.Memory memory = free.get(i) == null ? null : free.getAndSet(i, null);
            if (memory != null) {
                return memory;
            }
        }
        try {
            return plan.memory();
        } catch (RuntimeException | Error e) { // there may be none left
            permits.release();
            throw e;
        }
    }

    void giveBack(Plan.Memory memory) {
        for (int i = 0; i < MOST; i++) {
            if (free.get(i) == null && free.compareAndSet(i, null, memory)) {
                break;
            }
        }
        permits.release();
    }
}
