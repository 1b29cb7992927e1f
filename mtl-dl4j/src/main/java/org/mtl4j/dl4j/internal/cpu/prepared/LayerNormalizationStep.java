package org.mtl4j.dl4j.internal.cpu.prepared;

/** Normalises each row over its features. */
final class LayerNormalizationStep extends PreparedStep {
    private final float[] gain;
    private final float[] bias;
    private final float epsilon;
    private final int rowsOfExample;
    private final int input;
    private final int output;

    LayerNormalizationStep(float[] gain, float[] bias, float epsilon, int rowsOfExample, int input, int output) {
        this.gain = gain;
        this.bias = bias;
        this.epsilon = epsilon;
        this.rowsOfExample = rowsOfExample;
        this.input = input;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        float[] from = frame.values[input];
        float[] to = frame.values[output];
        int features = gain.length;
        for (int row = 0; row < examples * rowsOfExample; row++) {
            int at = row * features;
            double sum = 0;
            for (int i = 0; i < features; i++) {
                sum += from[at + i];
            }
            double mean = sum / features;
            double squares = 0;
            for (int i = 0; i < features; i++) {
                squares += (from[at + i] - mean) * (from[at + i] - mean);
            }
            double by = 1 / Math.sqrt(squares / features + epsilon);
            for (int i = 0; i < features; i++) {
                to[at + i] = (float) (gain[i] * ((from[at + i] - mean) * by) + bias[i]);
            }
        }
    }
}
