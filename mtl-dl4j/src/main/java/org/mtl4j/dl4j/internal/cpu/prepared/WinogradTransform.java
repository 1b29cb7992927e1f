package org.mtl4j.dl4j.internal.cpu.prepared;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.mtl4j.dl4j.internal.cpu.MinimalFilter;

/**
 * Has the matrices of Winograd's minimal filtering F(m × m, 3 × 3), by {@link MinimalFilter} in each direction: Lavin
 * and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, section 4. A tile of m × m results reads n
 * × n numbers of each channel, n = m + 2, and takes n² multiplications of transformed numbers in place of 9 m². Columns
 * and rows of a whole block of tiles are transformed by products, one after the other.
 */
enum WinogradTransform {
    /** F(2 × 2, 3 × 3): 16 multiplications for 36; sums and differences only, so that it rounds no more than a sum. */
    TWO(2),

    /** F(4 × 4, 3 × 3): 36 multiplications for 144; rounds some ten times more. */
    FOUR(4);

    static final int KERNEL = 3;

    /** Rows and columns of results of a tile: m. */
    final int results;

    /** Rows and columns of numbers that a tile reads: n. */
    final int reads;

    private final MinimalFilter filter;

    WinogradTransform(int results) {
        this.filter = new MinimalFilter(results, KERNEL);
        this.results = results;
        this.reads = filter.reads();
    }

    /** {@return the matrix {@code [n, n]} by which columns of a tile's numbers are multiplied, and then rows} */
    float[] input() {
        return floats(filter.ofReads());
    }

    /** {@return the matrix {@code [m, n]} by which columns of a tile's products are multiplied, and then rows} */
    float[] output() {
        return floats(filter.ofResults());
    }

    private static float[] floats(double[][] matrix) {
        int columns = matrix[0].length;
        float[] numbers = new float[matrix.length * columns];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) matrix[i / columns][i % columns];
        }
        return numbers;
    }

    /** {@return the transformed weights {@code [n², size]} of weights {@code [3, 3, size]}} */
    float[] weights(float[] weights) {
        double[][] ofWeights = filter.ofWeights();
        int size = weights.length / (KERNEL * KERNEL);
        float[] transformed = new float[reads * reads * size];
        double[] sums = new double[size];
        for (int p = 0; p < reads * reads; p++) {
            Arrays.fill(sums, 0);
            for (int q = 0; q < KERNEL * KERNEL; q++) {
                double by = ofWeights[p / reads][q / KERNEL] * ofWeights[p % reads][q % KERNEL];
                for (int s = 0; s < size && by != 0; s++) {
                    sums[s] += by * weights[q * size + s];
                }
            }
            for (int s = 0; s < size; s++) {
                transformed[p * size + s] = (float) sums[s];
            }
        }
        return transformed;
    }

    /** A matrix in memory of the CPU. Nobody changes it. */
    static final class Matrix {
        /** Keeps the memory. */
        private final FloatBuffer memory;

        final FloatPointer at;

        private Matrix(FloatBuffer memory) {
            this.memory = memory;
            this.at = new FloatPointer(memory);
        }

        static Matrix of(float[] numbers, int from, int count) {
            FloatBuffer memory = Staging.Native.floats(count);
            memory.put(0, numbers, from, count);
            return new Matrix(memory);
        }
    }
}
