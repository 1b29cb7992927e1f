package org.mtl4j.examples.programs;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.synthetic.SyntheticFaces;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.MixedBatches;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Two corpora, one with points and one with attributes, of which some are unknown: no face has the labels of all tasks.
 */
public final class MissingLabels {
    private static final FaceCrop CROP = FaceCrop.of(24);

    private MissingLabels() {}

    /** {@return a tower for points and one for attributes} */
    static MultiTaskNetwork network() {
        return MultiTaskNetwork.builder(Shape.image(1, 24, 24))
                .tower("points", SplitHead.of(FaceTask.LANDMARKS.task().withWeight(1000)))
                .tower("attributes", SplitHead.of(FaceTask.POSE.task(), FaceTask.GLASSES.task()))
                .convolution("conv1", 12, 5)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel())
                .convolution("conv2", 24, 3)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc", 48)
                .build();
    }

    /** Trains one network on both corpora, and asks it for everything on faces of neither. */
    public static FaceEvaluation run(int facesEach, int epochs, long seed) throws IOException {
        MultiTaskNetwork network = network();

        // The first corpus knows where the points are, and nothing else.
        FaceCorpus pointed = SyntheticFaces.corpus(facesEach, seed);
        // The second one knows where faces look, and of about every other one whether there are glasses. Labels that
        // are not there
        // are
        // masked: FaceBatches does it here, ArrayBatches.withNaNAsMissing() for arrays with NaN.
        FaceCorpus described = SyntheticFaces.corpus(facesEach, seed + 1).map(MissingLabels::partly);

        // One batch of each in turn; where a corpus does not label a task, the task is left alone.
        MultiDataSetIterator both = MixedBatches.of(network)
                .with(batches(pointed, seed, FaceTask.LANDMARKS), "landmarks")
                .with(batches(described, seed, FaceTask.POSE, FaceTask.GLASSES), "pose", "glasses");
        Dl4jModel model = Dl4jModel.create(
                network, TrainingPlan.adam(2e-3).withCosineDecay(epochs).withSeed(seed));
        model.fit(both, FitOptions.epochs(epochs));
        return FaceEvaluation.of(model, SyntheticFaces.corpus(200, seed + 2).crops(CROP));
    }

    private static FaceSample partly(FaceSample face) {
        FaceAttributes all = face.attributes();
        boolean known = face.id().hashCode() % 2 == 0;
        return FaceSample.of(face.id(), face.image())
                .withBox(face.box().orElseThrow())
                .withAttributes(new FaceAttributes(
                        Optional.empty(), Optional.empty(), known ? all.glasses() : Optional.empty(), all.pose()));
    }

    private static MultiDataSetIterator batches(FaceCorpus corpus, long seed, FaceTask... tasks) throws IOException {
        return corpus.crops(CROP)
                .batches()
                .tasks(tasks)
                .batchSize(32)
                .shuffleSeed(seed)
                .build();
    }

    /** Prints what the network can do. */
    public static void main(String[] args) throws IOException {
        FaceEvaluation evaluation = run(500, 10, 5);
        System.out.printf(
                Locale.ROOT,
                "points: mean error %.1f %% of the face's width%n",
                100 * evaluation.landmarks().orElseThrow().meanError());
        System.out.println(evaluation.scores());
    }
}
