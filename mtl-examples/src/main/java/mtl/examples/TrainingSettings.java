package mtl.examples;

import java.io.IOException;
import java.util.List;
import mtl.faces.Augmentation;
import mtl.faces.FaceBatches;
import mtl.faces.FaceCorpus;
import mtl.faces.FaceCrop;
import mtl.faces.FaceCrops;
import mtl.faces.FaceTask;
import mtl.faces.PrefetchedFaceBatches;
import mtl.train.TrainingPlan;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of training that commands share; every default is what the figures in the README were made with. */
final class TrainingSettings {
    @Option(names = "--batch", description = "faces per step (default: ${DEFAULT-VALUE})", defaultValue = "64")
    int batch;

    @Option(names = "--rate", description = "learning rate of Adam (default: ${DEFAULT-VALUE})", defaultValue = "1e-3")
    double rate;

    @Option(
            names = "--decay",
            description = "factor of the rate after each epoch (default: ${DEFAULT-VALUE})",
            defaultValue = "0.9")
    double decay;

    @Option(
            names = "--size",
            description = "side of the crops in pixels (default: ${DEFAULT-VALUE})",
            defaultValue = "39")
    int size;

    @Option(
            names = "--own-share",
            description = "initial alpha of a tower's own activation (default: ${DEFAULT-VALUE})",
            defaultValue = "0.9")
    double ownShare;

    @Option(
            names = "--strength",
            description = "lambda_w of the weight relatedness (default: ${DEFAULT-VALUE})",
            defaultValue = "1e-3")
    double strength;

    @Option(
            names = "--augment",
            description = "changes the training faces at random, differently in each epoch: mirrored, shifted, resized,"
                    + " turned, other light, noise, occlusions")
    boolean augment;

    @Mixin
    SkipOption broken;

    /** The training faces, cut out, with what the augmentation needs if there is one. */
    FaceCrops training(FaceCorpus faces, FaceCrop crop) throws IOException {
        FaceCrops.Builder crops = faces.cropping(crop);
        return broken.cut(augment ? crops.augmentation(Augmentation.standard()) : crops);
    }

    /** The validation faces, cut out. */
    FaceCrops validating(FaceCorpus faces, FaceCrop crop) throws IOException {
        return broken.cut(faces.cropping(crop));
    }

    /** Their batches, made ahead; one seed for their order and for the augmentation. */
    PrefetchedFaceBatches batches(FaceCrops training, List<FaceTask> tasks, long seed) {
        FaceBatches.Builder batches =
                training.batches().tasks(tasks).batchSize(batch).shuffledBy(seed);
        return (augment ? batches.augmentedBy(seed) : batches).build().prefetched();
    }

    TrainingPlan plan(long seed) {
        return TrainingPlan.adam(rate).decayedPerEpoch(decay).seed(seed);
    }

    /** All values, to tell whether two runs are alike. */
    String describe() {
        String plain = "batch %d, rate %s, decay %s, size %d, own share %s, strength %s"
                .formatted(batch, rate, decay, size, ownShare, strength);
        String augmented = augment ? plain + ", " + Augmentation.standard() : plain;
        return broken.describe().map(count -> augmented + ", " + count).orElse(augmented);
    }
}
