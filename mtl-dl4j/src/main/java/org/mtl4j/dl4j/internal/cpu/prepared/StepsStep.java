package org.mtl4j.dl4j.internal.cpu.prepared;

import java.util.Arrays;

/** Does what masks of sequences are for: takes the last step that is there, or clears those that are not. */
final class StepsStep extends PreparedStep {
    private final boolean last;
    private final int features;
    private final int steps;
    private final int input;
    private final int mask;
    private final int output;

    /**
     * Prepares.
     *
     * @param last whether the last step is taken; else steps are cleared
     * @param mask slot; -1 if all steps are there
     */
    StepsStep(boolean last, int features, int steps, int input, int mask, int output) {
        this.last = last;
        this.features = features;
        this.steps = steps;
        this.input = input;
        this.mask = mask;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        float[] from = frame.values[input];
        float[] to = frame.values[output];
        for (int example = 0; example < examples; example++) {
            int first = example * steps;
            if (last) {
                int step = steps - 1;
                while (step > 0 && mask >= 0 && frame.values[mask][first + step] == 0) {
                    step--;
                }
                System.arraycopy(from, (first + step) * features, to, example * features, features);
            } else {
                System.arraycopy(from, first * features, to, first * features, steps * features);
                for (int step = 0; step < steps; step++) {
                    if (mask >= 0 && frame.values[mask][first + step] == 0) {
                        int at = (first + step) * features;
                        Arrays.fill(to, at, at + features, 0);
                    }
                }
            }
        }
    }
}
