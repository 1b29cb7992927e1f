package org.mtl4j.faces;

import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Lengths of a face, in pixels, by which papers divide the errors of its points: the N of NME. */
public enum PointNormalizer {
    /** Width of the face box (Sun et al., CVPR 2013: a point fails above 5 %). */
    BOX_WIDTH,
    /** Square root of width by height of the face box (Bulat and Tzimiropoulos, ICCV 2017; AFLW's "face size"). */
    BOX_SIZE,
    /** Diagonal of the face box (AFLW, "NME diag", as in Kumar et al., LUVLi, CVPR 2020). */
    BOX_DIAGONAL,
    /**
     * Distance between the centres of the eyes, which are the pupils, or the mean of the points around each eye (Zhang
     * et al., ECCV 2014: a face fails above 10 %; 300-W where "inter-pupil" is said).
     */
    INTER_PUPIL,
    /**
     * Distance between the outer corners of the eyes (300-W, Sagonas et al. 2013; WFLW, Wu et al. 2018: FR at 10 %).
     */
    INTER_OCULAR,
    /**
     * Square root of width by height of the smallest box around the true points: for comparing corpora whose boxes come
     * from different detectors.
     */
    POINTS_SIZE;

    /**
     * {@return the length of a face, finite and above 0; empty if it has none, as one without a box, or whose eyes are
     * unknown or at one place}
     *
     * @param sample a face
     */
    public OptionalDouble of(FaceSample sample) {
        double length =
                switch (this) {
                    case BOX_WIDTH -> sample.box().map(Box::width).orElse(Double.NaN);
                    case BOX_SIZE ->
                        sample.box()
                                .map(box -> Math.sqrt(box.width()) * Math.sqrt(box.height()))
                                .orElse(Double.NaN);
                    case BOX_DIAGONAL ->
                        sample.box()
                                .map(box -> Math.hypot(box.width(), box.height()))
                                .orElse(Double.NaN);
                    case INTER_PUPIL ->
                        sample.landmarks()
                                .map(points -> distance(points.scheme().eyes(points.toArray())))
                                .orElse(Double.NaN);
                    case INTER_OCULAR ->
                        sample.landmarks()
                                .map(points -> distance(points.scheme().outerEyeCorners(points.toArray())))
                                .orElse(Double.NaN);
                    case POINTS_SIZE ->
                        sample.landmarks()
                                .map(Landmarks::edges)
                                .map(edges -> Math.sqrt(edges[2] - edges[0]) * Math.sqrt(edges[3] - edges[1]))
                                .orElse(Double.NaN);
                };
        return length > 0 && length < Double.POSITIVE_INFINITY ? OptionalDouble.of(length) : OptionalDouble.empty();
    }

    /**
     * {@return whether faces with these points have such a length, if the points are known}
     *
     * @param scheme which points
     */
    public boolean appliesTo(LandmarkScheme scheme) {
        return switch (this) {
            case INTER_PUPIL -> scheme.hasEyes();
            case INTER_OCULAR -> scheme.hasOuterEyeCorners();
            default -> true;
        };
    }

    private static double distance(double @Nullable [] ends) {
        return ends == null ? Double.NaN : Math.hypot(ends[0] - ends[2], ends[1] - ends[3]);
    }

    /** {@return what errors are said to be a part of, as "the width of the face box"} */
    public String text() {
        return switch (this) {
            case BOX_WIDTH -> "the box width";
            case BOX_SIZE -> "the box size";
            case BOX_DIAGONAL -> "the box diagonal";
            case INTER_PUPIL -> "the distance between the pupils";
            case INTER_OCULAR -> "the distance between the outer eye corners";
            case POINTS_SIZE -> "the size of the box around the points";
        };
    }
}
