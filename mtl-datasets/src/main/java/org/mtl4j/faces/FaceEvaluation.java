package org.mtl4j.faces;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.metric.PointErrors;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.metric.TaskScores;
import org.mtl4j.task.Task;
import org.mtl4j.train.MultiTaskModel;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Measures how well a model does on faces. Tasks of which no face has a label are left out.
 *
 * <p>Errors of points are divided by the width of the face box unless another {@link PointNormalizer} is chosen:
 *
 * <pre>{@code
 * FaceEvaluation wflw = FaceEvaluation.accumulator(model.network().tasks(), FaceLayout.WFLW)
 *         .dividingBy(PointNormalizer.INTER_OCULAR, 0.1)
 *         .add(model::predict, crops)
 *         .result();
 * double nme = wflw.landmarks().orElseThrow().normalizedMeanError();
 * double auc = wflw.landmarks().orElseThrow().areaWithin(0.1);
 * }</pre>
 *
 * @param landmarks distances of the predicted points in pixels over the length that was chosen; empty if the model has
 *     no task "landmarks", or no face has landmarks and that length
 * @param scores per task, by its name, in the order of the model's tasks
 * @param layout of the faces
 * @param normalizer what errors of points are divided by
 * @param meanFace the errors of the {@link MeanFace} on the same faces; empty if none was given
 * @param unmeasured faces with points that have no such length, as one eye is unknown; their points are not among the
 *     errors
 */
public record FaceEvaluation(
        Optional<PointErrors> landmarks,
        Map<String, TaskScore> scores,
        FaceLayout layout,
        PointNormalizer normalizer,
        Optional<PointErrors> meanFace,
        long unmeasured) {

    /** Distance over box width above which a point counts as a failure, as with Sun et al. and the poster. */
    public static final double FAILURE_THRESHOLD = 0.05;

    private static final int BATCH = 128;

    /** With fewer faces nothing is remarked on. */
    private static final int LEAST_REMARKED = 10;

    /** The mean error, in widths of the box, of points that are all guessed to be in the middle of the box. */
    private static final double MIDDLE_OF_BOX = 0.25;

    /**
     * Labels are whole or half pixels, and boxes some 100 wide: errors below this are smaller than the labels are
     * exact.
     */
    private static final double SMALLEST = 0.005;

    /** Copies the map. */
    public FaceEvaluation {
        Objects.requireNonNull(landmarks, "landmarks");
        Objects.requireNonNull(layout, "layout");
        Objects.requireNonNull(normalizer, "normalizer");
        Objects.requireNonNull(meanFace, "meanFace");
        scores = ImmutableMap.copyOf(scores);
    }

    /**
     * Holds what was measured of MTFL's layout, over the width of the box, without a mean face.
     *
     * @param landmarks distances of the predicted points in pixels over the width of the face box
     * @param scores per task, by its name
     */
    public FaceEvaluation(Optional<PointErrors> landmarks, Map<String, TaskScore> scores) {
        this(landmarks, scores, FaceLayout.MTFL, PointNormalizer.BOX_WIDTH, Optional.empty(), 0);
    }

    /**
     * {@return what no trained model does, and what it may come from, a sentence each: a mean error larger than that of
     * points in the middle of each box or than that of the mean face, every point a failure, errors smaller than labels
     * are exact} Empty where nothing is odd, and of fewer than ten faces.
     */
    public List<String> remarks() {
        List<String> remarks = new ArrayList<>();
        PointErrors errors = landmarks.orElse(null);
        if (errors != null && errors.images() >= LEAST_REMARKED) {
            boolean ofFive = layout.scheme().equals(LandmarkScheme.FIVE_POINTS);
            if (ofFive && normalizer == PointNormalizer.BOX_WIDTH) {
                remarks.addAll(remarks(errors));
            }
            if (remarks.isEmpty()
                    && meanFace.isPresent()
                    && !(errors.normalizedMeanError() < meanFace.get().normalizedMeanError())) {
                remarks.add(String.format(
                        Locale.ROOT,
                        "a mean error of %.2f %% of %s is no better than that of the mean face, %.2f %%: are faces cut"
                                + " out as in training, and points and boxes those of the images?",
                        100 * errors.normalizedMeanError(),
                        normalizer.text(),
                        100 * meanFace.get().normalizedMeanError()));
            }
        }
        if (unmeasured > 0) {
            remarks.add("%s faces with points are left out of the errors, for their %s is not known"
                    .formatted(unmeasured, normalizer.text().replaceFirst("^the ", "")));
        }
        return List.copyOf(remarks);
    }

    private static List<String> remarks(PointErrors errors) {
        if (errors.meanError() > MIDDLE_OF_BOX) {
            return List.of(String.format(
                    Locale.ROOT,
                    "a mean error of %.0f %% of the box width is more than that of points in the middle of every box,"
                            + " some %.0f %%: are points in pixels, in the order left eye, right eye, nose, corners of"
                            + " the mouth, and are the boxes those of the faces?",
                    100 * errors.meanError(),
                    100 * MIDDLE_OF_BOX));
        }
        if (errors.failureRate() == 1) {
            return List.of("all points of all faces fail, which even the mean face does not bring about: are points and"
                    + " boxes those of the images, and faces cut out as in training?");
        }
        if (errors.meanError() < SMALLEST && errors.failureRate() == 0) {
            return List.of(String.format(
                    Locale.ROOT,
                    "a mean error of %.2f %% of the box width without any failure is less than labels are exact: are"
                            + " points in pixels, boxes larger than the points, and the faces others than those"
                            + " trained on?",
                    100 * errors.meanError()));
        }
        return List.of();
    }

    /**
     * Asks the model about every face.
     *
     * @param model its tasks are all of the layout of the faces; was trained on faces cut like these
     * @param faces the faces
     * @return what was measured
     * @throws IllegalArgumentException if the model has a task that is not about faces, or the crops have another size
     */
    public static FaceEvaluation of(MultiTaskModel model, FaceCrops faces) {
        return of(model.network().tasks(), model::predict, faces);
    }

    /**
     * Asks anything that predicts about every face, as a model with {@link FlipAveraging}.
     *
     * @param tasks what it predicts; all of the layout of the faces
     * @param model from features {@code [batch, 1, size, size]} to its predictions
     * @param faces the faces; are not augmented
     * @return what was measured
     * @throws IllegalArgumentException if a task is not about faces
     */
    public static FaceEvaluation of(List<Task> tasks, Function<INDArray, Predictions> model, FaceCrops faces) {
        return accumulator(tasks, faces.corpus().layout()).add(model, faces).result();
    }

    /**
     * Starts an empty accumulator of MTFL's layout, for faces that are asked about in several parts, as by several
     * processes.
     *
     * @param tasks what is predicted; all of MTFL's layout
     * @return the accumulator
     * @throws IllegalArgumentException if a task is not about faces
     */
    public static Accumulator accumulator(List<Task> tasks) {
        return accumulator(tasks, FaceLayout.MTFL);
    }

    /**
     * Starts an empty accumulator, for faces that are asked about in several parts or measured otherwise.
     *
     * @param tasks what is predicted; all of the layout
     * @param layout of the faces
     * @return the accumulator
     * @throws IllegalArgumentException if the layout has no such task
     */
    public static Accumulator accumulator(List<Task> tasks, FaceLayout layout) {
        return new Accumulator(tasks, layout);
    }

    /**
     * Accumulates evaluations. The result is the same, bit for bit, however the faces are spread over calls and
     * accumulators; only the order of {@link PointErrors#errors} is that in which they were added. Not thread-safe.
     */
    public static final class Accumulator implements Serializable {
        private static final long serialVersionUID = 1L;

        private final ImmutableList<FaceTask> tasks;
        private final FaceLayout layout;
        private final TaskScores scores;
        private final Set<String> labelled = new HashSet<>();
        private PointNormalizer normalizer = PointNormalizer.BOX_WIDTH;
        private PointErrors.Accumulator points;
        private PointErrors.Accumulator ofMeanFace;
        private @Nullable MeanFace meanFace;
        private long unmeasured;

        private Accumulator(List<Task> tasks, FaceLayout layout) {
            this.tasks = tasks.stream().map(layout::taskOf).collect(ImmutableList.toImmutableList());
            this.layout = layout;
            this.scores = TaskScores.of(tasks);
            this.points = PointErrors.accumulator(layout.scheme().size(), FAILURE_THRESHOLD);
            this.ofMeanFace = PointErrors.accumulator(layout.scheme().size(), FAILURE_THRESHOLD);
        }

        /**
         * Divides errors of points by another length than the width of the box, or lets them fail above another limit
         * than {@link #FAILURE_THRESHOLD}. To be said before faces are added.
         *
         * @param normalizer the length
         * @param limit error above which a point or face fails, as a fraction of it; at least 0
         * @return this
         * @throws IllegalArgumentException if the points of the layout do not say that length, or the limit is out of
         *     range
         * @throws IllegalStateException if faces have been added
         */
        public Accumulator dividingBy(PointNormalizer normalizer, double limit) {
            requireEmpty();
            if (!normalizer.appliesTo(layout.scheme())) {
                throw new IllegalArgumentException(
                        "%s is not known of %s; of them are %s".formatted(normalizer.text(), layout, applicable()));
            }
            this.normalizer = normalizer;
            this.points = PointErrors.accumulator(layout.scheme().size(), limit);
            this.ofMeanFace = PointErrors.accumulator(layout.scheme().size(), limit);
            return this;
        }

        private List<PointNormalizer> applicable() {
            return Arrays.stream(PointNormalizer.values())
                    .filter(other -> other.appliesTo(layout.scheme()))
                    .toList();
        }

        /**
         * Measures a mean face on the same faces, too. To be said before faces are added.
         *
         * @param meanFace of the faces that were trained on
         * @return this
         * @throws IllegalArgumentException if it has other points than the layout
         * @throws IllegalStateException if faces have been added
         */
        public Accumulator beside(MeanFace meanFace) {
            requireEmpty();
            layout.scheme().difference(meanFace.scheme()).ifPresent(difference -> {
                throw new IllegalArgumentException(
                        "the mean face has other points than the layout: %s".formatted(difference));
            });
            this.meanFace = meanFace;
            return this;
        }

        private void requireEmpty() {
            if (!labelled.isEmpty()) {
                throw new IllegalStateException("how faces are measured is said before they are added");
            }
        }

        /**
         * Asks about faces.
         *
         * @param model from features {@code [batch, 1, size, size]} to its predictions
         * @param faces the faces; are not augmented
         * @return this
         * @throws IllegalArgumentException if the faces have other points than the layout
         */
        public Accumulator add(Function<INDArray, Predictions> model, FaceCrops faces) {
            FaceBatches batches = faces.batches().tasks(tasks).batchSize(BATCH).build();
            int first = 0;
            while (batches.hasNext()) {
                MultiDataSet batch = batches.next();
                Predictions predictions = model.apply(batch.getFeatures(0));
                for (int t = 0; t < tasks.size(); t++) {
                    String name = tasks.get(t).task().name();
                    INDArray mask = Masks.ofLabels(batch, t);
                    scores.add(name, batch.getLabels(t), predictions.of(name), mask);
                    if (tasks.get(t).isPoints()) {
                        addPoints(faces.corpus(), first, predictions.of(name));
                    }
                }
                first += (int) batch.getFeatures(0).size(0);
            }
            tasks.stream()
                    .filter(task -> faces.corpus().countLabelled(task) > 0)
                    .forEach(task -> labelled.add(task.task().name()));
            return this;
        }

        /** Adds the faces from index {@code first} on. */
        private void addPoints(FaceCorpus corpus, int first, INDArray rows) {
            double[] values = rows.dup('c').data().asDouble();
            int outputs = 2 * layout.scheme().size();
            for (int row = 0; row < values.length / outputs; row++) {
                FaceSample sample = corpus.get(first + row);
                if (sample.landmarks().isPresent()) {
                    double[] predicted = Arrays.copyOfRange(values, row * outputs, (row + 1) * outputs);
                    if (!MeanFace.addErrors(points, sample, predicted, normalizer)) {
                        unmeasured++;
                    }
                    if (meanFace != null) {
                        meanFace.addTo(ofMeanFace, sample, normalizer);
                    }
                }
            }
        }

        /**
         * Adds what another one has accumulated.
         *
         * @param other of the same tasks
         * @return this
         * @throws IllegalArgumentException if it is of other tasks, or measures otherwise
         */
        public Accumulator merge(Accumulator other) {
            if (normalizer != other.normalizer || !Objects.equals(meanFace, other.meanFace)) {
                throw new IllegalArgumentException("cannot merge errors divided by %s with errors divided by %s%s"
                        .formatted(
                                normalizer.text(),
                                other.normalizer.text(),
                                Objects.equals(meanFace, other.meanFace) ? "" : ", beside different mean faces"));
            }
            scores.merge(other.scores);
            points.merge(other.points);
            ofMeanFace.merge(other.ofMeanFace);
            labelled.addAll(other.labelled);
            unmeasured += other.unmeasured;
            return this;
        }

        /** {@return what has been measured so far; more may be added afterwards} */
        public FaceEvaluation result() {
            PointErrors errors = points.result();
            boolean measured = labelled.contains(FaceTask.POINTS_NAME) && (errors.images() > 0 || unmeasured == 0);
            return new FaceEvaluation(
                    measured ? Optional.of(errors) : Optional.empty(),
                    Maps.filterKeys(scores.result(), labelled::contains),
                    layout,
                    normalizer,
                    measured && meanFace != null ? Optional.of(ofMeanFace.result()) : Optional.empty(),
                    unmeasured);
        }
    }
}
