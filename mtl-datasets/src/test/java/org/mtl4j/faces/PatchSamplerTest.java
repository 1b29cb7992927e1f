package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mtl4j.image.Affine;
import org.mtl4j.image.GrayImage;

/** Crops of patches against their definition, taken pixel by pixel and sample by sample in double precision. */
class PatchSamplerTest {
    private static final double SPACING = 1.25;

    private static GrayImage noise(int width, int height) {
        byte[] luma = new byte[width * height];
        new Random(5).nextBytes(luma);
        return GrayImage.of(width, height, luma);
    }

    private static Augmentation augmentation(double shift, double least, double most, double turn) {
        return Augmentation.builder()
                .shift(1, shift)
                .scale(1, least, most)
                .rotation(1, turn)
                .build();
    }

    @ParameterizedTest(name = "{0} x {1}, box of {2} x {3} at ({4}, {5}), crop of {6}, scale {7} to {8}, {9}°")
    @CsvSource({
        "134, 134, 80, 80, 27, 27, 39, 0.88, 1.12, 12", // as most faces
        "250, 250, 195, 195, 20, 25, 39, 0.88, 1.12, 12", // means that overlap by half
        "250, 250, 95, 95, 155, 100, 39, 0.88, 1.12, 12", // up to the edge
        "250, 250, 95, 95, -40, -50, 39, 0.88, 1.12, 12", // beyond it
        "300, 200, 90, 140, 100, 20, 39, 0.88, 1.12, 12", // not square
        "300, 200, 90, 140, 100, 20, 39, 0.88, 1.12, 80", // turned so far that width is height
        "300, 200, 30, 90, 100, 20, 39, 0.88, 1.12, 12", // means down the columns alone
        "300, 300, 120, 120, 100, 90, 24, 0.3, 2, 12", // several samples for each pixel
        "300, 300, 40, 40, 100, 90, 39, 0.5, 1.5, 12", // of the image itself
        "900, 700, 600, 600, 100, 90, 24, 0.8, 1.2, 12", // large
        "60, 50, 14, 16, 20, 30, 39, 0.88, 1.12, 12", // tiny
        "40, 40, 30, 30, 5, 5, 1, 0.88, 1.12, 12", // crops of a single pixel
        "3, 2, 3, 2, 0, 0, 5, 0.88, 1.12, 12", // nothing but edge
        "1, 1, 1, 1, 0, 0, 4, 0.88, 1.12, 12",
        "260, 240, 200, 200, 30, 20, 130, 0.88, 1.12, 12"
    })
    void crops_are_means_of_samples_of_the_patch(
            int width,
            int height,
            int boxWidth,
            int boxHeight,
            int left,
            int top,
            int size,
            double least,
            double most,
            double turn) {
        GrayImage image = noise(width, height);
        Box box = new Box(left + 0.25, top, left + 0.25 + boxWidth, top + boxHeight);
        Augmentation augmentation = augmentation(0.1, least, most, turn);
        SourcePatch patch = SourcePatch.of(image, box, FaceCrop.of(size), augmentation);
        assertMeans(image, patch);
        PatchSampler sampler = new PatchSampler(size);
        byte[] crop = new byte[size * size];
        long different = 0;
        int rounds = 40;
        for (int round = 0; round < rounds; round++) {
            Affine window = patch.inPatch(
                    augmentation.draw(RandomStream.of(1, 0, round)).window(box, 0));
            sampler.sample(patch, window, crop);
            byte[] expected = oneByOne(patch, window, size);
            for (int i = 0; i < crop.length; i++) {
                int difference = Math.abs((crop[i] & 0xff) - (expected[i] & 0xff));
                // a sample at the border of two 256ths may be taken for the other: less than a gray level
                assertThat(difference)
                        .as("round %d, pixel (%d, %d)", round, i % size, i / size)
                        .isLessThanOrEqualTo(1);
                different += difference;
            }
        }
        assertThat(different).as("one level off").isLessThanOrEqualTo(2 + (long) rounds * size * size / 2000);
    }

    /** Each mean from all pixels under its rectangle, those beyond the edge as the nearest one. */
    private static void assertMeans(GrayImage image, SourcePatch patch) {
        AreaMeans.Axis columns = patch.columns();
        AreaMeans.Axis rows = patch.rows();
        for (int j = 0; j < patch.height(); j += 1 + patch.height() / 30) {
            for (int i = 0; i < patch.width(); i += 1 + patch.width() / 30) {
                double x = columns.first() + i * columns.pitch();
                double y = rows.first() + j * rows.pitch();
                double sum = 0;
                for (int row = pixel(y - rows.length() / 2); row <= pixel(y + rows.length() / 2); row++) {
                    for (int column = pixel(x - columns.length() / 2);
                            column <= pixel(x + columns.length() / 2);
                            column++) {
                        int gray = image.at(
                                Math.max(0, Math.min(image.width() - 1, column)),
                                Math.max(0, Math.min(image.height() - 1, row)));
                        sum += gray * covered(x, columns.length(), column) * covered(y, rows.length(), row);
                    }
                }
                assertThat((double) (patch.luma()[j * patch.width() + i] & 0xff))
                        .as("mean (%d, %d)", i, j)
                        .isCloseTo(sum / columns.length() / rows.length(), within(0.5 + 1e-6)); // rounded
            }
        }
    }

    private static int pixel(double coordinate) {
        return (int) Math.floor(coordinate + 0.5);
    }

    private static double covered(double centre, double length, int pixel) {
        return Math.max(0, Math.min(centre + length / 2, pixel + 0.5) - Math.max(centre - length / 2, pixel - 0.5));
    }

    private static byte[] oneByOne(SourcePatch patch, Affine map, int size) {
        int across = samples(map.xu() / patch.spacingX(), map.yu() / patch.spacingY(), size);
        int down = samples(map.xv() / patch.spacingX(), map.yv() / patch.spacingY(), size);
        byte[] result = new byte[size * size];
        for (int j = 0; j < size; j++) {
            for (int i = 0; i < size; i++) {
                double sum = 0;
                for (int b = 0; b < down; b++) {
                    for (int a = 0; a < across; a++) {
                        double u = (i + (a + 0.5) / across) / size;
                        double v = (j + (b + 0.5) / down) / size;
                        sum += between(patch, map.x(u, v), map.y(u, v));
                    }
                }
                result[j * size + i] = (byte) (int) (sum / (across * down) + 0.5);
            }
        }
        return result;
    }

    private static int samples(double x, double y, int size) {
        return (int) Math.max(1, Math.ceil(Math.hypot(x, y) / size - 1e-9));
    }

    /** At whole 256ths of a pixel. */
    private static double between(SourcePatch patch, double x, double y) {
        double cx = Math.floor(256 * Math.max(0, Math.min(patch.width() - 1, x))) / 256;
        double cy = Math.floor(256 * Math.max(0, Math.min(patch.height() - 1, y))) / 256;
        int x0 = (int) cx;
        int y0 = (int) cy;
        int x1 = Math.min(x0 + 1, patch.width() - 1);
        int y1 = Math.min(y0 + 1, patch.height() - 1);
        double upper = at(patch, x0, y0) * (1 - cx + x0) + at(patch, x1, y0) * (cx - x0);
        double lower = at(patch, x0, y1) * (1 - cx + x0) + at(patch, x1, y1) * (cx - x0);
        return upper * (1 - cy + y0) + lower * (cy - y0);
    }

    private static int at(SourcePatch patch, int x, int y) {
        return patch.luma()[y * patch.width() + x] & 0xff;
    }

    /** Faces of one picture have patches of their own, and a sampler remembers nothing of the one before. */
    @Test
    void crops_do_not_depend_on_what_was_sampled_before() {
        GrayImage image = noise(300, 200);
        Augmentation augmentation = augmentation(0.1, 0.3, 2, 12);
        PatchSampler same = new PatchSampler(39);
        byte[] crop = new byte[39 * 39];
        for (Box box : List.of(new Box(10, 10, 90, 90), new Box(150, 50, 340, 240), new Box(60, 60, 75, 78))) {
            SourcePatch patch = SourcePatch.of(image, box, FaceCrop.of(39), augmentation);
            for (int round = 0; round < 20; round++) {
                Affine window = patch.inPatch(
                        augmentation.draw(RandomStream.of(2, 0, round)).window(box, 0));
                byte[] alone = new byte[39 * 39];
                new PatchSampler(39).sample(patch, window, alone);
                same.sample(patch, window, crop);
                assertThat(crop).isEqualTo(alone);
            }
        }
    }

    /** What is sampled of means is what is taken of the image itself, but for how sharp it is. */
    @Test
    void crops_of_smooth_images_are_those_of_the_image() {
        int width = 400;
        byte[] luma = new byte[width * width];
        for (int i = 0; i < luma.length; i++) {
            luma[i] = (byte)
                    Math.round(128 + 60 * Math.sin(i % width / 17.0) + 60 * Math.cos(Math.floorDiv(i, width) / 23.0));
        }
        GrayImage image = GrayImage.of(width, width, luma);
        Augmentation augmentation = augmentation(0.1, 0.88, 1.12, 12);
        for (Box box : List.of(new Box(160, 150, 240, 230), new Box(100, 110, 300, 310), new Box(-30, 280, 70, 380))) {
            SourcePatch patch = SourcePatch.of(image, box, FaceCrop.of(39), augmentation);
            assertThat(patch.columns().length()).isGreaterThan(1);
            byte[] crop = new byte[39 * 39];
            for (int round = 0; round < 50; round++) {
                Affine window = augmentation.draw(RandomStream.of(3, 0, round)).window(box, 0);
                new PatchSampler(39).sample(patch, patch.inPatch(window), crop);
                byte[] exact = image.sample(window, 39);
                for (int i = 0; i < crop.length; i++) {
                    // variances of the two differ by less than a quarter of 5.1² / 12 pixels², curvatures are 60 / 17²
                    assertThat(crop[i] & 0xff).isCloseTo(exact[i] & 0xff, within(2));
                }
            }
        }
    }

    @Test
    void windows_beyond_all_measure_show_the_edge() {
        GrayImage image = GrayImage.of(2, 2, new byte[] {10, (byte) 200, 30, 40});
        SourcePatch patch = SourcePatch.of(
                image,
                new Box(-0.5, -0.5, 1.5, 1.5),
                FaceCrop.of(2),
                Augmentation.builder().build());
        byte[] crop = new byte[4];
        PatchSampler sampler = new PatchSampler(2);
        sampler.sample(patch, patch.inPatch(Affine.rectangle(-1e15, -1e15, -1e14, -1e14)), crop);
        assertThat(crop).containsOnly(10);
        sampler.sample(patch, patch.inPatch(Affine.rectangle(10, 10, 20, 20)), crop);
        assertThat(crop).containsOnly(40);
        sampler.sample(patch, patch.inPatch(Affine.rectangle(-0.5, -0.5, 1.5, 1.5)), crop);
        assertThat(crop).containsExactly(10, (byte) 200, 30, 40);
    }

    @Test
    void what_is_kept_is_bounded_whatever_the_image() {
        FaceCrop crop = FaceCrop.of(39);
        for (int side : new int[] {20, 39, 49, 80, 100, 200, 500, 1000}) {
            GrayImage image = noise(2 * side, 2 * side);
            SourcePatch patch = SourcePatch.of(
                    image, new Box(side / 2.0, side / 2.0, 1.5 * side, 1.5 * side), crop, Augmentation.standard());
            // 1.51 boxes, as standard augmentation reaches, at 2.45 pixels per pixel of a crop, and some at each end
            assertThat(patch.luma().length).as("a face of %d pixels", side).isLessThanOrEqualTo(151 * 151);
            assertThat(patch.luma().length).isLessThanOrEqualTo(2 * side * (2 * side) + 16 * side);
            // of a small face the pixels themselves: √2 * 39, at the middle of 0.88 and 1.12, are 54.8
            assertThat(patch.columns().length() > 1).isEqualTo(side >= 55);
        }
    }
}
