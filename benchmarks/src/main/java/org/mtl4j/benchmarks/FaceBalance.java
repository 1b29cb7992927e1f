package org.mtl4j.benchmarks;

import static org.mtl4j.faces.FaceTask.GENDER;
import static org.mtl4j.faces.FaceTask.GLASSES;
import static org.mtl4j.faces.FaceTask.LANDMARKS;
import static org.mtl4j.faces.FaceTask.POSE;
import static org.mtl4j.faces.FaceTask.SMILE;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.faces.PrefetchedFaceBatches;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.mtfl.MtflCorpus;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;

/**
 * Landmarks against four attributes on the faces of MTFL, with the poster's network and units behind its convolutions.
 * The faces that are measured on are those of the poster's table; of the others 1,000 are held back to choose weights
 * on. A mean squared error near 0.01 beside cross-entropies near 1.
 */
final class FaceBalance implements BalanceStudy {
    private static final FaceTask[] TASKS = {LANDMARKS, GENDER, SMILE, GLASSES, POSE};
    private static final int BATCH = 64;
    private static final int HELD = 1000;
    private static final double RATE = 1e-3;
    private static final double DECAY = 0.9;
    private static final double PERCENT = 100;

    private final FaceCrops training;
    private final FaceCrops held;
    private final FaceCrops test;

    private FaceBalance(FaceCrops training, FaceCrops held, FaceCrops test) {
        this.training = training;
        this.held = held;
        this.test = test;
    }

    /**
     * Reads and crops the faces.
     *
     * @param folder of the corpus
     * @param examples faces to train on at most; 0 for all but those that are held back
     */
    static FaceBalance read(Path folder, int examples) throws IOException {
        FaceCorpus.Split outer = MtflCorpus.load(folder).training().split(0.2, 1);
        FaceCorpus.Split inner = outer.training().splitOff(HELD, 1);
        FaceCorpus training = inner.training();
        if (examples > 0 && examples < training.size()) {
            training = training.subset(0, examples);
        }
        FaceCrop crop = FaceCrop.of(PosterNetwork.SIZE);
        return new FaceBalance(
                training.crops(crop),
                inner.validation().crops(crop),
                outer.validation().crops(crop));
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                new Measure("mean error, %", false, 2),
                new Measure("gender", true, 1),
                new Measure("smile", true, 1),
                new Measure("glasses", true, 1),
                new Measure("pose", true, 1));
    }

    @Override
    public int examples() {
        return training.size();
    }

    @Override
    public Map<String, Map<String, Double>> fixedWeights() {
        Map<String, Map<String, Double>> weights = new LinkedHashMap<>();
        for (int landmarks : new int[] {1000, 100, 10}) {
            weights.put(landmarks + " for landmarks", Map.of(LANDMARKS.task().name(), (double) landmarks));
        }
        return weights;
    }

    @Override
    public Outcome run(Map<String, Double> weights, FitOptions options, long seed) throws IOException {
        Task[] tasks = new Task[TASKS.length];
        for (int t = 0; t < tasks.length; t++) {
            Task task = TASKS[t].task();
            tasks[t] = task.withWeight(weights.getOrDefault(task.name(), 1.0));
        }
        MultiTaskNetwork network = PosterNetwork.of(
                ImmutableMap.of(
                        "landmarks", SplitHead.of(tasks[0]),
                        "attributes", SplitHead.of(tasks[1], tasks[2], tasks[3], tasks[4])),
                PosterNetwork.SIZE,
                PosterNetwork.Sharing.STITCHES);
        Dl4jModel model = Dl4jModel.create(
                network, TrainingPlan.adam(RATE).withExponentialDecay(DECAY).withSeed(seed));
        try (PrefetchedFaceBatches batches = training.batches()
                .tasks(TASKS)
                .batchSize(BATCH)
                .shuffleSeed(seed)
                .build()
                .prefetched()) {
            model.fit(batches, options);
        }
        return new Outcome(measure(model, held), measure(model, test));
    }

    private static double[] measure(Dl4jModel model, FaceCrops faces) {
        FaceEvaluation evaluation = FaceEvaluation.of(model, faces);
        double[] figures = new double[TASKS.length];
        figures[0] = PERCENT * evaluation.landmarks().orElseThrow().normalizedMeanError();
        for (int t = 1; t < figures.length; t++) {
            figures[t] = PERCENT
                    * ((ClassificationScore)
                                    evaluation.scores().get(TASKS[t].task().name()))
                            .accuracy();
        }
        return figures;
    }
}
