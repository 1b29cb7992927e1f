package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;

class FaceLayoutTest {

    private static final FaceLayout OWN = FaceLayout.of(
            LandmarkScheme.of("left eye", "right eye", "nose").withEyes(List.of("left eye"), List.of("right eye")),
            FaceAttribute.yesNo("mask"),
            FaceAttribute.of("gaze", "left", "ahead", "right").withMirrored("left", "right"));

    @Test
    void a_layout_has_a_task_for_all_points_one_for_each_attribute_and_one_for_all() {
        assertThat(FaceLayout.MTFL.tasks()).containsExactly(FaceTask.values());
        assertThat(OWN.tasks().stream().map(face -> face.task().name()))
                .containsExactly("landmarks", "mask", "gaze", "attributes");
        assertThat(OWN.points().task().outputs()).isEqualTo(6);
        assertThat(OWN.named("mask").task().classNames()).containsExactly("yes", "no");
        Task all = OWN.named("attributes").task();
        assertThat(all.kind()).isEqualTo(TaskKind.MULTI_LABEL);
        assertThat(all.classNames()).containsExactly("mask", "left", "ahead", "right");
        assertThat(FaceLayout.IBUG_68.tasks()).containsExactly(FaceLayout.IBUG_68.points());
        assertThat(FaceLayout.WFLW.points().task().outputs()).isEqualTo(196);
        assertThat(FaceLayout.CELEBA.named("attributes").task().outputs()).isEqualTo(40);
        assertThat(FaceLayout.CELEBA.named("attributes").task().className(31)).isEqualTo("Smiling");
    }

    @Test
    void a_task_of_several_labels_is_known_by_its_labels() {
        FaceTask chosen = FaceLayout.CELEBA.labels("some", "Male", "Smiling");
        assertThat(FaceLayout.CELEBA.taskOf(Task.multiLabel("some", "Male", "Smiling")))
                .isEqualTo(chosen);
        assertThat(FaceLayout.CELEBA
                        .taskOf(Task.multiLabel("attributes", "Young"))
                        .attributes())
                .containsExactly(FaceAttribute.yesNo("Young"));
        assertThat(OWN.taskOf(Task.multiLabel("attributes", 4))).isEqualTo(OWN.named("attributes"));
        assertThat(FaceLayout.MTFL.taskOf(FaceTask.ATTRIBUTES.task())).isEqualTo(FaceTask.ATTRIBUTES);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OWN.taskOf(Task.multiLabel("some", "mask", "hat")))
                .withMessage(
                        "there are no face labels for a task 'some', only for [landmarks, mask, gaze, attributes]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OWN.taskOf(Task.regression("landmarks", 10)))
                .withMessage("task 'landmarks' is regression of 10 outputs here, and the labels of faces are regression"
                        + " of 6 outputs");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OWN.labels("some", "hat"))
                .withMessage("there is no attribute 'hat', only [mask, gaze]");
    }

    @Test
    void what_is_stored_is_read_back() {
        Stream.of(
                        OWN,
                        FaceLayout.MTFL,
                        FaceLayout.IBUG_68,
                        FaceLayout.WFLW,
                        FaceLayout.CELEBA,
                        FaceLayout.AFLW_19,
                        FaceLayout.of(LandmarkScheme.numbered(7)))
                .forEach(
                        layout -> assertThat(FaceLayout.fromMap(layout.toMap())).isEqualTo(layout));
        assertThat(FaceLayout.fromMap(Map.of("crop.size", "40"))).isEqualTo(FaceLayout.MTFL); // of models before
    }

    @Test
    void what_is_stored_otherwise_is_refused() {
        Map<String, String> stored = new HashMap<>(OWN.toMap());
        stored.put("faces.points", "a|b\n1 0\n0\n7\n\n");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceLayout.fromMap(stored))
                .withMessageStartingWith("not a stored layout of faces: ");
        stored.put("faces.points", "a|b|c\n1 2 0\n\n\n\n");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceLayout.fromMap(stored))
                .withMessageStartingWith("not a stored layout of faces: ");
        stored.remove("faces.points");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceLayout.fromMap(stored))
                .withMessage("not a stored layout of faces: 'faces.points' and 'faces.attributes' go together");
    }

    @Test
    void names_of_tasks_are_different() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceLayout.of(LandmarkScheme.FIVE_POINTS, FaceAttribute.yesNo("landmarks")))
                .withMessage("attribute 'landmarks': there is another attribute or a task of this name; 'landmarks' and"
                        + " 'attributes' are those of all points and of all attributes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceAttribute.of("age", "young"))
                .withMessage("attribute 'age' needs at least two different classes, got [young]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceAttribute.of("age", "a", "b", "c")
                        .withMirrored("a", "b")
                        .withMirrored("b", "c"))
                .withMessage(
                        "attribute 'age': mirroring the classes [a, b, c] twice must give them back, got [1, 2, 1]");
        // labels of one name: each attribute has its task, but there is none for all of them
        FaceAttribute eyes = FaceAttribute.of("eyes", "left", "ahead", "right");
        FaceAttribute head = FaceAttribute.of("head", "left", "ahead", "right");
        assertThat(FaceLayout.of(LandmarkScheme.FIVE_POINTS, eyes, head).tasks())
                .hasSize(3);
    }

    @Test
    void attributes_are_equal_if_they_say_the_same() {
        FaceAttribute mask = OWN.attribute("mask");
        FaceAttribute gaze = OWN.attribute("gaze");
        FaceAttributes one = FaceAttributes.UNKNOWN.with(gaze, "left").with(mask, "yes");
        assertThat(one).isEqualTo(FaceAttributes.of(OWN.attributes(), 0, 0)).hasSameHashCodeAs(one);
        assertThat(one.without(mask)).isEqualTo(FaceAttributes.of(OWN.attributes(), -1, 0));
        assertThat(one.without(mask).without(gaze)).isEqualTo(FaceAttributes.UNKNOWN);
        assertThat(one.mirrored().known()).containsEntry(gaze, "right").containsEntry(mask, "yes");
        assertThat(one).hasToString("FaceAttributes[gaze=left, mask=yes]");
        assertThat(FaceAttributes.UNKNOWN)
                .hasToString("FaceAttributes[gender=Optional.empty, smile=Optional.empty, glasses=Optional.empty,"
                        + " pose=Optional.empty]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FaceAttributes.of(OWN.attributes(), 0, 3))
                .withMessage("attribute 'gaze': a class is 0 to 2, or -1 for unknown, got 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.with(gaze, "up"))
                .withMessage("attribute 'gaze' has no class 'up', only [left, ahead, right]");
    }
}
