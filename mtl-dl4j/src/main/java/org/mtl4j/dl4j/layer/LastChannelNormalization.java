package org.mtl4j.dl4j.layer;

import org.mtl4j.dl4j.internal.cpu.HostPieces;
import org.mtl4j.dl4j.layer.HostNormalization.Moments;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What {@link HostNormalization#normalize} computes, in the same order of operations, on images with channels last. The
 * channels' numbers are laid out over and over to the length of a piece, so that one loop without a bound inside goes over it.
 */
final class LastChannelNormalization {
    private final float[] mean;
    private final float[] scale;
    private final float[] offset;
    private final float least;

    LastChannelNormalization(Moments moments, float[] gamma, float[] beta, boolean rectified) {
        int channels = gamma.length;
        int length = channels * Math.max(1, HostPieces.NUMBERS / channels);
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

    void apply(INDArray x, INDArray out) {
        HostPieces.change(x, out, mean.length, this::piece);
    }

    private void piece(float[] numbers, int count) {
        for (int i = 0; i < count; i++) {
            numbers[i] = Math.max(least, (numbers[i] - mean[i]) * scale[i] + offset[i]);
        }
    }
}
