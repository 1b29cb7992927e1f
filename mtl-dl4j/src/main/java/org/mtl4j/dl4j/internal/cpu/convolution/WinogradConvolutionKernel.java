package org.mtl4j.dl4j.internal.cpu.convolution;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.mtl4j.dl4j.internal.cpu.Gemm;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.MinimalFilter;
import org.mtl4j.dl4j.internal.cpu.ParallelLoop;
import org.mtl4j.dl4j.internal.cpu.convolution.ColumnTiles.Filter;
import org.mtl4j.dl4j.internal.cpu.convolution.ColumnTiles.Tile;
import org.mtl4j.dl4j.internal.cpu.convolution.ConvolutionAlgorithm.ParameterGradients;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes convolutions as {@link BatchLastConvolutionKernel} does, with fewer multiplications: Winograd's minimal
 * filtering along the columns of the image ({@link MinimalFilter}). A tile of m columns of the output reads n columns
 * of the input, which are combined to n others; each of these is multiplied by combined columns of the kernel, and the
 * products are combined to the columns of the output. Rows remain a sum of products, for which the inputs of a position
 * are a contiguous matrix {@code [kernel height * channels, batch]}. Whole columns of examples and channels are
 * combined at once, so that this takes little time beside the products, of which there are n for m times the kernel's
 * width.
 *
 * <p>Gradients go the same way backwards: the transposed matrices of the filter combine columns of the output's
 * gradient to n, products of these with the kernel are combined to columns of the input's gradient, and products with
 * the input's columns are summed, and combined to columns of the kernel's gradient in the end.
 */
final class WinogradConvolutionKernel extends BatchLastKernel {
    /** Numbers of a block of rows of one column: so many columns of them stay in the caches. */
    private static final int BLOCK_NUMBERS = 1 << 14;

    /** Window of a pooling that changes nothing. */
    private static final int[] NO_POOLING = {1, 1};

    /** Multiplications in whose time a number of input or output is combined and copied. */
    private static final int COMBINING = 24;

    /** Weights of one combined column of the kernel. */
    private final int size;

    /** Numbers of the output, and of the input, at one position. */
    private final int eachOut;

    private final int eachIn;

    private final ColumnTiles tiles;

    /** Rows of the output that are computed together: height of the windows of a pooling. */
    private final int rowStep;

    /** Whether the output's gradient is transposed before it is multiplied. */
    private final boolean transposes;

    /** Prepares for one size of images; parameters as of {@link BatchLastKernel}. */
    WinogradConvolutionKernel(long[] in, long[] weights, int[] padding, int[] outSize) {
        this(in, weights, padding, outSize, NO_POOLING);
    }

    /** Prepares for a convolution with a pooling behind it, over windows that do not overlap. */
    WinogradConvolutionKernel(long[] in, long[] weights, int[] padding, int[] outSize, int[] window) {
        // OpenBLAS is faster by a third where it reads matrices in place, and neither is to be transposed
        this(in, weights, padding, outSize, window, Gemm.readsInPlace());
    }

    WinogradConvolutionKernel(
            long[] in, long[] weights, int[] padding, int[] outSize, int[] window, boolean transposes) {
        super(in, weights, padding, covered(outSize, window));
        this.size = out * kernelHeight * this.in;
        this.eachOut = out * batch;
        this.eachIn = this.in * batch;
        this.tiles = ColumnTiles.of(outWidth, kernelWidth, window[1]);
        this.rowStep = window[0];
        this.transposes = transposes;
    }

    /** Returns how many rows and columns of an output lie in windows of a pooling. */
    private static int[] covered(int[] outSize, int[] window) {
        return new int[] {outSize[0] - outSize[0] % window[0], outSize[1] - outSize[1] % window[1]};
    }

    /** Tells whether a convolution is faster so; parameters as of the constructor. */
    static boolean paysFor(long[] in, long[] weights, int[] padding, int[] outSize) {
        return paysFor(in, weights, padding, outSize, NO_POOLING);
    }

    /** Tells whether a convolution with a pooling behind it, over windows that do not overlap, is faster so. */
    static boolean paysFor(long[] in, long[] weights, int[] padding, int[] outSize, int[] window) {
        if (!canCompute(in, weights, padding, outSize, window)) {
            return false;
        }
        int r = (int) weights[3];
        int columns = covered(outSize, window)[1];
        int products = ColumnTiles.of(columns, r, window[1]).products();
        long saved = weights[0] * weights[1] * weights[2] * ((long) r * columns - products);
        return saved > (long) COMBINING * products * (weights[0] + weights[1]);
    }

    /** Tells whether it can be computed so at all; {@code window} is 1 by 1 if there is no pooling. */
    static boolean canCompute(long[] in, long[] weights, int[] padding, int[] outSize, int[] window) {
        return weights[3] > 1
                && weights[3] <= MinimalFilter.MOST_READS
                && ColumnTiles.allows((int) weights[3], window[1])
                && overlaps(in, weights, padding, outSize);
    }

    /** Tells whether some of each window lies inside the input, which {@link Forward} relies on. */
    private static boolean overlaps(long[] in, long[] weights, int[] padding, int[] outSize) {
        return padding[0] < weights[2]
                && padding[1] < weights[3]
                && outSize[0] <= in[2] + padding[0]
                && outSize[1] <= in[3] + padding[1];
    }

    private int weightNumbers() {
        return tiles.combinedWeights * size;
    }

    /** Returns how many of these rows of an image are computed at once. */
    private int rowsOfBlock(int rows) {
        int most = Math.max(1, BLOCK_NUMBERS / Math.max(eachIn, eachOut));
        int blocks = (rows + most - 1) / most;
        int each = (rows + blocks - 1) / blocks; // about as many in each
        return (each + rowStep - 1) / rowStep * rowStep;
    }

    /** Most rows of an image that a block reads or writes. */
    private int mostRows() {
        return Math.max(rowsOfBlock(height), rowsOfBlock(outHeight)) + kernelHeight - 1;
    }

    private int blockIn() {
        return mostRows() * eachIn;
    }

    private int blockOut() {
        return mostRows() * eachOut;
    }

    private int parts(int rows) {
        return ParallelLoop.partsOfWork(rows, multiplications());
    }

    /** Numbers of scratch memory of a part: sums, inputs, gradients of the output in two orders, products. */
    private int ofPart() {
        return weightNumbers() + 2 * (blockIn() + blockOut());
    }

    @Override
    long scratch() {
        return weightNumbers() + (long) parts(Math.max(height, outHeight)) * ofPart();
    }

    @Override
    void forward(INDArray x, INDArray weights, INDArray bias, boolean rectified, INDArray y, INDArray scratch) {
        forward(x, weights, bias, new StoredOutput(y, rectified), scratch);
        HostMemory.reachabilityFence(y);
    }

    /** Computes the output; other parameters as of {@link BatchLastKernel#forward}. */
    void forward(INDArray x, INDArray weights, INDArray bias, OutputColumns output, INDArray scratch) {
        combineWeights(weights, scratch, false);
        float[] biases = bias == null ? null : initialValues(bias);
        ParallelLoop.run(outHeight / rowStep, parts(outHeight / rowStep), (part, from, to) -> {
            Forward forward = new Forward(x, output, scratch, part, biases);
            int rows = rowsOfBlock(outHeight);
            int end = to * rowStep;
            for (int row = from * rowStep; row < end; row += rows) {
                forward.compute(row, Math.min(end, row + rows));
            }
        });
        HostMemory.reachabilityFence(x, scratch);
        Reference.reachabilityFence(bias);
    }

    /** Reads columns of images, tile by tile, and combines them. */
    private final class Inputs {
        private final FloatBuffer images;
        private final FloatBuffer numbers;
        private final int at;
        private final ColumnArrays columns;

        /** The first row that is read. */
        private int firstRow;

        private int count;

        Inputs(INDArray x, FloatBuffer numbers, int at, ColumnArrays columns) {
            this.images = HostMemory.floats(x);
            this.numbers = numbers;
            this.at = at;
            this.columns = columns;
        }

        /** Begins to read what rows of the output are computed from. */
        void begin(int row, int end) {
            firstRow = Math.max(0, row - top);
            count = Math.max(0, Math.min(height, end - 1 - top + kernelHeight) - firstRow) * eachIn;
        }

        /** Reads the columns of a tile but those that the tile before has read. */
        void read(Tile tile) {
            int known = 0;
            if (tile.before() != null) {
                known = kernelWidth - 1;
                columns.shift(tile.before().filter().results(), known);
            }
            for (int j = Math.max(known, first(tile)); j < end(tile); j++) {
                images.get(((tile.column() - left + j) * height + firstRow) * eachIn, columns.of(j), 0, count);
            }
        }

        private int first(Tile tile) {
            return Math.max(0, left - tile.column());
        }

        private int end(Tile tile) {
            return Math.min(tile.filter().reads(), width + left - tile.column());
        }

        /** Writes the k-th combination of a tile's columns to scratch memory. */
        void combine(Tile tile, int k) {
            float[][] by = tile.filter().ofReads();
            numbers.put(at, columns.combined(0, first(tile), end(tile), by[k], count), 0, count);
        }

        /** {@return where the numbers begin that a row of the output is computed from, but the first rows} */
        int at(int row, int skipped) {
            return at + (row + skipped - top - firstRow) * eachIn;
        }
    }

    /** Computes the output on one thread. */
    private final class Forward {
        private final float[] biases;
        private final FloatBuffer numbers;
        private final OutputColumns.Sink results;
        private final Gemm gemm;
        private final int productsAt;
        private final ColumnArrays columns = new ColumnArrays(Math.max(blockIn(), blockOut()));
        private final Inputs inputs;

        Forward(INDArray x, OutputColumns output, INDArray scratch, int part, float[] biases) {
            this.biases = biases;
            this.numbers = HostMemory.floats(scratch);
            this.results = output.sink(columns);
            FloatPointer memory = HostMemory.pointer(scratch);
            this.gemm = new Gemm(memory, kernelHeight * in, memory, batch, memory, batch);
            int at = weightNumbers() + part * ofPart();
            this.inputs = new Inputs(x, numbers, at, columns);
            this.productsAt = at + blockIn();
        }

        void compute(int row, int end) {
            inputs.begin(row, end);
            int count = (end - row) * eachOut;
            for (Tile tile : tiles.all) {
                Filter filter = tile.filter();
                int n = filter.reads();
                inputs.read(tile);
                for (int k = 0; k < n; k++) {
                    inputs.combine(tile, k);
                    for (int h = row; h < end; h++) {
                        multiply(filter, k, h, productsAt + (h - row) * eachOut);
                    }
                    numbers.get(productsAt, columns.of(n + k), 0, count);
                }
                for (int j = 0; j < filter.results(); j++) {
                    int column = tile.column() + j;
                    columns.combine(n, 0, n, filter.ofResults()[j], results.array(column), count);
                    results.put(column, row, end - row);
                }
            }
        }

        private void multiply(Filter filter, int k, int row, int at) {
            boolean add = k == 1 && biases != null; // all powers of the second point are 1
            if (add) {
                numbers.put(at, biases);
            }
            int skipped = firstRow(row);
            gemm.multiply(
                    out,
                    batch,
                    rowsInside(row) * in,
                    (filter.combinedWeights() + k) * size + skipped * in,
                    inputs.at(row, skipped),
                    at,
                    add);
        }
    }

    @Override
    void backward(
            INDArray x,
            INDArray delta,
            INDArray weights,
            INDArray inputGradient,
            ParameterGradients gradients,
            INDArray scratch) {
        backward(x, new StoredOutput(delta, false), weights, inputGradient, gradients, scratch);
        HostMemory.reachabilityFence(delta);
    }

    /** Computes gradients from that of the output; other parameters as of {@link BatchLastKernel#backward}. */
    void backward(
            INDArray x,
            OutputColumns output,
            INDArray weights,
            INDArray inputGradient,
            ParameterGradients gradients,
            INDArray scratch) {
        if (inputGradient != null) {
            combineWeights(weights, scratch, true);
        }
        int parts = parts(height);
        float[][] columnSums = new float[parts][blockOut()];
        ParallelLoop.run(height, parts, (part, from, to) -> {
            Backward backward = new Backward(x, output, inputGradient, scratch, part, columnSums[part]);
            int rows = rowsOfBlock(height);
            for (int row = from; row < to; row += rows) {
                backward.compute(row, Math.min(to, row + rows));
            }
        });
        separateWeights(HostMemory.floats(scratch), parts, gradients.weights());
        if (gradients.bias() != null) {
            addUp(columnSums, gradients.bias());
        }
        HostMemory.reachabilityFence(x, scratch, gradients.weights());
        Reference.reachabilityFence(inputGradient);
    }

    /**
     * Computes gradients on one thread: with respect to rows of the input, and the weights' from those rows of the
     * output whose last row of inputs is among them.
     */
    private final class Backward {
        private final OutputColumns.Source deltas;
        private final FloatBuffer results;
        private final FloatBuffer numbers;
        private final Gemm ofWeights;
        private final Gemm ofInput;
        private final int sumsAt;
        private final int deltasAt;
        private final int transposedAt;
        private final int productsAt;
        private final ColumnArrays columns = new ColumnArrays(Math.max(blockIn(), blockOut()));
        private final Inputs inputs;
        private final float[] zeros;
        private final float[] columnSums;

        private int row;
        private int end;

        /** Rows of the output: the first, the end of those for the weights, the end of those for the input. */
        private int firstDelta;

        private int endOfWeights;
        private int endDelta;

        Backward(
                INDArray x,
                OutputColumns output,
                INDArray inputGradient,
                INDArray scratch,
                int part,
                float[] columnSums) {
            this.columnSums = columnSums;
            deltas = output.source(columns);
            results = inputGradient == null ? null : HostMemory.floats(inputGradient);
            numbers = HostMemory.floats(scratch);
            FloatPointer memory = HostMemory.pointer(scratch);
            ofWeights = new Gemm(memory, batch, memory, transposes ? out : batch, memory, out);
            ofInput = new Gemm(memory, out, memory, batch, memory, batch);
            sumsAt = weightNumbers() + part * ofPart();
            int inputsAt = sumsAt + weightNumbers();
            inputs = new Inputs(x, numbers, inputsAt, columns);
            deltasAt = inputsAt + blockIn();
            transposedAt = deltasAt + blockOut();
            productsAt = transposedAt + blockOut();
            zeros = columns.zeros(Math.max(blockIn(), weightNumbers()));
            numbers.put(sumsAt, zeros, 0, weightNumbers());
        }

        void compute(int firstRow, int endRow) {
            row = firstRow;
            end = endRow;
            firstDelta = clamped(row + top - kernelHeight + 1);
            endDelta = clamped(end + top);
            endOfWeights = end == height ? outHeight : clamped(end + top - kernelHeight + 1);
            if (results == null) {
                endDelta = endOfWeights;
            }
            inputs.begin(firstDelta, endOfWeights);
            int count = (Math.max(endDelta, endOfWeights) - firstDelta) * eachOut;
            for (Tile tile : tiles.all) {
                Filter filter = tile.filter();
                int n = filter.reads();
                int m = filter.results();
                inputs.read(tile);
                deltas.get(tile.column(), m, firstDelta, count / eachOut);
                for (int k = 0; k < n; k++) {
                    float[] combined = columns.combined(ColumnArrays.DELTAS, 0, m, filter.fromResults()[k], count);
                    if (k == 1) { // all powers of the second point are 1
                        VectorLoops.add(combined, columnSums, (endOfWeights - firstDelta) * eachOut);
                    }
                    if (results != null || !transposes) {
                        numbers.put(deltasAt, combined, 0, count);
                    }
                    if (transposes) {
                        numbers.put(transposedAt, columns.transposed(combined, out, batch, count), 0, count);
                    }
                    multiplyWithInputs(tile, k);
                    if (results != null) {
                        multiplyWithWeights(filter, k);
                        numbers.get(productsAt, columns.of(n + k), 0, (end - row) * eachIn);
                    }
                }
                if (results != null) {
                    writeInputGradient(tile);
                }
            }
            if (results != null) {
                for (int column = outWidth + kernelWidth - 1 - left; column < width; column++) { // outside of windows
                    results.put((column * height + row) * eachIn, zeros, 0, (end - row) * eachIn);
                }
            }
        }

        private int clamped(int outRow) {
            return Math.max(0, Math.min(outHeight, outRow));
        }

        private void multiplyWithInputs(Tile tile, int k) {
            inputs.combine(tile, k);
            for (int h = firstDelta; h < endOfWeights; h++) {
                int skipped = firstRow(h);
                int entries = rowsInside(h) * in;
                int inputAt = inputs.at(h, skipped);
                int at = sumsAt + (tile.filter().combinedWeights() + k) * size + skipped * in * out;
                int offset = (h - firstDelta) * eachOut;
                if (transposes) {
                    ofWeights.multiply(entries, out, batch, inputAt, transposedAt + offset, at, true);
                } else {
                    ofWeights.addByTransposed(entries, out, batch, inputAt, deltasAt + offset, at);
                }
            }
        }

        private void multiplyWithWeights(Filter filter, int k) {
            numbers.put(productsAt, zeros, 0, (end - row) * eachIn);
            for (int h = firstDelta; h < endDelta; h++) {
                int skipped = Math.max(0, row + top - h);
                int inside = Math.min(kernelHeight, end + top - h) - skipped;
                ofInput.multiply(
                        inside * in,
                        batch,
                        out,
                        (filter.combinedWeights() + k) * size + skipped * in * out,
                        deltasAt + (h - firstDelta) * eachOut,
                        productsAt + (h + skipped - top - row) * eachIn,
                        true);
            }
        }

        /** Combines products to columns of the gradient, the last of which the next tile adds to. */
        private void writeInputGradient(Tile tile) {
            int n = tile.filter().reads();
            int m = tile.filter().results();
            int count = (end - row) * eachIn;
            boolean last = tile.column() + m == outWidth;
            for (int j = 0; j < n; j++) {
                boolean done = j < m || last;
                float[] combined = columns.of(done ? ColumnArrays.COMBINED : ColumnArrays.CARRIED + j - m);
                columns.combine(n, 0, n, tile.filter().fromReads()[j], combined, count);
                if (tile.before() != null && j < kernelWidth - 1) {
                    VectorLoops.add(columns.of(ColumnArrays.CARRIED + j), combined, count);
                }
                int column = tile.column() - left + j;
                if (done && column >= 0 && column < width) {
                    results.put((column * height + row) * eachIn, combined, 0, count);
                }
            }
        }
    }

    /**
     * Combines columns of the kernel, to {@code [filter, k, out, kernel height, in]}, or {@code [filter, k, kernel
     * height, in, out]}.
     */
    private void combineWeights(INDArray weights, INDArray scratch, boolean outLast) {
        FloatBuffer into = HostMemory.floats(scratch);
        float[] given = new float[(int) weights.length()];
        HostMemory.floats(weights).get(given);
        HostMemory.reachabilityFence(weights);
        ColumnArrays columns = new ColumnArrays(size);
        int area = kernelHeight * kernelWidth;
        for (int kx = 0; kx < kernelWidth; kx++) {
            float[] column = columns.of(kx);
            int to = 0;
            if (outLast) {
                for (int ky = 0; ky < kernelHeight; ky++) {
                    for (int i = 0; i < in; i++, to += out) {
                        VectorLoops.gather(given, i * area + ky * kernelWidth + kx, in * area, column, to, out);
                    }
                }
            } else {
                for (int o = 0; o < out; o++) {
                    for (int ky = 0; ky < kernelHeight; ky++, to += in) {
                        VectorLoops.gather(given, o * in * area + ky * kernelWidth + kx, area, column, to, in);
                    }
                }
            }
        }
        for (Filter filter : tiles.filters) {
            for (int k = 0; k < filter.reads(); k++) {
                float[] combined = columns.combined(0, 0, kernelWidth, filter.ofWeights()[k], size);
                into.put((filter.combinedWeights() + k) * size, combined, 0, size);
            }
        }
    }

    /** Adds up what all parts have summed, and combines it to columns of the kernel's gradient. */
    private void separateWeights(FloatBuffer sums, int parts, INDArray weightGradient) {
        float[] gradient = new float[(int) weightGradient.length()];
        ColumnArrays columns = new ColumnArrays(size);
        int area = kernelHeight * kernelWidth;
        for (Filter filter : tiles.filters) {
            int n = filter.reads();
            for (int k = 0; k < n; k++) {
                int at = weightNumbers() + (filter.combinedWeights() + k) * size;
                sums.get(at, columns.of(k), 0, size);
                for (int part = 1; part < parts; part++) {
                    sums.get(at + part * ofPart(), columns.of(n), 0, size);
                    VectorLoops.add(columns.of(n), columns.of(k), size);
                }
            }
            for (int kx = 0; kx < kernelWidth; kx++) {
                float[] combined = columns.combined(0, 0, n, filter.fromWeights()[kx], size);
                int from = 0;
                for (int ky = 0; ky < kernelHeight; ky++) {
                    for (int i = 0; i < in; i++, from += out) {
                        VectorLoops.addSpread(
                                combined, from, out, gradient, i * area + ky * kernelWidth + kx, in * area);
                    }
                }
            }
        }
        HostMemory.floats(weightGradient).put(gradient);
    }
}
