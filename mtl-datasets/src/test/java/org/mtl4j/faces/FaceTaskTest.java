package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mtl4j.image.GrayImage;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;

class FaceTaskTest {

    private static final FaceSample BARE = FaceSample.of("a", ImageSource.of(GrayImage.of(1, 1, new byte[1])));

    private static final FaceSample FULL = BARE.withBox(new Box(10, 20, 20, 40))
            .withLandmarks(Landmarks.of(10, 20, 20, 40, 15, 30, 12, 24, 30, 10))
            .withAttributes(FaceAttributes.of(Gender.FEMALE, Smile.SMILING, Glasses.NO_GLASSES, Pose.RIGHT));

    @Test
    void labels_are_in_the_order_of_the_class_names() {
        assertThat(FaceTask.LANDMARKS.labels(FULL)).containsExactly(0, 0, 1, 1, 0.5f, 0.5f, 0.2f, 0.2f, 2, -0.5f);
        assertThat(FaceTask.GENDER.labels(FULL)).containsExactly(0, 1);
        assertThat(FaceTask.GENDER.task().classNames()).containsExactly("male", "female");
        assertThat(FaceTask.SMILE.labels(FULL)).containsExactly(1, 0);
        assertThat(FaceTask.SMILE.task().classNames()).containsExactly("smiling", "not smiling");
        assertThat(FaceTask.GLASSES.labels(FULL)).containsExactly(0, 1);
        assertThat(FaceTask.GLASSES.task().classNames()).containsExactly("glasses", "no glasses");
        assertThat(FaceTask.POSE.labels(FULL)).containsExactly(0, 0, 0, 1, 0);
        assertThat(FaceTask.POSE.task().classNames())
                .containsExactly("left profile", "left", "frontal", "right", "right profile");
        assertThat(FaceTask.ATTRIBUTES.labels(FULL)).containsExactly(0, 1, 0, 0, 0, 0, 1, 0);
        assertThat(FaceTask.ATTRIBUTES.task().classNames())
                .containsExactly(
                        "male", "smiling", "glasses", "left profile", "left", "frontal", "right", "right profile");
        assertThat(FaceTask.ATTRIBUTES.task().kind()).isEqualTo(TaskKind.MULTI_LABEL);
    }

    @Test
    void what_is_missing_has_no_label_and_a_row_of_zeros() {
        for (FaceTask task : FaceTask.values()) {
            assertThat(task.isLabelled(FULL)).as("%s", task).isTrue();
            assertThat(task.isLabelled(BARE)).as("%s", task).isFalse();
            assertThat(task.labels(BARE))
                    .as("%s", task)
                    .hasSize(task.task().outputs())
                    .containsOnly(0f);
        }
        FaceSample onlyPose = BARE.withAttributes(
                new FaceAttributes(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(Pose.LEFT)));
        assertThat(FaceTask.POSE.isLabelled(onlyPose)).isTrue();
        assertThat(FaceTask.GENDER.isLabelled(onlyPose)).isFalse();
        assertThat(FaceTask.ATTRIBUTES.isLabelled(onlyPose)).isFalse();
    }

    @Test
    void landmarks_without_a_box_are_a_fault_that_names_the_sample() {
        FaceSample boxless = BARE.withLandmarks(Landmarks.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceTask.LANDMARKS.labels(boxless))
                .withMessage("a: landmarks are relative to the face box, and the sample has none");
        assertThat(FaceTask.LANDMARKS.isLabelled(boxless.withBoxFromLandmarks()))
                .isTrue();
        assertThatIllegalArgumentException()
                .isThrownBy(BARE::withBoxFromLandmarks)
                .withMessage("a: neither a box nor landmarks to make one from");
        assertThat(FULL.withBoxFromLandmarks()).isEqualTo(FULL);
    }

    @Test
    void tasks_are_found_by_name() {
        for (FaceTask task : FaceTask.values()) {
            assertThat(FaceTask.named(task.task().name())).isEqualTo(task);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceTask.named("age"))
                .withMessage("there are no face labels for a task 'age', only for "
                        + "[landmarks, gender, smile, glasses, pose, attributes]");
    }

    @Test
    void a_task_of_other_classes_has_no_labels() {
        for (FaceTask task : FaceTask.values()) {
            assertThat(FaceTask.of(task.task().withWeight(3))).isEqualTo(task);
        }
        assertThat(FaceTask.of(Task.classification("gender", 2))).isEqualTo(FaceTask.GENDER);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceTask.of(Task.classification("gender", "female", "male")))
                .withMessage(
                        "task 'gender' is multi class of [female, male] here, and the labels of faces are multi class"
                                + " of [male, female]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceTask.of(Task.regression("landmarks", 8)))
                .withMessage(
                        "task 'landmarks' is regression of 8 outputs here, and the labels of faces are regression of 10"
                                + " outputs");
    }
}
