package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mtl4j.metric.PointErrors;
import org.mtl4j.synthetic.SyntheticFaces;
import org.mtl4j.task.Task;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class FaceEvaluationTest {
    private static final List<Task> TASKS =
            Stream.of(FaceTask.LANDMARKS, FaceTask.GENDER).map(FaceTask::task).toList();

    /** Something that depends on the pixels of each face alone. */
    private static Predictions guess(INDArray features) {
        INDArray mean = Nd4j.createFromArray(features.mean(1, 2, 3).toDoubleVector())
                .castTo(DataType.FLOAT)
                .reshape(features.size(0), 1);
        return new Predictions(
                Map.of("landmarks", Nd4j.tile(mean, 1, 10).addi(0.5), "gender", Nd4j.concat(1, mean, mean.rsub(0.2))));
    }

    private static FaceCrops crops(FaceCorpus faces) throws IOException {
        return faces.crops(FaceCrop.of(16));
    }

    @Test
    void parts_are_merged_to_the_whole() throws IOException {
        FaceCorpus faces = SyntheticFaces.corpus(30, 1);
        FaceEvaluation whole = FaceEvaluation.of(TASKS, FaceEvaluationTest::guess, crops(faces));
        FaceEvaluation.Accumulator merged = FaceEvaluation.accumulator(TASKS);
        for (int[] part : new int[][] {{0, 7}, {7, 8}, {8, 30}}) {
            merged.merge(FaceEvaluation.accumulator(TASKS)
                    .add(FaceEvaluationTest::guess, crops(faces.subset(part[0], part[1]))));
        }
        assertThat(merged.result()).isEqualTo(whole);
        assertThat(whole.landmarks().orElseThrow().images()).isEqualTo(30);
        assertThat(whole.landmarks().orElseThrow().meanError()).isBetween(0.05, 5.0);
    }

    @Test
    void a_task_is_there_if_any_part_has_its_labels() throws IOException {
        FaceCorpus faces = SyntheticFaces.corpus(4, 1);
        FaceCorpus unlabelled = faces.map(face -> face.withAttributes(FaceAttributes.UNKNOWN));
        FaceEvaluation.Accumulator accumulator =
                FaceEvaluation.accumulator(TASKS).add(FaceEvaluationTest::guess, crops(unlabelled));
        assertThat(accumulator.result().scores()).containsOnlyKeys("landmarks");
        accumulator.merge(FaceEvaluation.accumulator(TASKS).add(FaceEvaluationTest::guess, crops(faces)));
        assertThat(accumulator.result().scores()).containsOnlyKeys("landmarks", "gender");
    }

    @Test
    void points_that_are_no_numbers_are_infinitely_wrong() throws IOException {
        FaceEvaluation evaluation = FaceEvaluation.of(
                TASKS,
                features -> new Predictions(Map.of(
                        "landmarks",
                        Nd4j.valueArrayOf(features.size(0), 10, Double.NaN),
                        "gender",
                        guess(features).of("gender"))),
                crops(SyntheticFaces.corpus(3, 1)));
        assertThat(evaluation.landmarks().orElseThrow().meanError()).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(evaluation.landmarks().orElseThrow().failureRate()).isEqualTo(1);
    }

    @ParameterizedTest(name = "{0} of the box width on {1} faces")
    @CsvSource({
        "7.72, 10, a mean error of 772 % of the box width is more than that of points in the middle of every box",
        "Infinity, 10, a mean error of Infinity %",
        "0.24, 10, all points of all faces fail",
        "0.0010, 10, a mean error of 0.10 % of the box width without any failure is less than labels are exact",
        "0.0049, 10, a mean error of 0.49 %",
        "0.0051, 10, ''",
        "0.05, 10, ''",
        "7.72, 9, ''"
    })
    void what_no_trained_model_does_is_remarked_on(double error, int faces, String remark) {
        PointErrors.Accumulator errors = PointErrors.accumulator(5, FaceEvaluation.FAILURE_THRESHOLD);
        for (int face = 0; face < faces; face++) {
            double[] predicted = new double[10];
            for (int i = 0; i < predicted.length; i += 2) {
                predicted[i] = error;
            }
            errors.add(new double[10], predicted, 1);
        }
        List<String> remarks = new FaceEvaluation(Optional.of(errors.result()), Map.of()).remarks();
        assertThat(remarks).hasSize(remark.isEmpty() ? 0 : 1).allMatch(text -> text.startsWith(remark));
    }

    @Test
    void a_mean_face_is_not_remarked_on() throws IOException {
        FaceEvaluation evaluation = FaceEvaluation.of(
                TASKS,
                features -> new Predictions(Map.of(
                        "landmarks",
                        Nd4j.createFromArray(0.31f, 0.35f, 0.69f, 0.35f, 0.5f, 0.55f, 0.35f, 0.75f, 0.65f, 0.75f)
                                .reshape(1, 10)
                                .repmat((int) features.size(0), 1),
                        "gender",
                        guess(features).of("gender"))),
                crops(SyntheticFaces.corpus(30, 1)));
        assertThat(evaluation.landmarks().orElseThrow().meanError()).isBetween(0.03, 0.2);
        assertThat(evaluation.remarks()).isEmpty();
    }

    @Test
    void other_tasks_are_refused() {
        assertThatThrownBy(
                        () -> FaceEvaluation.accumulator(TASKS).merge(FaceEvaluation.accumulator(TASKS.subList(0, 1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[landmarks, gender] with [landmarks]");
        assertThatThrownBy(() -> FaceEvaluation.accumulator(List.of(Task.regression("age", 1))))
                .hasMessageContaining("'age'");
    }
}
