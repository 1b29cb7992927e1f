package org.mtl4j.dl4j.internal.inference;

import java.lang.ref.Reference;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.nd4j.linalg.api.memory.deallocation.DeallocatorService;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Lets go of what ND4J remembers of threads that have ended. Each thread that computes has workspaces of its own. Their
 * memory is freed when the thread has ended, but ND4J 1.0.0-M2.1 keeps the references to them, as it asks each for its
 * key twice and gets another one (some 2 kB a thread; a server that answers in ever new threads would fill its heap).
 *
 * <p>An optional nicety: where ND4J's field cannot be reached, nothing is done.
 */
final class DeadReferences {
    /** After how many uses of a model they are looked for: that takes as long as some hundred of them would have. */
    private static final int INTERVAL = 500;

    private final AtomicInteger uses = new AtomicInteger();

    /** Notes a use of the model, and looks now and then. */
    void afterUse() {
        if (uses.incrementAndGet() % INTERVAL == 0) {
            forget();
        }
    }

    private static void forget() {
        try {
            Field field = DeallocatorService.class.getDeclaredField("referenceMap");
            field.setAccessible(true);
            if (field.get(Nd4j.getDeallocatorService()) instanceof Map<?, ?> references) {
                // cleared references are on their way to the queue, and ND4J frees what they stand for from there
                references.values().removeIf(each -> each instanceof Reference<?> dead && dead.refersTo(null));
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            return; // another version of ND4J, or a module that is closed
        }
    }
}
