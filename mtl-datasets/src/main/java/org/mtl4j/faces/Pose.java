package org.mtl4j.faces;

/** Where a face looks, as the viewer sees it: a face that looks to the left of the image has its nose there. */
public enum Pose {
    /** To the left edge of the image, about 60 degrees or more. Class 0; 1 in MTFL files. */
    LEFT_PROFILE,
    /** To the left. Class 1; 2 in MTFL files. */
    LEFT,
    /** To the viewer. Class 2; 3 in MTFL files. */
    FRONTAL,
    /** To the right. Class 3; 4 in MTFL files. */
    RIGHT,
    /** To the right edge of the image, about 60 degrees or more. Class 4; 5 in MTFL files. */
    RIGHT_PROFILE;

    /** {@return the pose of the mirrored face: left and right exchanged, frontal as it is} */
    public Pose mirrored() {
        return switch (this) {
            case LEFT_PROFILE -> RIGHT_PROFILE;
            case LEFT -> RIGHT;
            case FRONTAL -> FRONTAL;
            case RIGHT -> LEFT;
            case RIGHT_PROFILE -> LEFT_PROFILE;
        };
    }
}
