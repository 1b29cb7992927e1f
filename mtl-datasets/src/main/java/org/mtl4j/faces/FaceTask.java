package org.mtl4j.faces;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.mtl4j.task.Task;

/**
 * Lists what can be learned about a face: each constant ties a {@link Task} to the labels that {@link FaceBatches}
 * hands out for it. Names, kinds and class names are fixed; loss and weight are the task's usual ones and may be
 * changed freely:
 *
 * <pre>{@code
 * Task landmarks = FaceTask.LANDMARKS.task().withWeight(1000);
 * }</pre>
 */
public enum FaceTask {
    /**
     * Task "landmarks": regression of x1, y1, … x5, y5 in the order of {@link LandmarkName}, relative to the face box
     * ({@link Landmarks#relativeTo}), whatever the margin of the crop.
     */
    LANDMARKS(Task.regression("landmarks", 2 * Landmarks.POINTS)),
    /** Task "gender": one class of {@link Gender}. */
    GENDER(classification("gender", Gender.values())),
    /** Task "smile": one class of {@link Smile}. */
    SMILE(classification("smile", Smile.values())),
    /** Task "glasses": one class of {@link Glasses}. */
    GLASSES(classification("glasses", Glasses.values())),
    /** Task "pose": one class of {@link Pose}. */
    POSE(classification("pose", Pose.values())),
    /**
     * Task "attributes": all four as eight yes/no labels: male, smiling, glasses, and the five poses, of which exactly
     * one is 1. A face has these labels only if all four attributes are known.
     */
    ATTRIBUTES(Task.multiLabel(
            "attributes",
            Stream.concat(Stream.of("male", "smiling", "glasses"), names(Pose.values()).stream())
                    .toArray(String[]::new)));

    private static final int POSE_COLUMN = 3;

    @SuppressWarnings("ImmutableEnumChecker") // a task is immutable, but its type cannot say so
    private final Task task;

    FaceTask(Task task) {
        this.task = task;
    }

    private static Task classification(String name, Enum<?>[] classes) {
        return Task.classification(name, names(classes).toArray(String[]::new));
    }

    private static List<String> names(Enum<?>[] classes) {
        return Arrays.stream(classes)
                .map(c -> c.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                .collect(ImmutableList.toImmutableList());
    }

    /**
     * {@return the constant whose task has this name}
     *
     * @param name of a task
     * @throws IllegalArgumentException if there is none; the message lists the names
     */
    public static FaceTask named(String name) {
        return Arrays.stream(values())
                .filter(face -> face.task.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there are no face labels for a task '%s', only for %s"
                        .formatted(
                                name,
                                Arrays.stream(values())
                                        .map(face -> face.task.name())
                                        .toList())));
    }

    /**
     * {@return the constant that has the labels of this task}
     *
     * @param task of any loss and weight; need not name its classes
     * @throws IllegalArgumentException if there is none of its name, or that one has other classes or another number or
     *     kind of outputs
     */
    public static FaceTask of(Task task) {
        FaceTask face = named(task.name());
        if (face.task.kind() != task.kind()
                || face.task.outputs() != task.outputs()
                || !(task.classNames().isEmpty() || face.task.classNames().equals(task.classNames()))) {
            throw new IllegalArgumentException("task '%s' is %s here, and the labels of faces are %s"
                    .formatted(task.name(), outputs(task), outputs(face.task)));
        }
        return face;
    }

    private static String outputs(Task task) {
        String kind = task.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return task.classNames().isEmpty()
                ? "%s of %s outputs".formatted(kind, task.outputs())
                : "%s of %s".formatted(kind, task.classNames());
    }

    /** {@return the task, with weight 1 and its usual loss} */
    public Task task() {
        return task;
    }

    /**
     * {@return true if the sample has the labels of this task}
     *
     * @param sample a face
     */
    public boolean isLabelled(FaceSample sample) {
        return switch (this) {
            case LANDMARKS -> sample.landmarks().isPresent();
            case GENDER -> sample.attributes().gender().isPresent();
            case SMILE -> sample.attributes().smile().isPresent();
            case GLASSES -> sample.attributes().glasses().isPresent();
            case POSE -> sample.attributes().pose().isPresent();
            case ATTRIBUTES -> sample.attributes().isComplete();
        };
    }

    /** {@return whether there is anything that {@link #withoutLabels} would take away} */
    boolean hasSomeLabel(FaceSample sample) {
        return this == ATTRIBUTES ? !sample.attributes().equals(FaceAttributes.UNKNOWN) : isLabelled(sample);
    }

    /** {@return the sample without the labels of this task} */
    FaceSample withoutLabels(FaceSample sample) {
        FaceAttributes known = sample.attributes();
        return switch (this) {
            case LANDMARKS ->
                new FaceSample(sample.id(), sample.image(), sample.box(), Optional.empty(), sample.attributes());
            case GENDER ->
                sample.withAttributes(
                        new FaceAttributes(Optional.empty(), known.smile(), known.glasses(), known.pose()));
            case SMILE ->
                sample.withAttributes(
                        new FaceAttributes(known.gender(), Optional.empty(), known.glasses(), known.pose()));
            case GLASSES ->
                sample.withAttributes(
                        new FaceAttributes(known.gender(), known.smile(), Optional.empty(), known.pose()));
            case POSE ->
                sample.withAttributes(
                        new FaceAttributes(known.gender(), known.smile(), known.glasses(), Optional.empty()));
            case ATTRIBUTES -> sample.withAttributes(FaceAttributes.UNKNOWN);
        };
    }

    /**
     * {@return the label row of a sample, {@link Task#outputs()} numbers: all 0 if it has none}
     *
     * @param sample a face
     * @throws IllegalArgumentException if this is {@link #LANDMARKS} and the sample has landmarks, but no box
     */
    public float[] labels(FaceSample sample) {
        return labels(sample, FaceTransform.IDENTITY);
    }

    /** {@return the label row, as {@link #labels(FaceSample)}, of the face after a transform} */
    float[] labels(FaceSample sample, FaceTransform transform) {
        float[] row = new float[task.outputs()];
        if (!isLabelled(sample)) {
            return row;
        }
        FaceAttributes attributes = transform.attributes(sample.attributes());
        switch (this) {
            case LANDMARKS -> {
                Box box = sample.box()
                        .orElseThrow(() -> new IllegalArgumentException(
                                "%s: landmarks are relative to the face box, and the sample has none"
                                        .formatted(sample.id())));
                double[] relative = transform.labels(sample.landmarks().orElseThrow(), box);
                for (int i = 0; i < row.length; i++) {
                    row[i] = (float) relative[i];
                }
            }
            case GENDER -> oneHot(row, 0, attributes.gender());
            case SMILE -> oneHot(row, 0, attributes.smile());
            case GLASSES -> oneHot(row, 0, attributes.glasses());
            case POSE -> oneHot(row, 0, attributes.pose());
            case ATTRIBUTES -> {
                row[0] = yes(attributes.gender(), Gender.MALE);
                row[1] = yes(attributes.smile(), Smile.SMILING);
                row[2] = yes(attributes.glasses(), Glasses.GLASSES);
                oneHot(row, POSE_COLUMN, attributes.pose());
            }
        }
        return row;
    }

    /** {@return for each output the one that has its meaning when the face is mirrored} */
    @SuppressWarnings("EnumOrdinal") // the constants are in the order of the classes
    int[] mirroredColumns() {
        int[] columns = IntStream.range(0, task.outputs()).toArray();
        if (this == LANDMARKS) {
            for (LandmarkName name : LandmarkName.values()) {
                columns[2 * name.ordinal()] = 2 * name.mirrored().ordinal();
                columns[2 * name.ordinal() + 1] = 2 * name.mirrored().ordinal() + 1;
            }
        } else if (this == POSE || this == ATTRIBUTES) {
            int first = this == POSE ? 0 : POSE_COLUMN;
            for (Pose pose : Pose.values()) {
                columns[first + pose.ordinal()] = first + pose.mirrored().ordinal();
            }
        }
        return columns;
    }

    @SuppressWarnings("EnumOrdinal") // the constants are in the order of the classes
    private static void oneHot(float[] row, int offset, Optional<? extends Enum<?>> label) {
        row[offset + label.orElseThrow().ordinal()] = 1;
    }

    private static <E extends Enum<E>> float yes(Optional<E> label, E meant) {
        return label.orElseThrow() == meant ? 1 : 0;
    }
}
