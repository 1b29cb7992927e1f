package org.mtl4j.dl4j.internal.cpu.prepared;

import java.util.Arrays;

/** Pools windows of images, whichever they are; padding takes no part in a maximum and adds 0 to a sum. */
final class PoolingStep extends PreparedStep {
    private final PoolKind kind;
    private final int p;
    private final boolean countPadding;
    private final Geometry geometry;
    private final int input;
    private final int output;

    PoolingStep(PoolKind kind, int p, boolean countPadding, Geometry geometry, int input, int output) {
        this.kind = kind;
        this.p = p;
        this.countPadding = countPadding;
        this.geometry = geometry;
        this.input = input;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        Geometry g = geometry;
        float[] from = frame.values[input];
        float[] to = frame.values[output];
        int at = 0;
        for (int example = 0; example < examples; example++) {
            int base = example * g.height() * g.width() * g.channels();
            for (int row = 0; row < g.rows(); row++) {
                for (int column = 0; column < g.columns(); column++) {
                    window(from, base, row, column, to, at);
                    at += g.channels();
                }
            }
        }
    }

    private void window(float[] from, int base, int row, int column, float[] to, int at) {
        Geometry g = geometry;
        Arrays.fill(to, at, at + g.channels(), kind.start());
        int count = 0;
        for (int i = 0; i < g.kernelHeight(); i++) {
            int y = row * g.strideHeight() - g.top() + i * g.dilationHeight();
            for (int j = 0; j < g.kernelWidth(); j++) {
                int x = column * g.strideWidth() - g.left() + j * g.dilationWidth();
                if (y >= 0 && y < g.height() && x >= 0 && x < g.width()) {
                    kind.take(from, base + (y * g.width() + x) * g.channels(), to, at, g.channels(), p);
                    count++;
                }
            }
        }
        kind.finish(to, at, g.channels(), p, countPadding ? g.kernelHeight() * g.kernelWidth() : count);
    }
}
