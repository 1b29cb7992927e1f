package org.mtl4j.dl4j.internal.cpu.prepared;

import java.util.List;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;

/** Mixes values by coefficients of each channel: one output of a cross-stitch unit. */
final class MixStep extends PreparedStep {
    private static final int TILE = 1024;

    private final float[][] coefficients;
    private final int size;
    private final int[] inputs;
    private final int output;

    /** @param coefficients by input one number for each channel, or one for all */
    MixStep(List<float[]> coefficients, int channels, int size, int[] inputs, int output) {
        int count = channels * Math.max(1, TILE / channels);
        this.coefficients = coefficients.stream()
                .map(each -> FlatArrays.repeated(each, count))
                .toArray(float[][]::new);
        this.size = size;
        this.inputs = inputs;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        int all = examples * size;
        float[] to = frame.values[output];
        for (int at = 0; at < all; at += coefficients[0].length) {
            int count = Math.min(coefficients[0].length, all - at);
            int next = 1;
            if (inputs.length > 1) {
                Loops.mix(
                        coefficients[0],
                        frame.values[inputs[0]],
                        coefficients[1],
                        frame.values[inputs[1]],
                        at,
                        to,
                        count);
                next = 2;
            } else {
                Loops.scale(coefficients[0], frame.values[inputs[0]], at, to, at, count);
            }
            for (int t = next; t < inputs.length; t++) {
                Loops.addScaled(coefficients[t], frame.values[inputs[t]], at, to, at, count);
            }
        }
    }
}
