package org.mtl4j.dl4j.internal.cpu.prepared;

/** Adds two values and leaves nothing below 0: what ends a residual block. */
final class RectifiedSumStep extends PreparedStep {
    private final int size;
    private final int first;
    private final int second;
    private final int output;

    RectifiedSumStep(int size, int first, int second, int output) {
        this.size = size;
        this.first = first;
        this.second = second;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        Loops.rectifiedSum(frame.values[first], frame.values[second], frame.values[output], examples * size);
    }
}
