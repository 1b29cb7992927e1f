package org.mtl4j.dl4j.internal.cpu.prepared;

import java.util.Arrays;

/** Adds up experts by weights that each example has of its own. */
final class WeightedSumStep extends PreparedStep {
    private final int[] experts;
    private final int size;
    private final int weights;
    private final int[] banks;
    private final int output;

    /**
     * Prepares.
     *
     * @param experts by bank how many are in it, one behind the other
     * @param size of one expert's output
     */
    WeightedSumStep(int[] experts, int size, int weights, int[] banks, int output) {
        this.experts = experts;
        this.size = size;
        this.weights = weights;
        this.banks = banks;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        float[] to = frame.values[output];
        float[] by = frame.values[weights];
        Arrays.fill(to, 0, examples * size, 0);
        int all = Arrays.stream(experts).sum();
        for (int example = 0; example < examples; example++) {
            int next = example * all;
            for (int bank = 0; bank < banks.length; bank++) {
                float[] from = frame.values[banks[bank]];
                for (int e = 0; e < experts[bank]; e++) {
                    int at = (example * experts[bank] + e) * size;
                    Loops.addMultiple(by[next++], from, at, to, example * size, size);
                }
            }
        }
    }
}
