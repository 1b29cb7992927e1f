package org.mtl4j.dl4j.internal.cpu.normalization;

import org.mtl4j.dl4j.internal.cpu.Elementwise;
import org.mtl4j.dl4j.internal.cpu.normalization.BatchNormalizationKernel.Moments;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes what {@link BatchNormalizationKernel#normalize} does, in the same order of operations, on channels-last
 * images. The channels' factors are repeated to the length of a block, so that one loop runs over it.
 */
public final class ChannelsLastNormalization {
    private final float[] mean;
    private final float[] scale;
    private final float[] offset;
    private final float least;

    /** Prepares for one set of moments and parameters; the result goes through ReLU if {@code rectified}. */
    public ChannelsLastNormalization(Moments moments, float[] gamma, float[] beta, boolean rectified) {
        int channels = gamma.length;
        int length = channels * Math.max(1, Elementwise.BLOCK / channels);
        mean = new float[length];
        scale = new float[length];
        offset = new float[length];
        least = rectified ? 0 : Float.NEGATIVE_INFINITY;
        for (int c = 0; c < channels; c++) {
            mean[c] = (float) moments.mean()[c];
            scale[c] = (float) (gamma[c] * moments.inverse(c));
            offset[c] = beta[c];
        }
        repeat(mean, channels);
        repeat(scale, channels);
        repeat(offset, channels);
    }

    private static void repeat(float[] values, int period) {
        for (int filled = period; filled < values.length; filled *= 2) {
            System.arraycopy(values, 0, values, filled, Math.min(filled, values.length - filled));
        }
    }

    /**
     * Normalises images.
     *
     * @param x channels-last
     * @param out receives the result, channels-last
     */
    public void apply(INDArray x, INDArray out) {
        Elementwise.map(x, out, mean.length, this::block);
    }

    private void block(float[] numbers, int count) {
        for (int i = 0; i < count; i++) {
            numbers[i] = Math.max(least, (numbers[i] - mean[i]) * scale[i] + offset[i]);
        }
    }
}
