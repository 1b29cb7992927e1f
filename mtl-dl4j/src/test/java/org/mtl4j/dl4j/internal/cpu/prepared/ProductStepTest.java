package org.mtl4j.dl4j.internal.cpu.prepared;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.factory.Nd4j;

/** Products of rows with a matrix give what sums in double precision give, in whatever parts they are computed. */
class ProductStepTest {
    /** Of the largest sum of absolute values of products. */
    private static final double ROUNDING = 1e-6;

    @BeforeAll
    static void nativesAreLoaded() {
        Nd4j.zeros(1);
    }

    @ParameterizedTest
    @EnumSource(Products.class)
    void rows_and_blocks_of_any_size(Products products) {
        SplittableRandom random = new SplittableRandom(5);
        for (int round = 0; round < 60; round++) {
            int blocks = round % 4 == 0 ? random.nextInt(2, 5) : 1;
            int inner = random.nextInt(1, 300);
            int columns = random.nextInt(1, 200);
            check(products, random, blocks, inner, columns, random.nextInt(1, 5), random.nextInt(1, 20));
        }
    }

    @ParameterizedTest
    @EnumSource(Products.class)
    void many_weights_for_a_few_rows(Products products) {
        SplittableRandom random = new SplittableRandom(6);
        for (int examples : new int[] {1, 2, 7, 23}) {
            check(products, random, 1, 6144, 160, 1, examples);
            check(products, random, 1, 1000, 331, 1, examples);
        }
    }

    @Test
    void one_row_of_many_weights_has_parts_for_threads_and_a_small_one_has_none() {
        assertThat(step(Products.IN_PLACE, new float[6144 * 160], new float[160], 1, 6144, true, 1)
                        .parts(1))
                .isGreaterThan(1);
        assertThat(step(Products.IN_PLACE, new float[100 * 50], new float[50], 1, 100, true, 1)
                        .parts(1))
                .isEqualTo(1);
    }

    private static ProductStep step(
            Products products,
            float[] weights,
            float[] bias,
            int blocks,
            int inner,
            boolean rectified,
            int rowsOfExample) {
        int size = weights.length / blocks;
        Factor[] factors = IntStream.range(0, blocks)
                .mapToObj(b ->
                        Factor.of(products, Arrays.copyOfRange(weights, b * size, (b + 1) * size), inner, size / inner))
                .toArray(Factor[]::new);
        return new ProductStep(products, factors, bias, rectified, 0, 1, rowsOfExample);
    }

    private static void check(
            Products products,
            SplittableRandom random,
            int blocks,
            int inner,
            int columns,
            int rowsOfExample,
            int examples) {
        float[] weights = noise(random, blocks * inner * columns);
        float[] bias = noise(random, blocks * columns);
        boolean rectified = random.nextBoolean();
        ProductStep step = step(products, weights, bias, blocks, inner, rectified, rowsOfExample);
        Frame.Needs needs = new Frame.Needs();
        step.needs(needs, examples);
        int rows = examples * rowsOfExample;
        float[] from = noise(random, rows * blocks * inner);
        Frame frame = new Frame(new int[] {from.length, rows * blocks * columns}, products, needs);
        System.arraycopy(from, 0, frame.values[0], 0, from.length);
        double[] expected = expected(weights, bias, blocks, inner, columns, rectified, from, rows);

        step.run(frame, examples);
        compare(frame.values[1], expected, inner, "whole");

        Arrays.fill(frame.values[1], Float.NaN);
        for (int part = step.parts(examples) - 1; part >= 0; part--) {
            step.run(frame, examples, part, part + 1);
        }
        compare(frame.values[1], expected, inner, step.parts(examples) + " parts");
    }

    private static double[] expected(
            float[] weights,
            float[] bias,
            int blocks,
            int inner,
            int columns,
            boolean rectified,
            float[] from,
            int rows) {
        double[] expected = new double[rows * blocks * columns];
        for (int at = 0; at < rows * blocks; at++) {
            int block = at % blocks;
            for (int c = 0; c < columns; c++) {
                double sum = bias[block * columns + c];
                for (int i = 0; i < inner; i++) {
                    sum += (double) from[at * inner + i] * weights[(block * inner + i) * columns + c];
                }
                expected[at * columns + c] = rectified ? Math.max(0, sum) : sum;
            }
        }
        return expected;
    }

    private static void compare(float[] found, double[] expected, int inner, String what) {
        double most = 2.25 * inner; // each number is at most 1.5
        for (int i = 0; i < expected.length; i++) {
            assertThat(Math.abs(found[i] - expected[i]))
                    .as("%s, number %s", what, i)
                    .isLessThanOrEqualTo(ROUNDING * most);
        }
    }

    private static float[] noise(SplittableRandom random, int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextDouble(-1, 1.5);
        }
        return numbers;
    }
}
