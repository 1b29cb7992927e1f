package mtl.faces;

import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import mtl.metric.ClassificationScore;
import mtl.metric.MultiLabelScore;
import mtl.metric.PointErrors;
import mtl.metric.RegressionScore;
import mtl.metric.TaskScore;
import mtl.task.Task;
import mtl.train.MultiTaskModel;
import mtl.train.Predictions;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;

/**
 * How well a model does on faces. Tasks of which no face has a label are left out.
 *
 * @param landmarks distances of the predicted points in pixels over the width of the face box; empty if the model has no
 *     task "landmarks", or no face has landmarks
 * @param scores per task, by its name, in the order of the model's tasks
 */
public record FaceEvaluation(Optional<PointErrors> landmarks, Map<String, TaskScore> scores) {

    /** Distance over box width above which a point counts as a failure, as with Sun et al. and the poster. */
    public static final double FAILURE_THRESHOLD = 0.05;

    private static final int BATCH = 128;

    /**
     * Copies the map.
     *
     * @param landmarks distances of the predicted points in pixels over the width of the face box; empty if the model has no
     *     task "landmarks", or no face has landmarks
     * @param scores per task, by its name, in the order of the model's tasks
     */
    public FaceEvaluation {
        scores = ImmutableMap.copyOf(scores);
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
        List<FaceTask> faceTasks =
                tasks.stream().map(task -> FaceTask.named(task.name())).toList();
        Map<String, Score> scores = new LinkedHashMap<>();
        tasks.forEach(task -> scores.put(task.name(), Score.of(task)));
        PointErrors.Accumulator points = PointErrors.accumulator(Landmarks.POINTS, FAILURE_THRESHOLD);
        FaceBatches batches = faces.batches().tasks(faceTasks).batchSize(BATCH).build();
        int first = 0;
        while (batches.hasNext()) {
            MultiDataSet batch = batches.next();
            Predictions predictions = model.apply(batch.getFeatures(0));
            for (int t = 0; t < tasks.size(); t++) {
                String name = tasks.get(t).name();
                INDArray mask = batch.getLabelsMaskArrays() == null ? null : batch.getLabelsMaskArray(t);
                scores.get(name).add().accept(batch.getLabels(t), predictions.of(name), mask);
                if (faceTasks.get(t) == FaceTask.LANDMARKS) {
                    add(points, faces.corpus(), first, predictions.of(name));
                }
            }
            first += (int) batch.getFeatures(0).size(0);
        }
        ImmutableMap.Builder<String, TaskScore> results = ImmutableMap.builder();
        scores.forEach((name, score) -> {
            if (faces.corpus().labelled(FaceTask.named(name)) > 0) {
                results.put(name, score.result().get());
            }
        });
        boolean pointed =
                faceTasks.contains(FaceTask.LANDMARKS) && faces.corpus().labelled(FaceTask.LANDMARKS) > 0;
        return new FaceEvaluation(pointed ? Optional.of(points.result()) : Optional.empty(), results.buildOrThrow());
    }

    /** Adds the faces from index {@code first} on. */
    private static void add(PointErrors.Accumulator errors, FaceCorpus corpus, int first, INDArray rows) {
        for (int row = 0; row < rows.size(0); row++) {
            FaceSample sample = corpus.get(first + row);
            if (sample.landmarks().isPresent()) {
                Box box = sample.box().orElseThrow();
                double[] predicted = Landmarks.relative(rows.getRow(row).toDoubleVector(), box)
                        .toArray();
                errors.add(sample.landmarks().get().toArray(), predicted, box.width());
            }
        }
    }

    /** Takes labels, predictions and a mask or null. */
    private interface Rows {
        void accept(INDArray labels, INDArray predictions, INDArray mask);
    }

    /** The running score of one task. */
    private record Score(Rows add, Supplier<TaskScore> result) {
        static Score of(Task task) {
            List<String> names =
                    IntStream.range(0, task.outputs()).mapToObj(task::className).toList();
            return switch (task.kind()) {
                case REGRESSION -> {
                    var sums = RegressionScore.accumulator(task.outputs());
                    yield new Score(sums::add, sums::result);
                }
                case MULTI_CLASS -> {
                    var sums = ClassificationScore.accumulator(names);
                    yield new Score(sums::add, sums::result);
                }
                case MULTI_LABEL -> {
                    var sums = MultiLabelScore.accumulator(names);
                    yield new Score(sums::add, sums::result);
                }
            };
        }
    }
}
