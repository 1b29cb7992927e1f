package org.mtl4j.dl4j.internal.cpu.prepared;

/** Computes the expected position under a softmax over the positions of each channel, x and y in turn. */
final class SoftArgmaxStep extends PreparedStep {
    private final int channels;
    private final int height;
    private final int width;
    private final int input;
    private final int output;

    SoftArgmaxStep(int channels, int height, int width, int input, int output) {
        this.channels = channels;
        this.height = height;
        this.width = width;
        this.input = input;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        float[] from = frame.values[input];
        float[] to = frame.values[output];
        int positions = height * width;
        for (int example = 0; example < examples; example++) {
            for (int c = 0; c < channels; c++) {
                int at = example * positions * channels + c;
                float most = Float.NEGATIVE_INFINITY;
                for (int p = 0; p < positions; p++) {
                    most = Math.max(most, from[at + p * channels]);
                }
                double sum = 0;
                double x = 0;
                double y = 0;
                for (int row = 0; row < height; row++) {
                    for (int column = 0; column < width; column++) {
                        double e = Math.exp(from[at + (row * width + column) * channels] - most);
                        sum += e;
                        x += e * (column + 0.5);
                        y += e * (row + 0.5);
                    }
                }
                to[2 * (example * channels + c)] = (float) (x / sum / width);
                to[2 * (example * channels + c) + 1] = (float) (y / sum / height);
            }
        }
    }
}
