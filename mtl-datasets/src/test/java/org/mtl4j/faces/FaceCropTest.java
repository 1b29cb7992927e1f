package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mtl4j.image.GrayImage;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class FaceCropTest {

    /** Gray level x, 200 x 100 pixels. */
    private static final GrayImage RAMP = ramp();

    private static GrayImage ramp() {
        byte[] luma = new byte[200 * 100];
        for (int i = 0; i < luma.length; i++) {
            luma[i] = (byte) (i % 200);
        }
        return GrayImage.of(200, 100, luma);
    }

    @Test
    void the_crop_has_the_edges_of_the_enlarged_box() {
        // box 100 wide, 10 % on each side: from 40 to 160, so 12 pixels of 10 columns with centres 45, 55, …
        FaceCrop crop = new FaceCrop(12, 0.1, PixelScale.UNIT_RANGE);
        INDArray array = crop.toArray(RAMP, new Box(50, 20, 150, 80));
        assertThat(array.shape()).containsExactly(1, 1, 12, 12);
        assertThat(array.dataType()).isEqualTo(DataType.FLOAT);
        for (int i = 0; i < 12; i++) {
            assertThat(array.getDouble(0, 0, 7, i) * 255).isCloseTo(45 + 10 * i, within(1e-4));
        }
    }

    @Test
    void standardized_crops_have_mean_0_and_variance_1() {
        // ten columns 10, 20, …, 100: mean 55, variance 825
        INDArray array = FaceCrop.of(10).toArray(RAMP, new Box(5, 0, 105, 50));
        assertThat(array.getDouble(0, 0, 3, 0)).isCloseTo((10 - 55) / Math.sqrt(825), within(1e-6));
        assertThat(array.getDouble(0, 0, 9, 9)).isCloseTo((100 - 55) / Math.sqrt(825), within(1e-6));
    }

    @Test
    void flat_crops_are_zero_and_nearly_flat_ones_small() {
        GrayImage flat = GrayImage.of(1, 1, new byte[] {(byte) 200});
        assertThat(FaceCrop.of(4).toArray(flat, new Box(-1, -1, 1, 1)).ravel().toFloatVector())
                .containsOnly(0f);
        GrayImage nearly = GrayImage.of(2, 1, new byte[] {100, 101});
        // columns 100 and 101: mean 100.5, deviation 0.5, which is not blown up to 1
        INDArray array = FaceCrop.of(2).toArray(nearly, new Box(-0.5, -0.5, 1.5, 0.5));
        assertThat(array.ravel().toFloatVector()).containsExactly(-0.5f, 0.5f, -0.5f, 0.5f);
    }

    @Test
    void a_box_may_reach_outside_but_not_lie_there() {
        FaceCrop crop = FaceCrop.of(4);
        assertThat(crop.toArray(RAMP, new Box(-50, -50, 10, 10)).isNaN().any()).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> crop.toArray(RAMP, new Box(200, 10, 300, 60)))
                .withMessage("Box[left=200.0, top=10.0, right=300.0, bottom=60.0]"
                        + " lies outside the image of 200 x 100 pixels");
        assertThatIllegalArgumentException().isThrownBy(() -> crop.toArray(RAMP, new Box(10, -60, 60, -1)));
    }

    @Test
    void a_stored_crop_is_the_same_crop() {
        FaceCrop crop = new FaceCrop(39, 0.1 + 0.2, PixelScale.UNIT_RANGE); // 0.30000000000000004
        Map<String, String> stored = new HashMap<>(crop.toMap());
        stored.put("something.else", "1");
        assertThat(FaceCrop.fromMap(stored)).isEqualTo(crop);
        assertThat(stored.get("crop.margin")).isEqualTo("0.30000000000000004");
        stored.put("crop.pixels", "INVERTED");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceCrop.fromMap(stored))
                .withMessageStartingWith("not a stored crop: ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceCrop.fromMap(Map.of("crop.size", "39")))
                .withMessage("a crop is stored under [crop.margin, crop.pixels, crop.size], got only [crop.size]");
    }

    @Test
    void ranges_are_checked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceCrop.of(0))
                .withMessage("crop size must be 1 to 4096 pixels, got 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceCrop.of(39).withMargin(Double.NaN))
                .withMessage("crop margin must be above -0.5 and at most 10, got NaN");
    }

    @Test
    void a_fingerprint_is_of_pixels_labels_and_order() throws java.io.IOException {
        FaceCorpus corpus = Fixtures.corpus(7);
        String print = corpus.cropping(FaceCrop.of(8)).cut().fingerprint();
        assertThat(print)
                .hasSize(64)
                .isEqualTo(
                        Fixtures.corpus(7).cropping(FaceCrop.of(8)).lazy().cut().fingerprint());
        java.util.List<FaceSample> turned = new java.util.ArrayList<>(corpus.samples());
        java.util.Collections.reverse(turned);
        java.util.List<FaceSample> relabelled = new java.util.ArrayList<>(corpus.samples());
        relabelled.set(1, relabelled.get(1).withLandmarks(Landmarks.of(1, 0, 1, 2, 3, 4, 5, 6, 7, 9)));
        java.util.List<FaceSample> repainted = new java.util.ArrayList<>(corpus.samples());
        byte[] luma = new byte[64];
        java.util.Arrays.fill(luma, 0, 30, (byte) 200);
        repainted.set(
                0,
                FaceSample.of("face0", ImageSource.of(org.mtl4j.image.GrayImage.of(8, 8, luma)))
                        .withBox(new Box(0, 0, 10, 10)));
        for (java.util.List<FaceSample> other : java.util.List.of(
                turned, relabelled, repainted, corpus.samples().subList(0, 6))) {
            assertThat(FaceCorpus.of(other).cropping(FaceCrop.of(8)).cut().fingerprint())
                    .isNotEqualTo(print);
        }
        assertThat(corpus.cropping(FaceCrop.of(8).withPixelScale(PixelScale.UNIT_RANGE))
                        .cut()
                        .fingerprint())
                .isNotEqualTo(print);
    }

    @Test
    void a_fingerprint_of_augmented_faces_is_of_what_lies_around_them_too() throws java.io.IOException {
        Augmentation shifts = Augmentation.builder().shift(1, 0.3).build();
        String print =
                inside(0).cropping(FaceCrop.of(8)).augmentation(shifts).cut().fingerprint();
        assertThat(inside(0).cropping(FaceCrop.of(8)).augmentation(shifts).cut().fingerprint())
                .isEqualTo(print);
        assertThat(inside(9).cropping(FaceCrop.of(8)).augmentation(shifts).cut().fingerprint())
                .isNotEqualTo(print);
        assertThat(inside(0)
                        .cropping(FaceCrop.of(8))
                        .augmentation(Augmentation.builder().shift(1, 0.2).build())
                        .cut()
                        .fingerprint())
                .isNotEqualTo(print);
        assertThat(inside(9).cropping(FaceCrop.of(8)).cut().fingerprint())
                .isEqualTo(inside(0).cropping(FaceCrop.of(8)).cut().fingerprint());
    }

    /** A face whose box is the middle of an image, with another gray level at the edge of the image. */
    private static FaceCorpus inside(int edge) {
        byte[] luma = new byte[20 * 20];
        for (int i = 0; i < luma.length; i++) {
            luma[i] = (byte) (i % 20 < 4 || i % 20 >= 16 ? edge : i);
        }
        return FaceCorpus.of(
                java.util.List.of(FaceSample.of("face", ImageSource.of(org.mtl4j.image.GrayImage.of(20, 20, luma)))
                        .withBox(new Box(6, 6, 13, 13))));
    }
}
