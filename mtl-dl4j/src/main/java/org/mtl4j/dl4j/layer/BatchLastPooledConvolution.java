package org.mtl4j.dl4j.layer;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.mtl4j.dl4j.internal.cpu.GradientByPosition;
import org.mtl4j.dl4j.internal.cpu.HostLoop;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.HostProduct;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What {@link PooledConvolution} does, on images that lie as {@link org.mtl4j.dl4j.internal.cpu.BatchLast} says: a convolution of few inputs, ReLU
 * and the largest value of each of its separate windows in one go. All that the kernel meets at the places of a window is one
 * matrix, {@code [entries, batch]}, and the weights are another that has them once for each place, shifted, with zeros around; so
 * what the convolution gives in a window is one product, and the maxima are taken from it while it is in the cache. A row of ones
 * beside the entries makes the bias one weight more. There is no gradient with respect to the input.
 */
final class BatchLastPooledConvolution {
    private final int batch;
    private final int channels;
    private final int height;
    private final int width;
    private final int out;
    private final int kernelHeight;
    private final int kernelWidth;
    private final int rows;
    private final int columns;
    private final int[] stride;
    private final int[] window;
    private final int top;
    private final int left;
    /** How far what a window meets reaches. */
    private final int reachDown;

    private final int reachRight;
    /** All that a window meets, and the one that is always 1. */
    private final int entries;

    private final int places;
    private final int each;

    /** Per window, output and example which place had the largest value; -1 if none was above 0. */
    private int[] largest;

    /**
     * @param in shape of the input, {@code [batch, channels, height, width]}
     * @param weights shape of the weights, {@code [out, channels, kernel height, kernel width]}
     * @param result shape of the result, {@code [batch, out, rows, columns]}
     */
    BatchLastPooledConvolution(long[] in, long[] weights, int[] stride, int[] padding, int[] window, long[] result) {
        batch = (int) in[0];
        channels = (int) in[1];
        height = (int) in[2];
        width = (int) in[3];
        out = (int) weights[0];
        kernelHeight = (int) weights[2];
        kernelWidth = (int) weights[3];
        rows = (int) result[2];
        columns = (int) result[3];
        this.stride = stride;
        this.window = window;
        top = padding[0];
        left = padding[1];
        reachDown = (window[0] - 1) * stride[0] + kernelHeight;
        reachRight = (window[1] - 1) * stride[1] + kernelWidth;
        entries = channels * reachDown * reachRight + 1;
        places = window[0] * window[1];
        each = out * batch;
    }

    /** Goes on with the memory of an earlier pass, if that is as much. */
    void takeOver(BatchLastPooledConvolution earlier) {
        if (earlier != null && earlier.largest != null && earlier.largest.length == rows * columns * each) {
            largest = earlier.largest;
        }
    }

    /** How many numbers of scratch memory {@link #forward} and {@link #backward} want. */
    long scratch() {
        return scratch(parts());
    }

    /** How many {@link Backward} wants. */
    long scratch(int parts) {
        return (long) parts * perPart();
    }

    private int perPart() {
        return places * out * entries + entries * batch + places * each;
    }

    private int parts() {
        return HostLoop.parts(columns, (long) rows * columns * each);
    }

    /** Puts what a window meets, column by column, in each its rows, in each its channels. */
    private void meet(FloatBuffer images, int row, int column, FloatBuffer scratch, int at, float[] zeros) {
        int line = channels * batch;
        int y = row * window[0] * stride[0] - top;
        int x = column * window[1] * stride[1] - left;
        for (int j = 0; j < reachRight; j++) {
            int to = at + j * reachDown * line;
            boolean inside = x + j >= 0 && x + j < width;
            int first = inside ? Math.min(reachDown, Math.max(0, -y)) : reachDown;
            int end = inside ? Math.max(first, Math.min(reachDown, height - y)) : reachDown;
            scratch.put(to, zeros, 0, first * line);
            if (end > first) {
                scratch.put(to + first * line, images, ((x + j) * height + y + first) * line, (end - first) * line);
            }
            scratch.put(to + end * line, zeros, 0, (reachDown - end) * line);
        }
    }

    /**
     * The forward pass.
     *
     * @param x {@code [batch, channels, height, width]}
     * @param bias of each output, or null
     * @param result receives {@code [batch, out, rows, columns]}, one number per window
     */
    void forward(INDArray x, INDArray weights, INDArray bias, INDArray result, INDArray scratch) {
        if (largest == null) {
            largest = new int[rows * columns * each];
        }
        float[] shifted = shifted(weights, bias);
        FloatPointer memory = HostMemory.pointer(scratch);
        FloatBuffer images = HostMemory.floats(x);
        FloatBuffer numbers = HostMemory.floats(scratch);
        IntBuffer bits = HostMemory.bits(scratch);
        IntBuffer results = HostMemory.bits(result);
        HostLoop.over(columns, parts(), (part, from, to) -> {
            HostProduct product = new HostProduct(memory, entries, memory, batch, memory, batch);
            int weightsAt = part * perPart();
            int metAt = weightsAt + shifted.length;
            int sumsAt = metAt + entries * batch;
            numbers.put(weightsAt, shifted);
            numbers.put(sumsAt - batch, ones());
            float[] zeros = new float[reachDown * channels * batch];
            int[][] sums = new int[places][each];
            int[] most = new int[each];
            int[] place = new int[each];
            for (int column = from; column < to; column++) {
                for (int row = 0; row < rows; row++) {
                    meet(images, row, column, numbers, metAt, zeros);
                    product.of(places * out, batch, entries, weightsAt, metAt, sumsAt, false);
                    Arrays.fill(most, 0);
                    for (int p = 0; p < places; p++) {
                        bits.get(sumsAt + p * each, sums[p]);
                        MaximumWindows.largerPositive(sums[p], most, each);
                    }
                    Arrays.fill(place, places - 1);
                    for (int p = places - 2; p >= 0; p--) { // among equal ones the first counts
                        MaximumWindows.place(sums[p], most, p, place);
                    }
                    MaximumWindows.close(most, place);
                    int at = (column * rows + row) * each;
                    System.arraycopy(place, 0, largest, at, each);
                    results.put(at, most);
                }
            }
        });
        HostMemory.usedUntilHere(x, result, scratch);
    }

    private float[] ones() {
        float[] ones = new float[batch];
        Arrays.fill(ones, 1f);
        return ones;
    }

    /** For each place the outputs, by entries as {@link #meet} puts them, and the biases. */
    private float[] shifted(INDArray weights, INDArray bias) {
        float[] numbers = new float[(int) weights.length()];
        HostMemory.floats(weights).get(numbers);
        int size = numbers.length / out;
        float[] shifted = new float[places * out * entries];
        for (int p = 0; p < places; p++) {
            for (int o = 0; o < out; o++) {
                int start = (p * out + o) * entries;
                for (int e = 0; e < size; e++) {
                    shifted[start + met(p, e)] = numbers[o * size + e];
                }
                shifted[start + entries - 1] = bias == null ? 0 : bias.getFloat(o);
            }
        }
        return shifted;
    }

    /** At which entry a place meets an entry of the kernel, counted as weights lie. */
    private int met(int place, int entry) {
        int kx = entry % kernelWidth + place % window[1] * stride[1];
        int ky = entry / kernelWidth % kernelHeight + place / window[1] * stride[0];
        return (kx * reachDown + ky) * channels + entry / kernelWidth / kernelHeight;
    }

    /**
     * The gradients of weights and biases, after a forward pass.
     *
     * @param x as in the forward pass
     * @param epsilon gradient with respect to its result
     * @param weightGradient receives {@code [out, channels, kernel height, kernel width]}
     * @param biasGradient receives the biases' gradient, or null
     */
    void backward(INDArray x, INDArray epsilon, INDArray weightGradient, INDArray biasGradient, INDArray scratch) {
        FloatBuffer gradients = HostMemory.floats(epsilon);
        int parts = parts();
        Backward backward = new Backward(x, weightGradient, biasGradient, scratch, parts);
        HostLoop.over(rows * columns, parts, (part, from, to) -> {
            GradientByPosition.Part own = backward.part(part);
            float[] eps = new float[each];
            for (int position = from; position < to; position++) {
                gradients.get(position * each, eps);
                own.put(position, 0, eps);
                own.complete(position);
            }
        });
        backward.close();
        HostMemory.usedUntilHere(epsilon);
    }

    /** The backward pass of which somebody else does the loop. */
    final class Backward implements GradientByPosition {
        private final INDArray x;
        private final INDArray weightGradient;
        private final INDArray biasGradient;
        private final INDArray scratch;
        private final int parts;
        private final FloatBuffer images;
        private final FloatBuffer numbers;
        private final IntBuffer bits;

        /**
         * Parameters as in {@link #backward}, and:
         *
         * @param scratch as many numbers as {@link #scratch(int)} says
         * @param parts how many threads take part
         */
        Backward(INDArray x, INDArray weightGradient, INDArray biasGradient, INDArray scratch, int parts) {
            this.x = x;
            this.weightGradient = weightGradient;
            this.biasGradient = biasGradient;
            this.scratch = scratch;
            this.parts = parts;
            images = HostMemory.floats(x);
            numbers = HostMemory.floats(scratch);
            bits = HostMemory.bits(scratch);
        }

        @Override
        public Part part(int part) {
            FloatPointer memory = HostMemory.pointer(scratch);
            HostProduct product = new HostProduct(memory, batch, memory, batch, memory, entries);
            int sumsAt = part * perPart();
            int metAt = sumsAt + places * out * entries;
            int deltasAt = metAt + entries * batch;
            numbers.put(sumsAt, new float[places * out * entries]);
            numbers.put(deltasAt - batch, ones());
            float[] zeros = new float[reachDown * channels * batch];
            int[] eps = new int[each];
            int[] place = new int[each];
            int[] delta = new int[each];
            return new Part() {
                @Override
                public void put(int position, int at, float[] gradient) {
                    numbers.put(deltasAt + at, gradient);
                }

                @Override
                public void complete(int position) {
                    bits.get(deltasAt, eps);
                    System.arraycopy(largest, position * each, place, 0, each);
                    for (int p = 0; p < places; p++) {
                        MaximumWindows.atPlace(place, p, eps, delta);
                        bits.put(deltasAt + p * each, delta);
                    }
                    meet(images, position % rows, position / rows, numbers, metAt, zeros);
                    product.addOfTransposed(places * out, entries, batch, deltasAt, metAt, sumsAt);
                }
            };
        }

        @Override
        public void close() {
            float[] sum = new float[places * out * entries];
            float[] more = new float[sum.length];
            numbers.get(0, sum);
            for (int part = 1; part < parts; part++) {
                numbers.get(part * perPart(), more);
                Rows.add(more, sum);
            }
            add(sum, weightGradient, biasGradient);
            HostMemory.usedUntilHere(x, scratch);
        }
    }

    private void add(float[] sum, INDArray weightGradient, INDArray biasGradient) {
        int size = (int) weightGradient.length() / out;
        float[] gradient = new float[out * size];
        for (int o = 0; o < out; o++) {
            double ofBias = 0;
            for (int p = 0; p < places; p++) {
                int start = (p * out + o) * entries;
                for (int e = 0; e < size; e++) {
                    gradient[o * size + e] += sum[start + met(p, e)];
                }
                ofBias += sum[start + entries - 1];
            }
            if (biasGradient != null) {
                biasGradient.putScalar(o, ofBias);
            }
        }
        HostMemory.floats(weightGradient).put(gradient);
    }
}
