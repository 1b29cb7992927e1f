package org.mtl4j.faces;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Doubles;
import com.google.common.primitives.ImmutableDoubleArray;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.mtl4j.internal.sum.ExactSum;
import org.mtl4j.metric.PointErrors;

/**
 * The mean of the points of some faces, relative to their boxes: what a model comes to that has learned from the
 * training faces where points mostly are, and never looks at a face. Errors of points are judged beside its errors, as
 * accuracies are beside those of the most frequent class.
 *
 * <pre>{@code
 * MeanFace mean = MeanFace.of(split.training());
 * PointErrors baseline = mean.errors(split.validation(), PointNormalizer.BOX_WIDTH, 0.05);
 * }</pre>
 *
 * @param scheme which points
 * @param relative x1, y1, x2, y2, … in fractions of the box; NaN for a point that no face had
 */
public record MeanFace(LandmarkScheme scheme, List<Double> relative) implements Serializable {

    private static final String KEY = "faces.mean";

    /**
     * Checks the coordinates.
     *
     * @throws IllegalArgumentException if there is another number of them, or one is infinite
     */
    public MeanFace {
        Objects.requireNonNull(scheme, "scheme");
        relative = ImmutableDoubleArray.copyOf(relative).asList();
        if (relative.size() != 2 * scheme.size() || relative.stream().anyMatch(number -> number.isInfinite())) {
            throw new IllegalArgumentException("a mean face of %d points has %d coordinates, none infinite, got %s"
                    .formatted(scheme.size(), 2 * scheme.size(), relative));
        }
    }

    /**
     * {@return the mean of all faces of a corpus that have points and a box}
     *
     * @param corpus the faces that were trained on
     * @throws IllegalArgumentException if none has
     */
    public static MeanFace of(FaceCorpus corpus) {
        Accumulator sums = accumulator(corpus.layout().scheme());
        corpus.samples().forEach(sums::add);
        return sums.result()
                .orElseThrow(() ->
                        new IllegalArgumentException("none of %d faces has points and a box".formatted(corpus.size())));
    }

    /**
     * {@return an accumulator that nothing has been added to, for faces in several parts}
     *
     * @param scheme which points
     */
    public static Accumulator accumulator(LandmarkScheme scheme) {
        return new Accumulator(scheme);
    }

    /**
     * Sums up points. The result is the same, bit for bit, however the faces are spread over accumulators. Not
     * thread-safe.
     */
    public static final class Accumulator implements Serializable {
        private static final long serialVersionUID = 1L;

        private final LandmarkScheme scheme;
        private final ExactSum[] sums;
        private final long[] counts;

        private Accumulator(LandmarkScheme scheme) {
            this.scheme = Objects.requireNonNull(scheme, "scheme");
            sums = IntStream.range(0, 2 * scheme.size())
                    .mapToObj(i -> new ExactSum())
                    .toArray(ExactSum[]::new);
            counts = new long[sums.length];
        }

        /**
         * Adds a face; one without points or a box is passed over.
         *
         * @param sample a face
         * @return this
         * @throws IllegalArgumentException if its points are others
         */
        public Accumulator add(FaceSample sample) {
            if (sample.landmarks().isEmpty() || sample.box().isEmpty()) {
                return this;
            }
            Landmarks landmarks = sample.landmarks().get();
            if (!landmarks.scheme().equals(scheme)) {
                throw new IllegalArgumentException("'%s': its points are others: %s"
                        .formatted(
                                sample.id(),
                                scheme.difference(landmarks.scheme()).orElseThrow()));
            }
            double[] relative = landmarks.relativeTo(sample.box().get());
            for (int i = 0; i < relative.length; i++) {
                if (!Double.isNaN(relative[i])) {
                    sums[i].add(relative[i]);
                    counts[i]++;
                }
            }
            return this;
        }

        /**
         * Adds what another one has added up.
         *
         * @param other of the same points
         * @return this
         * @throws IllegalArgumentException if it is of others
         */
        public Accumulator merge(Accumulator other) {
            if (!other.scheme.equals(scheme)) {
                throw new IllegalArgumentException(
                        "cannot merge the means of %s with %s".formatted(scheme, other.scheme));
            }
            for (int i = 0; i < sums.length; i++) {
                sums[i].add(other.sums[i]);
                counts[i] += other.counts[i];
            }
            return this;
        }

        /** {@return the mean so far; empty if no face with points has been added} */
        public Optional<MeanFace> result() {
            double[] means = new double[sums.length];
            boolean any = false;
            for (int i = 0; i < means.length; i++) {
                means[i] = counts[i] == 0 ? Double.NaN : sums[i].value() / counts[i];
                any |= counts[i] > 0;
            }
            return any ? Optional.of(new MeanFace(scheme, Doubles.asList(means))) : Optional.empty();
        }
    }

    /**
     * Measures this one answer for every face.
     *
     * @param corpus faces that were not among those of the mean; those without points, a box or the length are left out
     * @param normalizer what errors are divided by
     * @param limit error above which a point or face fails, at least 0
     * @return the errors
     * @throws IllegalArgumentException if the corpus has other points, or the limit is out of range
     */
    public PointErrors errors(FaceCorpus corpus, PointNormalizer normalizer, double limit) {
        PointErrors.Accumulator errors = PointErrors.accumulator(scheme.size(), limit);
        for (FaceSample sample : corpus.samples()) {
            if (sample.landmarks().isPresent() && sample.box().isPresent()) {
                addTo(errors, sample, normalizer);
            }
        }
        return errors.result();
    }

    void addTo(PointErrors.Accumulator errors, FaceSample sample, PointNormalizer normalizer) {
        addErrors(errors, sample, Doubles.toArray(relative), normalizer);
    }

    /**
     * Adds the errors of one face that has points and a box.
     *
     * @param predicted relative to the box
     * @return false if it has no length to divide by, and is left out
     */
    static boolean addErrors(
            PointErrors.Accumulator errors, FaceSample sample, double[] predicted, PointNormalizer normalizer) {
        OptionalDouble length = normalizer.of(sample);
        if (length.isEmpty()) {
            return false;
        }
        Landmarks landmarks = sample.landmarks().orElseThrow();
        boolean[] known = new boolean[landmarks.scheme().size()];
        for (int point = 0; point < known.length; point++) {
            known[point] = landmarks.isKnown(point);
        }
        errors.add(
                landmarks.toArray(),
                Landmarks.pixels(predicted, sample.box().orElseThrow()),
                length.getAsDouble(),
                known);
        return true;
    }

    /** {@return the key "faces.mean" with the coordinates, from which {@link #fromMap} makes an equal mean} */
    public Map<String, String> toMap() {
        return ImmutableMap.of(
                KEY, String.join(" ", relative.stream().map(String::valueOf).toList()));
    }

    /**
     * {@return the mean that {@link #toMap} has written; empty if the map has not its key}
     *
     * @param scheme which points they are
     * @param map may have other keys too; they are not looked at
     * @throws IllegalArgumentException if the value is none that {@link #toMap} writes for these points
     */
    public static Optional<MeanFace> fromMap(LandmarkScheme scheme, Map<String, String> map) {
        String text = map.get(KEY);
        if (text == null) {
            return Optional.empty();
        }
        try {
            ImmutableDoubleArray.Builder relative = ImmutableDoubleArray.builder();
            for (String number : text.split(" ", -1)) {
                relative.add(Double.parseDouble(number));
            }
            return Optional.of(new MeanFace(scheme, relative.build().asList()));
        } catch (IllegalArgumentException e) { // NumberFormatException is one
            throw new IllegalArgumentException("not a stored mean face: %s".formatted(e.getMessage()), e);
        }
    }
}
