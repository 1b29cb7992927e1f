package org.mtl4j.dl4j.layer;

import java.nio.FloatBuffer;
import org.mtl4j.dl4j.internal.cpu.HostLoop;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arithmetic of batch normalisation on arrays in the memory of the CPU, {@code [batch, channels, ...]}, an example at a
 * time.
 */
final class HostNormalization {
    /** Numbers that give an idea of a channel's mean. */
    private static final int FEW = 16;

    private HostNormalization() {}

    /**
     * Mean and variance per channel.
     *
     * @param variance over examples and positions, not corrected for their number
     * @param epsilon what is added to the variance before it divides
     */
    record Moments(double[] mean, double[] variance, double epsilon) {
        double inverse(int channel) {
            return 1 / Math.sqrt(variance[channel] + epsilon);
        }
    }

    /** What a loop over one example's channel does; {@code sums} are those of the channel. */
    @FunctionalInterface
    private interface Plane {
        void add(int channel, int from, int to, double[] sums);
    }

    /** The moments of a batch. */
    static Moments moments(INDArray x, double epsilon) {
        Layout layout = Layout.of(x);
        FloatBuffer source = HostMemory.floats(x);
        float[] near = near(layout, source);
        double[][] sums = layout.sum(2, () -> {
            float[] values = new float[layout.each];
            return n -> {
                source.get(n * layout.each, values);
                return (c, from, to, into) -> {
                    float shift = near[c];
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
        HostMemory.usedUntilHere(x);
        double[] mean = new double[layout.channels];
        double[] variance = new double[layout.channels];
        double count = (double) layout.batch * layout.positions;
        for (int c = 0; c < mean.length; c++) {
            double shifted = sums[c][0] / count;
            mean[c] = near[c] + shifted;
            variance[c] = Math.max(0, sums[c][1] / count - shifted * shifted);
        }
        return new Moments(mean, variance, epsilon);
    }

    /** Means of the first few numbers of each channel: subtracted before anything is squared, which keeps squares small. */
    private static float[] near(Layout layout, FloatBuffer source) {
        int examples = Math.min(layout.batch, Math.max(1, FEW / layout.positions));
        double[] sums = new double[layout.channels];
        float[] values = new float[layout.each];
        for (int n = 0; n < examples; n++) {
            source.get(n * layout.each, values);
            for (int i = 0; i < layout.each; i++) {
                sums[i / layout.positions] += values[i];
            }
        }
        float[] means = new float[layout.channels];
        for (int c = 0; c < means.length; c++) {
            means[c] = (float) (sums[c] / (examples * layout.positions));
        }
        return means;
    }

    /** {@code out = gamma (x - mean) / sqrt(variance + epsilon) + beta}, or the larger of that and 0. */
    static void normalize(INDArray x, Moments moments, float[] gamma, float[] beta, boolean rectified, INDArray out) {
        Layout layout = Layout.of(x);
        FloatBuffer source = HostMemory.floats(x);
        FloatBuffer target = HostMemory.floats(out);
        HostLoop.over(layout.batch, layout.parts(), (part, first, last) -> {
            float[] values = new float[layout.each];
            for (int n = first; n < last; n++) {
                source.get(n * layout.each, values);
                for (int c = 0; c < layout.channels; c++) {
                    float mean = (float) moments.mean()[c];
                    float scale = (float) (gamma[c] * moments.inverse(c));
                    float offset = beta[c];
                    int end = (c + 1) * layout.positions;
                    float least = rectified ? 0 : Float.NEGATIVE_INFINITY;
                    for (int i = c * layout.positions; i < end; i++) {
                        values[i] = Math.max(least, (values[i] - mean) * scale + offset);
                    }
                }
                target.put(n * layout.each, values);
            }
        });
        HostMemory.usedUntilHere(x, out);
    }

    /**
     * The gradient with respect to x, into {@code result}.
     *
     * @return the gradients with respect to γ and to β
     */
    static double[][] backward(
            INDArray x,
            Moments moments,
            float[] gamma,
            float[] beta,
            boolean rectified,
            INDArray epsilon,
            INDArray result) {
        Layout layout = Layout.of(x);
        FloatBuffer source = HostMemory.floats(x);
        FloatBuffer gradient = HostMemory.floats(epsilon);
        FloatBuffer target = HostMemory.floats(result);
        double[][] sums = layout.sum(2, () -> {
            float[] values = new float[layout.each];
            float[] eps = new float[layout.each];
            return n -> {
                source.get(n * layout.each, values);
                gradient.get(n * layout.each, eps);
                if (rectified) {
                    shut(values, moments, gamma, beta, layout, eps);
                    target.put(n * layout.each, eps); // for the second pass
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
        double count = (double) layout.batch * layout.positions;
        double[] ofGamma = new double[layout.channels];
        double[] ofBeta = new double[layout.channels];
        float[] ofEpsilon = new float[layout.channels];
        float[] ofDeviation = new float[layout.channels];
        float[] constant = new float[layout.channels];
        for (int c = 0; c < layout.channels; c++) {
            double inverse = moments.inverse(c);
            ofBeta[c] = sums[c][0];
            ofGamma[c] = sums[c][1] * inverse;
            double scale = gamma[c] * inverse;
            ofEpsilon[c] = (float) scale;
            ofDeviation[c] = (float) (-scale * inverse * inverse * sums[c][1] / count);
            constant[c] = (float) (-scale * sums[c][0] / count);
        }
        HostLoop.over(layout.batch, layout.parts(), (part, first, last) -> {
            float[] values = new float[layout.each];
            float[] eps = new float[layout.each];
            for (int n = first; n < last; n++) {
                source.get(n * layout.each, values);
                (rectified ? target : gradient).get(n * layout.each, eps);
                for (int c = 0; c < layout.channels; c++) {
                    float mean = (float) moments.mean()[c];
                    float a = ofEpsilon[c];
                    float b = ofDeviation[c];
                    float d = constant[c];
                    int end = (c + 1) * layout.positions;
                    for (int i = c * layout.positions; i < end; i++) {
                        values[i] = a * eps[i] + b * (values[i] - mean) + d;
                    }
                }
                target.put(n * layout.each, values);
            }
        });
        HostMemory.usedUntilHere(x, epsilon, result);
        return new double[][] {ofGamma, ofBeta};
    }

    /** Sets the gradient to 0 where the result is not above 0. */
    private static void shut(float[] values, Moments moments, float[] gamma, float[] beta, Layout layout, float[] eps) {
        for (int c = 0; c < layout.channels; c++) {
            float mean = (float) moments.mean()[c];
            float scale = (float) (gamma[c] * moments.inverse(c));
            float offset = beta[c];
            int end = (c + 1) * layout.positions;
            for (int i = c * layout.positions; i < end; i++) {
                // without a branch, which would be taken at random; 1 from 1e-30 on
                eps[i] *= Math.max(0f, Math.min(1f, ((values[i] - mean) * scale + offset) * 1e30f));
            }
        }
    }

    /** Sums of one example after the other, in memory of one thread's own. */
    @FunctionalInterface
    private interface Example {
        Plane read(int n);
    }

    /** How an array's numbers lie. */
    private record Layout(int batch, int channels, int positions, int each) {
        static Layout of(INDArray x) {
            int batch = (int) x.size(0);
            int channels = (int) x.size(1);
            int each = (int) (x.length() / batch);
            return new Layout(batch, channels, each / channels, each);
        }

        int parts() {
            return HostLoop.parts(batch, (long) batch * each);
        }

        /** Sums per channel, over parts in their order. */
        double[][] sum(int kinds, java.util.function.Supplier<Example> perThread) {
            int parts = parts();
            double[][][] sums = new double[parts][channels][kinds];
            HostLoop.over(batch, parts, (part, first, last) -> {
                Example example = perThread.get();
                for (int n = first; n < last; n++) {
                    Plane plane = example.read(n);
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
