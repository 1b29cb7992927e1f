package org.mtl4j.dl4j.internal.cpu.normalization;

import java.util.function.UnaryOperator;
import org.mtl4j.dl4j.internal.cpu.normalization.BatchNormalizationKernel.Moments;
import org.mtl4j.internal.data.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Computes batch normalisation and its gradients in double precision on arrays {@code [batch, channels, ...]} of any
 * type and layout, which are copied: where {@link BatchNormalizationKernel} does not fit, and exactness counts more
 * than speed.
 */
public final class WideNormalization {
    private final long[] shape;
    private final double[] x;
    private final int batch;
    private final int channels;
    private final int positions;

    private WideNormalization(long[] shape, double[] x) {
        this.shape = shape;
        this.x = x;
        this.batch = Math.toIntExact(shape[0]);
        this.channels = Math.toIntExact(shape[1]);
        this.positions = x.length / (batch * channels);
    }

    /** Copies what is to be normalised, {@code [batch, channels, ...]}. */
    public static WideNormalization of(INDArray x) {
        return new WideNormalization(x.shape().clone(), Rows.numbers(x));
    }

    /** Does something with one channel of one example. */
    @FunctionalInterface
    private interface Plane {
        void look(int channel, int from, int to);
    }

    private void forEachPlane(Plane plane) {
        for (int n = 0; n < batch; n++) {
            for (int c = 0; c < channels; c++) {
                int from = (n * channels + c) * positions;
                plane.look(c, from, from + positions);
            }
        }
    }

    /** {@return the moments of the batch} The variance in a second pass, as squares may cancel. */
    public Moments moments(double epsilon) {
        double count = (double) batch * positions;
        double[] mean = new double[channels];
        forEachPlane((c, from, to) -> {
            for (int i = from; i < to; i++) {
                mean[c] += x[i];
            }
        });
        for (int c = 0; c < channels; c++) {
            mean[c] /= count;
        }
        double[] variance = new double[channels];
        forEachPlane((c, from, to) -> {
            for (int i = from; i < to; i++) {
                double deviation = x[i] - mean[c];
                variance[c] += deviation * deviation;
            }
        });
        for (int c = 0; c < channels; c++) {
            variance[c] /= count;
        }
        return new Moments(mean, variance, epsilon, count);
    }

    /**
     * Computes {@code out = gamma (x - mean) / sqrt(variance + epsilon) + beta}, through ReLU if {@code rectified}.
     *
     * @param out gets the result, in its type
     */
    public void normalize(Moments moments, double[] gamma, double[] beta, boolean rectified, INDArray out) {
        double[] values = new double[x.length];
        double least = rectified ? 0 : Double.NEGATIVE_INFINITY;
        forEachPlane((c, from, to) -> {
            double mean = moments.mean()[c];
            double scale = gamma[c] * moments.inverse(c);
            for (int i = from; i < to; i++) {
                values[i] = Math.max(least, (x[i] - mean) * scale + beta[c]);
            }
        });
        put(values, out);
    }

    /**
     * Computes the gradients.
     *
     * @param moments of the batch, of which x may be a part
     * @param epsilon gradient with respect to the output
     * @param together adds up {@code [2][channel]} sums over x, of the gradient and of its product with the deviation
     *     from the mean, to those over the batch; the identity if x is all of it
     * @param result gets the gradient with respect to x, in its type
     * @return the gradients with respect to γ and to β, as far as they are of x
     */
    public double[][] backward(
            Moments moments,
            double[] gamma,
            double[] beta,
            boolean rectified,
            INDArray epsilon,
            UnaryOperator<double[][]> together,
            INDArray result) {
        double[] eps = Rows.numbers(epsilon);
        double[] ofBeta = new double[channels];
        double[] ofDeviation = new double[channels];
        forEachPlane((c, from, to) -> {
            double mean = moments.mean()[c];
            double scale = gamma[c] * moments.inverse(c);
            for (int i = from; i < to; i++) {
                double deviation = x[i] - mean;
                if (rectified && !(deviation * scale + beta[c] > 0)) {
                    eps[i] = 0;
                }
                ofBeta[c] += eps[i];
                ofDeviation[c] += eps[i] * deviation;
            }
        });
        double[][] all = together.apply(new double[][] {ofBeta, ofDeviation});
        double count = moments.count();
        double[] values = new double[x.length];
        forEachPlane((c, from, to) -> {
            double mean = moments.mean()[c];
            double inverse = moments.inverse(c);
            double scale = gamma[c] * inverse;
            double slope = inverse * inverse * all[1][c] / count;
            double constant = all[0][c] / count;
            for (int i = from; i < to; i++) {
                values[i] = scale * (eps[i] - constant - slope * (x[i] - mean));
            }
        });
        put(values, result);
        double[] ofGamma = new double[channels];
        for (int c = 0; c < channels; c++) {
            ofGamma[c] = ofDeviation[c] * moments.inverse(c);
        }
        return new double[][] {ofGamma, ofBeta};
    }

    private void put(double[] values, INDArray into) {
        into.assign(Nd4j.create(values, shape, into.dataType()));
    }
}
