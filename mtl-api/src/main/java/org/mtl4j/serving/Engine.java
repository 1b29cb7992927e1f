package org.mtl4j.serving;

import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Computes the outputs of one network: what stands behind a {@link Predictor}, which checks what it is given, gathers
 * small calls, and says no when it is closed. An engine is asked by any number of threads at once, must not make them
 * wait for each other, and keeps nothing from one call to the next that could be seen.
 */
public interface Engine extends AutoCloseable {

    /** {@return what it is, with its version and settings, as it is to be read in a log; one line} */
    String description();

    /**
     * Computes a batch. Numbers lie from a buffer's position on; positions and limits are left as they are.
     *
     * @param examples how many there are, at least 1
     * @param features for each input of the signature, in its order, the numbers of the examples, one example after the
     *     other; with 0 at steps that a mask leaves out; codes are in their range. They are only read
     * @param masks for each input {@code [examples, steps]} of 1 and 0, null where all steps are there; null if they
     *     are in all inputs
     * @param outputs receive, for each task in the order of the signature, {@code [examples, outputs]}
     */
    void run(int examples, FloatBuffer[] features, @Nullable FloatBuffer @Nullable [] masks, FloatBuffer[] outputs);

    /** Frees what it has; it is not asked any more. */
    @Override
    void close();
}
