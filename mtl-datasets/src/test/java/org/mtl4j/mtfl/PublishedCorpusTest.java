package org.mtl4j.mtfl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mtl4j.faces.Augmentation;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceBatches;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.faces.PrefetchedFaceBatches;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The published training faces. They are research data and not part of this repository: without them these tests are
 * skipped. They are looked for in {@code ../shared/mtfl} beside the repository, or where the system property
 * {@code mtl.mtfl} says.
 */
class PublishedCorpusTest {

    private Path folder;

    @BeforeEach
    void findCorpus() {
        folder = folder();
        assumeTrue(
                Files.isRegularFile(folder.resolve("training.txt")),
                () -> "no MTFL corpus in " + folder.toAbsolutePath().normalize()
                        + "; set -Dmtl.mtfl=FOLDER to test on the published faces");
    }

    static Path folder() {
        String given = System.getProperty("mtl.mtfl");
        if (given != null) {
            return Path.of(given);
        }
        Path module = Path.of("").toAbsolutePath(); // surefire runs in the module, an IDE perhaps in the repository
        Path repository = Files.isDirectory(module.resolve("mtl-datasets")) ? module : module.getParent();
        return repository.resolve("../shared/mtfl");
    }

    @Test
    void totals_and_class_frequencies_are_the_published_ones() throws IOException {
        FaceCorpus faces = MtflCorpus.load(folder).training();
        assertThat(faces.size()).isEqualTo(10_000);
        assertThat(faces.samples()).allMatch(face -> face.box().isPresent());
        // METHODS.md, section 7: error of the majority class 41.9, 43.8, 14.1 and 25.6 %
        assertThat(faces.classCounts(FaceTask.GENDER)).containsExactly(entry("male", 5807), entry("female", 4193));
        assertThat(faces.classCounts(FaceTask.SMILE))
                .containsExactly(entry("smiling", 5616), entry("not smiling", 4384));
        assertThat(faces.classCounts(FaceTask.GLASSES))
                .containsExactly(entry("glasses", 1408), entry("no glasses", 8592));
        assertThat(faces.classCounts(FaceTask.POSE))
                .containsExactly(
                        entry("left profile", 136),
                        entry("left", 1113),
                        entry("frontal", 7445),
                        entry("right", 1111),
                        entry("right profile", 195));
    }

    @Test
    void both_lists_have_the_same_points_one_pixel_apart() throws IOException {
        FaceCorpus mtfl = MtflCorpus.read(folder, folder.resolve("training.txt"));
        FaceCorpus cuhk = MtflCorpus.read(folder, folder.resolve("trainImageList.txt"));
        assertThat(mtfl.size()).isEqualTo(10_000);
        int points = 0;
        for (int i = 0; i < mtfl.size(); i++) {
            assertThat(mtfl.get(i).id()).isEqualTo(cuhk.get(i).id());
            assertThat(mtfl.get(i).box()).isEmpty();
            assertThat(cuhk.get(i).attributes().isComplete()).isFalse();
            double[] ours = mtfl.get(i).landmarks().orElseThrow().toArray();
            assertThat(ours)
                    .containsExactly(cuhk.get(i).landmarks().orElseThrow().toArray(), within(1e-9));
            points += ours.length / 2;
        }
        assertThat(points).isEqualTo(50_000);
    }

    /** Holds the figures in the documentation of {@link Box#around}. */
    @Test
    void boxes_from_landmarks_resemble_the_published_boxes() throws IOException {
        Moments ratio = new Moments();
        Moments x = new Moments();
        Moments y = new Moments();
        Moments overlap = new Moments();
        for (FaceSample face : MtflCorpus.load(folder).training().samples()) {
            Box published = face.box().orElseThrow();
            Box made = Box.around(face.landmarks().orElseThrow());
            ratio.add(made.width() / published.width());
            x.add((made.left() + made.right() - published.left() - published.right()) / 2 / published.width());
            y.add((made.top() + made.bottom() - published.top() - published.bottom()) / 2 / published.width());
            double wide = Math.min(made.right(), published.right()) - Math.max(made.left(), published.left());
            double high = Math.min(made.bottom(), published.bottom()) - Math.max(made.top(), published.top());
            double both = Math.max(0, wide) * Math.max(0, high);
            overlap.add(both / (made.width() * made.height() + published.width() * published.height() - both));
        }
        assertThat(ratio.mean()).isCloseTo(1.00, within(0.005));
        assertThat(ratio.deviation()).isCloseTo(0.08, within(0.005));
        assertThat(x.mean()).isCloseTo(0.01, within(0.005));
        assertThat(x.deviation()).isCloseTo(0.04, within(0.005));
        assertThat(y.mean()).isCloseTo(0.01, within(0.005));
        assertThat(y.deviation()).isCloseTo(0.03, within(0.005));
        assertThat(overlap.mean()).isCloseTo(0.84, within(0.005));
    }

    @Test
    void photographs_are_decoded_and_cut_out() throws IOException {
        FaceCorpus some = MtflCorpus.load(folder).training().split(0.02, 1).validation();
        FaceCrops crops = some.crops(FaceCrop.of(39));
        assertThat(crops.size()).isEqualTo(200);
        // eyes are darker than the cheeks below them: the points lie where they should in the crop
        int darker = 0;
        for (FaceSample face : some.samples()) {
            double[] relative =
                    face.landmarks().orElseThrow().relativeTo(face.box().orElseThrow());
            var crop = FaceCrop.of(39).toArray(face.image().load(), face.box().orElseThrow());
            darker += mean(crop, relative[0], relative[1]) < mean(crop, relative[0], relative[1] + 0.25) ? 1 : 0;
        }
        assertThat(darker).isGreaterThan(150);
    }

    /** As above, of faces that are mirrored, shifted, resized and turned, and made on other threads. */
    @Test
    void points_stay_where_they_belong_on_augmented_photographs() throws IOException {
        FaceCrops crops = MtflCorpus.load(folder)
                .training()
                .split(0.02, 1)
                .validation()
                .cropping(FaceCrop.of(39))
                .augmentation(Augmentation.builder()
                        .flip(0.5)
                        .shift(1, 0.1)
                        .scale(1, 0.8, 1.2)
                        .rotation(1, 25)
                        .build())
                .cut();
        FaceBatches batches = crops.batches()
                .tasks(FaceTask.LANDMARKS)
                .batchSize(50)
                .shuffleSeed(1)
                .augmentationSeed(1)
                .build();
        int darker = 0;
        try (PrefetchedFaceBatches ahead = batches.prefetched()) {
            while (batches.hasNext()) {
                var batch = ahead.next();
                var direct = batches.next();
                assertThat(batch.getFeatures(0)).isEqualTo(direct.getFeatures(0));
                assertThat(batch.getLabels(0)).isEqualTo(direct.getLabels(0));
                for (int row = 0; row < 50; row++) {
                    double[] points = batch.getLabels(0).getRow(row).toDoubleVector();
                    // the cheek lies half way from the eye to the corner of the mouth below it
                    var crop = batch.getFeatures(0).get(NDArrayIndex.interval(row, row + 1));
                    double eye = mean(crop, points[0], points[1]);
                    double cheek = mean(crop, (points[0] + points[6]) / 2, (points[1] + points[7]) / 2);
                    darker += eye < cheek ? 1 : 0;
                }
            }
            assertThat(ahead.hasNext()).isFalse();
        }
        assertThat(darker).isGreaterThan(150);
    }

    private static double mean(org.nd4j.linalg.api.ndarray.INDArray crop, double u, double v) {
        double sum = 0;
        for (int dy = -1; dy <= 1; dy++) {
            for (int dx = -1; dx <= 1; dx++) {
                int x = Math.max(0, Math.min(38, (int) (u * 39) + dx));
                int y = Math.max(0, Math.min(38, (int) (v * 39) + dy));
                sum += crop.getDouble(0, 0, y, x) / 9;
            }
        }
        return sum;
    }

    private static final class Moments {
        private int count;
        private double sum;
        private double squares;

        private void add(double value) {
            count++;
            sum += value;
            squares += value * value;
        }

        private double mean() {
            return sum / count;
        }

        private double deviation() {
            return Math.sqrt(squares / count - mean() * mean());
        }
    }
}
