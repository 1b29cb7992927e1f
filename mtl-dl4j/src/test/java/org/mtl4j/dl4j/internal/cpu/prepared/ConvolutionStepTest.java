package org.mtl4j.dl4j.internal.cpu.prepared;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.factory.Nd4j;

/** Convolution by products of gathered windows gives what sums of products in double precision give. */
class ConvolutionStepTest {
    /** Of the largest result: sums of up to 25 times 12 products. */
    private static final double ROUNDING = 1e-6;

    @BeforeAll
    static void nativesAreLoaded() {
        Nd4j.zeros(1);
    }

    private static float[] noise(SplittableRandom random, int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextDouble(-1, 1.5);
        }
        return numbers;
    }

    private static int windows(int size, int before, int after, int kernel, int stride, int dilation) {
        return Math.max(0, size + before + after - (kernel - 1) * dilation - 1) / stride + 1;
    }

    @ParameterizedTest
    @EnumSource(Products.class)
    void windows_of_any_kind(Products products) {
        SplittableRandom random = new SplittableRandom(11);
        for (int round = 0; round < 120; round++) {
            int channels = round % 2 == 0 ? 1 : random.nextInt(2, 13); // one channel is gathered in a way of its own
            int kernelHeight = random.nextInt(1, 6);
            int kernelWidth = random.nextInt(1, 6);
            int dilation = round % 7 == 0 ? 2 : 1;
            int height = random.nextInt((kernelHeight - 1) * dilation + 1, 30);
            int width = random.nextInt((kernelWidth - 1) * dilation + 1, 30);
            int strideHeight = random.nextInt(1, 4);
            int strideWidth = random.nextInt(1, 4);
            int top = random.nextInt(0, 3);
            int left = random.nextInt(0, 3);
            int rows = windows(height, top, random.nextInt(0, 3), kernelHeight, strideHeight, dilation);
            int columns = windows(width, left, random.nextInt(0, 3), kernelWidth, strideWidth, dilation);
            check(
                    products,
                    new Geometry(
                            channels,
                            height,
                            width,
                            kernelHeight,
                            kernelWidth,
                            strideHeight,
                            strideWidth,
                            dilation,
                            dilation,
                            top,
                            left,
                            rows,
                            columns,
                            Math.min(rows, random.nextInt(1, 3)),
                            Math.min(columns, random.nextInt(1, 3))),
                    random);
        }
    }

    private static void check(Products products, Geometry g, SplittableRandom random) {
        int examples = random.nextInt(1, 4);
        int out = random.nextInt(1, 30);
        int size = g.channels() * g.height() * g.width();
        PlanBuilder.Convolved convolved =
                new PlanBuilder.Convolved(noise(random, g.patch() * out), noise(random, out), random.nextBoolean(), 1);
        ConvolutionStep step = new ConvolutionStep(
                products,
                g,
                0,
                List.of(new ConvolutionStep.Result(
                        Factor.of(products, convolved.weights(), g.patch(), out),
                        convolved.bias(),
                        convolved.rectified(),
                        1)));
        Frame.Needs needs = new Frame.Needs();
        step.needs(needs, examples);
        int[] sizes = {examples * size, examples * g.pooledRows() * g.pooledColumns() * out};
        Frame frame = new Frame(sizes, products, needs);
        float[] images = noise(random, sizes[0]);
        System.arraycopy(images, 0, frame.values[0], 0, images.length);
        step.run(frame, examples);
        assertThat(PlainConvolution.difference(PlainConvolution.of(g, convolved, images, examples), frame.values[1]))
                .as("%s", g)
                .isLessThanOrEqualTo(ROUNDING);
    }
}
