package org.mtl4j.dl4j.internal.cpu.prepared;

/** Names what becomes of the numbers that are pooled. */
public enum PoolKind {
    /** The largest. */
    MAX,
    /** Their mean. */
    AVERAGE,
    /** Their sum. */
    SUM,
    /** The p-th root of the sum of their p-th powers, without signs. */
    PNORM;

    float start() {
        return this == MAX ? Float.NEGATIVE_INFINITY : 0;
    }

    /** Takes a row of channels into what there is so far. */
    void take(float[] from, int at, float[] to, int offset, int channels, int p) {
        if (this == MAX) {
            Loops.maximum(from, at, to, offset, channels);
        } else if (this == PNORM) {
            for (int c = 0; c < channels; c++) {
                to[offset + c] += (float) Math.pow(Math.abs(from[at + c]), p);
            }
        } else {
            Loops.add(from, at, to, offset, channels);
        }
    }

    /** Finishes what has been taken; {@code count} is what a mean is divided by. */
    void finish(float[] to, int offset, int channels, int p, int count) {
        for (int c = offset; c < offset + channels; c++) {
            if (this == AVERAGE) {
                to[c] /= count;
            } else if (this == PNORM) {
                to[c] = (float) Math.pow(to[c], 1.0 / p);
            }
        }
    }
}
