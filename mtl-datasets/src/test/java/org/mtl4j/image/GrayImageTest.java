package org.mtl4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrayImageTest {

    /** Gray level 2 x + y: 100 x 50 pixels, 0 to 247. */
    private static final GrayImage RAMP = ramp(100, 50);

    private static GrayImage ramp(int width, int height) {
        byte[] luma = new byte[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                luma[y * width + x] = (byte) (2 * x + y);
            }
        }
        return GrayImage.of(width, height, luma);
    }

    /**
     * On a linear ramp the mean over a region is the value at its centre, so output pixel (i, j) must be 2 x + y at the
     * centre of its square. Half a gray level for rounding.
     */
    @ParameterizedTest(name = "{0}, {1} to {2}, {3} at {4} px")
    @CsvSource({
        "10, 5, 49, 44, 39", // one pixel each
        "10, 5, 88, 44, 13", // reduced by 6 and 3
        "20, 10, 30, 20, 40", // enlarged by 4
        "10.3, 5.8, 47.1, 40.9, 11",
        "12.5, 7.5, 13.5, 8.5, 1"
    })
    void a_part_of_a_ramp_is_the_ramp(double left, double top, double right, double bottom, int size) {
        byte[] part = RAMP.sample(Affine.rectangle(left, top, right, bottom), size);
        for (int j = 0; j < size; j++) {
            for (int i = 0; i < size; i++) {
                double x = left + (i + 0.5) / size * (right - left);
                double y = top + (j + 0.5) / size * (bottom - top);
                assertThat((double) (part[j * size + i] & 0xff))
                        .as("pixel (%d, %d)", i, j)
                        .isCloseTo(2 * x + y, within(0.5 + 1e-9));
            }
        }
    }

    @Test
    void a_turned_part_of_a_ramp_is_the_ramp_turned() {
        double c = 20 * Math.cos(0.4);
        double s = 20 * Math.sin(0.4);
        Affine turned = new Affine(c, -s, 45, s, c, 12);
        byte[] part = RAMP.sample(turned, 8);
        for (int j = 0; j < 8; j++) {
            for (int i = 0; i < 8; i++) {
                double u = (i + 0.5) / 8;
                double v = (j + 0.5) / 8;
                double expected = 2 * (45 + c * u - s * v) + 12 + s * u + c * v;
                assertThat((double) (part[j * 8 + i] & 0xff)).isCloseTo(expected, within(0.5 + 1e-9));
            }
        }
    }

    @Test
    void pixel_centres_are_whole_numbers() {
        // squares around each pixel centre give the pixels back
        byte[] luma = {10, 20, 30, 40, 50, 60, 70, 80, 90};
        GrayImage image = GrayImage.of(3, 3, luma);
        assertThat(image.sample(Affine.rectangle(-0.5, -0.5, 2.5, 2.5), 3)).isEqualTo(luma);
    }

    @Test
    void fine_stripes_are_averaged_not_picked() {
        // columns 0, 200, 0, 200 …: one output pixel for 8 columns is their mean 100
        byte[] luma = new byte[64 * 64];
        for (int i = 0; i < luma.length; i++) {
            luma[i] = (byte) (i % 2 == 0 ? 0 : 200);
        }
        byte[] part = GrayImage.of(64, 64, luma).sample(Affine.rectangle(7.5, 7.5, 55.5, 55.5), 6);
        for (byte pixel : part) {
            assertThat(pixel & 0xff).isEqualTo(100);
        }
    }

    @Test
    void beyond_the_image_its_edge_goes_on() {
        byte[] luma = {10, (byte) 200, 30, 40};
        GrayImage image = GrayImage.of(2, 2, luma);
        assertThat(image.sample(Affine.rectangle(-20, -20, -10, -10), 2)).containsOnly(10);
        assertThat(image.sample(Affine.rectangle(10, -20, 20, -10), 1)[0] & 0xff)
                .isEqualTo(200);
        assertThat(image.sample(Affine.rectangle(10, 10, 20, 20), 1)).containsExactly(40);
        assertThat(GrayImage.of(1, 1, new byte[] {7}).sample(Affine.rectangle(-3, -3, 3, 3), 4))
                .containsOnly(7);
    }

    @Test
    void a_part_is_cut_out_and_reduced_by_means() {
        byte[] luma = new byte[7 * 5];
        for (int i = 0; i < luma.length; i++) {
            luma[i] = (byte) (10 * (i % 7) + i / 7);
        }
        GrayImage image = GrayImage.of(7, 5, luma);
        assertThat(image.part(0, 0, 7, 5, 1)).isEqualTo(image);
        assertThat(image.part(2, 3, 3, 2, 1)).isEqualTo(GrayImage.of(3, 2, new byte[] {23, 33, 43, 24, 34, 44}));
        // columns 1, 2 | 3, 4 | 5 and rows 1, 2 | 3: means of 11, 21, 12, 22 = 16.5, rounded up; and so on
        assertThat(image.part(1, 1, 5, 3, 2)).isEqualTo(GrayImage.of(3, 2, new byte[] {17, 37, 52, 18, 38, 53}));
        assertThat(image.part(0, 0, 7, 5, Integer.MAX_VALUE)).isEqualTo(GrayImage.of(1, 1, new byte[] {32}));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> image.part(3, 0, 5, 5, 1))
                .withMessage("5 x 5 pixels from (3, 0) on are no part of an image of 7 x 5");
        assertThatIllegalArgumentException().isThrownBy(() -> image.part(-1, 0, 5, 5, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> image.part(0, 0, 0, 5, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> image.part(1, 0, Integer.MAX_VALUE, 5, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> image.part(0, 0, 7, 5, 0))
                .withMessage("the reduction must be at least 1, got 0");
    }

    @Test
    void luma_is_that_of_bt_601_on_the_encoded_values() {
        assertThat(luma(0xff0000)).isEqualTo(76); // 0.299 * 255 = 76.245
        assertThat(luma(0x00ff00)).isEqualTo(150); // 0.587 * 255 = 149.685
        assertThat(luma(0x0000ff)).isEqualTo(29); // 0.114 * 255 = 29.07
        assertThat(luma(0x808080)).isEqualTo(128); // Java's own conversion gives another gray here
        assertThat(luma(0x123456)).isEqualTo(46); // 5.382 + 30.524 + 9.804 = 45.71
    }

    private static int luma(int rgb) {
        int first = 0;
        for (int type :
                new int[] {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_INT_ARGB}) {
            BufferedImage image = new BufferedImage(2, 2, type);
            image.setRGB(1, 0, rgb | 0xff000000);
            int here = GrayImage.of(image).at(1, 0);
            assertThat(type == BufferedImage.TYPE_INT_RGB ? here : first).isEqualTo(here);
            first = here;
        }
        return first;
    }

    @Test
    void a_view_into_a_larger_java_image_is_read_in_place() {
        BufferedImage whole = new BufferedImage(5, 4, BufferedImage.TYPE_3BYTE_BGR);
        whole.setRGB(3, 2, 0x808080);
        GrayImage part = GrayImage.of(whole.getSubimage(2, 1, 2, 2));
        assertThat(part.toBytes()).containsExactly(0, 0, 0, (byte) 128);
    }

    @Test
    void to_a_java_image_and_back_changes_nothing() {
        assertThat(GrayImage.of(RAMP.toBufferedImage())).isEqualTo(RAMP);
    }

    @Test
    void arrays_are_copied_in_and_out() {
        byte[] luma = {1, 2};
        GrayImage image = GrayImage.of(2, 1, luma);
        luma[0] = 99;
        image.toBytes()[1] = 99;
        assertThat(image.toBytes()).containsExactly(1, 2);
    }

    @Test
    void faults_are_named() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GrayImage.of(3, 2, new byte[5]))
                .withMessage("an image of 3 x 2 pixels needs as many bytes, got 5");
        assertThatIllegalArgumentException().isThrownBy(() -> GrayImage.of(1 << 16, 1 << 16, new byte[0]));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> RAMP.at(100, 0))
                .withMessage("pixel (100, 0) of an image of 100 x 50");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Affine.rectangle(0, 0, Double.NaN, 1))
                .withMessageContaining("finite");
        assertThatIllegalArgumentException().isThrownBy(() -> RAMP.sample(Affine.rectangle(0, 0, 1, 1), 0));
    }
}
