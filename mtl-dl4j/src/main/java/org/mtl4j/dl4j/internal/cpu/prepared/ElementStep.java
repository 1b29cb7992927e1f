package org.mtl4j.dl4j.internal.cpu.prepared;

/** Computes each number of a value from the number at its place in another. */
final class ElementStep extends PreparedStep {
    private final NumberFunction function;
    private final int size;
    private final int input;
    private final int output;

    ElementStep(NumberFunction function, int size, int input, int output) {
        this.function = function;
        this.size = size;
        this.input = input;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        function.apply(frame.values[input], frame.values[output], examples * size);
    }
}
