package org.mtl4j.dl4j.internal.cpu.prepared;

import org.mtl4j.dl4j.internal.cpu.FlatArrays;

/**
 * Scales and shifts each channel: batch normalisation that could not be folded into weights before it. The mean is
 * subtracted first, so that numbers far from 0 keep what tells them apart.
 */
final class ScaleStep extends PreparedStep {
    private static final int TILE = 1024;

    private final float[] centres;
    private final float[] scales;
    private final float[] shifts;
    private final int size;
    private final int input;
    private final int output;

    ScaleStep(float[] centres, float[] scales, float[] shifts, int size, int input, int output) {
        int count = scales.length * Math.max(1, TILE / scales.length);
        this.centres = FlatArrays.repeated(centres, count);
        this.scales = FlatArrays.repeated(scales, count);
        this.shifts = FlatArrays.repeated(shifts, count);
        this.size = size;
        this.input = input;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        int all = examples * size;
        for (int at = 0; at < all; at += scales.length) {
            Loops.scaleAndShift(
                    centres,
                    scales,
                    shifts,
                    frame.values[input],
                    frame.values[output],
                    at,
                    Math.min(scales.length, all - at));
        }
    }
}
