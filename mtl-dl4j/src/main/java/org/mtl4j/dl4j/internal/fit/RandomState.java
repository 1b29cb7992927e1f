package org.mtl4j.dl4j.internal.fit;

import org.nd4j.linalg.factory.Nd4j;

/**
 * Holds where this thread's random numbers have come to, so that somebody who draws in between takes none away.
 *
 * @param root of the generator's two states the first
 * @param node the second
 */
record RandomState(long root, long node) {
    /** {@return the present state} */
    static RandomState now() {
        return new RandomState(Nd4j.getRandom().rootState(), Nd4j.getRandom().nodeState());
    }

    /** Goes back to it. */
    void restore() {
        Nd4j.getRandom().setStates(root, node);
    }
}
