package org.mtl4j.dl4j.internal.cpu.prepared;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.factory.Nd4j;

/** Convolution with fewer multiplications gives what sums of products in double precision give. */
class WinogradStepTest {
    /** Of the largest result: sums of up to 9 times 70 products. */
    private static final double ROUNDING = 1e-6;

    /** The larger tile multiplies by up to 25 and 8 on its way. */
    private static final double ROUNDING_OF_FOUR = 6e-6;

    @BeforeAll
    static void nativesAreLoaded() {
        Nd4j.zeros(1);
    }

    private static double rounding(WinogradTransform transform) {
        return transform == WinogradTransform.TWO ? ROUNDING : ROUNDING_OF_FOUR;
    }

    private static Geometry geometry(int channels, int height, int width, int top, int left, int rows, int columns) {
        return new Geometry(channels, height, width, 3, 3, 1, 1, 1, 1, top, left, rows, columns, 1, 1);
    }

    private static Geometry pooled(Geometry g) {
        return new Geometry(
                g.channels(), g.height(), g.width(), 3, 3, 1, 1, 1, 1, g.top(), g.left(), g.rows(), g.columns(), 2, 2);
    }

    private static float[] noise(SplittableRandom random, int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextDouble(-1, 1.5);
        }
        return numbers;
    }

    @ParameterizedTest
    @EnumSource(WinogradTransform.class)
    void images_of_any_size_and_padding(WinogradTransform transform) {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 60; round++) {
            int channels = round % 5 == 0 ? 1 : random.nextInt(1, 70);
            int height = random.nextInt(1, 20);
            int width = random.nextInt(1, 20);
            int top = random.nextInt(0, 3);
            int left = random.nextInt(0, 3);
            int rows = random.nextInt(1, Math.max(2, height + top));
            int columns = random.nextInt(1, Math.max(2, width + left));
            Geometry geometry = geometry(channels, height, width, top, left, rows, columns);
            if (transform == WinogradTransform.TWO && rows > 1 && columns > 1 && round % 3 == 0) {
                geometry = pooled(geometry);
            }
            check(transform, geometry, random, random.nextInt(1, 5), random.nextInt(1, 4), 1);
        }
    }

    /** Threads have some channels of all tiles each. */
    @ParameterizedTest
    @EnumSource(WinogradTransform.class)
    void few_tiles_of_wide_results(WinogradTransform transform) {
        SplittableRandom random = new SplittableRandom(8);
        for (int round = 0; round < 30; round++) {
            int rows = random.nextInt(1, 9);
            int columns = random.nextInt(1, 9);
            Geometry geometry = geometry(random.nextInt(1, 70), rows, columns, 1, 1, rows, columns);
            if (transform == WinogradTransform.TWO && rows > 1 && columns > 1 && round % 2 == 0) {
                geometry = pooled(geometry);
            }
            check(transform, geometry, random, random.nextInt(1, 3), random.nextInt(1, 4), 90);
        }
    }

    private static void check(
            WinogradTransform transform,
            Geometry g,
            SplittableRandom random,
            int examples,
            int results,
            int leastChannels) {
        PlanBuilder.Convolved[] convolved = new PlanBuilder.Convolved[results];
        int[] sizes = new int[results + 1];
        sizes[0] = g.channels() * g.height() * g.width();
        for (int r = 0; r < results; r++) {
            int out = leastChannels + random.nextInt(0, 39);
            convolved[r] = new PlanBuilder.Convolved(
                    noise(random, 9 * g.channels() * out), noise(random, out), random.nextBoolean(), r + 1);
            sizes[r + 1] = g.pooledRows() * g.pooledColumns() * out;
        }
        WinogradStep step = new WinogradStep(transform, Products.IN_PLACE, g, 0, List.of(convolved));
        Frame.Needs needs = new Frame.Needs();
        step.needs(needs, examples);
        int[] all = new int[sizes.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = examples * sizes[i];
        }
        Frame frame = new Frame(all, Products.IN_PLACE, needs);
        float[] images = noise(random, all[0]);
        System.arraycopy(images, 0, frame.values[0], 0, all[0]);
        step.run(frame, examples);
        compare(transform, g, convolved, images, examples, frame);
        for (int r = 1; r <= results; r++) {
            Arrays.fill(frame.values[r], Float.NaN);
        }
        for (int part = step.parts(examples) - 1; part >= 0; part--) {
            step.run(frame, examples, part, part + 1);
        }
        compare(transform, g, convolved, images, examples, frame);
    }

    private static void compare(
            WinogradTransform transform,
            Geometry g,
            PlanBuilder.Convolved[] convolved,
            float[] images,
            int examples,
            Frame frame) {
        for (PlanBuilder.Convolved each : convolved) {
            double[] expected = PlainConvolution.of(g, each, images, examples);
            assertThat(PlainConvolution.difference(expected, frame.values[each.output()]))
                    .as("%s, %s, %s examples", transform, g, examples)
                    .isLessThanOrEqualTo(rounding(transform));
        }
    }

    @Test
    void strides_dilation_and_other_kernels_are_not_for_it() {
        Geometry same = geometry(64, 16, 16, 1, 1, 16, 16);
        assertThat(choice(Products.IN_PLACE, same)).isEqualTo(WinogradTransform.FOUR);
        assertThat(choice(Products.IN_PLACE, pooled(same))).isEqualTo(WinogradTransform.TWO);
        assertThat(choice(Products.IN_PLACE, geometry(2, 16, 16, 1, 1, 16, 16))).isNull(); // transforms cost more
        assertThat(choice(Products.PACKED, same)).isNull();
        assertThat(choice(Products.JAVA, same)).isNull();
        assertThat(choice(Products.IN_PLACE, new Geometry(64, 16, 16, 3, 3, 2, 2, 1, 1, 1, 1, 8, 8, 1, 1)))
                .isNull();
        assertThat(choice(Products.IN_PLACE, new Geometry(64, 16, 16, 3, 3, 1, 1, 2, 2, 2, 2, 16, 16, 1, 1)))
                .isNull();
        assertThat(choice(Products.IN_PLACE, new Geometry(64, 16, 16, 1, 3, 1, 1, 1, 1, 0, 1, 16, 16, 1, 1)))
                .isNull();
        assertThat(choice(Products.IN_PLACE, new Geometry(64, 16, 16, 3, 3, 1, 1, 1, 1, 1, 1, 16, 16, 3, 3)))
                .isNull();
    }

    private static WinogradTransform choice(Products products, Geometry geometry) {
        float[] weights = new float[geometry.patch() * 64];
        return WinogradStep.choose(
                products, geometry, List.of(new PlanBuilder.Convolved(weights, new float[64], true, 1)));
    }

    /** Which thread computes which part changes nothing. */
    @Test
    void steps_that_threads_share_give_the_same_bits_each_time() throws Exception {
        SplittableRandom random = new SplittableRandom(3);
        Geometry first = geometry(24, 19, 17, 1, 1, 19, 17);
        Geometry second = geometry(40, 19, 17, 0, 0, 17, 15);
        PlanBuilder builder = new PlanBuilder(Products.IN_PLACE);
        int input = builder.input(24 * 19 * 17);
        int middle = builder.slot(40 * 19 * 17);
        int output = builder.slot(32 * 17 * 15);
        float[] weights = noise(random, 9 * 24 * 40);
        builder.convolution(first, input, List.of(new PlanBuilder.Convolved(weights, noise(random, 40), true, middle)));
        weights = noise(random, 9 * 40 * 32);
        builder.convolution(
                second, middle, List.of(new PlanBuilder.Convolved(weights, noise(random, 32), false, output)));
        builder.output(output);
        Plan plan = builder.build();
        FloatBuffer[] in = {FloatBuffer.wrap(noise(random, 24 * 19 * 17))};
        float[] alone = new float[32 * 17 * 15];
        Plan.Memory memory = plan.memory();
        plan.run(memory, in, 0, 1, new FloatBuffer[] {FloatBuffer.wrap(alone)});
        double[] expected = new double[alone.length];
        Arrays.setAll(expected, i -> alone[i]);
        FloatBuffer[] before = null;
        for (int call = 0; call < 100; call++) {
            FloatBuffer[] shared = {FloatBuffer.allocate(alone.length)};
            memory.shared().open(1, 3);
            Thread[] helpers = {
                new Thread(() -> memory.shared().doParts(0)),
                new Thread(() -> memory.shared().doParts(1))
            };
            for (Thread helper : helpers) {
                helper.start();
            }
            plan.runShared(memory, in, 0, 1, shared);
            assertThat(PlainConvolution.difference(expected, shared[0].array())).isLessThanOrEqualTo(ROUNDING_OF_FOUR);
            assertThat(shared[0].equals(before == null ? shared[0] : before[0])).isTrue();
            before = shared;
            for (Thread helper : helpers) {
                helper.join();
            }
        }
    }
}
