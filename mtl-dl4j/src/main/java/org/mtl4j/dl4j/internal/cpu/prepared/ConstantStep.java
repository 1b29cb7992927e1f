package org.mtl4j.dl4j.internal.cpu.prepared;

/** Gives the same numbers for each example. */
final class ConstantStep extends PreparedStep {
    private final float[] numbers;
    private final int output;

    ConstantStep(float[] numbers, int output) {
        this.numbers = numbers;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        for (int example = 0; example < examples; example++) {
            System.arraycopy(numbers, 0, frame.values[output], example * numbers.length, numbers.length);
        }
    }
}
