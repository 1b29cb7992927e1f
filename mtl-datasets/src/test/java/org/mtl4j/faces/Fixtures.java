package org.mtl4j.faces;

import java.util.ArrayList;
import java.util.List;
import org.mtl4j.image.GrayImage;

/** Small faces for tests. */
final class Fixtures {

    private Fixtures() {}

    /**
     * Faces 0 … count - 1. Face i is 8 x 8 pixels of gray level i, with a box of the whole image; landmarks unless i is
     * a multiple of 5, attributes unless it is a multiple of 4.
     */
    static FaceCorpus corpus(int count) {
        List<FaceSample> samples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] luma = new byte[64];
            java.util.Arrays.fill(luma, (byte) i);
            FaceSample sample = FaceSample.of("face" + i, ImageSource.of(GrayImage.of(8, 8, luma)))
                    .withBox(new Box(0, 0, 10, 10));
            if (i % 5 != 0) {
                sample = sample.withLandmarks(Landmarks.of(i, 0, 1, 2, 3, 4, 5, 6, 7, 8));
            }
            if (i % 4 != 0) {
                sample = sample.withAttributes(FaceAttributes.of(
                        i % 2 == 0 ? Gender.MALE : Gender.FEMALE,
                        Smile.NOT_SMILING,
                        Glasses.GLASSES,
                        Pose.values()[i % 5]));
            }
            samples.add(sample);
        }
        return FaceCorpus.of(samples).withGeometryCheck(GeometryCheck.OFF); // numbers to count by, no faces
    }
}
