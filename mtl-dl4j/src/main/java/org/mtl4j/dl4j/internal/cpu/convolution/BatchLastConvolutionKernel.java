package org.mtl4j.dl4j.internal.cpu.convolution;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.mtl4j.dl4j.internal.cpu.Elementwise;
import org.mtl4j.dl4j.internal.cpu.Gemm;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.ParallelLoop;
import org.mtl4j.dl4j.internal.cpu.convolution.ConvolutionAlgorithm.ParameterGradients;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes convolutions of stride 1 on {@linkplain org.mtl4j.dl4j.internal.cpu.BatchLastLayout batch-last} images, and
 * their gradients. The inputs of one column of the kernel at one position of the output are a contiguous matrix
 * {@code [kernel height * channels, batch]}; so the output there, {@code [out, batch]}, is a sum of as many GEMMs as
 * the kernel has columns, on matrices that are neither padded nor copied. Numbers of channels that do not fill vector
 * registers (20, 40, 60) cost nothing extra, as the vectors run over the batch.
 */
final class BatchLastConvolutionKernel extends BatchLastKernel {
    /** Prepares for one size of images; parameters as of {@link BatchLastKernel}. */
    BatchLastConvolutionKernel(long[] in, long[] weights, int[] padding, int[] outSize) {
        super(in, weights, padding, outSize);
    }

    @Override
    void forward(INDArray x, INDArray weights, INDArray bias, boolean rectified, INDArray y, INDArray scratch) {
        int entries = kernelHeight * in;
        pack(weights, scratch);
        FloatPointer a = HostMemory.pointer(scratch);
        FloatPointer b = HostMemory.pointer(x);
        FloatPointer c = HostMemory.pointer(y);
        FloatBuffer results = HostMemory.floats(y);
        float[] initial = initialValues(bias);
        ParallelLoop.run(outWidth, parts(), (part, from, to) -> {
            Gemm gemm = new Gemm(a, entries, b, batch, c, batch);
            for (int w = from; w < to; w++) {
                for (int h = 0; h < outHeight; h++) {
                    int at = (w * outHeight + h) * out * batch;
                    int row = firstRow(h);
                    int rows = rowsInside(h);
                    boolean add = bias != null;
                    if (add) {
                        results.put(at, initial);
                    }
                    for (int kx = Math.max(0, left - w); kx < Math.min(kernelWidth, width + left - w); kx++) {
                        if (rows > 0) {
                            long inputAt = (long) ((w + kx - left) * height + h + row - top) * in * batch;
                            gemm.multiply(
                                    out, batch, rows * in, (long) kx * out * entries + row * in, inputAt, at, add);
                            add = true;
                        }
                    }
                    if (!add) {
                        results.put(at, initial);
                    }
                }
            }
        });
        if (rectified) {
            Elementwise.relu(y, y);
        }
        HostMemory.reachabilityFence(x, y, scratch);
        Reference.reachabilityFence(bias);
    }

    @Override
    void backward(
            INDArray x,
            INDArray delta,
            INDArray weights,
            INDArray inputGradient,
            ParameterGradients gradients,
            INDArray scratch) {
        parameterGradients(x, delta, gradients.weights(), gradients.bias(), scratch);
        if (inputGradient != null) {
            inputGradient(delta, weights, inputGradient, scratch);
        }
    }

    private void inputGradient(INDArray delta, INDArray weights, INDArray result, INDArray scratch) {
        int entries = kernelHeight * out;
        packFlipped(weights, scratch);
        FloatPointer a = HostMemory.pointer(scratch);
        FloatPointer b = HostMemory.pointer(delta);
        FloatPointer c = HostMemory.pointer(result);
        FloatBuffer results = HostMemory.floats(result);
        ParallelLoop.run(width, ParallelLoop.partsOfWork(width, multiplications()), (part, from, to) -> {
            Gemm gemm = new Gemm(a, entries, b, batch, c, batch);
            float[] zeros = new float[in * batch];
            for (int w = from; w < to; w++) {
                for (int h = 0; h < height; h++) {
                    int at = (w * height + h) * in * batch;
                    int first = Math.max(0, h + top - kernelHeight + 1); // row of the output
                    int rows = Math.min(outHeight, h + top + 1) - first;
                    int skipped = first - (h + top - kernelHeight + 1); // rows of the flipped kernel
                    boolean add = false;
                    for (int kx = 0; kx < kernelWidth; kx++) {
                        int column = w + left - kx;
                        if (rows > 0 && column >= 0 && column < outWidth) {
                            long inputAt = (long) (column * outHeight + first) * out * batch;
                            gemm.multiply(
                                    in, batch, rows * out, (long) kx * in * entries + skipped * out, inputAt, at, add);
                            add = true;
                        }
                    }
                    if (!add) {
                        results.put(at, zeros);
                    }
                }
            }
        });
        HostMemory.reachabilityFence(delta, result, scratch);
    }

    /**
     * Computes the gradients of weights and biases. The gradient of each position of the output is transposed first, to
     * {@code [batch, out]}: OpenBLAS is faster by a third where neither factor is to be transposed.
     */
    private void parameterGradients(
            INDArray x, INDArray delta, INDArray weightGradient, INDArray biasGradient, INDArray scratch) {
        int entries = kernelHeight * in;
        int size = out * entries * kernelWidth;
        int parts = parts();
        FloatPointer a = HostMemory.pointer(x);
        FloatPointer memory = HostMemory.pointer(scratch);
        FloatBuffer deltas = HostMemory.floats(delta);
        FloatBuffer sums = HostMemory.floats(scratch);
        float[][] columnSums = new float[parts][out * batch];
        ParallelLoop.run(outWidth, parts, (part, from, to) -> {
            Gemm gemm = new Gemm(a, batch, memory, out, memory, out);
            int sumsAt = part * (size + out * batch);
            int transposedAt = sumsAt + size;
            sums.put(sumsAt, new float[size]);
            float[] position = new float[out * batch];
            float[] transposed = new float[out * batch];
            for (int w = from; w < to; w++) {
                for (int h = 0; h < outHeight; h++) {
                    deltas.get((w * outHeight + h) * position.length, position);
                    if (biasGradient != null) {
                        VectorLoops.add(position, columnSums[part]);
                    }
                    VectorLoops.transpose(position, 0, out, batch, transposed);
                    sums.put(transposedAt, transposed);
                    int row = firstRow(h);
                    int rows = rowsInside(h);
                    for (int kx = Math.max(0, left - w); kx < Math.min(kernelWidth, width + left - w); kx++) {
                        if (rows > 0) {
                            long inputAt = (long) ((w + kx - left) * height + h + row - top) * in * batch;
                            int into = sumsAt + (kx * entries + row * in) * out;
                            gemm.multiply(rows * in, out, batch, inputAt, transposedAt, into, true);
                        }
                    }
                }
            }
        });
        unpack(sums, parts, weightGradient);
        if (biasGradient != null) {
            addUp(columnSums, biasGradient);
        }
        HostMemory.reachabilityFence(x, delta, scratch, weightGradient);
    }

    @Override
    long scratch() {
        return (long) parts() * (out * kernelHeight * in * kernelWidth + out * batch);
    }

    /** Returns among how many threads columns of the output are divided. */
    private int parts() {
        return ParallelLoop.partsOfWork(outWidth, multiplications());
    }

    /** Packs the weights for {@link #forward}: by column of the kernel, output, row and input. */
    private void pack(INDArray weights, INDArray packed) {
        float[] numbers = numbers(weights);
        float[] moved = new float[numbers.length];
        int to = 0;
        for (int kx = 0; kx < kernelWidth; kx++) {
            for (int o = 0; o < out; o++) {
                for (int ky = 0; ky < kernelHeight; ky++, to += in) {
                    VectorLoops.gather(numbers, place(o, 0, ky, kx), kernelHeight * kernelWidth, moved, to, in);
                }
            }
        }
        HostMemory.floats(packed).put(moved);
    }

    /** Packs them for {@link #inputGradient}: by column of the kernel, input, row from below and output. */
    private void packFlipped(INDArray weights, INDArray packed) {
        float[] numbers = numbers(weights);
        float[] moved = new float[numbers.length];
        int to = 0;
        for (int kx = 0; kx < kernelWidth; kx++) {
            for (int i = 0; i < in; i++) {
                for (int ky = kernelHeight - 1; ky >= 0; ky--, to += out) {
                    VectorLoops.gather(numbers, place(0, i, ky, kx), in * kernelHeight * kernelWidth, moved, to, out);
                }
            }
        }
        HostMemory.floats(packed).put(moved);
    }

    private static float[] numbers(INDArray weights) {
        float[] numbers = new float[(int) weights.length()];
        HostMemory.floats(weights).get(numbers);
        HostMemory.reachabilityFence(weights);
        return numbers;
    }

    /** Returns where a weight lies. */
    private int place(int o, int i, int ky, int kx) {
        return ((o * in + i) * kernelHeight + ky) * kernelWidth + kx;
    }

    private void unpack(FloatBuffer sums, int parts, INDArray weightGradient) {
        float[] sum = new float[(int) weightGradient.length()];
        float[] more = new float[sum.length];
        sums.get(0, sum);
        for (int part = 1; part < parts; part++) {
            sums.get(part * (more.length + out * batch), more);
            VectorLoops.add(more, sum);
        }
        int from = 0;
        for (int kx = 0; kx < kernelWidth; kx++) {
            for (int ky = 0; ky < kernelHeight; ky++) {
                for (int i = 0; i < in; i++, from += out) {
                    VectorLoops.spread(sum, from, out, more, place(0, i, ky, kx), in * kernelHeight * kernelWidth);
                }
            }
        }
        HostMemory.floats(weightGradient).put(more);
    }
}
