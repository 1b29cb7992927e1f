package org.mtl4j.dl4j.internal.cpu.prepared;

/** Convolves images of which channels fall into groups, number by number. */
final class GroupedConvolutionStep extends PreparedStep {
    private final Geometry geometry;
    private final int out;
    private final int groups;
    private final float[] weights;
    private final float[] bias;
    private final int input;
    private final int output;

    /** @param weights {@code [out, channels / groups, kernel height, kernel width]} */
    GroupedConvolutionStep(
            Geometry geometry, int out, int groups, float[] weights, float[] bias, int input, int output) {
        this.geometry = geometry;
        this.out = out;
        this.groups = groups;
        this.weights = weights;
        this.bias = bias;
        this.input = input;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        Geometry g = geometry;
        float[] to = frame.values[output];
        int at = 0;
        for (int example = 0; example < examples; example++) {
            int base = example * g.height() * g.width() * g.channels();
            for (int row = 0; row < g.rows(); row++) {
                for (int column = 0; column < g.columns(); column++) {
                    for (int o = 0; o < out; o++) {
                        to[at++] = bias[o] + sum(frame.values[input], base, row, column, o);
                    }
                }
            }
        }
    }

    private float sum(float[] from, int base, int row, int column, int o) {
        Geometry g = geometry;
        int each = g.channels() / groups;
        int first = o / (out / groups) * each;
        float sum = 0;
        for (int i = 0; i < g.kernelHeight(); i++) {
            int y = row * g.strideHeight() - g.top() + i * g.dilationHeight();
            for (int j = 0; j < g.kernelWidth(); j++) {
                int x = column * g.strideWidth() - g.left() + j * g.dilationWidth();
                if (y >= 0 && y < g.height() && x >= 0 && x < g.width()) {
                    int at = base + (y * g.width() + x) * g.channels() + first;
                    for (int c = 0; c < each; c++) {
                        int w = ((o * each + c) * g.kernelHeight() + i) * g.kernelWidth() + j;
                        sum += from[at + c] * weights[w];
                    }
                }
            }
        }
        return sum;
    }
}
