package org.mtl4j.dl4j.internal.cpu.stitch;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.mtl4j.dl4j.internal.cpu.BatchLastLayout;
import org.mtl4j.dl4j.internal.cpu.GradientSink;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.ParallelLoop;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes rows of a cross-stitch unit, and their gradients, in one pass over the data, example by example, without
 * temporary arrays of their size. All arrays are {@code [batch, channels, ...]} of one shape, and contiguous or all
 * {@linkplain BatchLastLayout batch-last}. In batch-last arrays, what is called an example here is a position, and the
 * other way round.
 */
public final class CrossStitchKernel {
    /** Numbers of an example that are processed at a time: with factors and sums they fit in the L1 cache. */
    private static final int BLOCK = 256;

    private CrossStitchKernel() {}

    /** Computes {@code outs[s] = sum over t of alpha[s][t][channel] * inputs[t]}. */
    public static void forward(INDArray[] inputs, float[][][] alpha, INDArray[] outs) {
        int batch = examples(outs[0]);
        int each = (int) (outs[0].length() / batch);
        float[][][][] factors = repeat(alpha, each);
        FloatBuffer[] sources = buffers(inputs);
        FloatBuffer[] targets = buffers(outs);
        ParallelLoop.run(batch, ParallelLoop.parts(batch, outs[0].length()), (part, from, to) -> {
            float[][][] x = scratch(each, sources.length);
            float[][][] y = scratch(each, 1);
            for (int n = from; n < to; n++) {
                for (int p = 0, at = n * each; p < factors.length; at += y[p][0].length, p++) {
                    read(sources, at, x[p]);
                    for (int s = 0; s < targets.length; s++) {
                        weightedSum(x[p], factors[p][s], y[p][0]);
                        targets[s].put(at, y[p][0]);
                    }
                }
            }
        });
        HostMemory.reachabilityFence(inputs);
        HostMemory.reachabilityFence(outs);
    }

    /**
     * Computes the gradients {@code inputGradients[t] = sum over s of alpha[s][t][channel] * epsilons[s]}.
     *
     * @param inputGradients receive them, on {@link #parts} threads
     * @return the gradient of alpha: by output, input and channel the sum of {@code epsilons[s] * inputs[t]}
     */
    public static double[][][] backward(
            INDArray[] inputs, float[][][] alpha, INDArray[] epsilons, GradientSink[] inputGradients) {
        int batch = examples(epsilons[0]);
        int each = (int) (epsilons[0].length() / batch);
        float[][][][] factors = transpose(repeat(alpha, each));
        FloatBuffer[] sources = buffers(inputs);
        FloatBuffer[] gradients = buffers(epsilons);
        int parts = parts(epsilons[0]);
        float[][][][] products = new float[parts][][][];
        ParallelLoop.run(batch, parts, (part, from, to) -> {
            float[][][] sums = scratch(each, gradients.length * sources.length);
            float[][][] eps = scratch(each, gradients.length);
            float[][][] x = scratch(each, 1);
            GradientSink.Part[] targets = Arrays.stream(inputGradients)
                    .map(gradient -> gradient.part(part))
                    .toArray(GradientSink.Part[]::new);
            for (int n = from; n < to; n++) {
                for (int p = 0, at = n * each; p < factors.length; at += x[p][0].length, p++) {
                    read(gradients, at, eps[p]);
                    for (int t = 0; t < sources.length; t++) {
                        sources[t].get(at, x[p][0]);
                        for (int s = 0; s < gradients.length; s++) {
                            addProducts(x[p][0], eps[p][s], sums[p][s * sources.length + t]);
                        }
                        weightedSum(eps[p], factors[p][t], x[p][0]);
                        targets[t].put(n, at - n * each, x[p][0]);
                    }
                }
                for (GradientSink.Part target : targets) {
                    target.complete(n);
                }
            }
            products[part] = sums;
        });
        HostMemory.reachabilityFence(inputs);
        HostMemory.reachabilityFence(epsilons);
        Arrays.stream(inputGradients).forEach(GradientSink::close);
        double[][][] sums = new double[gradients.length][sources.length][alpha[0][0].length];
        for (int s = 0; s < sums.length; s++) {
            for (int t = 0; t < sums[s].length; t++) {
                for (float[][][] ofPart : products) {
                    sumByChannel(ofPart, s * sources.length + t, each / sums[s][t].length, sums[s][t]);
                }
            }
        }
        return sums;
    }

    /** Returns into how many threads {@link #backward} divides gradients like this. */
    public static int parts(INDArray epsilon) {
        return ParallelLoop.parts(examples(epsilon), epsilon.length());
    }

    /** Returns a sink that stores the gradient in an array. */
    public static GradientSink into(INDArray gradient) {
        FloatBuffer numbers = HostMemory.floats(gradient);
        int each = (int) gradient.length() / examples(gradient);
        GradientSink.Part any = new GradientSink.Part() {
            @Override
            public void put(int position, int at, float[] block) {
                numbers.put(position * each + at, block);
            }

            @Override
            public void complete(int position) {
                // stored already
            }
        };
        return new GradientSink() {
            @Override
            public Part part(int part) {
                return any;
            }

            @Override
            public void close() {
                HostMemory.reachabilityFence(gradient);
            }
        };
    }

    private static void read(FloatBuffer[] sources, int at, float[][] numbers) {
        for (int t = 0; t < sources.length; t++) {
            sources[t].get(at, numbers[t]);
        }
    }

    /** Allocates, by block, so many rows of its length. */
    private static float[][][] scratch(int each, int rows) {
        float[][][] pieces = new float[(each + BLOCK - 1) / BLOCK][][];
        for (int p = 0; p < pieces.length; p++) {
            pieces[p] = new float[rows][Math.min(BLOCK, each - p * BLOCK)];
        }
        return pieces;
    }

    /** Repeats, by block, each channel's factor at all of its positions, so that one loop runs over a block. */
    private static float[][][][] repeat(float[][][] alpha, int each) {
        float[][][][] factors = new float[(each + BLOCK - 1) / BLOCK][alpha.length][alpha[0].length][];
        int positions = each / alpha[0][0].length;
        for (int p = 0; p < factors.length; p++) {
            int start = p * BLOCK;
            int end = Math.min(start + BLOCK, each);
            for (int s = 0; s < alpha.length; s++) {
                for (int t = 0; t < alpha[s].length; t++) {
                    float[] row = new float[end - start];
                    for (int c = start / positions; c * positions < end; c++) {
                        Arrays.fill(
                                row,
                                Math.max(c * positions, start) - start,
                                Math.min((c + 1) * positions, end) - start,
                                alpha[s][t][c]);
                    }
                    factors[p][s][t] = row;
                }
            }
        }
        return factors;
    }

    /** Exchanges input and output. */
    private static float[][][][] transpose(float[][][][] factors) {
        float[][][][] transposed = new float[factors.length][factors[0][0].length][factors[0].length][];
        for (int p = 0; p < factors.length; p++) {
            for (int s = 0; s < factors[p].length; s++) {
                for (int t = 0; t < transposed[p].length; t++) {
                    transposed[p][t][s] = factors[p][s][t];
                }
            }
        }
        return transposed;
    }

    /** Computes {@code y = sum over t of factors[t] * x[t]}. */
    private static void weightedSum(float[][] x, float[][] factors, float[] y) {
        if (x.length == 1) {
            scale(x[0], factors[0], y);
            return;
        }
        weightedSumOfTwo(x[0], factors[0], x[1], factors[1], y);
        for (int t = 2; t < x.length; t++) {
            addProducts(x[t], factors[t], y);
        }
    }

    private static int examples(INDArray array) {
        return (int)
                (BatchLastLayout.matches(array) ? array.length() / (array.size(0) * array.size(1)) : array.size(0));
    }

    private static FloatBuffer[] buffers(INDArray[] arrays) {
        return Arrays.stream(arrays).map(HostMemory::floats).toArray(FloatBuffer[]::new);
    }

    private static void scale(float[] x, float[] factors, float[] y) {
        for (int i = 0; i < y.length; i++) {
            y[i] = factors[i] * x[i];
        }
    }

    private static void weightedSumOfTwo(float[] a, float[] u, float[] b, float[] v, float[] y) {
        for (int i = 0; i < y.length; i++) {
            y[i] = u[i] * a[i] + v[i] * b[i];
        }
    }

    /** Adds products position by position: sums that do not depend on each other are vectorised. */
    private static void addProducts(float[] a, float[] b, float[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += a[i] * b[i];
        }
    }

    /** Sums by channel, whose positions may begin in one block and end in another. */
    private static void sumByChannel(float[][][] products, int row, int positions, double[] sums) {
        for (int p = 0; p < products.length; p++) {
            float[] block = products[p][row];
            int start = p * BLOCK;
            for (int c = start / positions; c < sums.length && c * positions < start + block.length; c++) {
                sums[c] += sum(
                        block, Math.max(c * positions - start, 0), Math.min((c + 1) * positions - start, block.length));
            }
        }
    }

    /** Computes four independent sums at once. */
    private static double sum(float[] numbers, int from, int to) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = from;
        for (; i + 3 < to; i += 4) {
            a += numbers[i];
            b += numbers[i + 1];
            c += numbers[i + 2];
            d += numbers[i + 3];
        }
        for (; i < to; i++) {
            a += numbers[i];
        }
        return a + b + (c + d);
    }
}
