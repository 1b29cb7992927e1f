package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
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
