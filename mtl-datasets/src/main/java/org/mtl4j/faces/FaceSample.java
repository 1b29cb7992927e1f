package org.mtl4j.faces;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One face: an image, and what is known about the face in it. A photo with several faces gives several samples, which
 * stay together where a corpus is divided; {@link #photo} says which.
 *
 * @param id names the sample in messages and files; for a sample from a list the path of its image, with {@code /}, and
 *     with {@code #1}, {@code #2} and so on behind it where the image has several faces
 * @param image where the pixels come from
 * @param box the face box, empty if the corpus has none
 * @param landmarks the points, empty if all are unknown
 * @param attributes what is known besides; each may be unknown
 */
public record FaceSample(
        String id, ImageSource image, Optional<Box> box, Optional<Landmarks> landmarks, FaceAttributes attributes) {

    /** The number of a face in its photo, at the end of an id. */
    private static final Pattern FACE_NUMBER = Pattern.compile("(?<=.)#[0-9]+$");

    /**
     * Checks that the id is not empty and nothing is null.
     *
     * @param id names the sample in messages and files; for a sample from a list the path of its image, with {@code /},
     *     and with {@code #1}, {@code #2} and so on behind it where the image has several faces
     * @param image where the pixels come from
     * @param box the face box, empty if the corpus has none
     * @param landmarks the points, empty if all are unknown
     * @param attributes what is known besides; each may be unknown
     * @throws IllegalArgumentException if the id is empty
     */
    public FaceSample {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(image, "image");
        Objects.requireNonNull(box, "box");
        Objects.requireNonNull(landmarks, "landmarks");
        Objects.requireNonNull(attributes, "attributes");
        if (id.isEmpty()) {
            throw new IllegalArgumentException("the id of a sample must not be empty");
        }
    }

    /**
     * {@return an image of which nothing else is known}
     *
     * @param id names the sample; not empty
     * @param image where the pixels come from
     */
    public static FaceSample of(String id, ImageSource image) {
        return new FaceSample(id, image, Optional.empty(), Optional.empty(), FaceAttributes.UNKNOWN);
    }

    /**
     * {@return the name of the photo that the face is in} It is what the source says ({@link ImageSource#photo}); for a
     * source that does not know, the id without a number of the face at its end: "anna" for "anna", "anna#1" and
     * "anna#2".
     */
    public String photo() {
        return image.photo().orElseGet(() -> FACE_NUMBER.matcher(id).replaceFirst(""));
    }

    /**
     * {@return this sample with this box}
     *
     * @param box the face box, in pixels
     */
    public FaceSample withBox(Box box) {
        return new FaceSample(id, image, Optional.of(box), landmarks, attributes);
    }

    /**
     * {@return this sample with these landmarks}
     *
     * @param landmarks the points, in pixels
     */
    public FaceSample withLandmarks(Landmarks landmarks) {
        return new FaceSample(id, image, box, Optional.of(landmarks), attributes);
    }

    /**
     * {@return this sample with these attributes; {@link FaceAttributes#UNKNOWN} takes them away}
     *
     * @param attributes what is known
     */
    public FaceSample withAttributes(FaceAttributes attributes) {
        return new FaceSample(id, image, box, landmarks, attributes);
    }

    /**
     * {@return this sample if it has a box, or else with one from its landmarks: {@link Box#around} the usual five
     * points, and for other schemes {@link Landmarks#bounds}, which is what 300-W and WFLW cut out}
     *
     * @throws IllegalArgumentException if it has neither box nor landmarks, or its points have no extent; the message
     *     names it
     */
    public FaceSample withBoxFromLandmarks() {
        if (box.isPresent()) {
            return this;
        }
        if (landmarks.isEmpty()) {
            throw new IllegalArgumentException("%s: neither a box nor landmarks to make one from".formatted(id));
        }
        try {
            Landmarks points = landmarks.get();
            boolean five = points.scheme().equals(LandmarkScheme.FIVE_POINTS) && points.isComplete();
            return withBox(five ? Box.around(points) : points.bounds());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("%s: %s".formatted(id, e.getMessage()), e);
        }
    }
}
