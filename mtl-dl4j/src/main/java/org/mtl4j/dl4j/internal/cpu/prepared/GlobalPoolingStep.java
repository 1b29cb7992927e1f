package org.mtl4j.dl4j.internal.cpu.prepared;

import java.util.Arrays;

/** Pools all positions of each channel, or those that a mask leaves. */
final class GlobalPoolingStep extends PreparedStep {
    private final PoolKind kind;
    private final int p;
    private final int channels;
    private final int positions;
    private final int input;
    private final int mask;
    private final int output;

    /** @param mask slot of the mask; -1 for none */
    GlobalPoolingStep(PoolKind kind, int p, int channels, int positions, int input, int mask, int output) {
        this.kind = kind;
        this.p = p;
        this.channels = channels;
        this.positions = positions;
        this.input = input;
        this.mask = mask;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        float[] from = frame.values[input];
        float[] to = frame.values[output];
        for (int example = 0; example < examples; example++) {
            int at = example * channels;
            Arrays.fill(to, at, at + channels, kind.start());
            int count = 0;
            for (int position = 0; position < positions; position++) {
                int place = example * positions + position;
                if (mask < 0 || frame.values[mask][place] != 0) {
                    kind.take(from, place * channels, to, at, channels, p);
                    count++;
                }
            }
            kind.finish(to, at, channels, p, count);
        }
    }
}
