package mtl.faces;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import mtl.metric.PointErrors;
import mtl.metric.TaskScore;
import mtl.task.Task;
import mtl.train.MultiTaskModel;
import mtl.train.Predictions;
import org.nd4j.linalg.api.ndarray.INDArray;

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

    /** Copies the map. */
    public FaceEvaluation {
        scores = ImmutableMap.copyOf(scores);
    }

    /**
     * Asks the model about every face.
     *
     * @param model its tasks are all in {@link FaceTask}; was trained on faces cut like these
     * @param faces the faces
     * @throws IllegalArgumentException if the model has a task that is not about faces, or the crops have another size
     */
    public static FaceEvaluation of(MultiTaskModel model, FaceCrops faces) {
        List<FaceTask> tasks = new ArrayList<>();
        for (Task task : model.network().tasks()) {
            tasks.add(FaceTask.named(task.name()));
        }
        FaceBatches batches = faces.batches().tasks(tasks).batchSize(BATCH).build();
        ImmutableMap.Builder<String, TaskScore> scores = ImmutableMap.builder();
        model.evaluate(batches).forEach((task, score) -> {
            if (faces.corpus().labelled(FaceTask.named(task)) > 0) {
                scores.put(task, score);
            }
        });
        boolean points = tasks.contains(FaceTask.LANDMARKS) && faces.corpus().labelled(FaceTask.LANDMARKS) > 0;
        return new FaceEvaluation(
                points ? Optional.of(pointErrors(model, faces, batches)) : Optional.empty(), scores.build());
    }

    private static PointErrors pointErrors(MultiTaskModel model, FaceCrops faces, FaceBatches batches) {
        PointErrors.Accumulator errors = PointErrors.accumulator(Landmarks.POINTS, FAILURE_THRESHOLD);
        String landmarks = FaceTask.LANDMARKS.task().name();
        int face = 0;
        for (batches.startAt(0); batches.hasNext(); ) {
            Predictions predictions = model.predict(batches.next().getFeatures(0));
            INDArray rows = predictions.of(landmarks);
            for (int row = 0; row < rows.size(0); row++, face++) {
                FaceSample sample = faces.corpus().get(face);
                if (sample.landmarks().isPresent()) {
                    Box box = sample.box().orElseThrow();
                    double[] predicted = Landmarks.relative(rows.getRow(row).toDoubleVector(), box)
                            .toArray();
                    errors.add(sample.landmarks().get().toArray(), predicted, box.width());
                }
            }
        }
        return errors.result();
    }
}
