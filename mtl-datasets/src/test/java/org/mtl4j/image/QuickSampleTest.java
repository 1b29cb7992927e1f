package org.mtl4j.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Quick samples against their definition, taken one by one in double precision. */
class QuickSampleTest {
    /** Image pixels from one sample to the next, at most. */
    private static final double SPACING = 1.25;

    private static GrayImage noise(int width, int height) {
        byte[] luma = new byte[width * height];
        new Random(5).nextBytes(luma);
        return GrayImage.of(width, height, luma);
    }

    @ParameterizedTest(name = "{0} x {1} pixels, crop of {2}, each {3} pixels")
    @CsvSource({
        "134, 134, 39, 2.1, 60",
        "134, 130, 39, 3.0, 30",
        "250, 250, 60, 2.4, 20",
        "250, 250, 100, 1.2, 20",
        "300, 200, 224, 2.2, 4",
        "90, 80, 39, 0.4, 60", // enlarged
        "500, 500, 16, 12, 20", // many samples for each pixel
        "40, 40, 1, 15, 20",
        "2, 2, 5, 0.7, 60", // all of it edge
        "2, 300, 7, 3, 60"
    })
    void are_means_of_what_lies_between_the_pixels(int width, int height, int size, double pixels, int rounds) {
        GrayImage image = noise(width, height);
        Random random = new Random(6);
        long different = 0;
        for (int round = 0; round < rounds; round++) {
            double angle = round % 10 == 0 ? 0 : 2 * Math.PI * random.nextDouble();
            double side = size * pixels * (0.9 + 0.2 * random.nextDouble());
            // any place, so that parts, or all, lie beyond an edge
            double x0 = (width + side) * random.nextDouble() - side / 2;
            double y0 = (height + side) * random.nextDouble() - side / 2;
            double cos = side * Math.cos(angle);
            double sin = side * Math.sin(angle);
            Affine map = new Affine(cos, -1.1 * sin, x0, sin, 1.1 * cos, y0);
            byte[] quick = image.quickSample(map, size);
            byte[] expected = oneByOne(image, map, size);
            for (int i = 0; i < quick.length; i++) {
                int difference = Math.abs((quick[i] & 0xff) - (expected[i] & 0xff));
                // a sample at the border of two 256ths may be taken for the other: less than a gray level
                assertThat(difference)
                        .as("round %d, pixel (%d, %d)", round, i % size, i / size)
                        .isLessThanOrEqualTo(1);
                different += difference;
            }
        }
        assertThat(different).as("one level off").isLessThanOrEqualTo(2 + (long) rounds * size * size / 5000);
    }

    private static byte[] oneByOne(GrayImage image, Affine map, int size) {
        int across = samples(map.xu(), map.yu(), size);
        int down = samples(map.xv(), map.yv(), size);
        byte[] result = new byte[size * size];
        for (int j = 0; j < size; j++) {
            for (int i = 0; i < size; i++) {
                double sum = 0;
                for (int b = 0; b < down; b++) {
                    for (int a = 0; a < across; a++) {
                        double u = (i + (a + 0.5) / across) / size;
                        double v = (j + (b + 0.5) / down) / size;
                        sum += between(image, map.x(u, v), map.y(u, v));
                    }
                }
                result[j * size + i] = (byte) (int) (sum / (across * down) + 0.5);
            }
        }
        return result;
    }

    private static int samples(double x, double y, int size) {
        return (int) Math.max(1, Math.ceil(Math.hypot(x, y) / (size * SPACING) - 1e-9));
    }

    /** At whole 256ths of a pixel. */
    private static double between(GrayImage image, double x, double y) {
        double cx = Math.floor(256 * Math.max(0, Math.min(image.width() - 1, x))) / 256;
        double cy = Math.floor(256 * Math.max(0, Math.min(image.height() - 1, y))) / 256;
        int x0 = (int) cx;
        int y0 = (int) cy;
        int x1 = Math.min(x0 + 1, image.width() - 1);
        int y1 = Math.min(y0 + 1, image.height() - 1);
        double upper = image.at(x0, y0) * (1 - cx + x0) + image.at(x1, y0) * (cx - x0);
        double lower = image.at(x0, y1) * (1 - cx + x0) + image.at(x1, y1) * (cx - x0);
        return upper * (1 - cy + y0) + lower * (cy - y0);
    }
}
