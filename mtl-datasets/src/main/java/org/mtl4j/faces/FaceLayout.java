package org.mtl4j.faces;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;

/**
 * Says what a corpus marks on its faces: which points and which attributes. It is a value: those of published corpora
 * are constants, and one of your own is made of names.
 *
 * <pre>{@code
 * FaceLayout layout = FaceLayout.of(
 *         LandmarkScheme.of("left eye", "right eye", "nose").withEyes(List.of("left eye"), List.of("right eye")),
 *         FaceAttribute.yesNo("mask"),
 *         FaceAttribute.of("gaze", "left", "ahead", "right").withMirrored("left", "right"));
 * }</pre>
 *
 * <p>A layout belongs to a model that was trained on it, as the crop does: {@link #toMap} and {@link #fromMap} are for
 * storing it in the model's properties.
 *
 * @param scheme the points
 * @param attributes the attributes, in order; may be empty
 */
public record FaceLayout(LandmarkScheme scheme, List<FaceAttribute> attributes) implements Serializable {

    private static final String POINTS = "faces.points";
    private static final String ATTRIBUTES = "faces.attributes";

    /** MTFL: five points, gender, smile, glasses and pose. */
    public static final FaceLayout MTFL = new FaceLayout(LandmarkScheme.FIVE_POINTS, FaceAttributes.OF_MTFL);

    /** 300-W: 68 points, no attributes. */
    public static final FaceLayout IBUG_68 = of(LandmarkScheme.IBUG_68);

    /**
     * WFLW: 98 points, and six attributes of two classes, in the order of its lists: pose, expression, illumination,
     * make-up, occlusion, blur. The first class is what the lists give as 1.
     */
    public static final FaceLayout WFLW = of(
            LandmarkScheme.WFLW_98,
            FaceAttribute.of("pose", "large pose", "normal pose"),
            FaceAttribute.of("expression", "exaggerated expression", "normal expression"),
            FaceAttribute.of("illumination", "extreme illumination", "normal illumination"),
            FaceAttribute.of("make-up", "make-up", "no make-up"),
            FaceAttribute.of("occlusion", "occlusion", "no occlusion"),
            FaceAttribute.of("blur", "blur", "clear"));

    /**
     * CelebA (Liu et al., "Deep Learning Face Attributes in the Wild", ICCV 2015): five points and 40 attributes of the
     * classes "yes" and "no".
     */
    public static final FaceLayout CELEBA = of(
            LandmarkScheme.FIVE_POINTS,
            Stream.of(
                            "5_o_Clock_Shadow",
                            "Arched_Eyebrows",
                            "Attractive",
                            "Bags_Under_Eyes",
                            "Bald",
                            "Bangs",
                            "Big_Lips",
                            "Big_Nose",
                            "Black_Hair",
                            "Blond_Hair",
                            "Blurry",
                            "Brown_Hair",
                            "Bushy_Eyebrows",
                            "Chubby",
                            "Double_Chin",
                            "Eyeglasses",
                            "Goatee",
                            "Gray_Hair",
                            "Heavy_Makeup",
                            "High_Cheekbones",
                            "Male",
                            "Mouth_Slightly_Open",
                            "Mustache",
                            "Narrow_Eyes",
                            "No_Beard",
                            "Oval_Face",
                            "Pale_Skin",
                            "Pointy_Nose",
                            "Receding_Hairline",
                            "Rosy_Cheeks",
                            "Sideburns",
                            "Smiling",
                            "Straight_Hair",
                            "Wavy_Hair",
                            "Wearing_Earrings",
                            "Wearing_Hat",
                            "Wearing_Lipstick",
                            "Wearing_Necklace",
                            "Wearing_Necktie",
                            "Young")
                    .map(FaceAttribute::yesNo)
                    .toArray(FaceAttribute[]::new));

    /** AFLW with 19 points, without attributes. */
    public static final FaceLayout AFLW_19 = of(LandmarkScheme.AFLW_19);

    /** AFLW with 21 points, without attributes. */
    public static final FaceLayout AFLW_21 = of(LandmarkScheme.AFLW_21);

    /**
     * Checks that the names of tasks are different.
     *
     * @throws IllegalArgumentException if two attributes have one name, or one is called "landmarks" or "attributes",
     *     as the tasks that learn all points and all attributes are
     */
    public FaceLayout {
        Objects.requireNonNull(scheme, "scheme");
        attributes = ImmutableList.copyOf(attributes);
        Set<String> names = new HashSet<>(List.of(FaceTask.POINTS_NAME, FaceTask.ATTRIBUTES_NAME));
        for (FaceAttribute attribute : attributes) {
            if (!names.add(attribute.name())) {
                throw new IllegalArgumentException(("attribute '%s': there is another attribute or a task of this name;"
                                + " '%s' and '%s' are those of all points and of all attributes")
                        .formatted(attribute.name(), FaceTask.POINTS_NAME, FaceTask.ATTRIBUTES_NAME));
            }
        }
    }

    /**
     * {@return a layout}
     *
     * @param scheme the points
     * @param attributes the attributes, in order; may be none
     * @throws IllegalArgumentException as the constructor
     */
    public static FaceLayout of(LandmarkScheme scheme, FaceAttribute... attributes) {
        return new FaceLayout(scheme, List.of(attributes));
    }

    /** {@return the task "landmarks", which learns all points} */
    public FaceTask points() {
        return FaceTask.landmarks(scheme);
    }

    /**
     * {@return the attribute of this name}
     *
     * @param name of an attribute
     * @throws IllegalArgumentException if there is none; the message lists the names
     */
    public FaceAttribute attribute(String name) {
        return attributes.stream()
                .filter(attribute -> attribute.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no attribute '%s', only %s"
                        .formatted(
                                name,
                                attributes.stream().map(FaceAttribute::name).toList())));
    }

    /**
     * {@return a task that learns some of the attributes as independent yes/no labels; see {@link FaceTask#labels}}
     *
     * @param name of the task
     * @param attributeNames of the attributes, in order; at least one
     * @throws IllegalArgumentException if there is no such attribute, or two labels have one name
     */
    public FaceTask labels(String name, String... attributeNames) {
        return FaceTask.labels(
                name, Arrays.stream(attributeNames).map(this::attribute).toList());
    }

    /**
     * {@return all tasks: "landmarks", one for each attribute, and "attributes" with all of them as yes/no labels,
     * where there are attributes and the names of their labels are different}
     */
    public List<FaceTask> tasks() {
        if (equals(MTFL)) {
            return ImmutableList.copyOf(FaceTask.values());
        }
        List<FaceTask> tasks = new ArrayList<>();
        tasks.add(points());
        attributes.forEach(attribute -> tasks.add(FaceTask.attribute(attribute)));
        List<String> labels = attributes.stream()
                .flatMap(attribute -> attribute.labels().stream())
                .toList();
        if (!labels.isEmpty() && new HashSet<>(labels).size() == labels.size()) {
            tasks.add(FaceTask.labels(FaceTask.ATTRIBUTES_NAME, attributes));
        }
        return ImmutableList.copyOf(tasks);
    }

    /**
     * {@return the one of {@link #tasks} that has this name}
     *
     * @param name of a task
     * @throws IllegalArgumentException if there is none; the message lists the names
     */
    public FaceTask named(String name) {
        List<FaceTask> tasks = tasks();
        return tasks.stream()
                .filter(face -> face.task().name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there are no face labels for a task '%s', only for %s"
                        .formatted(
                                name,
                                tasks.stream().map(face -> face.task().name()).toList())));
    }

    /**
     * {@return what has the labels of a task: the one of {@link #tasks} that has its name, or, for a task of several
     * labels that names them, those attributes}
     *
     * @param task of any loss and weight; need not name its classes
     * @throws IllegalArgumentException if there is none, or that one has other classes or another number or kind of
     *     outputs
     */
    public FaceTask taskOf(Task task) {
        Optional<FaceTask> known = tasks().stream()
                .filter(face -> face.task().name().equals(task.name()))
                .findFirst();
        boolean fits = known.isPresent() && known.get().task().classNames().equals(task.classNames());
        if (!fits && task.kind() == TaskKind.MULTI_LABEL && !task.classNames().isEmpty()) {
            Optional<FaceTask> chosen = chosen(task);
            if (chosen.isPresent()) {
                return chosen.get();
            }
        }
        FaceTask face = known.orElseGet(() -> named(task.name()));
        face.checkFits(task);
        return face;
    }

    /** {@return the task of those attributes whose labels a task has, in its order} */
    private Optional<FaceTask> chosen(Task task) {
        List<FaceAttribute> chosen = new ArrayList<>();
        int column = 0;
        while (column < task.outputs()) {
            List<String> left = task.classNames().subList(column, task.outputs());
            Optional<FaceAttribute> next = attributes.stream()
                    .filter(attribute -> left.size() >= attribute.labels().size()
                            && left.subList(0, attribute.labels().size()).equals(attribute.labels()))
                    .findFirst();
            if (next.isEmpty()) {
                return Optional.empty();
            }
            chosen.add(next.get());
            column += next.get().labels().size();
        }
        return Optional.of(FaceTask.labels(task.name(), chosen));
    }

    /** {@return the keys "faces.points" and "faces.attributes" with values that {@link #fromMap} reads} */
    public Map<String, String> toMap() {
        return ImmutableMap.of(
                POINTS,
                scheme.toText(),
                ATTRIBUTES,
                String.join("\n", attributes.stream().map(FaceAttribute::toText).toList()));
    }

    /**
     * {@return the layout that {@link #toMap} has written; {@link #MTFL} if the map has neither of its keys, as models
     * that were saved before there were others}
     *
     * @param map may have other keys too; they are not looked at
     * @throws IllegalArgumentException if a value is none that {@link #toMap} writes
     */
    public static FaceLayout fromMap(Map<String, String> map) {
        String points = map.get(POINTS);
        String attributes = map.get(ATTRIBUTES);
        if (points == null && attributes == null) {
            return MTFL;
        }
        try {
            if (points == null || attributes == null) {
                throw new IllegalArgumentException("'%s' and '%s' go together".formatted(POINTS, ATTRIBUTES));
            }
            return new FaceLayout(
                    LandmarkScheme.parse(points),
                    attributes.lines().map(FaceAttribute::parse).toList());
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("not a stored layout of faces: %s".formatted(e.getMessage()), e);
        }
    }

    /** {@return the points, and the names of the attributes} */
    @Override
    public String toString() {
        return "FaceLayout[%s points, attributes %s]"
                .formatted(
                        scheme.size(),
                        attributes.stream().map(FaceAttribute::name).toList());
    }
}
