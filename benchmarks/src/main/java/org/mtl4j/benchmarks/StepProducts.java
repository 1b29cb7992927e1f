package org.mtl4j.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.mtl4j.dl4j.ComputeEnvironment;

/**
 * The products of matrices of a training step of the poster's network by themselves: those of the convolutions, of the
 * sizes, in the order and with the strides through memory that training has them, for one thread's part of a batch.
 * Fully connected layers, less than a hundredth of the arithmetic, are left out. An instance is for one thread.
 */
final class StepProducts implements AutoCloseable {
    private static final int[] CHANNELS = {1, 20, 40, 60, 80};
    private static final int[] KERNELS = {4, 3, 3, 2};

    /** Products for a row of the output where Winograd's filtering of columns is used: F(4, 3) four times, F(6, 3). */
    private static final int[] FILTERED = {0, 4 * 6, 8, 0};

    private static final int WINDOW = 2;
    private static final int TOWERS = 2;

    private static final int ROW_MAJOR = 101;
    private static final int NO_TRANSPOSE = 111;
    private static final int TRANSPOSE = 112;

    /** For more multiplications the library multiplies by groups of columns, since OpenBLAS copies matrices first. */
    private static final int MAX_UNPACKED = 1_000_000;

    private static final int COLUMN_STEP = 16;
    private static final int MAX_UNPACKED_RESULT = 1200;

    /** Whether OpenBLAS reads small matrices where they are. */
    private static final boolean IN_PLACE = ComputeEnvironment.current()
            .blasKernels()
            .filter(Set.of("SkylakeX", "Cooperlake", "SapphireRapids")::contains)
            .isPresent();

    private final int batch;
    private final FloatPointer weights;
    private final FloatPointer input;
    private final FloatPointer delta;
    /** Written only, so that what is multiplied stays of order 1. */
    private final FloatPointer result;

    private final FloatPointer sums;
    private final List<Stage> stages = new ArrayList<>();

    /** One convolution: channels, kernel, heights, which are the widths too, and products of filtered columns. */
    private record Stage(int in, int out, int kernel, int inSize, int outSize, int filtered) {
        long multiplications() {
            return (long) outSize * outSize * out * in * kernel * kernel;
        }
    }

    /** @param batch examples of one thread's part */
    StepProducts(int batch) {
        this.batch = batch;
        int size = PosterNetwork.SIZE;
        long largest = 0;
        for (int i = 0; i < KERNELS.length; i++) {
            Stage stage = new Stage(CHANNELS[i], CHANNELS[i + 1], KERNELS[i], size, size - KERNELS[i] + 1, FILTERED[i]);
            stages.add(stage);
            largest = Math.max(largest, Math.max((long) stage.in * size * size, numbers(stage)));
            size = i < KERNELS.length - 1 ? stage.outSize / WINDOW : stage.outSize;
        }
        weights = memory(1 << 17);
        input = memory(largest * batch);
        delta = memory(largest * batch);
        result = memory(largest * batch);
        sums = memory(1 << 17);
    }

    private static long numbers(Stage stage) {
        return (long) stage.out * stage.outSize * stage.outSize;
    }

    private static FloatPointer memory(long length) {
        FloatPointer memory = new FloatPointer(length);
        for (long i = 0; i < length; i++) {
            memory.put(i, (i * 7919 % 1000 - 500) / 500f);
        }
        return memory;
    }

    /** {@return operations, multiplications and additions, of a step of a batch of so many examples} */
    static double operations(int examples) {
        double multiplications = 0;
        try (StepProducts one = new StepProducts(1)) {
            for (Stage stage : one.stages) {
                boolean first = stage == one.stages.get(0); // no gradient of the input
                multiplications += (first ? 2 : 3) * stage.multiplications();
            }
        }
        return 2 * TOWERS * multiplications * examples;
    }

    /** Multiplies what is multiplied in one step. */
    void run() {
        for (int tower = 0; tower < TOWERS; tower++) {
            for (Stage stage : stages) {
                if (stage == stages.get(0)) {
                    pooled(stage);
                } else if (stage.filtered > 0) {
                    filtered(stage);
                } else {
                    forward(stage);
                    backward(stage);
                }
            }
        }
    }

    /** The first convolution is fused with its pooling: all inputs of a window by all its positions. */
    private void pooled(Stage stage) {
        int places = WINDOW * WINDOW;
        int reach = stage.kernel + WINDOW - 1;
        int entries = stage.in * reach * reach + 1;
        int windows = stage.outSize / WINDOW * (stage.outSize / WINDOW);
        int rows = places * stage.out;
        for (int window = 0; window < windows; window++) {
            multiply(rows, batch, entries, weights, 0, entries, input, 0, batch, 0, false);
        }
        int width = rows * entries <= MAX_UNPACKED_RESULT || !IN_PLACE ? entries : MAX_UNPACKED_RESULT / rows;
        for (int window = 0; window < windows; window++) {
            for (int from = 0; from < entries; from += width) {
                call(
                        TRANSPOSE,
                        rows,
                        Math.min(width, entries - from),
                        batch,
                        delta.position(0),
                        batch,
                        input.position((long) from * batch),
                        batch,
                        1,
                        sums.position(from),
                        entries);
            }
        }
    }

    /** Combined columns stay in the caches. */
    private void filtered(Stage stage) {
        int entries = stage.kernel * stage.in;
        int size = entries * stage.out;
        for (int column = 0; column < stage.filtered; column++) {
            for (int h = 0; h < stage.outSize; h++) {
                long in = (long) h * stage.in * batch;
                long out = (long) h * stage.out * batch;
                multiply(stage.out, batch, entries, weights, 0, entries, input, in, batch, out, false);
                multiply(entries, batch, stage.out, weights, size, stage.out, delta, out, batch, in, true);
                call(
                        IN_PLACE ? NO_TRANSPOSE : TRANSPOSE,
                        entries,
                        stage.out,
                        batch,
                        input.position(in),
                        batch,
                        delta.position(out),
                        IN_PLACE ? stage.out : batch,
                        1,
                        sums.position(0),
                        stage.out);
            }
        }
    }

    private void forward(Stage stage) {
        int entries = stage.kernel * stage.in;
        for (int w = 0; w < stage.outSize; w++) {
            for (int h = 0; h < stage.outSize; h++) {
                long at = (long) (w * stage.outSize + h) * stage.out * batch;
                for (int kx = 0; kx < stage.kernel; kx++) {
                    long inputAt = (long) ((w + kx) * stage.inSize + h) * stage.in * batch;
                    long weightsAt = (long) kx * stage.out * entries;
                    multiply(stage.out, batch, entries, weights, weightsAt, entries, input, inputAt, batch, at, true);
                }
            }
        }
    }

    private void backward(Stage stage) {
        int entries = stage.kernel * stage.in;
        for (int w = 0; w < stage.outSize; w++) { // of weights
            for (int h = 0; h < stage.outSize; h++) {
                for (int kx = 0; kx < stage.kernel; kx++) {
                    long inputAt = (long) ((w + kx) * stage.inSize + h) * stage.in * batch;
                    call(
                            NO_TRANSPOSE,
                            entries,
                            stage.out,
                            batch,
                            input.position(inputAt),
                            batch,
                            delta.position(0),
                            stage.out,
                            1,
                            sums.position((long) kx * entries * stage.out),
                            stage.out);
                }
            }
        }
        for (int w = 0; w < stage.inSize; w++) { // of the input
            for (int h = 0; h < stage.inSize; h++) {
                int first = Math.max(0, h - stage.kernel + 1);
                int rows = Math.min(stage.outSize, h + 1) - first;
                boolean add = false;
                for (int kx = 0; kx < stage.kernel; kx++) {
                    int column = w - kx;
                    if (column >= 0 && column < stage.outSize) {
                        long from = (long) (column * stage.outSize + first) * stage.out * batch;
                        long at = (long) (w * stage.inSize + h) * stage.in * batch;
                        multiply(
                                stage.in,
                                batch,
                                rows * stage.out,
                                weights,
                                0,
                                stage.kernel * stage.out,
                                delta,
                                from,
                                batch,
                                at,
                                add);
                        add = true;
                    }
                }
            }
        }
    }

    private void multiply(
            int m,
            int n,
            int k,
            FloatPointer a,
            long aAt,
            int aStep,
            FloatPointer b,
            long bAt,
            int bStep,
            long cAt,
            boolean add) {
        int width =
                (long) m * n * k <= MAX_UNPACKED || !IN_PLACE ? n : MAX_UNPACKED / (m * k) / COLUMN_STEP * COLUMN_STEP;
        if (width == 0) {
            width = n;
        }
        for (int from = 0; from < n; from += width) {
            call(
                    NO_TRANSPOSE,
                    m,
                    Math.min(width, n - from),
                    k,
                    a.position(aAt),
                    aStep,
                    b.position(bAt + from),
                    bStep,
                    add ? 1 : 0,
                    result.position(cAt + from),
                    n);
        }
    }

    private static void call(
            int form,
            int m,
            int n,
            int k,
            FloatPointer a,
            int aStep,
            FloatPointer b,
            int bStep,
            float beta,
            FloatPointer c,
            int cStep) {
        openblas_nolapack.cblas_sgemm(ROW_MAJOR, NO_TRANSPOSE, form, m, n, k, 1, a, aStep, b, bStep, beta, c, cStep);
    }

    @Override
    public void close() {
        weights.close();
        input.close();
        delta.close();
        result.close();
        sums.close();
    }

    /** {@return the most operations a second of this thread, in products of square matrices of several sizes} */
    static double peak() {
        double best = 0;
        for (int size : new int[] {192, 256, 384, 512, 768}) {
            try (FloatPointer a = memory((long) size * size);
                    FloatPointer b = memory((long) size * size);
                    FloatPointer c = memory((long) size * size)) {
                for (int repeat = 0; repeat < 30; repeat++) {
                    long start = System.nanoTime();
                    call(NO_TRANSPOSE, size, size, size, a, size, b, size, 0, c, size);
                    best = Math.max(best, 2.0 * size * size * size / (System.nanoTime() - start) * 1e9);
                }
            }
        }
        return best;
    }
}
