package org.mtl4j.faces;

import java.util.Locale;

/** The five points of a face, in the order of the label columns. Left and right as the viewer sees them. */
public enum LandmarkName {
    /** Centre of the eye on the left of the image. */
    LEFT_EYE,
    /** Centre of the eye on the right of the image. */
    RIGHT_EYE,
    /** Tip of the nose. */
    NOSE,
    /** Corner of the mouth on the left of the image. */
    LEFT_MOUTH_CORNER,
    /** Corner of the mouth on the right of the image. */
    RIGHT_MOUTH_CORNER;

    /** {@return readable name, as "left eye"} */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** {@return the point that lies in this one's place when the face is mirrored: left and right exchanged} */
    public LandmarkName mirrored() {
        return switch (this) {
            case LEFT_EYE -> RIGHT_EYE;
            case RIGHT_EYE -> LEFT_EYE;
            case NOSE -> NOSE;
            case LEFT_MOUTH_CORNER -> RIGHT_MOUTH_CORNER;
            case RIGHT_MOUTH_CORNER -> LEFT_MOUTH_CORNER;
        };
    }
}
