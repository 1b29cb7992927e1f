package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.primitives.Doubles;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.mtl4j.image.GrayImage;
import org.mtl4j.metric.PointErrors;
import org.mtl4j.task.Task;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Faces of a layout that is not MTFL's, some of whose points and attributes are unknown. */
class OwnLayoutTest {

    private static final double NONE = Double.NaN;

    private static final FaceAttribute MASK = FaceAttribute.yesNo("mask");
    private static final FaceAttribute GAZE =
            FaceAttribute.of("gaze", "left", "ahead", "right").withMirrored("left", "right");

    private static final FaceLayout LAYOUT = FaceLayout.of(
            LandmarkScheme.of("left eye", "right eye", "nose", "chin")
                    .withEyes(List.of("left eye"), List.of("right eye")),
            MASK,
            GAZE);

    /** Images of 8 x 8 pixels, boxes of 10 x 20. */
    private static FaceSample face(String id, FaceAttributes attributes, double... xy) {
        FaceSample sample = FaceSample.of(id, ImageSource.of(GrayImage.of(8, 8, new byte[64])))
                .withBox(new Box(0, 0, 10, 20))
                .withAttributes(attributes);
        return xy.length == 0 ? sample : sample.withLandmarks(Landmarks.of(LAYOUT.scheme(), xy));
    }

    private static FaceCorpus corpus() {
        return FaceCorpus.of(
                        List.of(
                                face("a", FaceAttributes.of(LAYOUT.attributes(), 0, 0), 2, 4, 8, 4, 5, 10, 5, 16),
                                face("b", FaceAttributes.of(LAYOUT.attributes(), -1, 2), 2, 4, NONE, NONE, 4, 8, 5, 16),
                                face("c", FaceAttributes.UNKNOWN)),
                        LAYOUT)
                .withGeometryCheck(GeometryCheck.OFF);
    }

    @Test
    void single_points_and_attributes_that_are_unknown_are_masked() throws IOException {
        MultiDataSet batch = corpus().crops(FaceCrop.of(4))
                .batches()
                .tasks(LAYOUT.points(), FaceTask.attribute(GAZE), LAYOUT.named("attributes"))
                .build()
                .next();
        assertThat(batch.getLabels(0).toFloatMatrix()).isDeepEqualTo(new float[][] {
            {0.2f, 0.2f, 0.8f, 0.2f, 0.5f, 0.5f, 0.5f, 0.8f},
            {0.2f, 0.2f, 0, 0, 0.4f, 0.4f, 0.5f, 0.8f},
            {0, 0, 0, 0, 0, 0, 0, 0}
        });
        assertThat(batch.getLabelsMaskArray(0).toFloatMatrix()).isDeepEqualTo(new float[][] {
            {1, 1, 1, 1, 1, 1, 1, 1},
            {1, 1, 0, 0, 1, 1, 1, 1},
            {0, 0, 0, 0, 0, 0, 0, 0}
        });
        assertThat(batch.getLabels(1).toFloatMatrix()).isDeepEqualTo(new float[][] {{1, 0, 0}, {0, 0, 1}, {0, 0, 0}});
        assertThat(batch.getLabelsMaskArray(1).toFloatMatrix()).isDeepEqualTo(new float[][] {{1}, {1}, {0}});
        assertThat(batch.getLabels(2).toFloatMatrix())
                .isDeepEqualTo(new float[][] {{1, 1, 0, 0}, {0, 0, 0, 1}, {0, 0, 0, 0}});
        assertThat(batch.getLabelsMaskArray(2).toFloatMatrix())
                .isDeepEqualTo(new float[][] {{1, 1, 1, 1}, {0, 1, 1, 1}, {0, 0, 0, 0}});
        assertThat(LAYOUT.points().mask(corpus().get(1))).containsExactly(1, 1, 0, 0, 1, 1, 1, 1);
    }

    @Test
    void a_mirrored_face_has_its_partners_points_and_classes_the_unknown_ones_too() throws IOException {
        FaceCrops crops = corpus().cropping(FaceCrop.of(4))
                .augmentation(Augmentation.builder().flip(1).build())
                .cut();
        MultiDataSet batch = crops.batches()
                .tasks(LAYOUT.points(), FaceTask.attribute(GAZE), LAYOUT.named("attributes"))
                .augmentationSeed(1)
                .build()
                .next();
        assertThat(batch.getLabels(0).toFloatMatrix()[1]).containsExactly(0, 0, 0.8f, 0.2f, 0.6f, 0.4f, 0.5f, 0.8f);
        assertThat(batch.getLabelsMaskArray(0).toFloatMatrix()[1]).containsExactly(0, 0, 1, 1, 1, 1, 1, 1);
        assertThat(batch.getLabels(1).toFloatMatrix()).isDeepEqualTo(new float[][] {{0, 0, 1}, {1, 0, 0}, {0, 0, 0}});
        assertThat(batch.getLabelsMaskArray(2).toFloatMatrix()[1]).containsExactly(0, 1, 1, 1);
    }

    @Test
    void two_classes_that_change_places_are_turned_where_both_are_one_label() {
        FaceAttribute side = FaceAttribute.of("side", "left", "right").withMirrored("left", "right");
        FaceTask labels = FaceTask.labels("labels", List.of(MASK, side));
        Function<INDArray, Predictions> model = features ->
                new Predictions(Map.of("labels", Nd4j.createFromArray(new float[][] {{0.9f, 0.3f}, {0.7f, 0.5f}})));
        INDArray averaged = FlipAveraging.of(List.of(labels), model)
                .apply(Nd4j.zeros(1, 1, 2, 2))
                .of("labels");
        assertThat(averaged.getDouble(0, 0)).isCloseTo(0.8, within(1e-6)); // (0.9 + 0.7) / 2
        assertThat(averaged.getDouble(0, 1)).isCloseTo(0.4, within(1e-6)); // (0.3 + 1 - 0.5) / 2
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlipAveraging.of(List.of(), model).apply(Nd4j.zeros(1, 1, 2, 2)))
                .withMessage("the model has a task 'labels', and given are []");
    }

    @Test
    void flip_averaging_exchanges_what_the_layout_says() {
        // what is said of the face and of its mirror image: the same points, each 0.1 of the box to the right
        Function<INDArray, Predictions> model = features -> new Predictions(Map.of(
                "landmarks",
                Nd4j.createFromArray(new float[][] {
                    {0.3f, 0.2f, 0.9f, 0.2f, 0.6f, 0.5f, 0.6f, 0.8f},
                    {0.3f, 0.2f, 0.9f, 0.2f, 0.6f, 0.5f, 0.6f, 0.8f}
                }),
                "gaze",
                Nd4j.createFromArray(new float[][] {{0.6f, 0.3f, 0.1f}, {0.2f, 0.2f, 0.6f}})));
        Predictions averaged = FlipAveraging.of(LAYOUT, model).apply(Nd4j.zeros(1, 1, 4, 4));
        assertThat(averaged.of("landmarks").toFloatVector())
                .containsExactly(new float[] {0.2f, 0.2f, 0.8f, 0.2f, 0.5f, 0.5f, 0.5f, 0.8f}, within(1e-6f));
        assertThat(averaged.of("gaze").toFloatVector())
                .containsExactly(new float[] {0.6f, 0.25f, 0.15f}, within(1e-6f));
    }

    /** Says the same of every face. */
    private static Function<INDArray, Predictions> always(float... points) {
        return features -> new Predictions(Map.of(
                "landmarks", Nd4j.tile(Nd4j.createFromArray(new float[][] {points}), (int) features.size(0), 1)));
    }

    @Test
    void errors_are_divided_by_the_length_that_is_chosen_and_stand_beside_the_mean_face() throws IOException {
        FaceCorpus corpus = corpus();
        // the true points of face a, but the nose: 3 pixels to the right and 4 down
        Function<INDArray, Predictions> model = always(0.2f, 0.2f, 0.8f, 0.2f, 0.8f, 0.7f, 0.5f, 0.8f);
        MeanFace mean = MeanFace.of(corpus);
        assertThat(Doubles.toArray(mean.relative()))
                .containsExactly(new double[] {0.2, 0.2, 0.8, 0.2, 0.45, 0.45, 0.5, 0.8}, within(1e-15));
        List<Task> tasks = List.of(LAYOUT.points().task());
        FaceEvaluation eyes = FaceEvaluation.accumulator(tasks, corpus.layout())
                .dividingBy(PointNormalizer.INTER_PUPIL, 0.2)
                .beside(mean)
                .add(model, corpus.crops(FaceCrop.of(4)))
                .result();
        PointErrors errors = eyes.landmarks().orElseThrow();
        assertThat(errors.images()).isEqualTo(1); // one eye of face b is unknown, face c has no points
        assertThat(errors.error(0, 2)).isCloseTo(5 / 6.0, within(1e-6)); // the eyes are 6 pixels apart
        assertThat(errors.normalizedMeanError()).isCloseTo(5 / 24.0, within(1e-6));
        assertThat(errors.imageFailureRate()).isEqualTo(1);
        assertThat(eyes.unmeasured()).isEqualTo(1);
        assertThat(eyes.remarks())
                .containsExactly("1 faces with points are left out of the errors, for their distance"
                        + " between the pupils is not known");
        // nose of the mean face: (0.5, 1) pixels away
        assertThat(eyes.meanFace().orElseThrow().error(0, 2)).isCloseTo(Math.hypot(0.5, 1) / 6, within(1e-6));

        FaceEvaluation boxes = FaceEvaluation.of(tasks, model, corpus.crops(FaceCrop.of(4)));
        assertThat(boxes.landmarks().orElseThrow().images()).isEqualTo(2);
        assertThat(boxes.landmarks().orElseThrow().error(0, 2)).isCloseTo(0.5, within(1e-6)); // width 10
        assertThat(boxes.landmarks().orElseThrow().error(1, 1)).isNaN();
        assertThat(boxes.landmarks().orElseThrow().count(1)).isEqualTo(1);
        assertThat(mean.errors(corpus, PointNormalizer.BOX_SIZE, 0.1).error(0, 2))
                .isCloseTo(Math.hypot(0.5, 1) / Math.sqrt(200), within(1e-12));
        assertThat(mean.errors(corpus, PointNormalizer.BOX_DIAGONAL, 0.1).error(0, 2))
                .isCloseTo(Math.hypot(0.5, 1) / Math.sqrt(500), within(1e-12));
        assertThat(mean.errors(corpus, PointNormalizer.POINTS_SIZE, 0.1).error(0, 2))
                .isCloseTo(Math.hypot(0.5, 1) / Math.sqrt(6 * 12), within(1e-12));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> FaceEvaluation.accumulator(tasks, LAYOUT).dividingBy(PointNormalizer.INTER_OCULAR, 0.1))
                .withMessage(
                        "the distance between the outer eye corners is not known of FaceLayout[4 points, attributes"
                                + " [mask, gaze]]; of them are [BOX_WIDTH, BOX_SIZE, BOX_DIAGONAL, INTER_PUPIL,"
                                + " POINTS_SIZE]");
    }

    @Test
    void evaluations_and_mean_faces_of_parts_add_up_also_over_processes() throws Exception {
        FaceCorpus corpus = corpus();
        List<Task> tasks = List.of(LAYOUT.points().task());
        Function<INDArray, Predictions> model = always(0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f);
        MeanFace.Accumulator first = MeanFace.accumulator(LAYOUT.scheme()).add(corpus.get(0));
        MeanFace.Accumulator second = MeanFace.accumulator(LAYOUT.scheme()).add(corpus.get(1));
        MeanFace mean = copied(first).merge(copied(second)).result().orElseThrow();
        assertThat(mean).isEqualTo(MeanFace.of(corpus));
        List<FaceEvaluation.Accumulator> parts = new ArrayList<>();
        for (int i = 0; i < corpus.size(); i++) {
            parts.add(copied(FaceEvaluation.accumulator(tasks, LAYOUT)
                    .beside(mean)
                    .add(model, corpus.subset(i, i + 1).crops(FaceCrop.of(4)))));
        }
        FaceEvaluation whole = FaceEvaluation.accumulator(tasks, LAYOUT)
                .beside(mean)
                .add(model, corpus.crops(FaceCrop.of(4)))
                .result();
        assertThat(parts.get(0).merge(parts.get(1)).merge(parts.get(2)).result())
                .isEqualTo(whole);
        assertThat(copied(LAYOUT.named("attributes"))).isEqualTo(LAYOUT.named("attributes"));
        assertThat(copied(FaceTask.ATTRIBUTES).task().outputs()).isEqualTo(8);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parts.get(0)
                        .merge(FaceEvaluation.accumulator(tasks, LAYOUT).dividingBy(PointNormalizer.BOX_SIZE, 0.05)))
                .withMessage("cannot merge errors divided by the box width with errors divided by the box size, beside"
                        + " different mean faces");
    }

    @SuppressWarnings("unchecked")
    private static <T> T copied(T value) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (T) in.readObject();
        }
    }

    @Test
    void a_mean_face_is_stored_with_a_model() {
        MeanFace mean = MeanFace.of(corpus());
        assertThat(MeanFace.fromMap(LAYOUT.scheme(), mean.toMap())).contains(mean);
        MeanFace partly = new MeanFace(LandmarkScheme.numbered(2), List.of(0.1, 1 / 3.0, Double.NaN, Double.NaN));
        assertThat(MeanFace.fromMap(partly.scheme(), partly.toMap())).contains(partly);
        assertThat(MeanFace.fromMap(LAYOUT.scheme(), Map.of())).isEqualTo(Optional.empty());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MeanFace.fromMap(LAYOUT.scheme(), Map.of("faces.mean", "1 2 x")))
                .withMessageStartingWith("not a stored mean face: ");
    }

    @Test
    void a_corpus_has_one_layout() {
        FaceSample a = corpus().get(0);
        FaceSample five = FaceSample.of("five", a.image()).withLandmarks(Landmarks.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
        assertThat(FaceCorpus.of(List.of(a)).layout()).isEqualTo(LAYOUT);
        assertThat(FaceCorpus.of(List.of(five)).layout()).isEqualTo(FaceLayout.MTFL);
        assertThat(FaceCorpus.of(List.of()).layout()).isEqualTo(FaceLayout.MTFL);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceCorpus.of(List.of(a, five)))
                .withMessage(
                        "'a' and 'five' have different points, and a corpus has points of one scheme: 4 points and 5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceCorpus.of(List.of(a), FaceLayout.of(LAYOUT.scheme(), GAZE)))
                .withMessage("'a': the layout has no attribute 'mask' of the classes [yes, no]");
        // what changes the points changes the layout, what does not keeps it
        assertThat(corpus().map(sample -> sample.withAttributes(FaceAttributes.UNKNOWN))
                        .layout())
                .isEqualTo(LAYOUT);
        FaceCorpus others = FaceCorpus.of(List.of(five))
                .map(sample -> sample.withLandmarks(Landmarks.of(LandmarkScheme.numbered(1), new double[] {1, 2})));
        assertThat(others.layout().scheme()).isEqualTo(LandmarkScheme.numbered(1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceTask.LANDMARKS.labels(a))
                .withMessage("a: the points of a task and of this face are others: 5 points and 4");
    }

    @Test
    void fingerprints_tell_layouts_and_unknown_points_apart() throws IOException {
        FaceCorpus corpus = corpus();
        FaceSample changed = corpus.get(0)
                .withLandmarks(Landmarks.of(LAYOUT.scheme(), new double[] {2, 4, 8, 4, 5, 10, NONE, NONE}));
        FaceCorpus other = corpus.map(sample -> sample.id().equals("a") ? changed : sample);
        assertThat(other.fingerprint()).isNotEqualTo(corpus.fingerprint());
        assertThat(other.crops(FaceCrop.of(4)).fingerprint())
                .isNotEqualTo(corpus.crops(FaceCrop.of(4)).fingerprint());
        FaceCorpus masked =
                corpus.map(sample -> sample.withAttributes(sample.attributes().without(MASK)));
        assertThat(masked.fingerprint()).isNotEqualTo(corpus.fingerprint());
    }

    @Test
    void boxes_come_from_the_points_and_landmarks_say_what_is_missing() {
        FaceSample b = corpus().get(1);
        FaceSample bare = new FaceSample("b", b.image(), Optional.empty(), b.landmarks(), b.attributes());
        assertThat(bare.withBoxFromLandmarks().box()).contains(new Box(2, 4, 5, 16));
        Landmarks points = b.landmarks().orElseThrow();
        assertThat(points.point(1)).isEmpty();
        assertThat(points.point(2)).contains(new Point(4, 8));
        assertThat(points.fivePoints()).isEmpty();
        assertThat(points)
                .hasToString(
                        "Landmarks[left eye (2.0, 4.0), right eye unknown, nose (4.0, 8.0), chin (5.0," + " 16.0)]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Landmarks.of(LAYOUT.scheme(), new double[] {1, 2, NONE, 4, 5, 6, 7, 8}))
                .withMessage("right eye (point 2): a point has finite coordinates, or NaN twice if it is unknown, got"
                        + " (NaN, 4.0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Landmarks.of(LandmarkScheme.numbered(1), new double[] {NONE, NONE}))
                .withMessage("none of 1 points is known");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Landmarks.of(LAYOUT.scheme(), new double[] {1, 2}))
                .withMessage("4 points have 8 coordinates x1, y1, … x4, y4, got 2");
    }
}
