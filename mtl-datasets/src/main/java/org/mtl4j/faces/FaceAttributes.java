package org.mtl4j.faces;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Holds what is known about a face besides its points: of any number of {@link FaceAttribute}s the class. What is not
 * said is unknown. Immutable; two that say the same are equal.
 *
 * <p>MTFL's four attributes have constants and methods of their own; they are attributes as others are.
 */
public final class FaceAttributes {

    private static final int NOT_KNOWN = -1;

    /** MTFL's attributes, in its order. */
    static final ImmutableList<FaceAttribute> OF_MTFL =
            ImmutableList.of(FaceAttribute.GENDER, FaceAttribute.SMILE, FaceAttribute.GLASSES, FaceAttribute.POSE);

    /** Nothing known. */
    public static final FaceAttributes UNKNOWN = new FaceAttributes(ImmutableList.of(), new short[0]);

    /** Shared by the faces of a corpus. */
    private final ImmutableList<FaceAttribute> attributes;
    /** For each attribute the class, or {@link #NOT_KNOWN}. */
    private final short[] values;

    private FaceAttributes(ImmutableList<FaceAttribute> attributes, short[] values) {
        this.attributes = attributes;
        this.values = values;
    }

    /**
     * Holds what is known of MTFL's four attributes.
     *
     * @param gender empty if unknown
     * @param smile empty if unknown
     * @param glasses empty if unknown
     * @param pose empty if unknown
     */
    public FaceAttributes(
            Optional<Gender> gender, Optional<Smile> smile, Optional<Glasses> glasses, Optional<Pose> pose) {
        this(OF_MTFL, new short[] {number(gender), number(smile), number(glasses), number(pose)});
    }

    @SuppressWarnings("EnumOrdinal") // the constants are in the order of the classes
    private static short number(Optional<? extends Enum<?>> label) {
        return (short) label.map(Enum::ordinal).orElse(NOT_KNOWN).intValue();
    }

    /**
     * {@return MTFL's attributes, all known}
     *
     * @param gender whether man or woman
     * @param smile whether the face smiles
     * @param glasses whether it wears glasses
     * @param pose where it looks
     */
    public static FaceAttributes of(Gender gender, Smile smile, Glasses glasses, Pose pose) {
        return new FaceAttributes(Optional.of(gender), Optional.of(smile), Optional.of(glasses), Optional.of(pose));
    }

    /**
     * {@return what is known of some attributes}
     *
     * @param attributes different ones; a list that many faces have in common is held once
     * @param classes for each of them the number of the class, from 0, or -1 where it is unknown
     * @throws IllegalArgumentException if the numbers are not as many, an attribute has no such class, or two have one
     *     name
     */
    public static FaceAttributes of(List<FaceAttribute> attributes, int... classes) {
        ImmutableList<FaceAttribute> all = ImmutableList.copyOf(attributes);
        if (classes.length != all.size()) {
            throw new IllegalArgumentException("%d attributes, but %d classes".formatted(all.size(), classes.length));
        }
        short[] values = new short[classes.length];
        for (int i = 0; i < classes.length; i++) {
            values[i] = checked(all.get(i), classes[i]);
            for (int j = 0; j < i; j++) {
                if (all.get(j).name().equals(all.get(i).name())) {
                    throw new IllegalArgumentException("two attributes are called '%s'"
                            .formatted(all.get(i).name()));
                }
            }
        }
        return new FaceAttributes(all, values);
    }

    private static short checked(FaceAttribute attribute, int value) {
        if (value < NOT_KNOWN || value >= attribute.classes().size()) {
            throw new IllegalArgumentException("attribute '%s': a class is 0 to %d, or -1 for unknown, got %d"
                    .formatted(attribute.name(), attribute.classes().size() - 1, value));
        }
        return (short) value;
    }

    /**
     * {@return these with one more that is known, or known otherwise}
     *
     * @param attribute any; one of the same name with other classes is replaced
     * @param className one of its classes
     * @throws IllegalArgumentException if it has no such class
     */
    public FaceAttributes with(FaceAttribute attribute, String className) {
        return with(attribute, attribute.index(className));
    }

    /**
     * {@return these without what is known of one}
     *
     * @param attribute any
     */
    public FaceAttributes without(FaceAttribute attribute) {
        return value(attribute).isPresent() ? with(attribute, NOT_KNOWN) : this;
    }

    private FaceAttributes with(FaceAttribute attribute, int value) {
        int at = indexOf(attribute);
        if (at >= 0) {
            short[] changed = values.clone();
            changed[at] = (short) value;
            return new FaceAttributes(attributes, changed);
        }
        ImmutableList.Builder<FaceAttribute> more = ImmutableList.builder();
        short[] changed = new short[values.length + 1];
        int count = 0;
        for (int i = 0; i < values.length; i++) {
            if (!attributes.get(i).name().equals(attribute.name())) {
                more.add(attributes.get(i));
                changed[count++] = values[i];
            }
        }
        changed[count++] = (short) value;
        return new FaceAttributes(more.add(attribute).build(), Arrays.copyOf(changed, count));
    }

    private int indexOf(FaceAttribute attribute) {
        for (int i = 0; i < values.length; i++) { // mostly the very objects
            if (attributes.get(i) == attribute) {
                return i;
            }
        }
        return attributes.indexOf(attribute);
    }

    /**
     * {@return the number of the class, from 0; empty if it is unknown}
     *
     * @param attribute any
     */
    public OptionalInt value(FaceAttribute attribute) {
        int at = indexOf(attribute);
        return at < 0 || values[at] == NOT_KNOWN ? OptionalInt.empty() : OptionalInt.of(values[at]);
    }

    /** {@return what is known, by attribute: the names of the classes} */
    public Map<FaceAttribute, String> known() {
        ImmutableMap.Builder<FaceAttribute, String> known = ImmutableMap.builder();
        for (int i = 0; i < values.length; i++) {
            if (values[i] != NOT_KNOWN) {
                known.put(attributes.get(i), attributes.get(i).classes().get(values[i]));
            }
        }
        return known.buildOrThrow();
    }

    /** {@return the attributes that are spoken of, known or not} */
    ImmutableList<FaceAttribute> attributes() {
        return attributes;
    }

    /** {@return whether nothing is known} */
    boolean isUnknown() {
        for (short value : values) {
            if (value != NOT_KNOWN) {
                return false;
            }
        }
        return true;
    }

    /** {@return MTFL's gender; empty if unknown} */
    public Optional<Gender> gender() {
        return constant(FaceAttribute.GENDER, Gender.values());
    }

    /** {@return MTFL's smile; empty if unknown} */
    public Optional<Smile> smile() {
        return constant(FaceAttribute.SMILE, Smile.values());
    }

    /** {@return MTFL's glasses; empty if unknown} */
    public Optional<Glasses> glasses() {
        return constant(FaceAttribute.GLASSES, Glasses.values());
    }

    /** {@return MTFL's pose; empty if unknown} */
    public Optional<Pose> pose() {
        return constant(FaceAttribute.POSE, Pose.values());
    }

    private <E> Optional<E> constant(FaceAttribute attribute, E[] constants) {
        OptionalInt value = value(attribute);
        return value.isPresent() ? Optional.of(constants[value.getAsInt()]) : Optional.empty();
    }

    /** {@return what is known of the mirrored face: classes exchanged as {@link FaceAttribute#mirrored} says} */
    FaceAttributes mirrored() {
        short[] changed = values.clone();
        for (int i = 0; i < values.length; i++) {
            if (values[i] != NOT_KNOWN) {
                changed[i] = attributes.get(i).mirrored().get(values[i]).shortValue();
            }
        }
        return new FaceAttributes(attributes, changed);
    }

    /** {@return true if all four of MTFL's attributes are known} */
    public boolean isComplete() {
        return OF_MTFL.stream().allMatch(attribute -> value(attribute).isPresent());
    }

    /** {@return whether it says nothing of other attributes than MTFL's} */
    private boolean isOfMtfl() {
        return known().keySet().stream().allMatch(OF_MTFL::contains);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof FaceAttributes theirs)) {
            return false;
        }
        return attributes == theirs.attributes ? Arrays.equals(values, theirs.values) : known().equals(theirs.known());
    }

    @Override
    public int hashCode() {
        return new HashMap<>(known()).hashCode();
    }

    /** {@return what is known, in words} */
    @Override
    public String toString() {
        if (isOfMtfl()) { // the form that fingerprints of crops know
            return "FaceAttributes[gender=%s, smile=%s, glasses=%s, pose=%s]"
                    .formatted(gender(), smile(), glasses(), pose());
        }
        StringBuilder text = new StringBuilder("FaceAttributes[");
        known().forEach((attribute, value) -> text.append(text.charAt(text.length() - 1) == '[' ? "" : ", ")
                .append(attribute.name())
                .append('=')
                .append(value));
        return text.append(']').toString();
    }
}
