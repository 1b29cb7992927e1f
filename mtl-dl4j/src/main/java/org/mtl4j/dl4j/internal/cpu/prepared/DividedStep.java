package org.mtl4j.dl4j.internal.cpu.prepared;

/** A step of parts that do not read each other's results, so that threads may compute them side by side. */
abstract class DividedStep extends PreparedStep {

    /** {@return how many parts so many examples have} */
    abstract int parts(int examples);

    /**
     * Computes the parts from {@code from} to before {@code to}, of so many examples. The frame's values are shared
     * with others that compute other parts, its staging and tiles are not.
     */
    abstract void run(Frame frame, int examples, int from, int to);

    @Override
    final void run(Frame frame, int examples) {
        run(frame, examples, 0, parts(examples));
    }
}
