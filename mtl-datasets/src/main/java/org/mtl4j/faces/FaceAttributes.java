package org.mtl4j.faces;

import java.util.Objects;
import java.util.Optional;

/**
 * Holds what is known about a face besides its points; each may be unknown.
 *
 * @param gender empty if unknown
 * @param smile empty if unknown
 * @param glasses empty if unknown
 * @param pose empty if unknown
 */
public record FaceAttributes(
        Optional<Gender> gender, Optional<Smile> smile, Optional<Glasses> glasses, Optional<Pose> pose) {

    /** Nothing known. */
    public static final FaceAttributes UNKNOWN =
            new FaceAttributes(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * Checks that none is null.
     *
     * @param gender empty if unknown
     * @param smile empty if unknown
     * @param glasses empty if unknown
     * @param pose empty if unknown
     */
    public FaceAttributes {
        Objects.requireNonNull(gender, "gender");
        Objects.requireNonNull(smile, "smile");
        Objects.requireNonNull(glasses, "glasses");
        Objects.requireNonNull(pose, "pose");
    }

    /**
     * {@return attributes that are all known}
     *
     * @param gender whether man or woman
     * @param smile whether the face smiles
     * @param glasses whether it wears glasses
     * @param pose where it looks
     */
    public static FaceAttributes of(Gender gender, Smile smile, Glasses glasses, Pose pose) {
        return new FaceAttributes(Optional.of(gender), Optional.of(smile), Optional.of(glasses), Optional.of(pose));
    }

    /** {@return what is known of the mirrored face: its {@link Pose#mirrored}, and the rest as it is} */
    FaceAttributes mirrored() {
        return new FaceAttributes(gender, smile, glasses, pose.map(Pose::mirrored));
    }

    /** {@return true if all four are known} */
    public boolean isComplete() {
        return gender.isPresent() && smile.isPresent() && glasses.isPresent() && pose.isPresent();
    }
}
