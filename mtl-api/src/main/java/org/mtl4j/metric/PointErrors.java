package org.mtl4j.metric;

import com.google.common.primitives.ImmutableDoubleArray;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
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
 * @param points points per image, at least 1
 * @param threshold error above which a point or image fails; at least 0, not NaN
 * @param errors the errors, image by image, {@code points} each; at least 0, possibly infinite, never NaN
 */
public record PointErrors(int points, double threshold, ImmutableDoubleArray errors) {

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException if a value is out of its range, or the errors do not fill whole images
     */
    public PointErrors {
        Objects.requireNonNull(errors, "errors");
        Check.atLeast(1, points, "PointErrors: points");
        Check.atLeast(0.0, threshold, "PointErrors: threshold");
        if (errors.length() % points != 0) {
            throw new IllegalArgumentException(
                    "%d errors are no whole number of images of %d points".formatted(errors.length(), points));
        }
        for (int i = 0; i < errors.length(); i++) {
            if (!(errors.get(i) >= 0)) { // false for NaN
                throw new IllegalArgumentException("image %d, point %d: an error is at least 0, got %s"
                        .formatted(i / points, i % points, errors.get(i)));
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
        return errors.length() / points;
    }

    /** {@return the error of one point of one image} */
    public double error(int image, int point) {
        Objects.checkIndex(image, images());
        Objects.checkIndex(point, points);
        return errors.get(image * points + point);
    }

    /** {@return all errors, {@code [images][points]}; a copy} */
    public double[][] toArray() {
        double[][] rows = new double[images()][];
        for (int image = 0; image < rows.length; image++) {
            rows[image] = errors.subArray(image * points, (image + 1) * points).toArray();
        }
        return rows;
    }

    /** {@return the mean error of a point over the images; NaN if there are none} */
    public double meanError(int point) {
        Objects.checkIndex(point, points);
        ExactSum sum = new ExactSum();
        for (int image = 0; image < images(); image++) {
            sum.add(error(image, point));
        }
        return sum.value() / images();
    }

    /** {@return the mean error over all points and images; NaN if there are no images} */
    public double meanError() {
        return ExactSum.of(errors.toArray()) / errors.length();
    }

    /** {@return the share of images in which this point fails, 0 to 1; NaN if there are no images} */
    public double failureRate(int point) {
        Objects.checkIndex(point, points);
        int failures = 0;
        for (int image = 0; image < images(); image++) {
            failures += error(image, point) > threshold ? 1 : 0;
        }
        return (double) failures / images();
    }

    /** {@return the share of points that fail, over all images, 0 to 1; NaN if there are no images} */
    public double failureRate() {
        return (double) errors.stream().filter(error -> error > threshold).count() / errors.length();
    }

    /** {@return the mean error over the points of one image} */
    public double imageError(int image) {
        Objects.checkIndex(image, images());
        return ExactSum.of(errors.subArray(image * points, (image + 1) * points).toArray()) / points;
    }

    /**
     * {@return the share of images whose mean error over the points is above the threshold, 0 to 1; NaN if there are no
     * images}
     */
    public double imageFailureRate() {
        int failures = 0;
        for (int image = 0; image < images(); image++) {
            failures += imageError(image) > threshold ? 1 : 0;
        }
        return (double) failures / images();
    }

    /**
     * {@return the cumulative error distribution over all points: share of points with an error of at most
     * {@code error}} At the threshold it is {@code 1 - failureRate()}. NaN if there are no images.
     */
    public double shareWithin(double error) {
        return (double) errors.stream().filter(e -> e <= error).count() / errors.length();
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

        /** Adds images, each as by {@link #add(double[], double[], double)}. If it throws, nothing has been added. */
        public Accumulator add(double[][] truth, double[][] prediction, double[] normaliser) {
            boolean[] all = new boolean[truth.length];
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
         * @param mask {@code [images, 1]}, 0 where the points of an image are unknown and it is left out; null for none
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
                    BatchMatrix.present(mask, truths.length, 1, false));
        }

        private Accumulator add(double[][] truth, double[][] prediction, double[] normaliser, boolean[] present) {
            BatchMatrix.checkSameCount("truth", truth.length, "prediction", prediction.length);
            BatchMatrix.checkSameCount("truth", truth.length, "normaliser", normaliser.length);
            ImmutableDoubleArray.Builder batch = ImmutableDoubleArray.builder();
            for (int image = 0; image < truth.length; image++) {
                if (present[image]) {
                    addImage(batch, image, truth[image], prediction[image], normaliser[image]);
                }
            }
            errors.addAll(batch.build());
            return this;
        }

        private void addImage(
                ImmutableDoubleArray.Builder batch, int image, double[] truth, double[] prediction, double normaliser) {
            checkLength("truth", image, truth);
            checkLength("prediction", image, prediction);
            if (!(normaliser > 0 && normaliser < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "image %d: the normaliser must be finite and above 0, got %s".formatted(image, normaliser));
            }
            for (int point = 0; point < points; point++) {
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
            return new PointErrors(points, threshold, errors.build());
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
