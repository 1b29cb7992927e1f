package org.mtl4j.examples.cli;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.mtl4j.faces.Augmentation;
import org.mtl4j.faces.FaceBatches;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.faces.PrefetchedFaceBatches;
import org.mtl4j.loss.SmoothL1Loss;
import org.mtl4j.loss.WingLoss;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options of training that commands share; every default is what the figures in the README were made with. */
final class TrainingSettings {
    /** The same labels are kept in all runs, so that these can be compared. */
    private static final long LABELS_SEED = 1;

    @Option(names = "--batch", description = "faces per step (default: ${DEFAULT-VALUE})", defaultValue = "64")
    private int batch;

    @Option(names = "--rate", description = "learning rate of Adam (default: ${DEFAULT-VALUE})", defaultValue = "1e-3")
    double rate;

    @Option(
            names = "--decay",
            description = "factor of the rate after each epoch (default: ${DEFAULT-VALUE})",
            defaultValue = "0.9")
    double decay;

    @Option(
            names = "--backbone",
            paramLabel = "NAME",
            description = "the layers of each tower: poster, residual or residual-branches (default: ${DEFAULT-VALUE})",
            defaultValue = "poster")
    Backbone backbone;

    @Option(
            names = "--width",
            paramLabel = "FACTOR",
            description = "of the backbone's numbers of channels (default: ${DEFAULT-VALUE})",
            defaultValue = "1")
    private double width;

    @Option(
            names = "--size",
            paramLabel = "PIXELS",
            description = "side of the crops (default: 39 for the poster's backbone, 64 for the residual ones)")
    private Integer size;

    @Option(
            names = "--margin",
            paramLabel = "PART",
            description = "part of the box added on each side of a crop (default: 0 for the poster's backbone, 0.1 for"
                    + " the residual ones)")
    private Double margin;

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
            description = "of the landmarks: mse, l1, wing or smooth-l1 (default: ${DEFAULT-VALUE})",
            defaultValue = "mse")
    LandmarkLoss loss;

    @Option(
            names = "--landmark-weight",
            paramLabel = "LAMBDA",
            description =
                    "weight of the landmarks' loss (default: 1000 for mse, 100 for l1, 10 for wing, 50 for smooth-l1)")
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
            names = "--average",
            paramLabel = "DECAY",
            description =
                    "the model is the moving average of the weights with this decay, such as 0.998 (default: the last"
                            + " step's weights)")
    private Double average;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "threads among which each batch is divided (default: as many as there are, or one with batch"
                    + " normalisation, whose statistics are then those of the parts)",
            defaultValue = "0")
    private int workers;

    @Option(
            names = "--labels",
            split = ",",
            paramLabel = "TASK=SHARE",
            description =
                    "of so many training faces only the labels of a task are used, such as landmarks=0.1; attributes"
                            + " are gender, smile, glasses, pose, or attributes for all four")
    private Map<String, Double> labels = Map.of();

    @Option(
            names = "--augment",
            description = "changes the training faces at random, differently in each epoch: mirrored, shifted, resized,"
                    + " turned, other light, noise, occlusions")
    boolean augment;

    @Mixin
    SkipOption broken;

    /** How faces are cut out. */
    FaceCrop crop() {
        return FaceCrop.of(size()).withMargin(margin == null ? backbone.margin() : margin);
    }

    private int size() {
        return size == null ? backbone.size() : size;
    }

    /** The training faces with the labels that are used, cut out, with what the augmentation needs if there is one. */
    FaceCrops training(FaceCorpus faces, FaceCrop crop) throws IOException {
        FaceCorpus labelled = faces;
        for (Map.Entry<String, Double> share : new TreeMap<>(labels).entrySet()) { // in whatever order they are given
            labelled = labelled.withLabels(FaceTask.named(share.getKey()), share.getValue(), LABELS_SEED);
        }
        FaceCrops.Builder crops = labelled.cropping(crop);
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
        MSE(new LossMSE(), 1000),
        L1(new LossMAE(), 100),
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
        return variant.network(
                network(ownShare, alphaRate, landmarkWeight(), backbone.places(), strength, backbone.omega()));
    }

    /** The settings with some of them replaced. */
    Variant.Settings network(
            double share, double rateOfAlpha, double weight, List<String> places, double lambda, List<String> omega) {
        return new Variant.Settings(
                backbone,
                width,
                size(),
                FaceTask.LANDMARKS.task().withLoss(loss.function).weighted(weight),
                CrossStitchUnit.perChannel(share)
                        .learningRateFactor(rateOfAlpha)
                        .frozenFor(freezeAlpha),
                CrossStitchUnit.perLayer(share).learningRateFactor(rateOfAlpha).frozenFor(freezeAlpha),
                places,
                lambda,
                omega);
    }

    /** Refuses an option, if it is given, that would be without effect. */
    static void refuse(CommandSpec spec, String option, String why) {
        if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
            throw new ParameterException(spec.commandLine(), "%s has no effect: %s".formatted(option, why));
        }
    }

    /** What picocli cannot know of numbers. */
    void check(CommandSpec spec) {
        if (!(width > 0 && width < Double.POSITIVE_INFINITY)) {
            throw new ParameterException(spec.commandLine(), "--width must be finite and above 0, got " + width);
        }
        if (warmUp < 0) {
            throw new ParameterException(spec.commandLine(), "--warm-up must be at least 0, got " + warmUp);
        }
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

    /** Options of a call of fit that come from here. */
    FitOptions fit(int epochs) {
        FitOptions options = FitOptions.epochs(epochs).workers(workers);
        return average == null ? options : options.averagingParameters(average);
    }

    /** All values, to tell whether two runs are alike. */
    String describe() {
        String plain = "batch %d, rate %s, decay %s, size %d, own share %s, strength %s"
                .formatted(batch, rate, decay, size(), ownShare, strength);
        if (backbone != Backbone.POSTER || width != 1 || margin != null) {
            plain += ", %s backbone, width %s, margin %s"
                    .formatted(backbone.name().toLowerCase(Locale.ROOT).replace('_', '-'), width, crop().margin());
        }
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
        if (average != null) {
            plain += ", weights averaged with " + average;
        }
        if (workers > 0) {
            plain += ", workers " + workers;
        }
        if (!labels.isEmpty()) {
            plain += ", labels " + new TreeMap<>(labels);
        }
        String augmented = augment ? plain + ", " + Augmentation.standard() : plain;
        return broken.describe().map(count -> augmented + ", " + count).orElse(augmented);
    }
}
