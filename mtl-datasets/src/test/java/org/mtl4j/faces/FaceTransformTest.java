package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FaceTransformTest {

    @Test
    void directions_are_as_documented() {
        Box box = new Box(0, 0, 100, 100);
        Landmarks points = Landmarks.of(30, 40, 70, 40, 50, 50, 35, 80, 65, 80);
        double[] shifted = draw(new Augmentation.Change(1, 0.1, 0.1), 1, 0).labels(points, box);
        assertThat(shifted[0]).isCloseTo(0.4, within(1e-12)); // to the right
        assertThat(shifted[1]).isCloseTo(0.5, within(1e-12)); // and downwards
        double[] larger = draw(new Augmentation.Change(0, 0, 0), 1.5, 0).labels(points, box);
        assertThat(larger[0]).isCloseTo(0.5 - 0.2 * 1.5, within(1e-12));
        assertThat(larger[7]).isCloseTo(0.5 + 0.3 * 1.5, within(1e-12));
        double[] turned = draw(new Augmentation.Change(0, 0, 0), 1, 90).labels(points, box);
        assertThat(turned[0]).isCloseTo(0.6, within(1e-12)); // clockwise: what was above is now to the right
        assertThat(turned[1]).isCloseTo(0.3, within(1e-12)); // and what was to the left is above
    }

    private static FaceTransform draw(Augmentation.Change shift, double scale, double degrees) {
        Augmentation.Change never = new Augmentation.Change(0, 0, 0);
        Augmentation.Change one = new Augmentation.Change(0, 1, 1);
        return new Augmentation(
                        0,
                        shift,
                        new Augmentation.Change(1, scale, scale),
                        new Augmentation.Change(1, degrees, degrees),
                        one,
                        never,
                        one,
                        never,
                        never)
                .draw(RandomStream.of(1, 1, 1));
    }

    @Test
    void light_changes_gray_levels_as_documented() {
        byte[] crop = {0, 64, (byte) 128, (byte) 255};
        transform(new FaceTransform.Light(1, 2, 10)).apply(crop, 2);
        // (64 - 127.5) * 2 + 127.5 + 10 = 10.5; (128 - 127.5) * 2 + 137.5 = 138.5: rounded upwards
        assertThat(crop).containsExactly(0, 11, (byte) 139, (byte) 255);
        crop = new byte[] {0, 64, (byte) 128, (byte) 255};
        transform(new FaceTransform.Light(2, 1, 0)).apply(crop, 2);
        // 255 (64 / 255)² = 16.06, 255 (128 / 255)² = 64.25
        assertThat(crop).containsExactly(0, 16, 64, (byte) 255);
    }

    /** Platforms' exponentials may differ in their last bit; crops may not. */
    @Test
    void light_is_that_of_the_strict_exponential() {
        RandomStream random = RandomStream.of(7, 0, 0);
        for (int round = 0; round < 2000; round++) {
            double gamma = round % 5 == 0 ? 1 : random.uniform(0.1, 4);
            double gain = round % 3 == 0 ? 1 : random.uniform(0, 3);
            double offset = round % 4 == 0 ? 0 : random.uniform(-60, 60);
            byte[] curve = new FaceTransform.Light(gamma, gain, offset).curve();
            for (int i = 0; i < 256; i++) {
                double logarithm = StrictMath.log(i / 255.0);
                double bent = gamma == 1 || i == 0 ? i : 255 * StrictMath.exp(gamma * logarithm);
                double level = (bent - 127.5) * gain + 127.5 + offset;
                assertThat(curve[i])
                        .as("level %d, gamma %s, gain %s, offset %s", i, gamma, gain, offset)
                        .isEqualTo((byte) (int) (Math.max(0, Math.min(255, level)) + 0.5));
            }
        }
    }

    private static FaceTransform transform(FaceTransform.Light light) {
        return new FaceTransform(
                false, 0, 0, 1, 0, light, 0, new FaceTransform.Occlusion(0, 0, 0, 0, 0), RandomStream.of(0, 0, 0));
    }

    @Test
    void noise_has_its_deviation_and_pixels_are_independent() {
        byte[] crop = new byte[100 * 100];
        Arrays.fill(crop, (byte) 128);
        FaceTransform transform = new FaceTransform(
                false,
                0,
                0,
                1,
                0,
                new FaceTransform.Light(1, 1, 0),
                12,
                new FaceTransform.Occlusion(0, 0, 0, 0, 0),
                RandomStream.of(4, 0, 0));
        transform.apply(crop, 100);
        double sum = 0;
        double squares = 0;
        double neighbours = 0;
        for (int i = 0; i < crop.length; i++) {
            double value = (crop[i] & 0xff) - 128;
            sum += value;
            squares += value * value;
            neighbours += i > 0 ? value * ((crop[i - 1] & 0xff) - 128) : 0;
        }
        assertThat(sum / 1e4).isCloseTo(0, within(0.5)); // standard deviation 0.12
        // with the rounding, a variance of 1 / 12 more; the standard deviation of the estimate is 0.7 %
        assertThat(Math.sqrt(squares / 1e4)).isCloseTo(12, within(0.35));
        assertThat(neighbours / squares).isCloseTo(0, within(0.04));
    }

    @Test
    void an_occlusion_covers_its_rectangle_and_nothing_else() {
        byte[] crop = new byte[20 * 20];
        new FaceTransform(
                        false,
                        0,
                        0,
                        1,
                        0,
                        new FaceTransform.Light(1, 1, 0),
                        0,
                        new FaceTransform.Occlusion(0.5, 0.25, 0.4, 0.2, 77),
                        RandomStream.of(0, 0, 0))
                .apply(crop, 20);
        for (int y = 0; y < 20; y++) {
            for (int x = 0; x < 20; x++) {
                boolean covered = x >= 6 && x < 14 && y >= 3 && y < 7; // 0.3 to 0.7, 0.15 to 0.35
                assertThat(crop[y * 20 + x]).isEqualTo((byte) (covered ? 77 : 0));
            }
        }
        Augmentation covering = Augmentation.builder().occlusion(1, 0.3, 0.3).build();
        List<FaceTransform> draws = IntStream.range(0, 500)
                .mapToObj(i -> covering.draw(RandomStream.of(3, i % 7, i)))
                .toList();
        assertThat(draws.stream().mapToInt(d -> d.occlusion().gray()).distinct().count())
                .isGreaterThan(150);
    }
}
