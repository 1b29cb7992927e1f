package org.mtl4j.dl4j.vertex;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.mtl4j.dl4j.internal.cpu.BatchLast;
import org.mtl4j.dl4j.internal.cpu.GradientByPosition;
import org.mtl4j.dl4j.internal.cpu.HostLoop;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Rows of a cross-stitch unit on arrays in the memory of the CPU: one pass over the data, an example at a time, without
 * temporary arrays of their size. All arrays are {@code [batch, channels, ...]} of one shape. If all lie as {@link BatchLast} says, what is
 * said of examples here goes for positions, and of positions for examples.
 */
final class HostStitch {
    /** Numbers of an example that are worked on at a time: with factors and sums they fit in the nearest cache. */
    private static final int PIECE = 256;

    private HostStitch() {}

    /** {@code outs[s] = sum over t of alpha[s][t][channel] * inputs[t]}. */
    static void mix(INDArray[] inputs, float[][][] alpha, INDArray[] outs) {
        int batch = examples(outs[0]);
        int each = (int) (outs[0].length() / batch);
        float[][][][] factors = spread(alpha, each);
        FloatBuffer[] sources = buffers(inputs);
        FloatBuffer[] targets = buffers(outs);
        HostLoop.over(batch, HostLoop.parts(batch, outs[0].length()), (part, from, to) -> {
            float[][][] x = scratch(each, sources.length);
            float[][][] y = scratch(each, 1);
            for (int n = from; n < to; n++) {
                for (int p = 0, at = n * each; p < factors.length; at += y[p][0].length, p++) {
                    read(sources, at, x[p]);
                    for (int s = 0; s < targets.length; s++) {
                        weigh(x[p], factors[p][s], y[p][0]);
                        targets[s].put(at, y[p][0]);
                    }
                }
            }
        });
        HostMemory.usedUntilHere(inputs);
        HostMemory.usedUntilHere(outs);
    }

    /**
     * The gradients: {@code inputGradients[t] = sum over s of alpha[s][t][channel] * epsilons[s]}.
     *
     * @param inputGradients receive them, on as many threads as {@link #parts} says
     * @return by output, input and channel the sum of {@code epsilons[s] * inputs[t]} over examples and positions
     */
    static double[][][] unmix(
            INDArray[] inputs, float[][][] alpha, INDArray[] epsilons, GradientByPosition[] inputGradients) {
        int batch = examples(epsilons[0]);
        int each = (int) (epsilons[0].length() / batch);
        float[][][][] factors = turned(spread(alpha, each));
        FloatBuffer[] sources = buffers(inputs);
        FloatBuffer[] gradients = buffers(epsilons);
        int parts = parts(epsilons[0]);
        float[][][][] products = new float[parts][][][];
        HostLoop.over(batch, parts, (part, from, to) -> {
            float[][][] sums = scratch(each, gradients.length * sources.length);
            float[][][] eps = scratch(each, gradients.length);
            float[][][] x = scratch(each, 1);
            GradientByPosition.Part[] targets = Arrays.stream(inputGradients)
                    .map(gradient -> gradient.part(part))
                    .toArray(GradientByPosition.Part[]::new);
            for (int n = from; n < to; n++) {
                for (int p = 0, at = n * each; p < factors.length; at += x[p][0].length, p++) {
                    read(gradients, at, eps[p]);
                    for (int t = 0; t < sources.length; t++) {
                        sources[t].get(at, x[p][0]);
                        for (int s = 0; s < gradients.length; s++) {
                            addProducts(x[p][0], eps[p][s], sums[p][s * sources.length + t]);
                        }
                        weigh(eps[p], factors[p][t], x[p][0]);
                        targets[t].put(n, at - n * each, x[p][0]);
                    }
                }
                for (GradientByPosition.Part target : targets) {
                    target.complete(n);
                }
            }
            products[part] = sums;
        });
        HostMemory.usedUntilHere(inputs);
        HostMemory.usedUntilHere(epsilons);
        Arrays.stream(inputGradients).forEach(GradientByPosition::close);
        double[][][] sums = new double[gradients.length][sources.length][alpha[0][0].length];
        for (int s = 0; s < sums.length; s++) {
            for (int t = 0; t < sums[s].length; t++) {
                for (float[][][] ofPart : products) {
                    addUp(ofPart, s * sources.length + t, each / sums[s][t].length, sums[s][t]);
                }
            }
        }
        return sums;
    }

    /** Among how many threads {@link #unmix} divides gradients like this. */
    static int parts(INDArray epsilon) {
        return HostLoop.parts(examples(epsilon), epsilon.length());
    }

    /** Puts the gradient into an array. */
    static GradientByPosition into(INDArray gradient) {
        FloatBuffer numbers = HostMemory.floats(gradient);
        int each = (int) gradient.length() / examples(gradient);
        GradientByPosition.Part any = new GradientByPosition.Part() {
            @Override
            public void put(int position, int at, float[] piece) {
                numbers.put(position * each + at, piece);
            }

            @Override
            public void complete(int position) {
                // it is where it belongs
            }
        };
        return new GradientByPosition() {
            @Override
            public Part part(int part) {
                return any;
            }

            @Override
            public void close() {
                HostMemory.usedUntilHere(gradient);
            }
        };
    }

    private static void read(FloatBuffer[] sources, int at, float[][] numbers) {
        for (int t = 0; t < sources.length; t++) {
            sources[t].get(at, numbers[t]);
        }
    }

    /** By piece so many rows of its length, 0. */
    private static float[][][] scratch(int each, int rows) {
        float[][][] pieces = new float[(each + PIECE - 1) / PIECE][][];
        for (int p = 0; p < pieces.length; p++) {
            pieces[p] = new float[rows][Math.min(PIECE, each - p * PIECE)];
        }
        return pieces;
    }

    /** By piece each channel's factor at all of its positions, so that one loop without a bound inside goes over a piece. */
    private static float[][][][] spread(float[][][] alpha, int each) {
        float[][][][] factors = new float[(each + PIECE - 1) / PIECE][alpha.length][alpha[0].length][];
        int positions = each / alpha[0][0].length;
        for (int p = 0; p < factors.length; p++) {
            int start = p * PIECE;
            int end = Math.min(start + PIECE, each);
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

    /** Input and output exchanged. */
    private static float[][][][] turned(float[][][][] factors) {
        float[][][][] turned = new float[factors.length][factors[0][0].length][factors[0].length][];
        for (int p = 0; p < factors.length; p++) {
            for (int s = 0; s < factors[p].length; s++) {
                for (int t = 0; t < turned[p].length; t++) {
                    turned[p][t][s] = factors[p][s][t];
                }
            }
        }
        return turned;
    }

    /** {@code y = sum over t of factors[t] * x[t]}. */
    private static void weigh(float[][] x, float[][] factors, float[] y) {
        if (x.length == 1) {
            scale(x[0], factors[0], y);
            return;
        }
        weighTwo(x[0], factors[0], x[1], factors[1], y);
        for (int t = 2; t < x.length; t++) {
            addProducts(x[t], factors[t], y);
        }
    }

    private static int examples(INDArray array) {
        return (int) (BatchLast.holds(array) ? array.length() / (array.size(0) * array.size(1)) : array.size(0));
    }

    private static FloatBuffer[] buffers(INDArray[] arrays) {
        return Arrays.stream(arrays).map(HostMemory::floats).toArray(FloatBuffer[]::new);
    }

    private static void scale(float[] x, float[] factors, float[] y) {
        for (int i = 0; i < y.length; i++) {
            y[i] = factors[i] * x[i];
        }
    }

    private static void weighTwo(float[] a, float[] u, float[] b, float[] v, float[] y) {
        for (int i = 0; i < y.length; i++) {
            y[i] = u[i] * a[i] + v[i] * b[i];
        }
    }

    /** Over the examples, each position by itself: that leaves nothing to wait for. */
    private static void addProducts(float[] a, float[] b, float[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += a[i] * b[i];
        }
    }

    /** By channel, whose positions may begin in one piece and end in another. */
    private static void addUp(float[][][] products, int row, int positions, double[] sums) {
        for (int p = 0; p < products.length; p++) {
            float[] piece = products[p][row];
            int start = p * PIECE;
            for (int c = start / positions; c < sums.length && c * positions < start + piece.length; c++) {
                sums[c] += sum(
                        piece, Math.max(c * positions - start, 0), Math.min((c + 1) * positions - start, piece.length));
            }
        }
    }

    /** Four sums at once, which do not wait for each other. */
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
