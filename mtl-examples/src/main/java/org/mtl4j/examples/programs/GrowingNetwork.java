package org.mtl4j.examples.programs;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.GrownModel;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.synthetic.SyntheticFaces;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.HeldPart;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** A trained network gets a tower for a task that nobody had thought of, and keeps what it knows. */
public final class GrowingNetwork {
    private static final FaceCrop CROP = FaceCrop.of(24);

    private GrowingNetwork() {}

    /**
     * What came of it.
     *
     * @param report what was kept, adapted and begun anew
     * @param before accuracy of the old task, before the network grew
     * @param grown the same right after
     * @param pose accuracy of the new task in the end
     * @param poseBaseline that of the most frequent class
     */
    public record Result(String report, double before, double grown, double pose, double poseBaseline) {}

    /** {@return two towers, to begin with} */
    static MultiTaskNetwork network() {
        return MultiTaskNetwork.builder(Shape.image(1, 24, 24))
                .tower("points", SplitHead.of(FaceTask.LANDMARKS.task().withWeight(1000)))
                .tower("glasses", SplitHead.of(FaceTask.GLASSES.task()))
                .convolution("conv1", 8, 5)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc", 32)
                .build();
    }

    /** {@return a network with a tower more} Layers and units that were for all towers are for the new one, too. */
    static MultiTaskNetwork larger(MultiTaskNetwork network) {
        return network.toBuilder()
                .tower("pose", SplitHead.of(FaceTask.POSE.task()))
                .build();
    }

    /** Trains on four fifths of so many drawn faces. */
    public static Result run(int faces, int epochs, long seed) throws IOException {
        FaceCorpus.Split split = SyntheticFaces.corpus(faces, seed).split(0.2, seed);
        MultiTaskNetwork network = network();
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(2e-3).withSeed(seed));
        model.fit(batches(split.training(), seed, FaceTask.LANDMARKS, FaceTask.GLASSES), FitOptions.epochs(epochs));
        double before = accuracy(model, split.validation(), FaceTask.LANDMARKS, FaceTask.GLASSES);

        GrownModel grown = model.grownTo(
                larger(network),
                TrainingPlan.adam(2e-3) // the old towers wait for two epochs
                        .withHeld(
                                HeldPart.tower("points").forEpochs(2),
                                HeldPart.tower("glasses").forEpochs(2)));
        FaceTask[] tasks = {FaceTask.LANDMARKS, FaceTask.GLASSES, FaceTask.POSE};
        double same = accuracy(grown.model(), split.validation(), tasks);
        grown.model().fit(batches(split.training(), seed, tasks), FitOptions.epochs(epochs));
        ClassificationScore pose = (ClassificationScore) grown.model()
                .evaluate(batches(split.validation(), seed, tasks))
                .get(FaceTask.POSE.task().name());
        return new Result(grown.toString(), before, same, pose.accuracy(), pose.majorityBaseline());
    }

    private static MultiDataSetIterator batches(FaceCorpus faces, long seed, FaceTask... tasks) throws IOException {
        return faces.crops(CROP)
                .batches()
                .tasks(tasks)
                .batchSize(32)
                .shuffleSeed(seed)
                .build();
    }

    private static double accuracy(Dl4jModel model, FaceCorpus faces, FaceTask... tasks) throws IOException {
        return ((ClassificationScore) model.evaluate(batches(faces, 1, tasks))
                        .get(FaceTask.GLASSES.task().name()))
                .accuracy();
    }

    /** Runs it on 500 faces. */
    public static void main(String[] args) throws IOException {
        Result result = run(500, 10, 7);
        for (String line : List.of(
                result.report(),
                String.format(Locale.ROOT, "glasses: %.3f before, %.3f grown", result.before(), result.grown()),
                String.format(Locale.ROOT, "pose: %.3f, majority %.3f", result.pose(), result.poseBaseline()))) {
            System.out.println(line);
        }
    }
}
