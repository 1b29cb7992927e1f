package org.mtl4j.dl4j.internal.cpu.convolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.internal.cpu.Gemm;
import org.mtl4j.dl4j.internal.cpu.Kernels;
import org.mtl4j.dl4j.internal.cpu.KernelsInUse;
import org.mtl4j.dl4j.internal.cpu.convolution.ConvolutionAlgorithm.ParameterGradients;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Convolutions by minimal filtering against their definition, in double precision. */
@Kernels
class WinogradConvolutionTest {
    /** Of the largest number: sums of some hundred products, after combinations of numbers up to 5 times as large. */
    private static final double ROUNDING = 2e-5;

    /** @param after rows and columns of padding below and to the right */
    private record Images(int batch, int in, int height, int width, int out, int[] kernel, int[] padding, int[] after) {
        int outHeight() {
            return height + padding[0] + after[0] - kernel[0] + 1;
        }

        int outWidth() {
            return width + padding[1] + after[1] - kernel[1] + 1;
        }

        @Override
        public String toString() {
            return "%s images [%s, %s, %s], %s outputs, kernel %s, padding %s and %s"
                    .formatted(
                            batch,
                            in,
                            height,
                            width,
                            out,
                            Arrays.toString(kernel),
                            Arrays.toString(padding),
                            Arrays.toString(after));
        }
    }

    static Stream<Images> images() {
        List<Images> all = new ArrayList<>();
        all.add(new Images(64, 20, 18, 18, 40, new int[] {3, 3}, new int[2], new int[2])); // blocks of rows, threads
        all.add(new Images(16, 40, 8, 8, 60, new int[] {3, 3}, new int[2], new int[2]));
        all.add(new Images(17, 8, 7, 7, 9, new int[] {3, 3}, new int[] {1, 1}, new int[] {1, 1}));
        all.add(new Images(16, 3, 5, 4, 5, new int[] {2, 2}, new int[2], new int[] {1, 1}));
        all.add(new Images(16, 4, 1, 9, 5, new int[] {1, 4}, new int[2], new int[2]));
        Random random = new Random(8);
        while (all.size() < 40) {
            int[] kernel = {1 + random.nextInt(5), 2 + random.nextInt(6)};
            Images some = new Images(
                    1 + random.nextInt(40),
                    1 + random.nextInt(12),
                    1 + random.nextInt(30),
                    1 + random.nextInt(14),
                    1 + random.nextInt(12),
                    kernel,
                    new int[] {random.nextInt(kernel[0]), random.nextInt(kernel[1])},
                    new int[] {random.nextInt(kernel[0]), random.nextInt(kernel[1])});
            if (some.outHeight() > 0 && some.outWidth() > 0) {
                all.add(some);
            }
        }
        return KernelsInUse.settings(all);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("images")
    void computes_what_is_defined(Images images) {
        assumeTrue(Gemm.available(), "products of the BLAS library");
        Random random = new Random(images.toString().hashCode());
        INDArray x = numbers(random, images.batch, images.in, images.height, images.width);
        INDArray weights = numbers(random, images.out, images.in, images.kernel[0], images.kernel[1])
                .dup('c');
        INDArray bias = numbers(random, images.out);
        INDArray delta = numbers(random, images.batch, images.out, images.outHeight(), images.outWidth());
        boolean rectified = random.nextBoolean();

        INDArray y = numbers(random, delta.shape());
        INDArray inputGradient = numbers(random, x.shape());
        ParameterGradients gradients =
                new ParameterGradients(numbers(random, weights.shape()).dup('c'), numbers(random, 1, images.out));
        BatchLastKernel kernel = kernel(images, random.nextBoolean());
        INDArray scratch = Nd4j.createUninitializedDetached(DataType.FLOAT, kernel.scratch())
                .assign(Float.NaN);
        kernel.forward(x, weights, bias, rectified, y, scratch);
        scratch.assign(Float.NaN);
        kernel.backward(x, delta, weights, inputGradient, gradients, scratch);

        Definition expected = new Definition(images, doubles(x), doubles(weights), doubles(bias), doubles(delta));
        if (rectified) {
            Arrays.setAll(expected.y, i -> Math.max(0, expected.y[i]));
        }
        assertClose(y, expected.y);
        assertClose(inputGradient, expected.inputGradient);
        assertClose(gradients.weights(), expected.weightGradient);
        assertClose(gradients.bias(), expected.biasGradient);
    }

    /** Windows are of all sizes that fit into a tile, so that some rows and columns of the output lie in none. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("images")
    void pools_what_is_defined_and_gives_the_gradient_to_one_of_each_window(Images images) {
        assumeTrue(Gemm.available(), "products of the BLAS library");
        Random random = new Random(images.toString().hashCode());
        int widest = Math.min(Math.min(6, 9 - images.kernel[1]), images.outWidth());
        int[] window = {1 + random.nextInt(Math.min(5, images.outHeight())), 1 + random.nextInt(widest)};
        int rows = images.outHeight() / window[0];
        int columns = images.outWidth() / window[1];
        INDArray x = numbers(random, images.batch, images.in, images.height, images.width);
        INDArray weights = numbers(random, images.out, images.in, images.kernel[0], images.kernel[1])
                .dup('c');
        INDArray bias = numbers(random, images.out);
        INDArray epsilon = numbers(random, images.batch, images.out, rows, columns);

        INDArray pooled = numbers(random, epsilon.shape());
        INDArray places = numbers(random, epsilon.shape());
        INDArray inputGradient = numbers(random, x.shape());
        ParameterGradients gradients =
                new ParameterGradients(numbers(random, weights.shape()).dup('c'), numbers(random, 1, images.out));
        WinogradConvolutionKernel kernel = kernel(images, window, random.nextBoolean());
        INDArray scratch = Nd4j.createUninitializedDetached(DataType.FLOAT, kernel.scratch())
                .assign(Float.NaN);
        kernel.forward(x, weights, bias, new PooledOutput(pooled, places, window), scratch);
        scratch.assign(Float.NaN);
        kernel.backward(x, new PooledOutput(epsilon, places, window), weights, inputGradient, gradients, scratch);
        INDArray predicted = numbers(random, epsilon.shape());
        kernel.forward(x, weights, bias, new PooledOutput(predicted, null, window), scratch);

        double[] none = new double[images.batch * images.out * images.outHeight() * images.outWidth()];
        double[] y = new Definition(images, doubles(x), doubles(weights), doubles(bias), none).y;
        Windows expected = new Windows(images, window, y, doubles(places), doubles(epsilon));
        assertClose(pooled, expected.largest);
        assertThat(predicted).isEqualTo(pooled);
        Definition gradient =
                new Definition(images, doubles(x), doubles(weights), doubles(bias), expected.outputGradient);
        assertClose(inputGradient, gradient.inputGradient);
        assertClose(gradients.weights(), gradient.weightGradient);
        assertClose(gradients.bias(), gradient.biasGradient);
    }

    /** Largest numbers of windows, and the gradient of what they are taken from. */
    private static final class Windows {
        private final double[] largest;
        private final double[] outputGradient;

        /** Looks at which place of each window is said to hold the largest number: several may be equal to rounding. */
        Windows(Images images, int[] window, double[] y, double[] places, double[] epsilon) {
            largest = new double[epsilon.length];
            outputGradient = new double[y.length];
            int rows = images.outHeight() / window[0];
            int columns = images.outWidth() / window[1];
            double tolerance = ROUNDING * Arrays.stream(y).map(Math::abs).max().orElseThrow();
            for (int w = 0; w < epsilon.length; w++) {
                int plane = w / columns / rows * images.outHeight();
                int corner = (plane + w / columns % rows * window[0]) * images.outWidth() + w % columns * window[1];
                for (int p = 0; p < window[0] * window[1]; p++) {
                    int at = corner + p / window[1] * images.outWidth() + p % window[1];
                    largest[w] = Math.max(largest[w], y[at]);
                }
                int place = (int) places[w];
                double there = 0;
                if (place >= 0) {
                    int at = corner + place / window[1] * images.outWidth() + place % window[1];
                    there = y[at];
                    outputGradient[at] = epsilon[w];
                }
                assertThat(there).as("window %s, place %s", w, place).isCloseTo(largest[w], within(tolerance));
            }
        }
    }

    @Test
    void needs_neither_biases_nor_the_gradient_of_the_input_and_says_the_same_twice() {
        assumeTrue(Gemm.available(), "products of the BLAS library");
        Images images = images().findFirst().orElseThrow();
        Random random = new Random(8);
        INDArray x = numbers(random, images.batch, images.in, images.height, images.width);
        INDArray weights = numbers(random, images.out, images.in, 3, 3).dup('c');
        INDArray delta = numbers(random, images.batch, images.out, images.outHeight(), images.outWidth());
        INDArray none = Nd4j.zeros(DataType.FLOAT, images.out);
        BatchLastKernel kernel = kernel(images, Gemm.readsInPlace());
        INDArray scratch = Nd4j.createUninitializedDetached(DataType.FLOAT, kernel.scratch());
        INDArray[] y = {delta.like().dup('f'), delta.like().dup('f')};
        INDArray[] gradient = {weights.like(), weights.like()};
        kernel.forward(x, weights, null, false, y[0], scratch);
        kernel.forward(x, weights, none, false, y[1], scratch);
        kernel.backward(x, delta, weights, null, new ParameterGradients(gradient[0], null), scratch);
        kernel.backward(x, delta, weights, x.like().dup('f'), new ParameterGradients(gradient[1], null), scratch);
        assertThat(y[0]).isEqualTo(y[1]);
        assertThat(gradient[0]).isEqualTo(gradient[1]);
    }

    @Test
    void is_chosen_where_it_pays() {
        long[] faces = {64, 20, 18, 18};
        assertThat(choice(faces, new long[] {40, 20, 3, 3}, 0)).isInstanceOf(WinogradConvolutionKernel.class);
        assertThat(choice(faces, new long[] {40, 20, 5, 5}, 2)).isInstanceOf(WinogradConvolutionKernel.class);
        assertThat(choice(faces, new long[] {40, 20, 1, 1}, 0)).isInstanceOf(BatchLastConvolutionKernel.class);
        assertThat(choice(faces, new long[] {2, 20, 3, 3}, 1)).isInstanceOf(BatchLastConvolutionKernel.class);
        assertThat(choice(faces, new long[] {40, 20, 3, 3}, 3)) // windows that lie outside
                .isInstanceOf(BatchLastConvolutionKernel.class);
        assertThat(choice(faces, new long[] {40, 20, 9, 9}, 0)).isInstanceOf(BatchLastConvolutionKernel.class);
    }

    private static BatchLastKernel choice(long[] in, long[] weights, int padding) {
        int[] outSize = {(int) (in[2] + 2 * padding - weights[2] + 1), (int) (in[3] + 2 * padding - weights[3] + 1)};
        return BatchLastKernel.choose(in, weights, new int[] {padding, padding}, outSize);
    }

    private static BatchLastKernel kernel(Images images, boolean transposes) {
        return kernel(images, new int[] {1, 1}, transposes);
    }

    private static WinogradConvolutionKernel kernel(Images images, int[] window, boolean transposes) {
        long[] in = {images.batch, images.in, images.height, images.width};
        long[] weights = {images.out, images.in, images.kernel[0], images.kernel[1]};
        int[] outSize = {images.outHeight(), images.outWidth()};
        assertThat(WinogradConvolutionKernel.canCompute(in, weights, images.padding, outSize, window))
                .isTrue();
        return new WinogradConvolutionKernel(in, weights, images.padding, outSize, window, transposes);
    }

    private static INDArray numbers(Random random, long... shape) {
        INDArray numbers = Nd4j.createUninitialized(DataType.FLOAT, shape, 'f');
        for (long i = 0; i < numbers.length(); i++) {
            numbers.data().put(i, (float) random.nextGaussian());
        }
        return numbers;
    }

    /** {@return its numbers in the order of its shape} */
    private static double[] doubles(INDArray array) {
        return array.dup('c').data().asDouble();
    }

    private static void assertClose(INDArray actual, double[] expected) {
        double most = Math.max(1, Arrays.stream(expected).map(Math::abs).max().orElseThrow());
        double[] numbers = doubles(actual);
        assertThat(numbers).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(Math.abs(numbers[i] - expected[i]) / most)
                    .as("number %s", i)
                    .isLessThan(ROUNDING);
        }
    }

    /** A convolution and its gradients as they are defined. */
    private static final class Definition {
        private final double[] y;
        private final double[] inputGradient;
        private final double[] weightGradient;
        private final double[] biasGradient;

        Definition(Images g, double[] x, double[] weights, double[] bias, double[] delta) {
            y = new double[delta.length];
            inputGradient = new double[x.length];
            weightGradient = new double[weights.length];
            biasGradient = new double[bias.length];
            for (int place = 0; place < y.length; place++) {
                int column = place % g.outWidth();
                int row = place / g.outWidth() % g.outHeight();
                int o = place / g.outWidth() / g.outHeight() % g.out;
                int image = place / g.outWidth() / g.outHeight() / g.out;
                y[place] = bias[o];
                biasGradient[o] += delta[place];
                for (int entry = 0; entry < g.in * g.kernel[0] * g.kernel[1]; entry++) {
                    int w = column + entry % g.kernel[1] - g.padding[1];
                    int h = row + entry / g.kernel[1] % g.kernel[0] - g.padding[0];
                    if (w >= 0 && w < g.width && h >= 0 && h < g.height) {
                        int i = entry / g.kernel[1] / g.kernel[0];
                        int from = ((image * g.in + i) * g.height + h) * g.width + w;
                        int by = o * g.in * g.kernel[0] * g.kernel[1] + entry;
                        y[place] += weights[by] * x[from];
                        inputGradient[from] += weights[by] * delta[place];
                        weightGradient[by] += x[from] * delta[place];
                    }
                }
            }
        }
    }
}
