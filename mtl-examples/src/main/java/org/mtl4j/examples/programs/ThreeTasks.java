package org.mtl4j.examples.programs;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.synthetic.SyntheticFaces;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Three tasks, three towers: what goes from whom to whom, channel by channel. */
public final class ThreeTasks {
    private ThreeTasks() {}

    /**
     * What was learned.
     *
     * @param alphas per place of a unit α {@code [3, 3, channels]}; α[s, t] weighs what goes from tower t into tower s
     * @param evaluation on faces that were not trained on
     */
    public record Result(Map<String, INDArray> alphas, FaceEvaluation evaluation) {}

    /** {@return three towers, with units between all and between two of them} */
    static MultiTaskNetwork network() {
        return MultiTaskNetwork.builder(Shape.image(1, 24, 24))
                .tower("points", SplitHead.of(FaceTask.LANDMARKS.task().withWeight(1000)))
                .tower("glasses", SplitHead.of(FaceTask.GLASSES.task()))
                .tower("pose", SplitHead.of(FaceTask.POSE.task()))
                .convolution("conv1", 8, 5)
                .maxPool(2)
                // each tower starts with 0.8 of its own and 0.1 of either other; rows of α sum to one
                .stitch(CrossStitchUnit.perChannel(0.8, 0.1).withLearningRateFactor(5))
                .convolution("conv2", 16, 3)
                .maxPool(2)
                // two of the towers only, and one number per layer in place of one per channel
                .stitch(CrossStitchUnit.perLayer(0.9).withTowers("points", "pose"))
                .dense("fc", 32)
                .build();
    }

    /** Trains on four fifths of so many drawn faces. */
    public static Result run(int faces, int epochs, long seed) throws IOException {
        MultiTaskNetwork network = network();
        FaceCorpus.Split split = SyntheticFaces.corpus(faces, seed).split(0.2, seed);
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(2e-3).withSeed(seed));
        model.fit(
                split.training()
                        .crops(FaceCrop.of(24))
                        .batches()
                        .tasks(FaceTask.LANDMARKS, FaceTask.GLASSES, FaceTask.POSE)
                        .batchSize(32)
                        .shuffleSeed(seed)
                        .build(),
                FitOptions.epochs(epochs));
        return new Result(
                model.alphas(), FaceEvaluation.of(model, split.validation().crops(FaceCrop.of(24))));
    }

    /** Prints α, mean over the channels, and the scores. */
    public static void main(String[] args) throws IOException {
        Result result = run(800, 8, 3);
        result.alphas()
                .forEach((place, alpha) -> System.out.printf(
                        "alpha after %s, row = into, column = from:%n%s%n",
                        place, alpha.rank() == 3 ? alpha.mean(2) : alpha));
        System.out.println(result.evaluation().scores());
        System.out.printf(
                Locale.ROOT,
                "points: mean error %.1f %% of the face's width%n",
                100 * result.evaluation().landmarks().orElseThrow().meanError());
    }
}
