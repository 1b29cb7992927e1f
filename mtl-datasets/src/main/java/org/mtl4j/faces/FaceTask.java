package org.mtl4j.faces;

import com.google.common.collect.ImmutableList;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mtl4j.task.Task;

/**
 * Something that can be learned about a face: ties a {@link Task} to the labels that {@link FaceBatches} hands out for
 * it. The tasks of a corpus are those of its {@link FaceLayout}; those of MTFL are constants here. Loss and weight are
 * the task's usual ones and may be changed freely:
 *
 * <pre>{@code
 * Task landmarks = FaceTask.LANDMARKS.task().withWeight(1000);
 * Task dense = FaceLayout.WFLW.points().task().withWeight(1000);
 * }</pre>
 *
 * <p>Immutable; two that hand out the same labels under the same name are equal.
 */
public final class FaceTask implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The name of the tasks that learn points. */
    static final String POINTS_NAME = "landmarks";

    /** The name of the task that learns all attributes. */
    static final String ATTRIBUTES_NAME = "attributes";

    /**
     * Task "landmarks": regression of x1, y1, … x5, y5 in the order of {@link LandmarkName}, relative to the face box
     * ({@link Landmarks#relativeTo}), whatever the margin of the crop.
     */
    public static final FaceTask LANDMARKS = landmarks(LandmarkScheme.FIVE_POINTS);
    /** Task "gender": one class of {@link Gender}. */
    public static final FaceTask GENDER = attribute(FaceAttribute.GENDER);
    /** Task "smile": one class of {@link Smile}. */
    public static final FaceTask SMILE = attribute(FaceAttribute.SMILE);
    /** Task "glasses": one class of {@link Glasses}. */
    public static final FaceTask GLASSES = attribute(FaceAttribute.GLASSES);
    /** Task "pose": one class of {@link Pose}. */
    public static final FaceTask POSE = attribute(FaceAttribute.POSE);
    /**
     * Task "attributes": all four as eight yes/no labels: male, smiling, glasses, and the five poses, of which exactly
     * one is 1. A face has these labels only if all four attributes are known.
     */
    public static final FaceTask ATTRIBUTES =
            new FaceTask(ATTRIBUTES_NAME, Kind.LABELS, null, FaceAttributes.OF_MTFL, true);

    private static final ImmutableList<FaceTask> OF_MTFL =
            ImmutableList.of(LANDMARKS, GENDER, SMILE, GLASSES, POSE, ATTRIBUTES);

    private enum Kind {
        POINTS,
        CLASSES,
        LABELS
    }

    private final transient Task task;
    private final String name;
    private final Kind kind;
    /** Null unless points are learned. */
    private final @Nullable LandmarkScheme scheme;

    private final ImmutableList<FaceAttribute> attributes;
    /** Whether a face has labels only if it has all of them. */
    private final boolean allOrNone;

    private FaceTask(
            String name,
            Kind kind,
            @Nullable LandmarkScheme scheme,
            ImmutableList<FaceAttribute> attributes,
            boolean allOrNone) {
        this.name = name;
        this.kind = kind;
        this.scheme = scheme;
        this.attributes = attributes;
        this.allOrNone = allOrNone;
        this.task = switch (kind) {
            case POINTS ->
                Task.regression(name, 2 * Objects.requireNonNull(scheme).size());
            case CLASSES ->
                Task.classification(name, attributes.get(0).classes().toArray(String[]::new));
            case LABELS ->
                Task.multiLabel(
                        name,
                        attributes.stream()
                                .flatMap(attribute -> attribute.labels().stream())
                                .toArray(String[]::new));
        };
    }

    /**
     * {@return the task "landmarks": regression of x1, y1, x2, y2, … in the order of a scheme, relative to the face
     * box} Where a point of a face is unknown, its two labels are masked.
     *
     * @param scheme which points
     */
    public static FaceTask landmarks(LandmarkScheme scheme) {
        return new FaceTask(POINTS_NAME, Kind.POINTS, scheme, ImmutableList.of(), false);
    }

    /**
     * {@return the task that has the name of an attribute: one of its classes}
     *
     * @param attribute which one
     */
    public static FaceTask attribute(FaceAttribute attribute) {
        return new FaceTask(attribute.name(), Kind.CLASSES, null, ImmutableList.of(attribute), false);
    }

    /**
     * {@return a task that learns several attributes as independent yes/no labels, those of
     * {@link FaceAttribute#labels} one after the other} Where an attribute of a face is unknown, its labels are masked.
     *
     * @param name of the task
     * @param attributes at least one; no two of their labels may have one name
     * @throws IllegalArgumentException if there is none, or two labels have one name
     */
    public static FaceTask labels(String name, List<FaceAttribute> attributes) {
        if (attributes.isEmpty()) {
            throw new IllegalArgumentException("task '%s' needs at least one attribute".formatted(name));
        }
        return new FaceTask(name, Kind.LABELS, null, ImmutableList.copyOf(attributes), false);
    }

    /** {@return the tasks of MTFL's layout, in the order of the constants; a copy} */
    public static FaceTask[] values() {
        return OF_MTFL.toArray(FaceTask[]::new);
    }

    /**
     * {@return the task of MTFL's layout that has this name}
     *
     * @param name of a task
     * @throws IllegalArgumentException if there is none; the message lists the names
     * @see FaceLayout#named
     */
    public static FaceTask named(String name) {
        return FaceLayout.MTFL.named(name);
    }

    /**
     * {@return the task of MTFL's layout that has the labels of this one}
     *
     * @param task of any loss and weight; need not name its classes
     * @throws IllegalArgumentException if there is none of its name, or that one has other classes or another number or
     *     kind of outputs
     * @see FaceLayout#taskOf
     */
    public static FaceTask of(Task task) {
        return FaceLayout.MTFL.taskOf(task);
    }

    /** Fails unless a task has the kind, the number of outputs and the classes of this one. */
    void checkFits(Task other) {
        if (task.kind() != other.kind()
                || task.outputs() != other.outputs()
                || !(other.classNames().isEmpty() || task.classNames().equals(other.classNames()))) {
            throw new IllegalArgumentException("task '%s' is %s here, and the labels of faces are %s"
                    .formatted(other.name(), outputs(other), outputs(task)));
        }
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

    /** {@return the points that it learns; empty if it learns attributes} */
    public Optional<LandmarkScheme> scheme() {
        return Optional.ofNullable(scheme);
    }

    /** {@return the attributes that it learns; empty if it learns points} */
    public List<FaceAttribute> attributes() {
        return attributes;
    }

    boolean isPoints() {
        return kind == Kind.POINTS;
    }

    /**
     * {@return true if the sample has labels of this task, if only some of them}
     *
     * @param sample a face
     */
    public boolean isLabelled(FaceSample sample) {
        if (isPoints()) {
            return sample.landmarks().isPresent();
        }
        FaceAttributes known = sample.attributes();
        return allOrNone
                ? attributes.stream()
                        .allMatch(attribute -> known.value(attribute).isPresent())
                : hasSomeLabel(sample);
    }

    /** {@return whether there is anything that {@link #withoutLabels} would take away} */
    boolean hasSomeLabel(FaceSample sample) {
        if (isPoints()) {
            return sample.landmarks().isPresent();
        }
        return attributes.stream()
                .anyMatch(attribute -> sample.attributes().value(attribute).isPresent());
    }

    /** {@return the sample without the labels of this task} */
    FaceSample withoutLabels(FaceSample sample) {
        if (isPoints()) {
            return new FaceSample(sample.id(), sample.image(), sample.box(), Optional.empty(), sample.attributes());
        }
        FaceAttributes left = sample.attributes();
        for (FaceAttribute attribute : attributes) {
            left = left.without(attribute);
        }
        return sample.withAttributes(left);
    }

    /**
     * {@return the label row of a sample, {@link Task#outputs()} numbers: 0 where it has none}
     *
     * @param sample a face
     * @throws IllegalArgumentException if this learns points and the sample has other points, or has some, but no box
     */
    public float[] labels(FaceSample sample) {
        float[] row = new float[task.outputs()];
        write(sample, FaceTransform.IDENTITY, row, new float[row.length], 0);
        return row;
    }

    /**
     * {@return the mask row of a sample, {@link Task#outputs()} numbers: 1 where it has a label, 0 where it has none}
     *
     * @param sample a face
     * @throws IllegalArgumentException as {@link #labels}
     */
    public float[] mask(FaceSample sample) {
        float[] mask = new float[task.outputs()];
        write(sample, FaceTransform.IDENTITY, new float[mask.length], mask, 0);
        return mask;
    }

    /** {@return the label row, as {@link #labels(FaceSample)}, of the face after a transform} */
    float[] labels(FaceSample sample, FaceTransform transform) {
        float[] row = new float[task.outputs()];
        write(sample, transform, row, new float[row.length], 0);
        return row;
    }

    /**
     * Writes labels and mask of the face after a transform.
     *
     * @param labels zeros, where they go
     * @param mask zeros, likewise
     * @param at where the row begins in both
     */
    void write(FaceSample sample, FaceTransform transform, float[] labels, float[] mask, int at) {
        if (!isLabelled(sample)) {
            return;
        }
        if (scheme != null) {
            double[] relative = relative(scheme, sample, transform);
            for (int i = 0; i < relative.length; i++) {
                if (!Double.isNaN(relative[i])) {
                    labels[at + i] = (float) relative[i];
                    mask[at + i] = 1;
                }
            }
            return;
        }
        FaceAttributes known = transform.attributes(sample.attributes());
        int column = at;
        for (FaceAttribute attribute : attributes) {
            int columns = columns(attribute);
            OptionalInt value = known.value(attribute);
            if (value.isPresent()) {
                Arrays.fill(mask, column, column + columns, 1);
                if (columns > 1) {
                    labels[column + value.getAsInt()] = 1;
                } else {
                    labels[column] = value.getAsInt() == 0 ? 1 : 0;
                }
            }
            column += columns;
        }
    }

    private static double[] relative(LandmarkScheme scheme, FaceSample sample, FaceTransform transform) {
        Landmarks landmarks = sample.landmarks().orElseThrow();
        Optional<String> difference = scheme.difference(landmarks.scheme());
        if (difference.isPresent()) {
            throw new IllegalArgumentException("%s: the points of a task and of this face are others: %s"
                    .formatted(sample.id(), difference.get()));
        }
        Box box = sample.box()
                .orElseThrow(() -> new IllegalArgumentException(
                        "%s: landmarks are relative to the face box, and the sample has none".formatted(sample.id())));
        return transform.labels(landmarks, box);
    }

    private int columns(FaceAttribute attribute) {
        return kind == Kind.CLASSES
                ? attribute.classes().size()
                : attribute.labels().size();
    }

    /**
     * Averages what is said of faces with what is said of their mirror images, as {@link FlipAveraging} does. These are
     * few numbers, for which operations on arrays would take longer than the loop.
     *
     * @param values {@code [2 * faces, outputs]}: of the faces, and behind them of their mirror images in the same
     *     order
     * @return {@code [faces, outputs]}
     * @throws IllegalArgumentException if these are not the outputs of so many faces
     */
    double[] averagedWithMirrored(double[] values, int faces) {
        int[] columns = mirroredColumns();
        boolean[] turned = turnedColumns();
        int width = columns.length;
        if (values.length != 2L * faces * width) {
            throw new IllegalArgumentException(
                    "task '%s' has %s outputs, and of %s faces and their mirror images there are %s numbers"
                            .formatted(name, width, faces, values.length));
        }
        double[] averages = new double[faces * width];
        for (int i = 0; i < averages.length; i++) {
            double mirrored = values[averages.length + i - i % width + columns[i % width]];
            averages[i] = (values[i] + (turned[i % width] ? 1 - mirrored : mirrored)) / 2;
        }
        return averages;
    }

    /** {@return for each output the one that has its meaning when the face is mirrored} */
    private int[] mirroredColumns() {
        int[] columns = IntStream.range(0, task.outputs()).toArray();
        if (scheme != null) {
            for (int i = 0; i < columns.length; i++) {
                columns[i] = 2 * scheme.mirrored(i / 2) + i % 2;
            }
            return columns;
        }
        int first = 0;
        for (FaceAttribute attribute : attributes) {
            int count = columns(attribute);
            for (int i = 0; count > 1 && i < count; i++) {
                columns[first + i] = first + attribute.mirrored().get(i);
            }
            first += count;
        }
        return columns;
    }

    /**
     * {@return for each output whether it is 1 - the partner's when the face is mirrored: x of points, and yes of two
     * classes that change places}
     */
    private boolean[] turnedColumns() {
        boolean[] turned = new boolean[task.outputs()];
        int column = 0;
        for (FaceAttribute attribute : attributes) {
            int count = columns(attribute);
            turned[column] = count == 1 && attribute.mirrored().get(0) != 0;
            column += count;
        }
        for (int i = 0; isPoints() && i < turned.length; i += 2) {
            turned[i] = true;
        }
        return turned;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || other instanceof FaceTask theirs
                        && name.equals(theirs.name)
                        && kind == theirs.kind
                        && Objects.equals(scheme, theirs.scheme)
                        && attributes.equals(theirs.attributes)
                        && allOrNone == theirs.allOrNone;
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    /** {@return the name of the constant, or of the task where there is none} */
    @Override
    public String toString() {
        return OF_MTFL.contains(this) ? name.toUpperCase(Locale.ROOT) : name;
    }

    private Object writeReplace() {
        return new Written(name, kind, scheme, attributes, allOrNone);
    }

    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("a task of faces is written in another form");
    }

    /** A task as it is serialised: that of the library cannot be. */
    private record Written(
            String name,
            Kind kind,
            @Nullable LandmarkScheme scheme,
            ImmutableList<FaceAttribute> attributes,
            boolean allOrNone)
            implements Serializable {
        private Object readResolve() {
            return new FaceTask(name, kind, scheme, attributes, allOrNone);
        }
    }
}
