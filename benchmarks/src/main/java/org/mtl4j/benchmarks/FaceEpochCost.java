package org.mtl4j.benchmarks;

import static org.mtl4j.faces.FaceTask.GENDER;
import static org.mtl4j.faces.FaceTask.GLASSES;
import static org.mtl4j.faces.FaceTask.LANDMARKS;
import static org.mtl4j.faces.FaceTask.POSE;
import static org.mtl4j.faces.FaceTask.SMILE;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.faces.Augmentation;
import org.mtl4j.faces.FaceBatches;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.PrefetchedFaceBatches;
import org.mtl4j.mtfl.MtflCorpus;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.synthetic.SyntheticFaces;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * How much longer an epoch of faces takes than one of batches that lie in memory as they are trained on: faces shuffled
 * and made into batches ahead of training, without and with augmentation. The poster's network with all that towers can
 * share and all five tasks, {@link InterleavedTiming}.
 */
final class FaceEpochCost {
    private static final int DRAWN = 4096;
    private static final int BATCH = 128;
    private static final int ROUNDS = 18;

    private FaceEpochCost() {}

    /**
     * Measures and prints a table.
     *
     * @param arguments the folder of the MTFL corpus, or nothing for drawn faces
     */
    public static void main(String[] arguments) throws IOException {
        FaceCorpus corpus = arguments.length == 0
                ? SyntheticFaces.corpus(DRAWN, 1)
                : MtflCorpus.load(Path.of(arguments[0])).training();
        FaceCrops plain = corpus.crops(FaceCrop.of(PosterNetwork.SIZE));
        FaceCrops varied = corpus.cropping(FaceCrop.of(PosterNetwork.SIZE))
                .augmentation(Augmentation.standard())
                .cut();
        try (PrefetchedFaceBatches ahead = batches(plain).build().prefetched();
                PrefetchedFaceBatches augmented =
                        batches(varied).augmentationSeed(1).build().prefetched()) {
            Dl4jModel model = Dl4jModel.create(network(), TrainingPlan.adam(PosterNetwork.RATE));
            Map<String, Runnable> kinds = new LinkedHashMap<>();
            kinds.put(
                    "batches in memory",
                    epoch(model, ListBatches.of(all(batches(plain).build()))));
            kinds.put("faces", epoch(model, ahead));
            kinds.put("faces, augmented", epoch(model, augmented));
            InterleavedTiming.compare(kinds, ROUNDS, 1, "epoch of %s faces".formatted(plain.size()));
        }
    }

    private static FaceBatches.Builder batches(FaceCrops crops) {
        return crops.batches()
                .tasks(LANDMARKS, GENDER, SMILE, GLASSES, POSE)
                .batchSize(BATCH)
                .shuffleSeed(1);
    }

    private static List<MultiDataSet> all(FaceBatches batches) {
        List<MultiDataSet> all = new ArrayList<>();
        batches.forEachRemaining(all::add);
        return all;
    }

    private static MultiTaskNetwork network() {
        return PosterNetwork.of(
                ImmutableMap.of(
                        "landmarks", SplitHead.of(LANDMARKS.task().withWeight(100)),
                        "attributes", SplitHead.of(GENDER.task(), SMILE.task(), GLASSES.task(), POSE.task())),
                PosterNetwork.SIZE,
                PosterNetwork.Sharing.STITCHES_AND_RELATEDNESS);
    }

    private static Runnable epoch(Dl4jModel model, MultiDataSetIterator faces) {
        return () -> model.fit(faces, FitOptions.epochs(1));
    }
}
