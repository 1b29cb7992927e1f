package org.mtl4j.faces;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Lists;
import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.Ints;
import java.io.Serializable;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.mtl4j.internal.check.Check;

/**
 * Something that is said of a face by one class of several, as whether it smiles or where it looks.
 *
 * <pre>{@code
 * FaceAttribute gaze = FaceAttribute.of("gaze", "left", "ahead", "right").withMirrored("left", "right");
 * FaceAttribute hat = FaceAttribute.yesNo("Wearing_Hat");
 * }</pre>
 *
 * @param name of the attribute, and of the task that learns it: letters, digits, and the signs {@code - _ .}
 * @param classes at least two different ones, in the order of the label columns; without {@code |}, {@code ,} and
 *     control characters. Of two, the first is what a task of several labels says yes to ({@link #labels})
 * @param mirrored for each class the one that the mirrored face has, from 0
 */
public record FaceAttribute(String name, List<String> classes, List<Integer> mirrored) implements Serializable {

    private static final Pattern CLASS = Pattern.compile("[^\\p{Cntrl}|,=\\s]([^\\p{Cntrl}|,=]*[^\\p{Cntrl}|,=\\s])?");

    private static final String YES = "yes";
    private static final String NO = "no";

    /** MTFL's attribute "gender": male, female. */
    public static final FaceAttribute GENDER = of("gender", "male", "female");
    /** MTFL's attribute "smile": smiling, not smiling. */
    public static final FaceAttribute SMILE = of("smile", "smiling", "not smiling");
    /** MTFL's attribute "glasses": glasses, no glasses. */
    public static final FaceAttribute GLASSES = of("glasses", "glasses", "no glasses");
    /** MTFL's attribute "pose": left profile, left, frontal, right, right profile, as the viewer sees them. */
    public static final FaceAttribute POSE = of("pose", "left profile", "left", "frontal", "right", "right profile")
            .withMirrored("left profile", "right profile")
            .withMirrored("left", "right");

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException if there are fewer than two classes, one is twice, a name cannot be one, or
     *     mirroring twice does not give back each class
     */
    public FaceAttribute {
        mirrored = ImmutableIntArray.copyOf(mirrored).asList();
        Check.name("attribute", name);
        classes = ImmutableList.copyOf(classes);
        if (classes.size() < 2 || ImmutableSet.copyOf(classes).size() < classes.size()) {
            throw new IllegalArgumentException(
                    "attribute '%s' needs at least two different classes, got %s".formatted(name, classes));
        }
        if (classes.size() > Short.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "attribute '%s' has at most %d classes, got %d".formatted(name, Short.MAX_VALUE, classes.size()));
        }
        for (String one : classes) {
            if (!CLASS.matcher(one).matches()) {
                throw new IllegalArgumentException(("attribute '%s': a class has no control characters, no '|', ',' and"
                                + " '=', and no blanks around it, got '%s'")
                        .formatted(name, one));
            }
        }
        boolean paired = mirrored.size() == classes.size();
        for (int i = 0; paired && i < mirrored.size(); i++) {
            int other = mirrored.get(i);
            paired = other >= 0 && other < mirrored.size() && mirrored.get(other) == i;
        }
        if (!paired) {
            throw new IllegalArgumentException(
                    "attribute '%s': mirroring the classes %s twice must give them back, got %s"
                            .formatted(name, classes, mirrored));
        }
    }

    /**
     * {@return an attribute whose classes stay when the face is mirrored}
     *
     * @param name of the attribute
     * @param classes at least two different ones
     * @throws IllegalArgumentException as the constructor
     */
    public static FaceAttribute of(String name, String... classes) {
        return new FaceAttribute(
                name,
                List.of(classes),
                IntStream.range(0, classes.length).boxed().toList());
    }

    /**
     * {@return an attribute that a face has or has not: of the classes "yes" and "no"}
     *
     * @param name of the attribute
     * @throws IllegalArgumentException if it cannot be a name
     */
    public static FaceAttribute yesNo(String name) {
        return of(name, YES, NO);
    }

    /**
     * {@return this attribute with two classes that change places when the face is mirrored}
     *
     * @param left one of them
     * @param right the other one
     * @throws IllegalArgumentException if there is no such class, or one has another partner already
     */
    public FaceAttribute withMirrored(String left, String right) {
        int[] partners = Ints.toArray(mirrored);
        partners[index(left)] = index(right);
        partners[index(right)] = index(left);
        return new FaceAttribute(name, classes, Ints.asList(partners));
    }

    /**
     * {@return the number of a class, from 0}
     *
     * @param className of a class
     * @throws IllegalArgumentException if there is none of this name; the message lists them
     */
    public int index(String className) {
        int index = classes.indexOf(className);
        if (index < 0) {
            throw new IllegalArgumentException(
                    "attribute '%s' has no class '%s', only %s".formatted(name, className, classes));
        }
        return index;
    }

    /**
     * {@return the labels that it has in a task of several labels: of two classes one, which says whether it is the
     * first, and is called as that class, or as the attribute if the classes are "yes" and "no"; of more, each class}
     */
    public List<String> labels() {
        if (classes.size() > 2) {
            return classes;
        }
        return ImmutableList.of(classes.equals(List.of(YES, NO)) ? name : classes.get(0));
    }

    /** {@return the form that {@link #parse} reads} */
    String toText() {
        return name + "=" + String.join(",", classes) + "="
                + String.join(",", Lists.transform(mirrored, String::valueOf));
    }

    static FaceAttribute parse(String text) {
        String[] parts = text.split("=", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("no stored attribute: '%s'".formatted(text));
        }
        ImmutableIntArray.Builder partners = ImmutableIntArray.builder();
        for (String number : parts[2].split(",", -1)) {
            partners.add(Integer.parseInt(number));
        }
        return new FaceAttribute(
                parts[0], List.of(parts[1].split(",", -1)), partners.build().asList());
    }
}
