package org.mtl4j.metric;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Computes something for each output of a task, on several threads if there is much to do. */
final class EachOutput {
    /** With fewer numbers threads are not worth waking. */
    private static final long MANY = 1 << 15;

    private EachOutput() {}

    /**
     * Computes it.
     *
     * @param outputs how many there are
     * @param numbers how many have to be gone through for all of them together
     * @param computed gets each of the numbers from 0 to before {@code outputs}
     * @return the results in their order
     */
    static <T> List<T> of(int outputs, long numbers, IntFunction<T> computed) {
        IntStream all = IntStream.range(0, outputs);
        return (numbers > MANY ? all.parallel() : all).mapToObj(computed).toList();
    }
}
