package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.image.Affine;
import org.mtl4j.image.GrayImage;
import org.mtl4j.internal.random.Permutations;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

class AugmentationTest {

    private static final FaceTask[] TASKS = {FaceTask.LANDMARKS, FaceTask.GENDER, FaceTask.POSE, FaceTask.ATTRIBUTES};

    private static Augmentation.Builder none() {
        return Augmentation.builder();
    }

    private static List<FaceTransform> draws(Augmentation augmentation, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> augmentation.draw(RandomStream.of(3, i % 7, i)))
                .toList();
    }

    /** A picture of noise without edges, so that every pixel is told from every other. */
    private static GrayImage texture(int width, int height) {
        byte[] luma = new byte[width * height];
        Arrays.fill(luma, (byte) 128);
        RandomStream.of(1, 2, 3).addNormal(30, luma);
        return GrayImage.of(width, height, luma);
    }

    private static FaceSample face(GrayImage image, Box box) {
        return FaceSample.of("face", ImageSource.of(image))
                .withBox(box)
                .withLandmarks(Landmarks.of(90, 70.5, 118, 69, 103, 84, 94, 97.25, 114, 98))
                .withAttributes(FaceAttributes.of(Gender.MALE, Smile.SMILING, Glasses.GLASSES, Pose.LEFT));
    }

    private static MultiDataSet first(FaceSample sample, FaceCrop crop, Augmentation augmentation) throws IOException {
        return FaceCorpus.of(List.of(sample))
                .cropping(crop)
                .augmentation(augmentation)
                .cut()
                .batches()
                .tasks(TASKS)
                .augmentationSeed(5)
                .build()
                .next();
    }

    @Test
    void a_flip_mirrors_pixels_points_and_poses_exactly() throws IOException {
        for (Pose pose : Pose.values()) {
            FaceSample face = face(texture(200, 200), new Box(70, 50, 135, 118))
                    .withAttributes(FaceAttributes.of(Gender.FEMALE, Smile.SMILING, Glasses.NO_GLASSES, pose));
            FaceCrop crop = FaceCrop.of(33).withMargin(0.1);
            MultiDataSet plain = first(face, crop, none().build());
            MultiDataSet flipped = first(face, crop, none().flip(1).build());
            for (int y = 0; y < 33; y++) {
                for (int x = 0; x < 33; x++) {
                    assertThat(flipped.getFeatures(0).getFloat(0, 0, y, x))
                            .isEqualTo(plain.getFeatures(0).getFloat(0, 0, y, 32 - x));
                }
            }
            double[] relative = face.landmarks().orElseThrow().relativeTo(new Box(70, 50, 135, 118));
            int[] from = {2, 0, 4, 8, 6}; // left and right eye exchanged, nose, mouth corners exchanged
            for (int i = 0; i < 5; i++) {
                assertThat(flipped.getLabels(0).getFloat(0, 2 * i)).isEqualTo((float) (1 - relative[from[i]]));
                assertThat(flipped.getLabels(0).getFloat(0, 2 * i + 1)).isEqualTo((float) relative[from[i] + 1]);
            }
            assertThat(flipped.getLabels(1)).isEqualTo(plain.getLabels(1));
            // classes 0 and 4, 1 and 3 exchanged
            assertThat(flipped.getLabels(2).getFloat(0, 4 - pose.ordinal())).isEqualTo(1);
            assertThat(flipped.getLabels(3).toFloatVector()[3 + 4 - pose.ordinal()])
                    .isEqualTo(1);
            assertThat(flipped.getLabels(3).sumNumber().doubleValue()).isEqualTo(2); // smiling, and the pose
        }
    }

    static Stream<Arguments> geometric() {
        return Stream.of(
                Arguments.of("nothing", none().build()),
                Arguments.of("flip", none().flip(1).build()),
                Arguments.of("shift", none().shift(1, 0.2).build()),
                Arguments.of("scale", none().scale(1, 0.6, 1.3).build()),
                Arguments.of("rotation", none().rotation(1, 40).build()),
                Arguments.of(
                        "all",
                        none().flip(0.5)
                                .shift(1, 0.15)
                                .scale(1, 0.7, 1.2)
                                .rotation(1, 30)
                                .build()));
    }

    /** A bright dot is drawn at a landmark; after the augmentation it must be where the label says. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("geometric")
    void points_follow_the_pixels(String name, Augmentation augmentation) throws IOException {
        Box box = new Box(70.25, 50, 140.5, 118); // 70.25 x 68: not square
        double margin = 0.3;
        int size = 96;
        int found = 0;
        for (LandmarkName landmark : LandmarkName.values()) {
            Landmarks points = face(texture(1, 1), box).landmarks().orElseThrow();
            Point point = points.get(landmark);
            FaceSample dotted = face(dot(200, 180, point, 2), box);
            FaceBatches batches = FaceCorpus.of(List.of(dotted))
                    .cropping(new FaceCrop(size, margin, PixelScale.UNIT_RANGE))
                    .augmentation(augmentation)
                    .cut()
                    .batches()
                    .tasks(TASKS)
                    .augmentationSeed(11)
                    .build();
            for (int epoch = 0; epoch < 12; epoch++) {
                batches.startAt(epoch);
                MultiDataSet batch = batches.next();
                // the dot is now the mirrored landmark if its column says so
                double[] centre = centre(batch.getFeatures(0), size);
                boolean flipped = batch.getLabels(2).getFloat(0, Pose.RIGHT.ordinal()) == 1;
                int column = 2 * (flipped ? landmark.mirrored() : landmark).ordinal();
                double x = (batch.getLabels(0).getDouble(0, column) + margin) / (1 + 2 * margin) * size - 0.5;
                double y = (batch.getLabels(0).getDouble(0, column + 1) + margin) / (1 + 2 * margin) * size - 0.5;
                if (x > 12 && x < size - 13 && y > 12 && y < size - 13) { // all of the dot is in the crop
                    assertThat(centre[0])
                            .as("x of %s in epoch %d", landmark, epoch)
                            .isCloseTo(x, within(0.1));
                    assertThat(centre[1])
                            .as("y of %s in epoch %d", landmark, epoch)
                            .isCloseTo(y, within(0.1));
                    found++;
                }
            }
        }
        assertThat(found).isGreaterThan(45);
    }

    /** A round spot. */
    private static GrayImage dot(int width, int height, Point at, double deviation) {
        byte[] luma = new byte[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double d2 = (x - at.x()) * (x - at.x()) + (y - at.y()) * (y - at.y());
                luma[y * width + x] = (byte) Math.round(250 * Math.exp(-d2 / (2 * deviation * deviation)));
            }
        }
        return GrayImage.of(width, height, luma);
    }

    private static double[] centre(INDArray pixels, int size) {
        double sum = 0;
        double sumX = 0;
        double sumY = 0;
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                double value = pixels.getDouble(0, 0, y, x);
                sum += value;
                sumX += value * x;
                sumY += value * y;
            }
        }
        return new double[] {sumX / sum, sumY / sum};
    }

    private static byte[] sample(SourcePatch patch, Affine window, int size) {
        byte[] crop = new byte[size * size];
        new PatchSampler(size).sample(patch, patch.inPatch(window), crop);
        return crop;
    }

    /** Whatever is drawn, what is held of the image is enough: the same pixels as of a patch that has more of it. */
    @Test
    void the_surroundings_reach_far_enough() {
        GrayImage image = texture(160, 140);
        FaceCrop crop = FaceCrop.of(24).withMargin(0.1);
        Augmentation augmentation =
                none().shift(0.9, 0.3).scale(0.9, 0.5, 1.5).rotation(0.9, 70).build();
        Augmentation further =
                none().shift(0.9, 0.9).scale(0.9, 0.5, 1.5).rotation(0.9, 90).build();
        for (Box box : List.of(new Box(50, 45, 70.5, 66.25), new Box(-10, -5, 11, 15), new Box(145, 120, 165, 141))) {
            SourcePatch patch = SourcePatch.of(image, box, crop, augmentation);
            SourcePatch more = SourcePatch.of(image, box, crop, further);
            assertThat(more.luma().length).isGreaterThan(patch.luma().length);
            int different = 0;
            for (FaceTransform transform : draws(augmentation, 300)) {
                byte[] ours = sample(patch, transform.window(box, 0.1), 24);
                byte[] whole = sample(more, transform.window(box, 0.1), 24);
                for (int i = 0; i < whole.length; i++) {
                    assertThat(Math.abs((ours[i] & 0xff) - (whole[i] & 0xff))).isLessThanOrEqualTo(1);
                    different += ours[i] == whole[i] ? 0 : 1;
                }
            }
            assertThat(different).as("rounded otherwise").isLessThan(300 * 24 * 24 / 10_000);
        }
    }

    @Test
    void surroundings_are_as_small_as_the_augmentation_allows() {
        GrayImage image = texture(1000, 800);
        Box box = new Box(300, 300, 400, 400);
        FaceCrop crop = FaceCrop.of(160); // so that pixels are kept as they are
        SourcePatch bare = SourcePatch.of(image, box, crop, none().build());
        assertThat(bare.width()).isEqualTo(103); // 100 pixels from 300 to 400: 101 centres, one more on each side
        assertThat(bare.columns().first()).isEqualTo(299);
        SourcePatch wide =
                SourcePatch.of(image, box, crop, none().scale(1, 0.5, 1).build());
        assertThat(wide.width()).isEqualTo(203);
    }

    @Test
    void large_faces_are_held_at_two_and_a_half_means_per_pixel_of_a_crop() {
        GrayImage image = dot(1000, 1000, new Point(500, 520), 25);
        FaceCrop crop = FaceCrop.of(40);
        Augmentation augmentation = none().scale(1, 0.8, 1.25).build();
        Box box = new Box(200, 200, 800, 800);
        SourcePatch patch = SourcePatch.of(image, box, crop, augmentation);
        assertThat(patch.columns().length()).isCloseTo(Math.sqrt(2 * (15 * 15 + 1) / 3.0), within(1e-9)); // 600 / 40
        assertThat(patch.columns().pitch()).isCloseTo(12.2746 / 2, within(1e-4));
        assertThat(patch.width()).isBetween(122 + 2, 122 + 5); // 750 / 6.137, and some at the ends
        for (FaceTransform transform : draws(augmentation, 20)) {
            byte[] ours = sample(patch, transform.window(box, 0), 40);
            byte[] whole = image.sample(transform.window(box, 0), 40); // what is exact
            double[] sums = new double[6];
            for (int i = 0; i < whole.length; i++) {
                for (int k = 0; k < 2; k++) {
                    int value = (k == 0 ? ours : whole)[i] & 0xff;
                    sums[3 * k] += value;
                    sums[3 * k + 1] += value * (i % 40);
                    sums[3 * k + 2] += value * (i / 40);
                }
            }
            // the place may be off by the rounding of gray levels, not by half a mean (0.2 crop pixels)
            assertThat(sums[1] / sums[0]).isCloseTo(sums[4] / sums[3], within(0.03));
            assertThat(sums[2] / sums[0]).isCloseTo(sums[5] / sums[3], within(0.03));
        }
    }

    @Test
    void changes_come_as_often_and_as_strong_as_said() {
        Augmentation augmentation = none().flip(0.3)
                .shift(0.4, 0.2)
                .scale(0.5, 0.8, 1.1)
                .rotation(0.6, 20)
                .gain(0.7, 0.5, 1.5)
                .offset(0.8, 40)
                .gamma(0.9, 0.6, 1.7)
                .noise(0.25, 8)
                .occlusion(0.15, 0.2, 0.4)
                .build();
        List<FaceTransform> draws = draws(augmentation, 20_000);
        assertThat(draws.stream().filter(FaceTransform::mirrored).count() / 20_000.0)
                .isCloseTo(0.3, within(0.013)); // four standard deviations are 0.013
        check(draws, FaceTransform::shiftX, 0, 0.4, -0.2, 0.2);
        check(draws, FaceTransform::shiftY, 0, 0.4, -0.2, 0.2);
        check(draws, FaceTransform::scale, 1, 0.5, 0.8, 1.1);
        check(draws, FaceTransform::degrees, 0, 0.6, -20, 20);
        check(draws, d -> d.light().gain(), 1, 0.7, 0.5, 1.5);
        check(draws, d -> d.light().offset(), 0, 0.8, -40, 40);
        check(draws, d -> d.light().gamma(), 1, 0.9, 0.6, 1.7);
        check(draws, FaceTransform::noiseDeviation, 0, 0.25, 0, 8);
        check(draws, d -> d.occlusion().width(), 0, 0.15, 0.2, 0.4);
        // independent of each other: both directions, and two changes
        assertThat(correlation(draws, FaceTransform::shiftX, FaceTransform::shiftY))
                .isCloseTo(0, within(0.03));
        assertThat(correlation(draws, FaceTransform::scale, FaceTransform::degrees))
                .isCloseTo(0, within(0.03));
    }

    private static void check(
            List<FaceTransform> draws,
            ToDoubleFunction<FaceTransform> value,
            double neutral,
            double probability,
            double least,
            double most) {
        double[] changed =
                draws.stream().mapToDouble(value).filter(v -> v != neutral).toArray();
        assertThat(changed.length / (double) draws.size()).isCloseTo(probability, within(0.015));
        double range = most - least;
        assertThat(Arrays.stream(changed).min().orElseThrow()).isBetween(least, least + 0.02 * range);
        assertThat(Arrays.stream(changed).max().orElseThrow()).isBetween(most - 0.02 * range, most);
        // the mean of n even draws has a standard deviation of range / sqrt(12 n); n is at least 2,800
        assertThat(Arrays.stream(changed).average().orElseThrow())
                .isCloseTo((least + most) / 2, within(4 * range / Math.sqrt(12 * 2800)));
    }

    private static double correlation(
            List<FaceTransform> draws, ToDoubleFunction<FaceTransform> one, ToDoubleFunction<FaceTransform> other) {
        double meanOne = draws.stream().mapToDouble(one).average().orElseThrow();
        double meanOther = draws.stream().mapToDouble(other).average().orElseThrow();
        double product = 0;
        double squaresOne = 0;
        double squaresOther = 0;
        for (FaceTransform draw : draws) {
            double a = one.applyAsDouble(draw) - meanOne;
            double b = other.applyAsDouble(draw) - meanOther;
            product += a * b;
            squaresOne += a * a;
            squaresOther += b * b;
        }
        return product / Math.sqrt(squaresOne * squaresOther);
    }

    @Test
    void no_change_moves_another() {
        Augmentation geometry =
                none().shift(1, 0.1).rotation(1, 10).occlusion(1, 0.1, 0.2).build();
        Augmentation more = none().shift(1, 0.1)
                .rotation(1, 10)
                .occlusion(1, 0.1, 0.2)
                .flip(0.5)
                .gain(0.5, 0.5, 1.5)
                .noise(1, 9)
                .build();
        for (int face = 0; face < 50; face++) {
            FaceTransform one = geometry.draw(RandomStream.of(1, 0, face));
            FaceTransform other = more.draw(RandomStream.of(1, 0, face));
            assertThat(other.shiftX()).isEqualTo(one.shiftX());
            assertThat(other.degrees()).isEqualTo(one.degrees());
            assertThat(other.occlusion()).isEqualTo(one.occlusion());
        }
    }

    @Test
    void without_changes_crops_are_those_without_augmentation() throws IOException {
        FaceCorpus corpus = org.mtl4j.synthetic.SyntheticFaces.corpus(12, 3);
        FaceCrop crop = FaceCrop.of(31).withMargin(0.2);
        FaceBatches plain = corpus.crops(crop).batches().tasks(TASKS).build();
        FaceCrops kept =
                corpus.cropping(crop).augmentation(Augmentation.standard()).cut();
        FaceBatches unaugmented = kept.batches().tasks(TASKS).build();
        FaceBatches nothing = corpus.cropping(crop)
                .augmentation(none().build())
                .cut()
                .batches()
                .tasks(TASKS)
                .augmentationSeed(1)
                .build();
        MultiDataSet expected = plain.next();
        for (MultiDataSet batch : List.of(unaugmented.next(), nothing.next())) {
            assertThat(batch.getFeatures(0)).isEqualTo(expected.getFeatures(0));
            for (int t = 0; t < TASKS.length; t++) {
                assertThat(batch.getLabels(t)).isEqualTo(expected.getLabels(t));
            }
        }
        assertThat(kept.batches()
                        .tasks(TASKS)
                        .augmentationSeed(1)
                        .build()
                        .next()
                        .getFeatures(0))
                .isNotEqualTo(expected.getFeatures(0));
    }

    @Test
    void seed_epoch_and_face_alone_decide() throws IOException {
        FaceCorpus corpus = org.mtl4j.synthetic.SyntheticFaces.corpus(23, 3);
        FaceCrops crops = corpus.cropping(FaceCrop.of(20))
                .augmentation(Augmentation.standard())
                .cut();
        FaceBatches inOrder =
                crops.batches().tasks(TASKS).batchSize(23).augmentationSeed(9).build();
        inOrder.startAt(3);
        MultiDataSet expected = inOrder.next();
        FaceBatches shuffled = crops.batches()
                .tasks(TASKS)
                .batchSize(4)
                .shuffleSeed(77)
                .augmentationSeed(9)
                .build();
        for (int epoch = 0; epoch < 3; epoch++) { // as training does
            shuffled.next();
            shuffled.reset();
        }
        int[] order = Permutations.shuffled(23, 77, 3);
        int row = 0;
        while (shuffled.hasNext()) {
            MultiDataSet batch = shuffled.next();
            for (int i = 0; i < batch.getFeatures(0).size(0); i++, row++) {
                assertThat(batch.getFeatures(0).slice(i))
                        .isEqualTo(expected.getFeatures(0).slice(order[row]));
                assertThat(batch.getLabels(0).getRow(i))
                        .isEqualTo(expected.getLabels(0).getRow(order[row]));
            }
        }
        assertThat(row).isEqualTo(23);
        inOrder.startAt(4);
        assertThat(inOrder.next().getFeatures(0)).isNotEqualTo(expected.getFeatures(0));
        FaceBatches other =
                crops.batches().tasks(TASKS).batchSize(23).augmentationSeed(10).build();
        other.startAt(3);
        assertThat(other.next().getFeatures(0)).isNotEqualTo(expected.getFeatures(0));
        // faces get different things
        List<Double> shifts = new ArrayList<>();
        for (int face = 0; face < 23; face++) {
            shifts.add(Augmentation.standard().draw(RandomStream.of(9, 3, face)).shiftX());
        }
        assertThat(shifts).doesNotHaveDuplicates();
    }

    @Test
    void numbers_out_of_range_are_refused() {
        assertRefused(none().flip(Double.NaN), "the probability of flip must be in [0, 1], got NaN");
        assertRefused(none().flip(1.5), "the probability of flip must be in [0, 1], got 1.5");
        assertRefused(none().scale(1, 0.05, 1), "scale must be within 0.1 to 10.0, got 0.05 to 1.0");
        assertRefused(none().gamma(1, 0.5, 11), "gamma must be within 0.1 to 10.0, got 0.5 to 11.0");
        assertRefused(none().gain(1, -0.5, 1), "gain must be within 0.0 to 10.0, got -0.5 to 1.0");
        assertRefused(none().noise(1, 256), "noise must be within 0.0 to 255.0, got 0.0 to 256.0");
        assertRefused(none().occlusion(1, 0.5, 1.01), "occlusion must be within 0.0 to 1.0, got 0.5 to 1.01");
        assertRefused(none().shift(1, 1.5), "shift must be within -1.0 to 1.0, got -1.5 to 1.5");
        assertRefused(none().rotation(1, 181), "rotation must be within -180.0 to 180.0, got -181.0 to 181.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> none().shift(1, -0.1))
                .withMessage("shift must be at least 0, got -0.1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> none().rotation(1, Double.NaN))
                .withMessage("rotation must be at least 0, got NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> none().scale(1, 1.2, 0.8))
                .withMessage("the range of a change needs finite ends, the lower one first, got 1.2 to 0.8");
        assertThatIllegalArgumentException().isThrownBy(() -> none().scale(1, Double.NaN, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> none().offset(-0.1, 5))
                .withMessage("the probability of a change must be in [0, 1], got -0.1");
    }

    private static void assertRefused(Augmentation.Builder builder, String message) {
        assertThatIllegalArgumentException().isThrownBy(builder::build).withMessage(message);
    }

    @Test
    void crops_without_an_augmentation_cannot_be_augmented() throws IOException {
        FaceCrops crops = Fixtures.corpus(3).crops(FaceCrop.of(4));
        assertThat(crops.augmentation()).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        crops.batches().tasks(FaceTask.POSE).augmentationSeed(1).build())
                .withMessage("these crops were made without an augmentation; "
                        + "FaceCorpus.cropping(crop).augmentation(...).cut() makes them with one");
    }

    @Test
    void a_stored_augmentation_is_the_same() {
        Augmentation augmentation = Augmentation.standard();
        Map<String, String> stored = new TreeMap<>(augmentation.toMap());
        assertThat(stored)
                .containsEntry("augmentation.flip", "0.5")
                .containsEntry("augmentation.rotation", "1.0 -12.0 12.0")
                .hasSize(9);
        stored.put("crop.size", "39");
        assertThat(Augmentation.fromMap(stored)).isEqualTo(augmentation);
        stored.put("augmentation.noise", "1 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Augmentation.fromMap(stored))
                .withMessage(
                        "not a stored augmentation: 'augmentation.noise' needs a probability and two ends of a range,"
                                + " got '1 2'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Augmentation.fromMap(Map.of("augmentation.flip", "0")))
                .withMessage("not a stored augmentation: no 'augmentation.shift' among [augmentation.flip]");
    }
}
