package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.synthetic.SyntheticFaces;
import org.mtl4j.task.Task;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class FlipAveragingTest {

    private static INDArray row(double... values) {
        return Nd4j.createFromArray(new double[][] {values}).castTo(DataType.FLOAT);
    }

    /** A model that asks another one about the faces first, and then about their mirror images. */
    private static Function<INDArray, Predictions> inHalves(Function<INDArray, Predictions> model) {
        return input -> {
            long half = input.size(0) / 2;
            Map<String, INDArray> plain = new LinkedHashMap<>();
            model.apply(input.get(NDArrayIndex.interval(0, half)).dup('c'))
                    .outputs()
                    .forEach((task, answer) -> plain.put(task, answer.dup()));
            Map<String, INDArray> mirrored = model.apply(
                            input.get(NDArrayIndex.interval(half, 2 * half)).dup('c'))
                    .outputs();
            Map<String, INDArray> both = new LinkedHashMap<>();
            plain.forEach((task, answer) -> both.put(task, Nd4j.concat(0, answer, mirrored.get(task))));
            return new Predictions(both);
        };
    }

    @Test
    void the_second_half_of_the_question_is_the_mirror_image_and_answers_are_turned_back() {
        INDArray features = Nd4j.arange(12).castTo(DataType.FLOAT).reshape(1, 1, 3, 4);
        INDArray before = features.dup();
        List<INDArray> asked = new ArrayList<>();
        Function<INDArray, Predictions> model = input -> {
            asked.add(input.dup());
            boolean first = asked.size() == 1;
            return new Predictions(Map.of(
                    "landmarks",
                    first
                            ? row(0.3, 0.4, 0.7, 0.41, 0.5, 0.6, 0.35, 0.8, 0.66, 0.81)
                            : row(0.31, 0.42, 0.71, 0.43, 0.52, 0.61, 0.36, 0.82, 0.67, 0.83),
                    "pose",
                    first ? row(0.1, 0.2, 0.3, 0.25, 0.15) : row(0.5, 0.2, 0.1, 0.15, 0.05),
                    "gender",
                    first ? row(0.9, 0.1) : row(0.5, 0.5),
                    "attributes",
                    first ? row(0.9, 0.8, 0.7, 0.1, 0.2, 0.3, 0.4, 0.5) : row(0.1, 0.2, 0.3, 0.6, 0.7, 0.8, 0.9, 1)));
        };
        Predictions averaged = FlipAveraging.of(inHalves(model)).apply(features);
        assertThat(asked).hasSize(2);
        assertThat(asked.get(0)).isEqualTo(before);
        assertThat(features).isEqualTo(before);
        for (int y = 0; y < 3; y++) {
            for (int x = 0; x < 4; x++) {
                assertThat(asked.get(1).getFloat(0, 0, y, x)).isEqualTo(before.getFloat(0, 0, y, 3 - x));
            }
        }
        // left eye: (0.3 + 1 - 0.71) / 2, (0.4 + 0.43) / 2; right eye: (0.7 + 1 - 0.31) / 2, (0.41 + 0.42) / 2; …
        assertThat(averaged.of("landmarks").toDoubleVector())
                .containsExactly(
                        new double[] {0.295, 0.415, 0.695, 0.415, 0.49, 0.605, 0.34, 0.815, 0.65, 0.815}, within(1e-6));
        assertThat(averaged.of("pose").toDoubleVector())
                .containsExactly(new double[] {0.075, 0.175, 0.2, 0.225, 0.325}, within(1e-6));
        assertThat(averaged.of("gender").toDoubleVector()).containsExactly(new double[] {0.7, 0.3}, within(1e-6));
        assertThat(averaged.of("attributes").toDoubleVector())
                .containsExactly(new double[] {0.5, 0.5, 0.5, 0.55, 0.55, 0.55, 0.55, 0.55}, within(1e-6));
    }

    @Test
    void double_precision_and_views_are_taken() {
        INDArray features = Nd4j.arange(16).castTo(DataType.DOUBLE).reshape(1, 1, 4, 4);
        List<INDArray> asked = new ArrayList<>();
        Function<INDArray, Predictions> model = input -> {
            asked.add(input.dup('c'));
            return new Predictions(Map.of("landmarks", Nd4j.valueArrayOf(new long[] {1, 10}, 0.25, DataType.DOUBLE)));
        };
        assertThat(FlipAveraging.of(inHalves(model))
                        .apply(features.permute(0, 1, 3, 2))
                        .of("landmarks")
                        .toDoubleVector())
                .containsExactly(0.5, 0.25, 0.5, 0.25, 0.5, 0.25, 0.5, 0.25, 0.5, 0.25);
        // transposed, the first row is 0, 4, 8, 12
        assertThat(asked.get(1).ravel().toDoubleVector()).startsWith(12, 8, 4, 0, 13);
    }

    @Test
    void tasks_that_are_not_about_faces_and_other_shapes_are_refused() {
        Function<INDArray, Predictions> model = input -> new Predictions(Map.of("age", Nd4j.zeros(1, 2)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlipAveraging.of(inHalves(model)).apply(Nd4j.zeros(1, 1, 2, 2)))
                .withMessageStartingWith("there are no face labels for a task 'age'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlipAveraging.of(inHalves(model)).apply(Nd4j.zeros(1, 4)))
                .withMessage("faces are [batch, channels, height, width], got the shape [1, 4]");
        Function<INDArray, Predictions> narrow = input -> new Predictions(Map.of("pose", Nd4j.zeros(1, 4)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FlipAveraging.of(inHalves(narrow)).apply(Nd4j.zeros(1, 1, 2, 2)))
                .withMessage("task 'pose' has 5 outputs, and of 1 faces and their mirror images there are 8 numbers");
    }

    /** A "model" that errs to one side in the image errs to the other in the mirror image: averaged it is right. */
    @Test
    void an_evaluation_can_be_averaged() throws IOException {
        FaceCorpus corpus = SyntheticFaces.corpus(200, 6);
        FaceCrops crops = corpus.crops(FaceCrop.of(8));
        FaceBatches truth = crops.batches()
                .tasks(FaceTask.LANDMARKS, FaceTask.POSE)
                .batchSize(128)
                .build();
        int[] asked = {0};
        Function<INDArray, Predictions> model = input -> {
            boolean mirrored = asked[0]++ % 2 == 1;
            if (!truth.hasNext()) {
                truth.startAt(0);
            }
            if (mirrored) {
                truth.startAt(0, asked[0] / 2 - 1);
            }
            var batch = truth.next();
            INDArray points = batch.getLabels(0).dup();
            INDArray poses = batch.getLabels(1).dup();
            if (mirrored) {
                points = points.getColumns(2, 3, 0, 1, 4, 5, 8, 9, 6, 7);
                for (int x = 0; x < 10; x += 2) {
                    points.putColumn(x, points.getColumn(x).rsub(1));
                }
                poses = poses.getColumns(4, 3, 2, 1, 0);
            }
            for (int x = 0; x < 10; x += 2) {
                points.putColumn(x, points.getColumn(x).add(0.08));
            }
            return new Predictions(Map.of("landmarks", points, "pose", poses));
        };
        List<Task> tasks = List.of(FaceTask.LANDMARKS.task(), FaceTask.POSE.task());
        FaceEvaluation averaged = FaceEvaluation.of(tasks, FlipAveraging.of(inHalves(model)), crops);
        assertThat(averaged.landmarks().orElseThrow().meanError()).isCloseTo(0, within(1e-6));
        assertThat(((ClassificationScore) averaged.scores().get("pose")).accuracy())
                .isEqualTo(1);
        asked[0] = 0;
        truth.startAt(0);
        Function<INDArray, Predictions> plain = input -> {
            asked[0] = 0; // never the mirror image
            return model.apply(input);
        };
        FaceEvaluation alone = FaceEvaluation.of(tasks, plain, crops);
        assertThat(alone.landmarks().orElseThrow().meanError()).isCloseTo(0.08, within(1e-6));
        assertThat(alone.landmarks().orElseThrow().failureRate()).isEqualTo(1);
    }
}
