package org.mtl4j.faces.internal;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds what is wrong with the points and boxes of many faces as a whole. One face may be anything: turned away, lying,
 * badly labelled. That most of them are no faces, or outside of their boxes, has a reason, and is named with numbers.
 *
 * <p>What is asked of a face is asked of heads, not learned from a corpus: see {@link FaceShape}, {@link BoxPairing}
 * and the constants here.
 */
public final class FaceGeometry {

    /** With fewer faces nothing is refused: a few may all be odd. */
    private static final int LEAST_REFUSED = 10;

    /** With fewer odd faces nothing is said. */
    private static final int LEAST_NOTED = 3;

    /** The share of odd faces that is worth a word: labels of photographs are wrong in one of a hundred. */
    private static final double NOTED = 0.05;

    /** The share of odd faces that a reason must explain to be named. */
    private static final double EXPLAINED = 0.8;

    /** Points within this radius, in pixels, are no face that can be seen: its box would have 5 pixels. */
    private static final double LEAST_RADIUS = 1.5;

    /** How far outside of its box a point may be, as part of the box: boxes of detectors cut chins off. */
    private static final double NEAR_BOX = 0.1;

    /** A face is in its box if most of its points are. */
    private static final int MOST_POINTS = 3;

    /** Width of a box over the radius of the points in it, at most: beyond it another reading is not believed. */
    private static final double WIDEST = 12;

    /** Per cent, with some points beyond the edges. */
    private static final double LEAST_PERCENT = -10;

    private static final double MOST_PERCENT = 110;

    /** Images at least so large, in pixels, are not full where per cent end. */
    private static final double LEAST_IMAGE = 1.6 * MOST_PERCENT;

    /** Points in per cent of the box move less, by this factor, than the boxes around them. */
    private static final double LESS_SPREAD = 0.6;

    /** A list is looked at in so many parts, too. */
    private static final int PARTS = 10;

    /** With fewer images nothing is said about per cent of them. */
    private static final int LEAST_IMAGES = 20;

    /** The share of faces that must look like per cent, all but a few. */
    private static final double ALMOST_ALL = 0.95;

    private final List<Finding> findings;

    private FaceGeometry(List<Finding> findings) {
        this.findings = findings;
    }

    /**
     * One thing that is wrong.
     *
     * @param beyondDoubt whether it is so with most faces
     * @param text how many of how many faces, what is suspected and what is expected
     */
    public record Finding(boolean beyondDoubt, String text) {}

    /** {@return everything that was found; empty if nothing is odd} */
    public List<Finding> findings() {
        return findings;
    }

    /** {@return what is beyond doubt, as one text; empty if nothing is} */
    public Optional<String> refusal() {
        List<String> certain = findings.stream()
                .filter(Finding::beyondDoubt)
                .map(Finding::text)
                .toList();
        return certain.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", certain));
    }

    /** {@return the order of points and boxes that is expected} */
    public static Builder expecting(PointOrder points, BoxOrder box) {
        return new Builder(points, box);
    }

    /** Collects faces, in the order in which they are listed. Not thread-safe. */
    public static final class Builder {

        private final PointOrder pointOrder;
        private final BoxOrder boxOrder;
        private final List<Face> faces = new ArrayList<>();

        private Builder(PointOrder pointOrder, BoxOrder boxOrder) {
            this.pointOrder = pointOrder;
            this.boxOrder = boxOrder;
        }

        /**
         * Adds a face.
         *
         * @param xy x1, y1, … x5, y5, as they were understood
         * @param box four numbers in the order that is expected, which may be no box; null for a face without one
         */
        public void add(double[] xy, double @Nullable [] box) {
            add(xy, box, 0, 0);
        }

        /**
         * Adds a face.
         *
         * @param xy x1, y1, … x5, y5, as they were understood
         * @param box four numbers in the order that is expected, which may be no box; null for a face without one
         * @param width of the image, 0 if it is not known
         * @param height of the image, 0 if it is not known
         */
        public void add(double[] xy, double @Nullable [] box, int width, int height) {
            faces.add(new Face(xy, FaceShape.of(xy), box, width, height));
        }

        /** {@return what is wrong with these faces} */
        public FaceGeometry look() {
            List<Finding> findings = new ArrayList<>();
            if (!findTiny(findings)) {
                boolean points = findShapes(findings);
                points |= findPercentOfImages(findings);
                boolean boxes = findBoxes(findings, points);
                if (!points && !boxes && !findPercentOfBoxes(findings)) {
                    findShifted(findings);
                }
            }
            return new FaceGeometry(List.copyOf(findings));
        }

        private boolean findTiny(List<Finding> findings) {
            List<Face> tiny = matching(faces, face -> face.shape.radius() < LEAST_RADIUS);
            long fractions = count(tiny, face -> range(face.xy) <= 1.5);
            return find(
                    findings,
                    tiny.size(),
                    faces.size(),
                    String.format(
                            Locale.ROOT,
                            "have points that all lie within %.0f pixels%s; points are expected in pixels of the image",
                            2 * LEAST_RADIUS,
                            fractions >= EXPLAINED * tiny.size() ? ", as fractions from 0 to 1 do" : ""));
        }

        private boolean findShapes(List<Finding> findings) {
            Map<PointRepair, Integer> explained = new EnumMap<>(PointRepair.class);
            List<Face> odd = new ArrayList<>();
            int lying = 0;
            for (Face face : faces) {
                if (face.shape.residual() > FaceShape.MUCH_BETTER) {
                    boolean better = false;
                    for (PointRepair repair : PointRepair.values()) {
                        if (FaceShape.of(repair.undo(face.xy)).explains(face.shape)) {
                            explained.merge(repair, 1, Integer::sum);
                            better |= face.shape.residual() > FaceShape.FACE;
                        }
                    }
                    if (better || face.shape.residual() > FaceShape.NO_FACE) {
                        odd.add(face);
                    }
                } else if (!face.shape.isUpright()) {
                    lying++;
                }
            }
            Optional<Map.Entry<PointRepair, Integer>> best = explained.entrySet().stream()
                    .max(Map.Entry.comparingByValue())
                    .filter(entry -> entry.getValue() >= EXPLAINED * odd.size());
            String reason = best.map(entry -> ", but %s %s of them are"
                            .formatted(entry.getKey().text(), Math.min(entry.getValue(), odd.size())))
                    .orElse("");
            boolean found = find(
                    findings,
                    odd.size(),
                    faces.size(),
                    ("have points that are no face from any side%s; expected are left eye, right eye, nose, left and"
                                    + " right corner of the mouth as the viewer sees them, in the order %s")
                            .formatted(reason, pointOrder.text()));
            if (isNoted(lying, faces.size()) && isMajority(lying, faces.size())) {
                findings.add(new Finding(
                        false,
                        "%s of %s faces lie on their side or on their head: were photos turned and their points not?"
                                .formatted(lying, faces.size())));
            }
            return found;
        }

        private boolean findBoxes(List<Finding> findings, boolean pointsAreOdd) {
            List<Face> boxed = matching(faces, face -> face.box != null);
            List<Face> outside = matching(boxed, face -> !isInside(face.xy, boxOrder.edges(face.box())));
            Map<BoxOrder, Long> readings = new EnumMap<>(BoxOrder.class);
            for (BoxOrder order : BoxOrder.values()) {
                readings.put(order, count(outside, face -> isPlausible(face, order.edges(face.box()))));
            }
            long percent = count(outside, face -> isPercent(face.xy));
            Map.Entry<BoxOrder, Long> best = readings.entrySet().stream()
                    .max(Map.Entry.comparingByValue())
                    .orElseThrow();
            long fitting = best.getValue();
            String reason = "";
            if (fitting >= EXPLAINED * outside.size()) {
                reason = ", but read as %s the numbers of %s of them are boxes around the points"
                        .formatted(best.getKey().text(), fitting);
            } else if (!pointsAreOdd && percent >= EXPLAINED * outside.size()) {
                reason = ", and those of %s are all between 0 and 100, as per cent are".formatted(percent);
            }
            if (pointsAreOdd && reason.isEmpty()) {
                return false; // one cause, said already
            }
            return find(
                    findings,
                    outside.size(),
                    boxed.size(),
                    "have most of their points outside of their box%s; expected are boxes as %s, and points, in pixels"
                            .formatted(reason, boxOrder.text()));
        }

        private boolean findPercentOfImages(List<Finding> findings) {
            List<Face> seen = matching(faces, face -> face.width > 0);
            List<Face> large = matching(seen, face -> Math.min(face.width, face.height) >= LEAST_IMAGE);
            List<Face> small = matching(large, face -> isPercent(face.xy));
            double x = median(small, face -> face.shape.x());
            double y = median(small, face -> face.shape.y());
            boolean centred = Math.min(x, y) > 25 && Math.max(x, y) < 75;
            if (seen.size() < LEAST_IMAGES || small.size() < ALMOST_ALL * seen.size() || !centred) {
                return false;
            }
            findings.add(new Finding(
                    true,
                    String.format(
                            Locale.ROOT,
                            "%d of %d faces have all their points between 0 and 100, as per cent are, and images of at"
                                    + " least %.0f pixels a side; points are expected in pixels of the image",
                            small.size(),
                            seen.size(),
                            LEAST_IMAGE)));
            return true;
        }

        /**
         * Finds points in per cent of their boxes that happen to lie in them: they are always about 50 and do not move
         * with the boxes. Aligned faces with boxes that jump do the same, so this is never beyond doubt.
         */
        private boolean findPercentOfBoxes(List<Finding> findings) {
            List<Face> boxed = matching(faces, face -> face.box != null);
            List<Face> percent = matching(boxed, face -> isPercent(face.xy));
            if (boxed.size() < LEAST_REFUSED || percent.size() < ALMOST_ALL * boxed.size()) {
                return false;
            }
            double inBoxes = spread(percent, face -> {
                double[] edges = boxOrder.edges(face.box());
                return (face.shape.x() - (edges[0] + edges[2]) / 2) / (edges[2] - edges[0]);
            });
            double inPercent = spread(percent, face -> face.shape.x() / 100);
            double middle = median(percent, face -> face.shape.x());
            if (!(inPercent < LESS_SPREAD * inBoxes && Math.abs(middle - 50) < 10)) {
                return false;
            }
            add(
                    findings,
                    false,
                    "%d of %d faces have points between 0 and 100 that do not move with their boxes: are they"
                            + " in per cent of the boxes? Points are expected in pixels of the image",
                    percent.size(),
                    boxed.size());
            return true;
        }

        private void findShifted(List<Finding> findings) {
            List<Face> boxed = matching(
                    faces, face -> face.box != null && isBox(boxOrder.edges(face.box())) && face.shape.radius() > 0);
            if (boxed.size() < BoxPairing.LEAST_ROWS) {
                return;
            }
            BoxPairing pairing = pairing(boxed);
            String where = String.format(
                    Locale.ROOT,
                    "of %d faces with boxes, place and size of the points go with the boxes %d %s (correlation %.2f",
                    pairing.rows(),
                    Math.abs(pairing.best()),
                    pairing.best() > 0 ? "further down" : "further up",
                    pairing.other());
            if (pairing.isShifted()) {
                add(
                        findings,
                        true,
                        "%s), not with their own (%.2f): boxes are shifted against their lines",
                        where,
                        pairing.own());
            } else if (pairing.isCrossed()) {
                add(
                        findings,
                        true,
                        "of %d faces with boxes, x of the points goes with y of the boxes (correlation %.2f),"
                                + " not with x (%.2f); expected are boxes as %s",
                        pairing.rows(),
                        pairing.crossed(),
                        pairing.straight(),
                        boxOrder.text());
            } else if (pairing.isPartlyShifted()) {
                add(
                        findings,
                        false,
                        "%s) more than with those as far away the other way (%.2f): some boxes seem to be"
                                + " shifted against their lines",
                        where,
                        pairing.opposite());
            } else if (pairing.isUnrelated()) {
                add(
                        findings,
                        false,
                        "the boxes of %d faces do not go with place and size of their points (correlation"
                                + " %.2f): boxes of other faces?",
                        pairing.rows(),
                        pairing.own());
            } else if (!findShiftedParts(findings, boxed)) {
                int[] better = BoxPairing.better(shapes(boxed), edges(boxed));
                if (BoxPairing.isBeyondChance(better, boxed.size())) {
                    add(
                            findings,
                            false,
                            "of %d faces with boxes, %d have points that go better with the box %d further"
                                    + " %s than with their own, and %d with the one as far the other way: some boxes"
                                    + " seem to be shifted against their lines",
                            boxed.size(),
                            better[0],
                            Math.abs(better[2]),
                            better[2] > 0 ? "down" : "up",
                            better[1]);
                }
            }
        }

        /** Looks for a part of the list that has lost its boxes, as behind a line that one file lacks. */
        private boolean findShiftedParts(List<Finding> findings, List<Face> boxed) {
            int length = Math.max(BoxPairing.LEAST_ROWS, boxed.size() / PARTS);
            int shifted = 0;
            int first = -1;
            for (int from = 0; from + length <= boxed.size(); from += length) {
                List<Face> part = boxed.subList(from, from + length);
                if (pairing(part).isShifted()) {
                    shifted++;
                    first = first < 0 ? from : first;
                }
            }
            if (shifted > 0) {
                add(
                        findings,
                        false,
                        "of %d faces with boxes, some %d, from the %d. on, have points that go with the boxes"
                                + " before or behind, not with their own: boxes are shifted against their lines there",
                        boxed.size(),
                        shifted * length,
                        first + 1);
            }
            return shifted > 0;
        }

        private static List<FaceShape> shapes(List<Face> faces) {
            return faces.stream().map(face -> face.shape).toList();
        }

        private List<double[]> edges(List<Face> faces) {
            return faces.stream().map(face -> boxOrder.edges(face.box())).toList();
        }

        private BoxPairing pairing(List<Face> boxed) {
            return BoxPairing.of(shapes(boxed), edges(boxed));
        }

        private static void add(List<Finding> findings, boolean beyondDoubt, String text, Object... arguments) {
            findings.add(new Finding(beyondDoubt, String.format(Locale.ROOT, text, arguments)));
        }

        private static boolean find(List<Finding> findings, int odd, int all, String what) {
            if (!isNoted(odd, all)) {
                return false;
            }
            findings.add(new Finding(isMajority(odd, all), "%s of %s faces %s".formatted(odd, all, what)));
            return true;
        }
    }

    /** {@return whether most faces are odd: more than half, by two standard deviations of a toss of coins} */
    private static boolean isMajority(int odd, int all) {
        return all >= LEAST_REFUSED && odd >= all / 2.0 + Math.sqrt(all);
    }

    private static boolean isNoted(int odd, int all) {
        return odd >= LEAST_NOTED && odd >= NOTED * all;
    }

    private record Face(double[] xy, FaceShape shape, double @Nullable [] box, int width, int height) {
        @Override
        public double[] box() {
            return Objects.requireNonNull(box);
        }
    }

    private static List<Face> matching(List<Face> faces, Predicate<Face> condition) {
        return faces.stream().filter(condition).collect(Collectors.toList());
    }

    private static long count(List<Face> faces, Predicate<Face> condition) {
        return faces.stream().filter(condition).count();
    }

    private static double median(List<Face> faces, ToDoubleFunction<Face> value) {
        double[] sorted = faces.stream().mapToDouble(value).sorted().toArray();
        return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
    }

    /** {@return the median distance to the median} */
    private static double spread(List<Face> faces, ToDoubleFunction<Face> value) {
        double median = median(faces, value);
        return median(faces, face -> Math.abs(value.applyAsDouble(face) - median));
    }

    private static double range(double[] xy) {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (double value : xy) {
            least = Math.min(least, value);
            most = Math.max(most, value);
        }
        return most - least;
    }

    private static boolean isPercent(double[] xy) {
        for (double value : xy) {
            if (!(value >= LEAST_PERCENT && value <= MOST_PERCENT)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isBox(double[] edges) {
        return edges[0] < edges[2] && edges[1] < edges[3];
    }

    private static boolean isInside(double[] xy, double[] edges) {
        if (!isBox(edges)) {
            return false;
        }
        double dx = NEAR_BOX * (edges[2] - edges[0]);
        double dy = NEAR_BOX * (edges[3] - edges[1]);
        int inside = 0;
        for (int i = 0; i < xy.length; i += 2) {
            inside += xy[i] >= edges[0] - dx
                            && xy[i] <= edges[2] + dx
                            && xy[i + 1] >= edges[1] - dy
                            && xy[i + 1] <= edges[3] + dy
                    ? 1
                    : 0;
        }
        return inside >= MOST_POINTS;
    }

    private static boolean isPlausible(Face face, double[] edges) {
        return isInside(face.xy, edges) && edges[2] - edges[0] < WIDEST * face.shape.radius();
    }
}
