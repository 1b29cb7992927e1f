package org.mtl4j.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.Pose;
import org.mtl4j.image.GrayImage;

class SyntheticFacesTest {

    /**
     * Any change in what is drawn must raise the version in SyntheticFaces: it goes into the fingerprint of corpora.
     */
    @Test
    void the_same_seed_gives_the_same_bits_everywhere() throws IOException {
        Hasher hasher = Hashing.sha256().newHasher();
        for (FaceSample face : SyntheticFaces.corpus(100, 42).samples()) {
            hasher.putBytes(face.image().load().toBytes());
            for (double coordinate : face.landmarks().orElseThrow().toArray()) {
                hasher.putDouble(coordinate);
            }
            hasher.putString(face.box() + " " + face.attributes(), java.nio.charset.StandardCharsets.US_ASCII);
        }
        assertThat(hasher.hash().toString())
                .isEqualTo("64c2bb20f5c4a997ee45832d9c09438060b6fb99886d86441de3e972c65b3650");
    }

    @Test
    void a_larger_corpus_starts_with_the_same_faces_and_another_seed_has_others() throws IOException {
        FaceCorpus few = SyntheticFaces.corpus(5, 1);
        FaceCorpus many = SyntheticFaces.corpus(20, 1);
        assertThat(many.subset(0, 5).fingerprint()).isEqualTo(few.fingerprint());
        assertThat(many.get(4).image().load()).isEqualTo(few.get(4).image().load());
        FaceCorpus other = SyntheticFaces.corpus(5, 2);
        assertThat(other.fingerprint()).isNotEqualTo(few.fingerprint());
        for (int i = 0; i < 5; i++) {
            assertThat(other.get(i).landmarks()).isNotEqualTo(few.get(i).landmarks());
            assertThat(other.get(i).image().load())
                    .isNotEqualTo(few.get(i).image().load());
        }
        assertThat(SyntheticFaces.corpus(0, 1).size()).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SyntheticFaces.corpus(-1, 1))
                .withMessage("the number of faces must be at least 0, got -1");
    }

    @Test
    void attributes_have_the_frequencies_of_mtfl() {
        FaceCorpus faces = SyntheticFaces.corpus(20_000, 3);
        // 4 standard deviations of a frequency: 4 * sqrt(0.25 / 20000) = 0.014
        assertShare(faces, FaceTask.GENDER, "male", 0.58);
        assertShare(faces, FaceTask.SMILE, "smiling", 0.56);
        assertShare(faces, FaceTask.GLASSES, "glasses", 0.14);
        assertShare(faces, FaceTask.POSE, "left profile", 0.014);
        assertShare(faces, FaceTask.POSE, "left", 0.11);
        assertShare(faces, FaceTask.POSE, "frontal", 0.745);
        assertShare(faces, FaceTask.POSE, "right", 0.11);
        assertShare(faces, FaceTask.POSE, "right profile", 0.0195);
    }

    private static void assertShare(FaceCorpus faces, FaceTask task, String name, double share) {
        Map<String, Integer> counts = faces.classCounts(task);
        assertThat(counts.get(name) / (double) faces.size()).as(name).isCloseTo(share, within(0.014));
    }

    @Test
    void points_spread_in_their_boxes_as_in_mtfl() {
        // mean relative position of the 10,000 published training faces
        double[] published = {0.269, 0.259, 0.739, 0.252, 0.503, 0.542, 0.306, 0.768, 0.714, 0.764};
        double[] mean = new double[10];
        double[] squares = new double[10];
        FaceCorpus faces = SyntheticFaces.corpus(5000, 4);
        double width = 0;
        for (FaceSample face : faces.samples()) {
            Box box = face.box().orElseThrow();
            double[] relative = face.landmarks().orElseThrow().relativeTo(box);
            for (int i = 0; i < 10; i++) {
                mean[i] += relative[i] / faces.size();
                squares[i] += relative[i] * relative[i] / faces.size();
            }
            width += box.width() / faces.size();
        }
        assertThat(mean).containsExactly(published, within(0.035));
        for (int i = 0; i < 10; i++) {
            double spread = Math.sqrt(squares[i] - mean[i] * mean[i]);
            assertThat(spread).as("spread of coordinate %d", i).isBetween(0.04, 0.14); // MTFL: 0.043 to 0.118
        }
        assertThat(width).isCloseTo(85, within(4.0));
    }

    @Test
    void a_turned_head_is_foreshortened() {
        FaceCorpus faces = SyntheticFaces.corpus(5000, 4);
        double[] frontal = turn(faces, Pose.FRONTAL);
        double[] left = turn(faces, Pose.LEFT);
        double[] profile = turn(faces, Pose.LEFT_PROFILE);
        double[] right = turn(faces, Pose.RIGHT);
        assertThat(frontal[0]).isCloseTo(0, within(0.01));
        assertThat(left[0]).isLessThan(-0.08);
        assertThat(profile[0]).isLessThan(left[0]);
        assertThat(right[0]).isGreaterThan(0.08);
        assertThat(left[1]).isLessThan(0.95 * frontal[1]);
        assertThat(profile[1]).isLessThan(0.85 * frontal[1]);
    }

    /** Mean offset of the nose from the middle of the eyes, and distance of the eyes, in box widths. */
    private static double[] turn(FaceCorpus faces, Pose pose) {
        double[] sums = new double[2];
        FaceCorpus some = faces.filter(face -> face.attributes().pose().orElseThrow() == pose);
        for (FaceSample face : some.samples()) {
            Landmarks points = face.landmarks().orElseThrow();
            double width = face.box().orElseThrow().width();
            sums[0] += (points.nose().x()
                            - (points.leftEye().x() + points.rightEye().x()) / 2)
                    / width
                    / some.size();
            sums[1] += points.eyeDistance() / width / some.size();
        }
        return sums;
    }

    @Test
    void eyes_are_painted_where_the_landmarks_say() throws IOException {
        FaceCorpus faces = SyntheticFaces.corpus(300, 6)
                .filter(face -> face.attributes().pose().orElseThrow() == Pose.FRONTAL);
        int darker = 0;
        for (FaceSample face : faces.samples()) {
            GrayImage image = face.image().load();
            Landmarks points = face.landmarks().orElseThrow();
            double down = 0.2 * points.eyeDistance() + 4;
            darker += gray(image, points.leftEye().x(), points.leftEye().y())
                            < gray(image, points.leftEye().x(), points.leftEye().y() + down)
                    ? 1
                    : 0;
        }
        assertThat(darker / (double) faces.size()).isGreaterThan(0.8);
    }

    private static double gray(GrayImage image, double x, double y) {
        double sum = 0;
        for (int dy = -1; dy <= 1; dy++) {
            for (int dx = -1; dx <= 1; dx++) {
                sum += image.at(
                        Math.max(0, Math.min(image.width() - 1, (int) Math.rint(x) + dx)),
                        Math.max(0, Math.min(image.height() - 1, (int) Math.rint(y) + dy)));
            }
        }
        return sum;
    }

    @Test
    void pictures_hold_their_boxes() throws IOException {
        for (FaceSample face : SyntheticFaces.corpus(200, 8).samples()) {
            GrayImage image = face.image().load();
            assertThat(image.width()).isBetween(100, 160);
            assertThat(image.height()).isBetween(100, 160);
            Box box = face.box().orElseThrow();
            assertThat((box.left() + box.right()) / 2).isBetween(0.2 * image.width(), 0.8 * image.width());
            assertThat((box.top() + box.bottom()) / 2).isBetween(0.2 * image.height(), 0.8 * image.height());
        }
    }
}
