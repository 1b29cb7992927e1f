package org.mtl4j.faces;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableIntArray;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Says which points a corpus marks on a face: their names, in the order of the coordinates; which of them lies in
 * another one's place when the face is mirrored; and, as far as the points say so, where the eyes, the nose and the
 * mouth are. Left and right are those of the image, as the viewer sees them.
 *
 * <pre>{@code
 * LandmarkScheme scheme = LandmarkScheme.of("left pupil", "right pupil", "nose", "chin")
 *         .withEyes(List.of("left pupil"), List.of("right pupil"));
 * }</pre>
 *
 * <p>A point "left …" and the point "right …" of the same rest of name are partners; {@link #withMirrored} makes others
 * so. A point without a partner is its own.
 */
public final class LandmarkScheme implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final String LEFT = "left ";
    private static final String RIGHT = "right ";
    private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl}|]*[^\\p{Cntrl}|\\s][^\\p{Cntrl}|]*");

    /** More points than a face is ever marked with. */
    private static final int MOST_POINTS = 10_000;

    /**
     * Left eye, right eye (their centres), nose (its tip), left and right corner of the mouth: the points of MTFL, of
     * the CUHK lists and of CelebA.
     */
    public static final LandmarkScheme FIVE_POINTS = of(
                    "left eye", "right eye", "nose", "left mouth corner", "right mouth corner")
            .withEyes(List.of("left eye"), List.of("right eye"))
            .withNoseAndMouth("nose", "left mouth corner", "right mouth corner");

    /**
     * The 68 points of 300-W (Sagonas et al., "300 Faces in-the-Wild Challenge", ICCV workshops 2013, figure 1, in the
     * order of Multi-PIE): 17 of the jaw, 5 of each brow, 9 of the nose, 6 of each eye, 12 of the outer and 8 of the
     * inner lips.
     */
    public static final LandmarkScheme IBUG_68 = PointNames.ibug68();

    /**
     * The 98 points of WFLW (Wu et al., "Look at Boundary: A Boundary-Aware Face Alignment Algorithm", CVPR 2018): 33
     * of the jaw, 9 of each brow, 9 of the nose, 8 of each eye, 20 of the lips, and the pupils.
     */
    public static final LandmarkScheme WFLW_98 = PointNames.wflw98();

    /**
     * The 21 points of AFLW (Köstinger et al., "Annotated Facial Landmarks in the Wild", ICCV workshops 2011, figure
     * 2). Those that are not to be seen are not marked there.
     */
    public static final LandmarkScheme AFLW_21 = PointNames.aflw(true);

    /**
     * The 19 points of AFLW without the ears (Zhu et al., "Unconstrained Face Alignment via Cascaded Compositional
     * Learning", CVPR 2016).
     */
    public static final LandmarkScheme AFLW_19 = PointNames.aflw(false);

    private final ImmutableList<String> names;
    private final ImmutableIntArray mirrored;
    private final ImmutableIntArray leftEye;
    private final ImmutableIntArray rightEye;
    /** Tip of the nose, left and right corner of the mouth; empty if they are not known. */
    private final ImmutableIntArray noseAndMouth;
    /** Left and right; empty if they are not known. */
    private final ImmutableIntArray outerEyeCorners;

    private LandmarkScheme(
            ImmutableList<String> names,
            ImmutableIntArray mirrored,
            ImmutableIntArray leftEye,
            ImmutableIntArray rightEye,
            ImmutableIntArray noseAndMouth,
            ImmutableIntArray outerEyeCorners) {
        this.names = names;
        this.mirrored = mirrored;
        this.leftEye = leftEye;
        this.rightEye = rightEye;
        this.noseAndMouth = noseAndMouth;
        this.outerEyeCorners = outerEyeCorners;
    }

    /**
     * {@return points of these names} "left …" and "right …" are partners where both are there.
     *
     * @param names different ones, at least one, in the order of the coordinates; without {@code |} and control
     *     characters
     * @throws IllegalArgumentException if there is none, one is twice, or one cannot be a name
     */
    public static LandmarkScheme of(String... names) {
        return of(List.of(names));
    }

    /**
     * Does what {@link #of(String...)} does.
     *
     * @param names different ones, at least one, in the order of the coordinates
     * @return points of these names
     * @throws IllegalArgumentException if there is none, one is twice, or one cannot be a name
     */
    public static LandmarkScheme of(List<String> names) {
        ImmutableList<String> all = ImmutableList.copyOf(names);
        if (all.isEmpty() || all.size() > MOST_POINTS) {
            throw new IllegalArgumentException("a face has 1 to %d points, got %d".formatted(MOST_POINTS, all.size()));
        }
        for (int i = 0; i < all.size(); i++) {
            String name = all.get(i);
            if (!NAME.matcher(name).matches() || !name.strip().equals(name)) {
                throw new IllegalArgumentException(("point %d: a name has no control characters, no '|' and no blanks"
                                + " around it, and is not empty, got '%s'")
                        .formatted(i + 1, name));
            }
            if (all.indexOf(name) < i) {
                throw new IllegalArgumentException(
                        "points %d and %d are both called '%s'".formatted(all.indexOf(name) + 1, i + 1, name));
            }
        }
        ImmutableIntArray.Builder mirrored = ImmutableIntArray.builder(all.size());
        for (int i = 0; i < all.size(); i++) {
            int partner = all.indexOf(otherSide(all.get(i)));
            mirrored.add(partner < 0 ? i : partner);
        }
        ImmutableIntArray none = ImmutableIntArray.of();
        return new LandmarkScheme(all, mirrored.build(), none, none, none, none);
    }

    private static String otherSide(String name) {
        if (name.startsWith(LEFT)) {
            return RIGHT + name.substring(LEFT.length());
        }
        return name.startsWith(RIGHT) ? LEFT + name.substring(RIGHT.length()) : name;
    }

    /**
     * {@return points "point 1", "point 2" and so on that are their own partners; {@link #withMirrored} pairs them}
     *
     * @param count at least 1
     * @throws IllegalArgumentException if the count is out of range
     */
    public static LandmarkScheme numbered(int count) {
        return of(IntStream.rangeClosed(1, count).mapToObj(i -> "point " + i).toList());
    }

    /**
     * {@return this scheme with two points that change places when a face is mirrored}
     *
     * @param left one of them
     * @param right the other one
     * @throws IllegalArgumentException if there is no such point, or one has another partner already
     */
    public LandmarkScheme withMirrored(String left, String right) {
        int[] partners = mirrored.toArray();
        int[] pair = {index(left), index(right)};
        for (int i = 0; i < 2; i++) {
            int partner = partners[pair[i]];
            if (partner != pair[i] && partner != pair[1 - i]) {
                throw new IllegalArgumentException(
                        "'%s' is the mirror image of '%s' already".formatted(names.get(pair[i]), names.get(partner)));
            }
        }
        partners[pair[0]] = pair[1];
        partners[pair[1]] = pair[0];
        return with(ImmutableIntArray.copyOf(partners), leftEye, rightEye, noseAndMouth, outerEyeCorners);
    }

    /**
     * {@return this scheme with eyes: the centre of each is the mean of these points} With them errors can be measured
     * by the distance between the pupils, {@link PointNormalizer#INTER_PUPIL}.
     *
     * @param left names of points around or in the eye on the left of the image, at least one
     * @param right names of the points of the other eye
     * @throws IllegalArgumentException if there is no such point, or none is given
     */
    public LandmarkScheme withEyes(List<String> left, List<String> right) {
        if (left.isEmpty() || right.isEmpty()) {
            throw new IllegalArgumentException(
                    "an eye is the mean of at least one point, got %s and %s".formatted(left, right));
        }
        return with(mirrored, indices(left), indices(right), noseAndMouth, outerEyeCorners);
    }

    /**
     * {@return this scheme with outer corners of the eyes, those away from the nose} With them errors can be measured
     * by {@link PointNormalizer#INTER_OCULAR}.
     *
     * @param left that on the left of the image
     * @param right that on the right of the image
     * @throws IllegalArgumentException if there is no such point
     */
    public LandmarkScheme withOuterEyeCorners(String left, String right) {
        return with(mirrored, leftEye, rightEye, noseAndMouth, indices(List.of(left, right)));
    }

    /**
     * {@return this scheme with a tip of the nose and corners of the mouth} With them and eyes the usual five points
     * are known: {@link Landmarks#fivePoints}, and boxes and points can be looked at for sense ({@link GeometryCheck}).
     *
     * @param nose its tip
     * @param leftMouthCorner that on the left of the image
     * @param rightMouthCorner that on the right of the image
     * @throws IllegalArgumentException if there is no such point
     */
    public LandmarkScheme withNoseAndMouth(String nose, String leftMouthCorner, String rightMouthCorner) {
        ImmutableIntArray points = indices(List.of(nose, leftMouthCorner, rightMouthCorner));
        return with(mirrored, leftEye, rightEye, points, outerEyeCorners);
    }

    private LandmarkScheme with(
            ImmutableIntArray partners,
            ImmutableIntArray left,
            ImmutableIntArray right,
            ImmutableIntArray middle,
            ImmutableIntArray corners) {
        return new LandmarkScheme(names, partners, left, right, middle, corners);
    }

    private ImmutableIntArray indices(List<String> points) {
        return ImmutableIntArray.copyOf(points.stream().mapToInt(this::index).toArray());
    }

    /** {@return the names of the points, in the order of the coordinates} */
    public List<String> names() {
        return names;
    }

    /** {@return the number of points} */
    public int size() {
        return names.size();
    }

    /**
     * {@return the place of the point of this name, from 0}
     *
     * @param name of a point
     * @throws IllegalArgumentException if there is none; the message lists the names
     */
    public int index(String name) {
        int index = names.indexOf(name);
        if (index < 0) {
            throw new IllegalArgumentException("there is no point '%s' among %s".formatted(name, names));
        }
        return index;
    }

    /**
     * {@return the point that lies in this one's place when the face is mirrored}
     *
     * @param point from 0
     */
    public int mirrored(int point) {
        return mirrored.get(point);
    }

    /** {@return whether the points say where the eyes are} */
    public boolean hasEyes() {
        return !leftEye.isEmpty();
    }

    /** {@return whether the points say where the outer corners of the eyes are} */
    public boolean hasOuterEyeCorners() {
        return !outerEyeCorners.isEmpty();
    }

    /** {@return whether the usual five points can be had from these} */
    public boolean hasFivePoints() {
        return hasEyes() && !noseAndMouth.isEmpty();
    }

    /**
     * Computes the centres of the eyes.
     *
     * @param xy of all points; NaN where one is unknown
     * @return x and y of the left and of the right eye; null if a point of them is unknown, or the scheme has none
     */
    double @Nullable [] eyes(double[] xy) {
        double[] eyes = new double[4];
        return hasEyes() && mean(xy, leftEye, eyes, 0) && mean(xy, rightEye, eyes, 2) ? eyes : null;
    }

    /** {@return x and y of the left and of the right outer corner of the eyes; null if one is not known} */
    double @Nullable [] outerEyeCorners(double[] xy) {
        double[] corners = new double[4];
        for (int i = 0; i < outerEyeCorners.length(); i++) {
            corners[2 * i] = xy[2 * outerEyeCorners.get(i)];
            corners[2 * i + 1] = xy[2 * outerEyeCorners.get(i) + 1];
        }
        return hasOuterEyeCorners() && isKnown(corners) ? corners : null;
    }

    /** {@return x1, y1, … x5, y5 of the usual five points; null if one of them is not known} */
    double @Nullable [] fivePoints(double[] xy) {
        double[] eyes = hasFivePoints() ? eyes(xy) : null;
        if (eyes == null) {
            return null;
        }
        double[] five = new double[10];
        System.arraycopy(eyes, 0, five, 0, eyes.length);
        for (int i = 0; i < noseAndMouth.length(); i++) {
            five[4 + 2 * i] = xy[2 * noseAndMouth.get(i)];
            five[5 + 2 * i] = xy[2 * noseAndMouth.get(i) + 1];
        }
        return isKnown(five) ? five : null;
    }

    /** Writes the mean of some points; says whether all of them are known. */
    private static boolean mean(double[] xy, ImmutableIntArray points, double[] to, int at) {
        double x = 0;
        double y = 0;
        for (int i = 0; i < points.length(); i++) {
            x += xy[2 * points.get(i)];
            y += xy[2 * points.get(i) + 1];
        }
        to[at] = x / points.length();
        to[at + 1] = y / points.length();
        return !Double.isNaN(to[at]) && !Double.isNaN(to[at + 1]);
    }

    private static boolean isKnown(double[] xy) {
        for (double coordinate : xy) {
            if (Double.isNaN(coordinate)) {
                return false;
            }
        }
        return true;
    }

    /** {@return one line that {@link #parse} makes an equal scheme of} */
    String toText() {
        return String.join("|", names)
                + "\n" + text(mirrored)
                + "\n" + text(leftEye)
                + "\n" + text(rightEye)
                + "\n" + text(noseAndMouth)
                + "\n" + text(outerEyeCorners);
    }

    private static String text(ImmutableIntArray numbers) {
        return String.join(" ", numbers.stream().mapToObj(Integer::toString).toList());
    }

    /**
     * Reads what {@link #toText} has written.
     *
     * @throws IllegalArgumentException if it has not
     */
    static LandmarkScheme parse(String text) {
        String[] lines = text.split("\n", -1);
        if (lines.length != 6) {
            throw new IllegalArgumentException("points are stored in 6 lines, got %d".formatted(lines.length));
        }
        LandmarkScheme names = of(List.of(lines[0].split("\\|", -1)));
        List<ImmutableIntArray> numbers = new ArrayList<>();
        for (int i = 1; i < lines.length; i++) {
            ImmutableIntArray.Builder line = ImmutableIntArray.builder();
            for (String number : lines[i].isEmpty() ? new String[0] : lines[i].split(" ", -1)) {
                line.add(Objects.checkIndex(parsed(number), names.size()));
            }
            numbers.add(line.build());
        }
        ImmutableIntArray partners = numbers.get(0);
        boolean paired = partners.length() == names.size()
                && IntStream.range(0, names.size()).allMatch(i -> partners.get(partners.get(i)) == i);
        boolean complete = numbers.get(1).isEmpty() == numbers.get(2).isEmpty()
                && ImmutableSet.of(0, 3).contains(numbers.get(3).length())
                && ImmutableSet.of(0, 2).contains(numbers.get(4).length());
        if (!paired || !complete) {
            throw new IllegalArgumentException("no points that were stored: " + text);
        }
        return names.with(partners, numbers.get(1), numbers.get(2), numbers.get(3), numbers.get(4));
    }

    private static int parsed(String number) {
        try {
            return Integer.parseInt(number);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'%s' is no number of a point".formatted(number), e);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || other instanceof LandmarkScheme scheme
                        && names.equals(scheme.names)
                        && mirrored.equals(scheme.mirrored)
                        && leftEye.equals(scheme.leftEye)
                        && rightEye.equals(scheme.rightEye)
                        && noseAndMouth.equals(scheme.noseAndMouth)
                        && outerEyeCorners.equals(scheme.outerEyeCorners);
    }

    @Override
    public int hashCode() {
        return names.hashCode();
    }

    /** {@return number and names of the points} */
    @Override
    public String toString() {
        return "%s points %s".formatted(size(), names);
    }

    /** {@return what two schemes differ in, in words; empty if they are equal} */
    Optional<String> difference(LandmarkScheme other) {
        if (equals(other)) {
            return Optional.empty();
        }
        if (size() != other.size()) {
            return Optional.of("%s points and %s".formatted(size(), other.size()));
        }
        for (int i = 0; i < size(); i++) {
            if (!names.get(i).equals(other.names.get(i))) {
                return Optional.of("point %s is '%s' and '%s'".formatted(i + 1, names.get(i), other.names.get(i)));
            }
        }
        return Optional.of("points of the same names with other partners, eyes, noses or mouths");
    }
}
