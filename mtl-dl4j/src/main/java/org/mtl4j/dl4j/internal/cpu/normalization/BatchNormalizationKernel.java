package org.mtl4j.dl4j.internal.cpu.normalization;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.ParallelLoop;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes batch normalisation and its gradients on contiguous arrays {@code [batch, channels, ...]}, example by
 * example.
 */
public final class BatchNormalizationKernel {
    /** Numbers from which a channel's mean is estimated. */
    private static final int SAMPLE = 16;

    private BatchNormalizationKernel() {}

    /**
     * Holds mean and variance per channel.
     *
     * @param mean over examples and positions
     * @param variance over examples and positions, biased (divided by their number)
     * @param epsilon ε, added to the variance
     * @param count of how many numbers of each channel; 0 for running estimates
     */
    public record Moments(double[] mean, double[] variance, double epsilon, double count) {
        double inverse(int channel) {
            return 1 / Math.sqrt(variance[channel] + epsilon);
        }

        /**
         * {@return the moments of a batch, of those of its parts, in their order} Each mean is that of the parts, and
         * to the squares about the parts' means come those of these means about the whole's (Chan, Golub and LeVeque,
         * <em>Algorithms for Computing the Sample Variance</em>, 1983), so that nothing large cancels.
         */
        public static Moments ofParts(List<Moments> parts) {
            int channels = parts.get(0).mean.length;
            double count = parts.stream().mapToDouble(Moments::count).sum();
            double[] mean = new double[channels];
            double[] variance = new double[channels];
            for (Moments part : parts) {
                double share = part.count / count;
                for (int c = 0; c < channels; c++) {
                    mean[c] += share * part.mean[c];
                }
            }
            for (Moments part : parts) {
                double share = part.count / count;
                for (int c = 0; c < channels; c++) {
                    double apart = part.mean[c] - mean[c];
                    variance[c] += share * (part.variance[c] + apart * apart);
                }
            }
            return new Moments(mean, variance, parts.get(0).epsilon, count);
        }
    }

    /** {@return the sums of a batch, of those of its parts, added in their order} */
    public static double[][] addUp(List<double[][]> parts) {
        double[][] sums = new double[parts.get(0).length][];
        for (int k = 0; k < sums.length; k++) {
            sums[k] = parts.get(0)[k].clone();
            for (int part = 1; part < parts.size(); part++) {
                for (int i = 0; i < sums[k].length; i++) {
                    sums[k][i] += parts.get(part)[k][i];
                }
            }
        }
        return sums;
    }

    /** Adds one channel of one example to the channel's sums. */
    @FunctionalInterface
    private interface Plane {
        void add(int channel, int from, int to, double[] sums);
    }

    /** Computes the moments of a batch. */
    public static Moments moments(INDArray x, double epsilon) {
        Sizes sizes = Sizes.of(x);
        FloatBuffer source = HostMemory.floats(x);
        float[] roughMeans = roughMeans(sizes, source);
        double[][] sums = sizes.sum(2, () -> {
            float[] values = new float[sizes.each];
            return n -> {
                source.get(n * sizes.each, values);
                return (c, from, to, into) -> {
                    float shift = roughMeans[c];
                    float s0 = 0;
                    float s1 = 0;
                    float q0 = 0;
                    float q1 = 0;
                    int i = from;
                    for (; i <= to - 2; i += 2) {
                        float a = values[i] - shift;
                        float b = values[i + 1] - shift;
                        s0 += a;
                        s1 += b;
                        q0 += a * a;
                        q1 += b * b;
                    }
                    for (; i < to; i++) {
                        float a = values[i] - shift;
                        s0 += a;
                        q0 += a * a;
                    }
                    into[0] += s0 + s1;
                    into[1] += q0 + q1;
                };
            };
        });
        HostMemory.reachabilityFence(x);
        double[] mean = new double[sizes.channels];
        double[] variance = new double[sizes.channels];
        double count = (double) sizes.batch * sizes.positions;
        for (int c = 0; c < mean.length; c++) {
            double shifted = sums[c][0] / count;
            mean[c] = roughMeans[c] + shifted;
            variance[c] = Math.max(0, sums[c][1] / count - shifted * shifted);
        }
        return new Moments(mean, variance, epsilon, count);
    }

    /** Estimates each channel's mean from its first numbers; subtracting it first keeps squares small. */
    private static float[] roughMeans(Sizes sizes, FloatBuffer source) {
        int examples = Math.min(sizes.batch, Math.max(1, SAMPLE / sizes.positions));
        double[] sums = new double[sizes.channels];
        float[] values = new float[sizes.each];
        for (int n = 0; n < examples; n++) {
            source.get(n * sizes.each, values);
            for (int i = 0; i < sizes.each; i++) {
                sums[i / sizes.positions] += values[i];
            }
        }
        float[] means = new float[sizes.channels];
        for (int c = 0; c < means.length; c++) {
            means[c] = (float) (sums[c] / (examples * sizes.positions));
        }
        return means;
    }

    /** Computes {@code out = gamma (x - mean) / sqrt(variance + epsilon) + beta}, through ReLU if {@code rectified}. */
    public static void normalize(
            INDArray x, Moments moments, float[] gamma, float[] beta, boolean rectified, INDArray out) {
        Sizes sizes = Sizes.of(x);
        FloatBuffer source = HostMemory.floats(x);
        FloatBuffer target = HostMemory.floats(out);
        ParallelLoop.run(sizes.batch, sizes.parts(), (part, first, last) -> {
            float[] values = new float[sizes.each];
            for (int n = first; n < last; n++) {
                source.get(n * sizes.each, values);
                for (int c = 0; c < sizes.channels; c++) {
                    float mean = (float) moments.mean()[c];
                    float scale = (float) (gamma[c] * moments.inverse(c));
                    float offset = beta[c];
                    int end = (c + 1) * sizes.positions;
                    float least = rectified ? 0 : Float.NEGATIVE_INFINITY;
                    for (int i = c * sizes.positions; i < end; i++) {
                        values[i] = Math.max(least, (values[i] - mean) * scale + offset);
                    }
                }
                target.put(n * sizes.each, values);
            }
        });
        HostMemory.reachabilityFence(x, out);
    }

    /**
     * Computes the gradients.
     *
     * @param x the batch, or a part of it
     * @param moments of the batch
     * @param epsilon gradient with respect to the output
     * @param together adds up {@code [2][channel]} sums over x, of the gradient and of its product with the deviation
     *     from the mean, to those over the batch; the identity if x is all of it
     * @param result receives the gradient with respect to x
     * @return the gradients with respect to γ and to β, as far as they are of x
     */
    public static double[][] backward(
            INDArray x,
            Moments moments,
            float[] gamma,
            float[] beta,
            boolean rectified,
            INDArray epsilon,
            UnaryOperator<double[][]> together,
            INDArray result) {
        Sizes sizes = Sizes.of(x);
        FloatBuffer source = HostMemory.floats(x);
        FloatBuffer gradient = HostMemory.floats(epsilon);
        FloatBuffer target = HostMemory.floats(result);
        double[][] sums = sizes.sum(2, () -> {
            float[] values = new float[sizes.each];
            float[] eps = new float[sizes.each];
            return n -> {
                source.get(n * sizes.each, values);
                gradient.get(n * sizes.each, eps);
                if (rectified) {
                    reluBackward(values, moments, gamma, beta, sizes, eps);
                    target.put(n * sizes.each, eps); // for the second pass
                }
                return (c, from, to, into) -> {
                    float mean = (float) moments.mean()[c];
                    float s0 = 0;
                    float s1 = 0;
                    float p0 = 0;
                    float p1 = 0;
                    int i = from;
                    for (; i <= to - 2; i += 2) {
                        s0 += eps[i];
                        s1 += eps[i + 1];
                        p0 += eps[i] * (values[i] - mean);
                        p1 += eps[i + 1] * (values[i + 1] - mean);
                    }
                    for (; i < to; i++) {
                        s0 += eps[i];
                        p0 += eps[i] * (values[i] - mean);
                    }
                    into[0] += s0 + s1;
                    into[1] += p0 + p1;
                };
            };
        });
        double[] ofGamma = new double[sizes.channels];
        double[] ofBeta = new double[sizes.channels];
        double[][] own = new double[2][sizes.channels];
        for (int c = 0; c < sizes.channels; c++) {
            own[0][c] = sums[c][0];
            own[1][c] = sums[c][1];
        }
        double[][] all = together.apply(own);
        double count = moments.count();
        float[] ofEpsilon = new float[sizes.channels];
        float[] ofDeviation = new float[sizes.channels];
        float[] constant = new float[sizes.channels];
        for (int c = 0; c < sizes.channels; c++) {
            double inverse = moments.inverse(c);
            ofBeta[c] = sums[c][0];
            ofGamma[c] = sums[c][1] * inverse;
            double scale = gamma[c] * inverse;
            ofEpsilon[c] = (float) scale;
            ofDeviation[c] = (float) (-scale * inverse * inverse * all[1][c] / count);
            constant[c] = (float) (-scale * all[0][c] / count);
        }
        ParallelLoop.run(sizes.batch, sizes.parts(), (part, first, last) -> {
            float[] values = new float[sizes.each];
            float[] eps = new float[sizes.each];
            for (int n = first; n < last; n++) {
                source.get(n * sizes.each, values);
                (rectified ? target : gradient).get(n * sizes.each, eps);
                for (int c = 0; c < sizes.channels; c++) {
                    float mean = (float) moments.mean()[c];
                    float a = ofEpsilon[c];
                    float b = ofDeviation[c];
                    float d = constant[c];
                    int end = (c + 1) * sizes.positions;
                    for (int i = c * sizes.positions; i < end; i++) {
                        values[i] = a * eps[i] + b * (values[i] - mean) + d;
                    }
                }
                target.put(n * sizes.each, values);
            }
        });
        HostMemory.reachabilityFence(x, epsilon, result);
        return new double[][] {ofGamma, ofBeta};
    }

    /** Sets the gradient to 0 where the output is not above 0. */
    private static void reluBackward(
            float[] values, Moments moments, float[] gamma, float[] beta, Sizes sizes, float[] eps) {
        for (int c = 0; c < sizes.channels; c++) {
            float mean = (float) moments.mean()[c];
            float scale = (float) (gamma[c] * moments.inverse(c));
            float offset = beta[c];
            int end = (c + 1) * sizes.positions;
            for (int i = c * sizes.positions; i < end; i++) {
                // without a branch, which could not be predicted; the factor is 1 from 1e-30 on
                eps[i] *= Math.max(0f, Math.min(1f, ((values[i] - mean) * scale + offset) * 1e30f));
            }
        }
    }

    /** Reads one example after the other into memory of one thread's own. */
    @FunctionalInterface
    private interface ExampleReader {
        Plane read(int n);
    }

    /** Holds the sizes of an array. */
    private record Sizes(int batch, int channels, int positions, int each) {
        static Sizes of(INDArray x) {
            int batch = (int) x.size(0);
            int channels = (int) x.size(1);
            int each = (int) (x.length() / batch);
            return new Sizes(batch, channels, each / channels, each);
        }

        int parts() {
            return ParallelLoop.parts(batch, (long) batch * each);
        }

        /** Sums per channel over all examples, adding the sums of parts in order. */
        double[][] sum(int kinds, Supplier<ExampleReader> perThread) {
            int parts = parts();
            double[][][] sums = new double[parts][channels][kinds];
            ParallelLoop.run(batch, parts, (part, first, last) -> {
                ExampleReader reader = perThread.get();
                for (int n = first; n < last; n++) {
                    Plane plane = reader.read(n);
                    for (int c = 0; c < channels; c++) {
                        plane.add(c, c * positions, (c + 1) * positions, sums[part][c]);
                    }
                }
            });
            for (int part = 1; part < parts; part++) {
                for (int c = 0; c < channels; c++) {
                    for (int k = 0; k < kinds; k++) {
                        sums[0][c][k] += sums[part][c][k];
                    }
                }
            }
            return sums[0];
        }
    }
}
