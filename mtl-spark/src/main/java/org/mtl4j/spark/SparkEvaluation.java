package org.mtl4j.spark;

import java.io.IOException;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.distributed.Workers;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.train.MultiTaskModel;

/** Measures a model on many faces, a task for each shard of them. */
public final class SparkEvaluation {
    private SparkEvaluation() {}

    /**
     * Measures. Executors send what they have counted and summed without rounding, so the result is that of one
     * process, to the bit (except for the order of the errors in {@link FaceEvaluation#landmarks()}, which is that of
     * the shards), where the model's predictions are: they may differ in their last bits between machines of different
     * kinds.
     *
     * @param model its tasks are all about faces
     * @param shards cut as the model's faces were; their batches do not matter
     * @param trustedPackages as of {@link Dl4jModel#load}
     * @throws IllegalArgumentException if there is no shard, or a task is not about faces
     * @throws IOException if there is no room for a temporary file
     */
    public static FaceEvaluation of(
            JavaSparkContext context, Dl4jModel model, List<FaceShard> shards, String... trustedPackages)
            throws IOException {
        model.network().tasks().forEach(FaceTask::of); // an executor would say it too, several times
        try (SparkWorkers workers = SparkWorkers.of(context, model, shards, trustedPackages)) {
            return workers.ask(new Measure()).stream()
                    .reduce(FaceEvaluation.Accumulator::merge)
                    .orElseThrow(() -> new IllegalArgumentException("there is no shard of faces to measure on"))
                    .result();
        }
    }

    private record Measure() implements Workers.Question<FaceEvaluation.Accumulator> {
        @Override
        public FaceEvaluation.Accumulator answer(MultiTaskModel copy, TrainingShard shard) throws IOException {
            return FaceEvaluation.accumulator(copy.network().tasks()).add(copy::predict, ((FaceShard) shard).faces());
        }
    }
}
