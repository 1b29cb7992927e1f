package org.mtl4j.synthetic;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.ImageSource;
import org.mtl4j.image.GrayImage;
import org.mtl4j.internal.check.Check;

/**
 * Draws faces with exact landmarks, attributes and a box like a face detector's: a head in space, turned, nodded and
 * tilted, with hair, brows, beard, glasses, light from one side, noise, blur, and a cluttered background. Frequencies
 * of the attributes and the spread of the points in their boxes resemble MTFL; the labels are partly ambiguous, as on
 * photographs. Pictures are 100 to 160 pixels wide and high, boxes about 85.
 *
 * <p>Nothing is read from files, and pictures are drawn when they are asked for, about 600 a second on one core. Labels
 * and pictures depend on seed and index only, bit for bit, on every platform: they are drawn with basic arithmetic and
 * {@link StrictMath}.
 */
public final class SyntheticFaces {

    /** Changes whenever the same seed gives other faces. */
    private static final int VERSION = 1;

    private SyntheticFaces() {}

    /**
     * {@return a corpus of drawn faces, all of them with box, landmarks and all four attributes} A corpus of the same
     * seed with more faces starts with the same faces.
     *
     * @param count number of faces, at least 0
     * @param seed decides everything; other seeds give other, independent faces
     * @throws IllegalArgumentException if count is negative
     */
    public static FaceCorpus corpus(int count, long seed) {
        Check.atLeast(0, count, "the number of faces");
        List<FaceSample> samples = new ArrayList<>(count);
        for (int index = 0; index < count; index++) {
            Scene scene = new Scene(seed, index);
            samples.add(FaceSample.of(String.format(Locale.ROOT, "synthetic/%06d.png", index), new Drawing(seed, index))
                    .withBox(scene.box())
                    .withLandmarks(scene.landmarks())
                    .withAttributes(scene.attributes()));
        }
        return FaceCorpus.of(samples);
    }

    /** Draws a picture each time it is asked for. */
    private record Drawing(long seed, int index) implements ImageSource {
        @Override
        public GrayImage load() {
            return new Scene(seed, index).paint();
        }

        @Override
        public String fingerprint() {
            return "synthetic version " + VERSION + " seed " + seed + " index " + index;
        }
    }
}
