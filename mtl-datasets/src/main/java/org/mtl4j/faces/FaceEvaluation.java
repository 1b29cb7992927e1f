package org.mtl4j.faces;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.io.Serializable;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
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
 * @param landmarks distances of the predicted points in pixels over the width of the face box; empty if the model has
 *     no task "landmarks", or no face has landmarks
 * @param scores per task, by its name, in the order of the model's tasks
 */
public record FaceEvaluation(Optional<PointErrors> landmarks, Map<String, TaskScore> scores) {

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

    /**
     * Copies the map.
     *
     * @param landmarks distances of the predicted points in pixels over the width of the face box; empty if the model
     *     has no task "landmarks", or no face has landmarks
     * @param scores per task, by its name, in the order of the model's tasks
     */
    public FaceEvaluation {
        scores = ImmutableMap.copyOf(scores);
    }

    /**
     * {@return what no trained model does, and what it may come from, a sentence each: a mean error larger than that of
     * points in the middle of each box, every point a failure, errors smaller than labels are exact} Empty where
     * nothing is odd, and of fewer than ten faces.
     */
    public List<String> remarks() {
        PointErrors errors = landmarks.orElse(null);
        if (errors == null || errors.images() < LEAST_REMARKED) {
            return List.of();
        }
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
     * @param model its tasks are all in {@link FaceTask}; was trained on faces cut like these
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
     * @param tasks what it predicts; all in {@link FaceTask}
     * @param model from features {@code [batch, 1, size, size]} to its predictions
     * @param faces the faces; are not augmented
     * @return what was measured
     * @throws IllegalArgumentException if a task is not about faces
     */
    public static FaceEvaluation of(List<Task> tasks, Function<INDArray, Predictions> model, FaceCrops faces) {
        return accumulator(tasks).add(model, faces).result();
    }

    /**
     * Starts an empty accumulator, for faces that are asked about in several parts, as by several processes.
     *
     * @param tasks what is predicted; all in {@link FaceTask}
     * @return the accumulator
     * @throws IllegalArgumentException if a task is not about faces
     */
    public static Accumulator accumulator(List<Task> tasks) {
        return new Accumulator(tasks);
    }

    /**
     * Accumulates evaluations. The result is the same, bit for bit, however the faces are spread over calls and
     * accumulators; only the order of {@link PointErrors#errors} is that in which they were added. Not thread-safe.
     */
    public static final class Accumulator implements Serializable {
        private static final long serialVersionUID = 1L;

        private final ImmutableList<FaceTask> tasks;
        private final TaskScores scores;
        private final PointErrors.Accumulator points = PointErrors.accumulator(Landmarks.POINTS, FAILURE_THRESHOLD);
        private final EnumSet<FaceTask> labelled = EnumSet.noneOf(FaceTask.class);

        private Accumulator(List<Task> tasks) {
            this.tasks = tasks.stream().map(FaceTask::of).collect(ImmutableList.toImmutableList());
            this.scores = TaskScores.of(tasks);
        }

        /**
         * Asks about faces.
         *
         * @param model from features {@code [batch, 1, size, size]} to its predictions
         * @param faces the faces; are not augmented
         * @return this
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
                    if (tasks.get(t) == FaceTask.LANDMARKS) {
                        addPoints(points, faces.corpus(), first, predictions.of(name));
                    }
                }
                first += (int) batch.getFeatures(0).size(0);
            }
            tasks.stream()
                    .filter(task -> faces.corpus().countLabelled(task) > 0)
                    .forEach(labelled::add);
            return this;
        }

        /**
         * Adds what another one has accumulated.
         *
         * @param other of the same tasks
         * @return this
         * @throws IllegalArgumentException if it is of other tasks
         */
        public Accumulator merge(Accumulator other) {
            scores.merge(other.scores);
            points.merge(other.points);
            labelled.addAll(other.labelled);
            return this;
        }

        /** {@return what has been measured so far; more may be added afterwards} */
        public FaceEvaluation result() {
            return new FaceEvaluation(
                    labelled.contains(FaceTask.LANDMARKS) ? Optional.of(points.result()) : Optional.empty(),
                    Maps.filterKeys(scores.result(), name -> labelled.contains(FaceTask.named(name))));
        }
    }

    /** Adds the faces from index {@code first} on. */
    private static void addPoints(PointErrors.Accumulator errors, FaceCorpus corpus, int first, INDArray rows) {
        for (int row = 0; row < rows.size(0); row++) {
            FaceSample sample = corpus.get(first + row);
            if (sample.landmarks().isPresent()) {
                Box box = sample.box().orElseThrow();
                double[] predicted = Landmarks.pixels(rows.getRow(row).toDoubleVector(), box);
                errors.add(sample.landmarks().get().toArray(), predicted, box.width());
            }
        }
    }
}
