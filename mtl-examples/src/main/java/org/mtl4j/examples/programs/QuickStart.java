package org.mtl4j.examples.programs;

import java.io.IOException;
import java.util.Locale;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.synthetic.SyntheticFaces;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;

/** The quick start: where the points of a face lie, and whether it smiles, learned together on drawn faces. */
public final class QuickStart {
    private QuickStart() {}

    /**
     * What came out, on faces that were not trained on.
     *
     * @param model the trained model
     * @param pointError mean distance of the predicted points, in face widths
     * @param smile right and wrong answers
     */
    public record Result(Dl4jModel model, double pointError, ClassificationScore smile) {}

    /** Builds two towers, of one task each, that are stitched together behind each layer. */
    public static MultiTaskNetwork network() {
        // 1. What is to be learned. Coordinates are fractions of the face's width: their squared errors are small, so
        //    they need a large weight.
        Task points = FaceTask.LANDMARKS.task().withWeight(1000);
        Task smile = FaceTask.SMILE.task();

        // 2. The network: a tower for each task, and a cross-stitch unit after each layer, which learns what to share.
        return MultiTaskNetwork.builder(Shape.image(1, 24, 24))
                .tower("landmarks", SplitHead.of(points))
                .tower("smile", SplitHead.of(smile))
                .convolution("conv1", 12, 5)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel())
                .convolution("conv2", 24, 3)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc", 48)
                .stitch(CrossStitchUnit.perLayer())
                .build();
    }

    /** Trains on four fifths of so many faces. */
    public static Result run(int faces, int epochs, long seed) throws IOException {
        MultiTaskNetwork network = network();

        // 3. The data: gray crops of 24 x 24 pixels, with the labels of both tasks in the order of the network's.
        FaceCorpus.Split split = SyntheticFaces.corpus(faces, seed).split(0.2, seed);
        FaceCrops training = split.training().crops(FaceCrop.of(24));
        FaceCrops unseen = split.validation().crops(FaceCrop.of(24));

        // 4. Training.
        Dl4jModel model = Dl4jModel.create(
                network, TrainingPlan.adam(2e-3).withCosineDecay(epochs).withSeed(seed));
        model.fit(
                training.batches()
                        .tasks(FaceTask.LANDMARKS, FaceTask.SMILE)
                        .batchSize(32)
                        .shuffleSeed(seed)
                        .build(),
                FitOptions.epochs(epochs));
        training.crop().toMap().forEach(model::setProperty); // goes with the model: how to cut faces out for it

        // 5. What it can do.
        FaceEvaluation evaluation = FaceEvaluation.of(model, unseen);
        return new Result(model, evaluation.landmarks().orElseThrow().meanError(), (ClassificationScore)
                evaluation.scores().get("smile"));
    }

    /** Prints the network and what it has learned. */
    public static void main(String[] args) throws IOException {
        Result result = run(800, 10, 7);
        System.out.println(result.model().network());
        System.out.printf(Locale.ROOT, "points: mean error %.1f %% of the face's width%n", 100 * result.pointError());
        System.out.printf(
                Locale.ROOT,
                "smile: %.1f %% right; always saying what is most frequent: %.1f %%%n",
                100 * result.smile().accuracy(),
                100 * result.smile().majorityBaseline());
    }
}
