package org.mtl4j.dl4j.internal.cpu.convolution;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.mtl4j.dl4j.internal.cpu.Gemm;
import org.mtl4j.dl4j.internal.cpu.GradientSink;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.ParallelLoop;
import org.mtl4j.dl4j.internal.cpu.pooling.MaxPoolingLoops;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes what {@link PooledConvolutionKernel} does on {@linkplain org.mtl4j.dl4j.internal.cpu.BatchLastLayout
 * batch-last} images: a convolution of few inputs, ReLU and max pooling over windows that do not overlap, fused. All
 * inputs of a window are one matrix {@code [entries, batch]}, as by im2col, and the weights another that holds them
 * once for each position of the window, shifted, with zeros around. So the convolution in a window is one GEMM, and the
 * maxima are taken from its result while that is in the cache. A row of ones below the entries makes the bias one more
 * weight. There is no gradient with respect to the input.
 */
final class BatchLastPooledConvolutionKernel {
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
    /** Height of the inputs of a window. */
    private final int reachDown;

    private final int reachRight;
    /** Number of inputs of a window, and the one that is always 1. */
    private final int entries;

    private final int places;
    private final int each;

    /**
     * By window, output and example the position of the largest value in the window, -1 if none was above 0; four in an
     * int.
     */
    private int[] largest;

    /**
     * Prepares for one size of images.
     *
     * @param in shape of the input, {@code [batch, channels, height, width]}
     * @param weights shape of the weights, {@code [out, channels, kernel height, kernel width]}
     * @param result shape of the result, {@code [batch, out, rows, columns]}
     */
    BatchLastPooledConvolutionKernel(
            long[] in, long[] weights, int[] stride, int[] padding, int[] window, long[] result) {
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

    /** Takes the memory of an earlier pass, if it is of the same size. */
    void reuseMemoryOf(BatchLastPooledConvolutionKernel earlier) {
        if (earlier != null && earlier.largest != null && earlier.largest.length == rows * columns * packed()) {
            largest = earlier.largest;
        }
    }

    /** Returns how many numbers of scratch memory {@link #forward} and {@link #backward} need. */
    long scratch() {
        return scratch(parts());
    }

    /** Returns how many {@link Backward} needs. */
    long scratch(int parts) {
        return (long) parts * perPart();
    }

    /** Returns how many ints hold the positions of a window. */
    private int packed() {
        return (each + 3) / 4;
    }

    private int perPart() {
        return places * out * entries + entries * batch + places * each;
    }

    private int parts() {
        return ParallelLoop.parts(columns, (long) rows * columns * each);
    }

    /** Gathers the inputs of a window (im2col): column by column, in each its rows, in each its channels. */
    private void gather(FloatBuffer images, int row, int column, FloatBuffer scratch, int at, float[] zeros) {
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
     * Runs the forward pass.
     *
     * @param x {@code [batch, channels, height, width]}
     * @param bias of each output, or null
     * @param marks whether to mark the largest value of each window, for the backward pass
     * @param result receives {@code [batch, out, rows, columns]}, one number per window
     */
    void forward(INDArray x, INDArray weights, INDArray bias, boolean marks, INDArray result, INDArray scratch) {
        if (marks && largest == null) {
            largest = new int[rows * columns * packed()];
        }
        float[] shifted = shifted(weights, bias);
        FloatPointer memory = HostMemory.pointer(scratch);
        FloatBuffer images = HostMemory.floats(x);
        FloatBuffer numbers = HostMemory.floats(scratch);
        IntBuffer bits = HostMemory.bits(scratch);
        IntBuffer results = HostMemory.bits(result);
        ParallelLoop.run(columns, parts(), (part, from, to) -> {
            Gemm gemm = new Gemm(memory, entries, memory, batch, memory, batch);
            int weightsAt = part * perPart();
            int gatheredAt = weightsAt + shifted.length;
            int sumsAt = gatheredAt + entries * batch;
            numbers.put(weightsAt, shifted);
            numbers.put(sumsAt - batch, ones());
            float[] zeros = new float[reachDown * channels * batch];
            int[][] sums = new int[places][each];
            int[] most = new int[each];
            int[] place = new int[4 * packed()];
            for (int column = from; column < to; column++) {
                for (int row = 0; row < rows; row++) {
                    gather(images, row, column, numbers, gatheredAt, zeros);
                    gemm.multiply(places * out, batch, entries, weightsAt, gatheredAt, sumsAt, false);
                    Arrays.fill(most, 0);
                    for (int p = 0; p < places; p++) {
                        bits.get(sumsAt + p * each, sums[p]);
                        MaxPoolingLoops.maxPositive(sums[p], most, each);
                    }
                    int at = (column * rows + row) * each;
                    if (marks) {
                        mark(sums, most, place);
                        MaxPoolingLoops.pack(place, largest, (column * rows + row) * packed(), packed());
                    }
                    results.put(at, most);
                }
            }
        });
        HostMemory.reachabilityFence(x, result, scratch);
    }

    private void mark(int[][] sums, int[] most, int[] place) {
        Arrays.fill(place, places - 1);
        for (int p = places - 2; p >= 0; p--) { // of equal maxima the first counts
            MaxPoolingLoops.markMaximum(sums[p], most, p, place, each);
        }
        MaxPoolingLoops.unmarkZeros(most, place, each);
    }

    private float[] ones() {
        float[] ones = new float[batch];
        Arrays.fill(ones, 1f);
        return ones;
    }

    /**
     * Returns the weights of every output for every position of the window, entries in the order of {@link #gather},
     * and biases.
     */
    private float[] shifted(INDArray weights, INDArray bias) {
        float[] numbers = new float[(int) weights.length()];
        HostMemory.floats(weights).get(numbers);
        int size = numbers.length / out;
        float[] biases = new float[out];
        if (bias != null) {
            HostMemory.floats(bias).get(biases);
        }
        float[] shifted = new float[places * out * entries];
        for (int p = 0; p < places; p++) {
            for (int o = 0; o < out; o++) {
                int start = (p * out + o) * entries;
                for (int e = 0; e < size; e++) {
                    shifted[start + entryOf(p, e)] = numbers[o * size + e];
                }
                shifted[start + entries - 1] = biases[o];
            }
        }
        return shifted;
    }

    /** Returns which entry of the window a weight multiplies when the kernel is at this position of the window. */
    private int entryOf(int place, int weight) {
        int kx = weight % kernelWidth + place % window[1] * stride[1];
        int ky = weight / kernelWidth % kernelHeight + place / window[1] * stride[0];
        return (kx * reachDown + ky) * channels + weight / kernelWidth / kernelHeight;
    }

    /**
     * Computes the gradients of weights and biases, after a forward pass.
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
        ParallelLoop.run(rows * columns, parts, (part, from, to) -> {
            GradientSink.Part own = backward.part(part);
            float[] eps = new float[each];
            for (int position = from; position < to; position++) {
                gradients.get(position * each, eps);
                own.put(position, 0, eps);
                own.complete(position);
            }
        });
        backward.close();
        HostMemory.reachabilityFence(epsilon);
    }

    /** Computes the backward pass inside the loop of whoever computes the gradient with respect to the result. */
    final class Backward implements GradientSink {
        private final INDArray x;
        private final INDArray weightGradient;
        private final INDArray biasGradient;
        private final INDArray scratch;
        private final int parts;
        private final FloatBuffer images;
        private final FloatBuffer numbers;
        private final IntBuffer bits;

        /**
         * Begins a backward pass; parameters as in {@link #backward}, and:
         *
         * @param scratch of {@link #scratch(int)} numbers
         * @param parts number of threads
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
            Gemm gemm = new Gemm(memory, batch, memory, batch, memory, entries);
            int sumsAt = part * perPart();
            int gatheredAt = sumsAt + places * out * entries;
            int deltasAt = gatheredAt + entries * batch;
            numbers.put(sumsAt, new float[places * out * entries]);
            numbers.put(deltasAt - batch, ones());
            float[] zeros = new float[reachDown * channels * batch];
            int[] eps = new int[each];
            int[] place = new int[4 * packed()];
            int[] delta = new int[each];
            return new Part() {
                @Override
                public void put(int position, int at, float[] gradient) {
                    numbers.put(deltasAt + at, gradient);
                }

                @Override
                public void complete(int position) {
                    bits.get(deltasAt, eps);
                    MaxPoolingLoops.unpack(largest, position * packed(), packed(), place);
                    for (int p = 0; p < places; p++) {
                        MaxPoolingLoops.selectMarked(place, p, eps, delta);
                        bits.put(deltasAt + p * each, delta);
                    }
                    gather(images, position % rows, position / rows, numbers, gatheredAt, zeros);
                    gemm.addTransposed(places * out, entries, batch, deltasAt, gatheredAt, sumsAt);
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
                VectorLoops.add(more, sum);
            }
            add(sum, weightGradient, biasGradient);
            HostMemory.reachabilityFence(x, scratch);
        }
    }

    private void add(float[] sum, INDArray weightGradient, INDArray biasGradient) {
        int size = (int) weightGradient.length() / out;
        float[] gradient = new float[out * size];
        float[] ofBiases = new float[out];
        for (int o = 0; o < out; o++) {
            double ofBias = 0;
            for (int p = 0; p < places; p++) {
                int start = (p * out + o) * entries;
                for (int e = 0; e < size; e++) {
                    gradient[o * size + e] += sum[start + entryOf(p, e)];
                }
                ofBias += sum[start + entries - 1];
            }
            ofBiases[o] = (float) ofBias;
        }
        if (biasGradient != null) {
            HostMemory.floats(biasGradient).put(ofBiases);
            HostMemory.reachabilityFence(biasGradient);
        }
        HostMemory.floats(weightGradient).put(gradient);
        HostMemory.reachabilityFence(weightGradient);
    }
}
