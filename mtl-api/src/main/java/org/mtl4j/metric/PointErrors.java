package org.mtl4j.metric;

import com.google.common.primitives.Doubles;
import com.google.common.primitives.ImmutableDoubleArray;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.check.Check;
import org.mtl4j.internal.sum.ExactSum;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Errors of predicted points, one per point and image, with the mean errors and failure rates that follow from them.
 *
 * <p>The error of a point is the Euclidean distance between prediction and truth, divided by the normaliser of that
 * image, in the unit of the points: the width of the face box (Sun et al. 2013), the distance between the eyes (Zhang
 * et al. 2014), or whatever the caller chooses. It is a fraction: 0.05 is 5 %. A point <em>fails</em> if its error is
 * strictly greater than the threshold, compared in double.
 *
 * <p>"Failure rate" has two meanings in the literature, and they give different numbers: {@link #failureRate()} counts
 * points (Sun et al.: error above 5 % of the box width); {@link #imageFailureRate()} counts images whose <em>mean</em>
 * error over the points is above the threshold (Zhang et al.: 10 % of the eye distance).
 *
 * <p>Papers mostly give means over <em>images</em>, each the mean error of its points: {@link #normalizedMeanError()}
 * (NME), {@link #imageFailureRate()} (FR), {@link #imageShareWithin} (the cumulative error distribution, CED) and
 * {@link #areaWithin} (the area under it, AUC). Where a point of an image is unknown, its error is NaN and left out; an
 * image has at least one known point.
 *
 * @param points points per image, at least 1
 * @param threshold error above which a point or image fails; at least 0, not NaN
 * @param errors the errors, image by image, {@code points} each; at least 0, possibly infinite, or NaN where the point
 *     is unknown
 */
public record PointErrors(int points, double threshold, List<Double> errors) implements Serializable {

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException if a value is out of its range, or the errors do not fill whole images
     */
    public PointErrors {
        errors = ImmutableDoubleArray.copyOf(errors).asList();
        Check.atLeast(1, points, "PointErrors: points");
        Check.atLeast(0.0, threshold, "PointErrors: threshold");
        if (errors.size() % points != 0) {
            throw new IllegalArgumentException(
                    "%d errors are no whole number of images of %d points".formatted(errors.size(), points));
        }
        for (int i = 0; i < errors.size(); i++) {
            if (errors.get(i) < 0) {
                throw new IllegalArgumentException("image %d, point %d: an error is at least 0, got %s"
                        .formatted(i / points, i % points, errors.get(i)));
            }
            if (i % points == 0 && errors.subList(i, i + points).stream().allMatch(error -> error.isNaN())) {
                throw new IllegalArgumentException("image %d: the error of no point is known".formatted(i / points));
            }
        }
    }

    /** {@return an empty accumulator for images of {@code points} points each, at least 1} */
    public static Accumulator accumulator(int points, double threshold) {
        return new Accumulator(points, threshold);
    }

    /**
     * {@return the errors of one batch}
     *
     * @param truth {@code [images, points, 2]} or interleaved {@code [images, 2 * points]} x1, y1, x2, y2, …
     * @param prediction as {@code truth}; may have the other of the two shapes
     * @param normaliser one per image, finite and above 0
     * @param threshold error above which a point fails
     * @throws IllegalArgumentException as {@link Accumulator#add(INDArray, INDArray, double[], INDArray)}
     */
    public static PointErrors of(INDArray truth, INDArray prediction, double[] normaliser, double threshold) {
        int points = Math.toIntExact(truth.rank() == 3 ? truth.size(1) : truth.size(truth.rank() - 1) / 2);
        return accumulator(points, threshold)
                .add(truth, prediction, normaliser, null)
                .result();
    }

    /** {@return the number of images} */
    public int images() {
        return errors.size() / points;
    }

    /** {@return the error of one point of one image; NaN if the point is unknown there} */
    public double error(int image, int point) {
        Objects.checkIndex(image, images());
        Objects.checkIndex(point, points);
        return errors.get(image * points + point);
    }

    /** {@return all errors, {@code [images][points]}; a copy} */
    public double[][] toArray() {
        double[][] rows = new double[images()][];
        for (int image = 0; image < rows.length; image++) {
            rows[image] = Doubles.toArray(errors.subList(image * points, (image + 1) * points));
        }
        return rows;
    }

    /** {@return the mean error of a point over the images in which it is known; NaN if there are none} */
    public double meanError(int point) {
        return mean(known(point));
    }

    /** {@return the mean error over all known points of all images; NaN if there are no images} */
    public double meanError() {
        return mean(known(errors));
    }

    /** {@return the share of images with this point in which it fails, 0 to 1; NaN if there are none} */
    public double failureRate(int point) {
        return shareAbove(known(point), threshold);
    }

    /** {@return the share of known points that fail, over all images, 0 to 1; NaN if there are no images} */
    public double failureRate() {
        return shareAbove(known(errors), threshold);
    }

    /** {@return the number of images in which a point is known} */
    public int count(int point) {
        return known(point).length;
    }

    /** {@return the mean error over the known points of one image} */
    public double imageError(int image) {
        Objects.checkIndex(image, images());
        return mean(known(errors.subList(image * points, (image + 1) * points)));
    }

    /**
     * {@return the normalised mean error (NME) as papers report it: the mean over images of {@link #imageError}; NaN if
     * there are no images} Equal to {@link #meanError()} up to rounding where all points are known.
     */
    public double normalizedMeanError() {
        return mean(imageErrors());
    }

    private double[] imageErrors() {
        return IntStream.range(0, images()).mapToDouble(this::imageError).toArray();
    }

    private double[] known(int point) {
        Objects.checkIndex(point, points);
        return IntStream.range(0, images())
                .mapToDouble(image -> error(image, point))
                .filter(error -> !Double.isNaN(error))
                .toArray();
    }

    private static double[] known(List<Double> errors) {
        return errors.stream()
                .mapToDouble(Double::doubleValue)
                .filter(error -> !Double.isNaN(error))
                .toArray();
    }

    private static double mean(double[] errors) {
        return ExactSum.of(errors) / errors.length;
    }

    private static double shareAbove(double[] errors, double limit) {
        return (double) Arrays.stream(errors).filter(error -> error > limit).count() / errors.length;
    }

    /**
     * {@return the share of images whose mean error over the points is above the threshold, 0 to 1; NaN if there are no
     * images}
     */
    public double imageFailureRate() {
        return shareAbove(imageErrors(), threshold);
    }

    /**
     * {@return the cumulative error distribution over all known points: share of points with an error of at most
     * {@code error}} At the threshold it is {@code 1 - failureRate()}. NaN if there are no images.
     */
    public double shareWithin(double error) {
        return shareUpTo(known(errors), error);
    }

    /**
     * {@return the cumulative error distribution over images, as papers draw it: share of images whose mean error over
     * the points is at most {@code error}} At the threshold it is {@code 1 - imageFailureRate()}. NaN if there are no
     * images.
     */
    public double imageShareWithin(double error) {
        return shareUpTo(imageErrors(), error);
    }

    private static double shareUpTo(double[] errors, double limit) {
        return (double) Arrays.stream(errors).filter(error -> error <= limit).count() / errors.length;
    }

    /**
     * {@return the area under the cumulative error distribution over images from 0 to a limit, divided by the limit
     * (AUC), 0 to 1; NaN if there are no images} It is 1 if all errors are 0, and 0 if none is below the limit. Used
     * with a limit of 0.08 or 0.1 of the distance between the eyes for 300-W and WFLW (Trigeorgis et al., "Mnemonic
     * Descent Method", CVPR 2016; Wu et al., "Look at Boundary", CVPR 2018), and of 0.07 of the size of the box (Bulat
     * and Tzimiropoulos, ICCV 2017). The distribution is a step function, so that the area is the mean over images of
     * {@code max(0, 1 - error / limit)}, exactly; papers that add up trapezia over a grid of errors differ from it by
     * less than a step of their grid over the limit.
     *
     * @param limit finite and above 0, in the unit of the errors
     * @throws IllegalArgumentException if the limit is out of range
     */
    public double areaWithin(double limit) {
        Check.finiteAboveZero(limit, "PointErrors: limit");
        return mean(Arrays.stream(imageErrors())
                .map(error -> Math.max(0, 1 - error / limit))
                .toArray());
    }

    /** {@return the same errors judged by another threshold} */
    public PointErrors withThreshold(double threshold) {
        return new PointErrors(points, threshold, errors);
    }

    /** Says the image and per-point figures in one line, errors and rates in percent. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "PointErrors[%d images, %d points, mean error %.2f %%, failures (> %.4g %%) %.2f %% of"
                        + " points, %.2f %% of images]",
                images(),
                points,
                100 * meanError(),
                100 * threshold,
                100 * failureRate(),
                100 * imageFailureRate());
    }

    /** Collects the errors of batches. Not thread-safe. */
    public static final class Accumulator implements Serializable {
        private static final long serialVersionUID = 1L;

        private final int points;
        private final double threshold;
        private final transient ImmutableDoubleArray.Builder errors = ImmutableDoubleArray.builder();

        private Accumulator(int points, double threshold) {
            this.points = Check.atLeast(1, points, "PointErrors: points");
            this.threshold = Check.atLeast(0.0, threshold, "PointErrors: threshold");
        }

        /**
         * Adds one image.
         *
         * @param truth interleaved x1, y1, x2, y2, …, finite
         * @param prediction as {@code truth}; where a coordinate is NaN or infinite, the error is infinite
         * @param normaliser finite and above 0, in the unit of the points
         * @return this
         * @throws IllegalArgumentException if a length is not {@code 2 * points}, or truth or normaliser out of range
         */
        public Accumulator add(double[] truth, double[] prediction, double normaliser) {
            return add(new double[][] {truth}, new double[][] {prediction}, new double[] {normaliser});
        }

        /**
         * Adds one image, of which some points are unknown.
         *
         * @param truth interleaved x1, y1, x2, y2, …, finite where known; anything elsewhere
         * @param prediction as {@code truth}; where a coordinate is NaN or infinite, the error is infinite
         * @param normaliser finite and above 0, in the unit of the points
         * @param known which points are known, one for each; the others are left out
         * @return this
         * @throws IllegalArgumentException if a length does not fit, no point is known, or truth or normaliser are out
         *     of range
         */
        public Accumulator add(double[] truth, double[] prediction, double normaliser, boolean[] known) {
            if (known.length != points) {
                throw new IllegalArgumentException(
                        "%d points, but %d that are known or not".formatted(points, known.length));
            }
            boolean[] present = new boolean[2 * points];
            for (int i = 0; i < present.length; i++) {
                present[i] = known[i / 2];
            }
            if (!anyPoint(present, 0)) {
                throw new IllegalArgumentException("image 0: no point is known");
            }
            return add(new double[][] {truth}, new double[][] {prediction}, new double[] {normaliser}, present);
        }

        /** Adds images, each as by {@link #add(double[], double[], double)}. If it throws, nothing has been added. */
        public Accumulator add(double[][] truth, double[][] prediction, double[] normaliser) {
            boolean[] all = new boolean[2 * points * truth.length];
            Arrays.fill(all, true);
            return add(truth, prediction, normaliser, all);
        }

        /**
         * Adds a batch.
         *
         * @param truth {@code [images, points, 2]} or interleaved {@code [images, 2 * points]} x1, y1, x2, y2, …;
         *     finite where present
         * @param prediction as {@code truth}, may have the other of the two shapes; where a coordinate is NaN or
         *     infinite, the error is infinite
         * @param normaliser one per image, finite and above 0 where the image's points are present
         * @param mask {@code [images, 1]}, 0 where the points of an image are unknown and it is left out; or
         *     {@code [images, 2 * points]}, where a point is left out if one of its coordinates has a 0, and an image
         *     if all its points are; null for none
         * @return this
         * @throws IllegalArgumentException if shapes or counts do not fit, or truth or normaliser are out of range; the
         *     message names the image in the batch. Nothing has been added then
         */
        public Accumulator add(INDArray truth, INDArray prediction, double[] normaliser, @Nullable INDArray mask) {
            double[][] truths = interleaved(truth, "truth");
            return add(
                    truths,
                    interleaved(prediction, "prediction"),
                    normaliser,
                    BatchMatrix.present(mask, truths.length, 2 * points, true));
        }

        private Accumulator add(double[][] truth, double[][] prediction, double[] normaliser, boolean[] present) {
            BatchMatrix.checkSameCount("truth", truth.length, "prediction", prediction.length);
            BatchMatrix.checkSameCount("truth", truth.length, "normaliser", normaliser.length);
            ImmutableDoubleArray.Builder batch = ImmutableDoubleArray.builder();
            for (int image = 0; image < truth.length; image++) {
                if (anyPoint(present, image)) {
                    addImage(batch, image, truth[image], prediction[image], normaliser[image], present);
                }
            }
            errors.addAll(batch.build());
            return this;
        }

        private boolean anyPoint(boolean[] present, int image) {
            return IntStream.range(0, points).anyMatch(point -> isKnown(present, image, point));
        }

        private boolean isKnown(boolean[] present, int image, int point) {
            int x = 2 * (image * points + point);
            return present[x] && present[x + 1];
        }

        private void addImage(
                ImmutableDoubleArray.Builder batch,
                int image,
                double[] truth,
                double[] prediction,
                double normaliser,
                boolean[] present) {
            checkLength("truth", image, truth);
            checkLength("prediction", image, prediction);
            if (!(normaliser > 0 && normaliser < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "image %d: the normaliser must be finite and above 0, got %s".formatted(image, normaliser));
            }
            for (int point = 0; point < points; point++) {
                if (!isKnown(present, image, point)) {
                    batch.add(Double.NaN);
                    continue;
                }
                double x = truth[2 * point];
                double y = truth[2 * point + 1];
                if (!Double.isFinite(x) || !Double.isFinite(y)) {
                    throw new IllegalArgumentException(
                            "image %d, point %d: the truth must be finite, got (%s, %s)".formatted(image, point, x, y));
                }
                double distance = Math.hypot(prediction[2 * point] - x, prediction[2 * point + 1] - y);
                batch.add(Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance / normaliser);
            }
        }

        private void checkLength(String what, int image, double[] row) {
            if (row.length != 2 * points) {
                throw new IllegalArgumentException("image %d: %d points have %d coordinates, got %d in the %s"
                        .formatted(image, points, 2 * points, row.length, what));
            }
        }

        private double[][] interleaved(INDArray array, String what) {
            if (array.rank() == 3 && array.size(1) == points && array.size(2) == 2) {
                return BatchMatrix.rows(array.dup('c').reshape('c', array.size(0), 2L * points), what, 2 * points);
            }
            if (array.rank() != 2 || array.size(1) != 2L * points) {
                throw new IllegalArgumentException("%s: expected shape [images, %d, 2] or [images, %d], got %s"
                        .formatted(what, points, 2 * points, Arrays.toString(array.shape())));
            }
            return BatchMatrix.rows(array, what, 2 * points);
        }

        /**
         * Adds the errors that another accumulator has collected, after those of this one.
         *
         * @return this
         * @throws IllegalArgumentException if it has another number of points or another threshold
         */
        public Accumulator merge(Accumulator other) {
            if (other.points != points || other.threshold != threshold) {
                throw new IllegalArgumentException("cannot merge %d points, threshold %s with %d points, threshold %s"
                        .formatted(points, threshold, other.points, other.threshold));
            }
            errors.addAll(other.errors.build());
            return this;
        }

        private Object writeReplace() {
            return new Written(points, threshold, errors.build());
        }

        private void readObject(ObjectInputStream in) throws InvalidObjectException {
            throw new InvalidObjectException("an accumulator is written in another form");
        }

        /** {@return what has been collected so far; more may be added afterwards} */
        public PointErrors result() {
            return new PointErrors(points, threshold, errors.build().asList());
        }
    }

    /** An accumulator as it is serialised: a builder cannot be. */
    private record Written(int points, double threshold, ImmutableDoubleArray errors) implements Serializable {
        private Object readResolve() {
            Accumulator accumulator = accumulator(points, threshold);
            accumulator.errors.addAll(errors);
            return accumulator;
        }
    }
}
