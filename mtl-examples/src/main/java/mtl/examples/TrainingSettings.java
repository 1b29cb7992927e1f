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
import mtl.loss.SmoothL1Loss;
import mtl.loss.WingLoss;
import mtl.network.MultiTaskNetwork;
import mtl.stitch.CrossStitchUnit;
import mtl.train.TrainingPlan;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
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
            names = "--schedule",
            paramLabel = "NAME",
            description =
                    "of the learning rate: exponential, by --decay, or cosine, down to 0 (default: ${DEFAULT-VALUE})",
            defaultValue = "exponential")
    Schedule schedule;

    @Option(
            names = "--warm-up",
            paramLabel = "STEPS",
            description = "steps in which the learning rate rises from 0 (default: ${DEFAULT-VALUE})",
            defaultValue = "0")
    int warmUp;

    @Option(
            names = "--loss",
            paramLabel = "NAME",
            description = "of the landmarks: mse, wing or smooth-l1 (default: ${DEFAULT-VALUE})",
            defaultValue = "mse")
    LandmarkLoss loss;

    @Option(
            names = "--landmark-weight",
            paramLabel = "LAMBDA",
            description = "weight of the landmarks' loss (default: 1000 for mse, 10 for wing, 50 for smooth-l1)")
    Double landmarkWeight;

    @Option(
            names = "--alpha-rate",
            paramLabel = "FACTOR",
            description = "learning rate of alpha as a multiple of the weights' (default: ${DEFAULT-VALUE})",
            defaultValue = "1")
    double alphaRate;

    @Option(
            names = "--freeze-alpha",
            paramLabel = "EPOCHS",
            description = "epochs for which alpha stays at its initial value (default: ${DEFAULT-VALUE})",
            defaultValue = "0")
    int freezeAlpha;

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

    /** How the rate falls. */
    enum Schedule {
        EXPONENTIAL,
        COSINE
    }

    /** What the landmarks are trained by. The numbers are for coordinates relative to the box. */
    enum LandmarkLoss {
        MSE(new LossMSE(), Variant.LANDMARK_WEIGHT),
        WING(new WingLoss(0.045, 0.009), 10),
        SMOOTH_L1(new SmoothL1Loss(0.02), 50);

        private final transient ILossFunction function;
        private final double weight;

        LandmarkLoss(ILossFunction function, double weight) {
            this.function = function;
            this.weight = weight;
        }
    }

    MultiTaskNetwork network(Variant variant) {
        return variant.network(network(ownShare, alphaRate, landmarkWeight(), Variant.PLACES, strength, Variant.OMEGA));
    }

    /** The settings with some of them replaced. */
    Variant.Settings network(
            double share, double rateOfAlpha, double weight, List<String> places, double lambda, List<String> omega) {
        return new Variant.Settings(
                size,
                FaceTask.LANDMARKS.task().withLoss(loss.function).weighted(weight),
                CrossStitchUnit.perChannel(share)
                        .learningRateFactor(rateOfAlpha)
                        .frozenFor(freezeAlpha),
                CrossStitchUnit.perLayer(share).learningRateFactor(rateOfAlpha).frozenFor(freezeAlpha),
                places,
                lambda,
                omega);
    }

    double landmarkWeight() {
        return landmarkWeight == null ? loss.weight : landmarkWeight;
    }

    TrainingPlan plan(long seed, int epochs) {
        return plan(seed, epochs, rate);
    }

    TrainingPlan plan(long seed, int epochs, double rate) {
        TrainingPlan constant = TrainingPlan.adam(rate).seed(seed);
        TrainingPlan plan = schedule == Schedule.COSINE ? constant.cosine(epochs) : constant.decayedPerEpoch(decay);
        return warmUp > 0 ? plan.warmedUp(warmUp) : plan;
    }

    /** All values, to tell whether two runs are alike. */
    String describe() {
        String plain = "batch %d, rate %s, decay %s, size %d, own share %s, strength %s"
                .formatted(batch, rate, decay, size, ownShare, strength);
        if (schedule == Schedule.COSINE) {
            plain += ", cosine instead of decay";
        }
        if (warmUp > 0) {
            plain += ", warm-up " + warmUp;
        }
        if (loss != LandmarkLoss.MSE || landmarkWeight != null) {
            plain += ", landmarks by %s, weight %s".formatted(loss.function, landmarkWeight());
        }
        if (alphaRate != 1 || freezeAlpha > 0) {
            plain += ", alpha rate x%s, frozen for %d epochs".formatted(alphaRate, freezeAlpha);
        }
        String augmented = augment ? plain + ", " + Augmentation.standard() : plain;
        return broken.describe().map(count -> augmented + ", " + count).orElse(augmented);
    }
}
