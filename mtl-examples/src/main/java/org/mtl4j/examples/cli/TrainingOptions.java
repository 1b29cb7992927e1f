package org.mtl4j.examples.cli;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.mtl4j.faces.Augmentation;
import org.mtl4j.faces.FaceBatches;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceLayout;
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

/** Options of training that commands share; every default is what the published figures were made with. */
final class TrainingOptions {
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
            paramLabel = "FRACTION",
            description =
                    "fraction of the box added on each side of a crop (default: 0 for the poster's backbone, 0.1 for"
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
            description = "threads among which each batch is divided (default: as many as there are)")
    private Integer workers;

    @Option(
            names = "--labels",
            split = ",",
            paramLabel = "TASK=FRACTION",
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
    SkipBrokenOption skipBroken;

    /** What the faces are marked with, once they have been read. */
    private FaceLayout layout = FaceLayout.MTFL;

    /** Takes what the faces are marked with. */
    void use(FaceLayout layout) {
        this.layout = layout;
    }

    /** {@return the tasks of a variant, in the order of the network's outputs} */
    List<FaceTask> tasks(NetworkVariant variant) {
        return variant.tasks(layout);
    }

    /** {@return how faces are cut out} */
    FaceCrop crop() {
        return FaceCrop.of(size()).withMargin(margin == null ? backbone.margin() : margin);
    }

    private int size() {
        return size == null ? backbone.size() : size;
    }

    /** Cuts out the training faces, with the labels that are used, and what the augmentation needs if there is one. */
    FaceCrops training(FaceCorpus faces, FaceCrop crop) throws IOException {
        FaceCorpus labelled = faces;
        for (Map.Entry<String, Double> fraction :
                new TreeMap<>(labels).entrySet()) { // in whatever order they are given
            labelled = labelled.withLabelFraction(
                    faces.layout().named(fraction.getKey()), fraction.getValue(), LABELS_SEED);
        }
        FaceCrops.Builder crops = labelled.cropping(crop);
        return skipBroken.crop(augment ? crops.augmentation(Augmentation.standard()) : crops);
    }

    /** Cuts out the validation faces. */
    FaceCrops validating(FaceCorpus faces, FaceCrop crop) throws IOException {
        return skipBroken.crop(faces.cropping(crop));
    }

    /** Makes batches ahead of training; one seed for their order and for the augmentation. */
    PrefetchedFaceBatches batches(FaceCrops training, List<FaceTask> tasks, long seed) {
        FaceBatches.Builder batches =
                training.batches().tasks(tasks).batchSize(batch).shuffleSeed(seed);
        return (augment ? batches.augmentationSeed(seed) : batches).build().prefetched();
    }

    /** Ways in which the learning rate falls. */
    enum Schedule {
        EXPONENTIAL,
        COSINE
    }

    /** Losses that the landmarks are trained by. The numbers are for coordinates relative to the box. */
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

    /** Builds the network of a variant. */
    MultiTaskNetwork network(NetworkVariant variant) {
        return variant.network(
                network(ownShare, alphaRate, landmarkWeight(), backbone.places(), strength, backbone.tiedLayers()));
    }

    /** {@return the settings of the network, with these in place of the options} */
    NetworkSettings network(
            double share,
            double rateOfAlpha,
            double weight,
            List<String> places,
            double lambda,
            List<String> tiedLayers) {
        return new NetworkSettings(
                backbone,
                width,
                size(),
                layout,
                layout.points().task().withLoss(loss.function).withWeight(weight),
                CrossStitchUnit.perChannel(share)
                        .withLearningRateFactor(rateOfAlpha)
                        .withFrozenEpochs(freezeAlpha),
                CrossStitchUnit.perLayer(share)
                        .withLearningRateFactor(rateOfAlpha)
                        .withFrozenEpochs(freezeAlpha),
                places,
                lambda,
                tiedLayers);
    }

    /** Checks what picocli cannot know of numbers. */
    void check(CommandSpec spec) {
        if (!(width > 0 && width < Double.POSITIVE_INFINITY)) {
            throw new ParameterException(spec.commandLine(), "--width must be finite and above 0, got " + width);
        }
        if (warmUp < 0) {
            throw new ParameterException(spec.commandLine(), "--warm-up must be at least 0, got " + warmUp);
        }
        if (workers != null && workers < 1) {
            throw new ParameterException(spec.commandLine(), "--workers must be at least 1, got " + workers);
        }
    }

    /** {@return the weight of the landmarks' loss: as given, or the usual one of the loss} */
    double landmarkWeight() {
        return landmarkWeight == null ? loss.weight : landmarkWeight;
    }

    /** {@return the plan that the options say} */
    TrainingPlan plan(long seed, int epochs) {
        return plan(seed, epochs, rate);
    }

    /** {@return the same with this learning rate} */
    TrainingPlan plan(long seed, int epochs, double rate) {
        TrainingPlan constant = TrainingPlan.adam(rate).withSeed(seed);
        TrainingPlan plan =
                schedule == Schedule.COSINE ? constant.withCosineDecay(epochs) : constant.withExponentialDecay(decay);
        return warmUp > 0 ? plan.withWarmUp(warmUp) : plan;
    }

    /** {@return the part of a call of {@code fit} that is decided here} */
    FitOptions fit(int epochs) {
        FitOptions options = FitOptions.epochs(epochs);
        if (workers != null) {
            options = options.withWorkers(workers);
        }
        return average == null ? options : options.withParameterAveraging(average);
    }

    /** {@return the number of epochs where the schedule of the learning rate depends on it; empty otherwise} */
    OptionalInt scheduledEpochs(int epochs) {
        return schedule == Schedule.COSINE ? OptionalInt.of(epochs) : OptionalInt.empty();
    }

    /**
     * These options' part of a {@link RunIdentity}, as they take effect: with defaults in place of what is not given.
     *
     * @param labels fractions of the labels that are used, by task
     * @param augmentation parameters of the changes, if there are any
     * @param brokenLeftOut how many broken lines and faces were left out
     */
    record Identity(
            int batch,
            double rate,
            Schedule schedule,
            double decay,
            int warmUp,
            Backbone backbone,
            double width,
            int size,
            double margin,
            double ownShare,
            double alphaRate,
            int freezeAlpha,
            double strength,
            LandmarkLoss loss,
            double landmarkWeight,
            OptionalDouble average,
            OptionalInt workers,
            SortedMap<String, Double> labels,
            SortedMap<String, String> augmentation,
            long brokenLeftOut) {}

    /** Gathers these options' part of a run's identity, once the faces have been read. */
    Identity identity() {
        return new Identity(
                batch,
                rate,
                schedule,
                decay,
                warmUp,
                backbone,
                width,
                size(),
                crop().margin(),
                ownShare,
                alphaRate,
                freezeAlpha,
                strength,
                loss,
                landmarkWeight(),
                average == null ? OptionalDouble.empty() : OptionalDouble.of(average),
                workers == null ? OptionalInt.empty() : OptionalInt.of(workers),
                new TreeMap<>(labels),
                augment ? new TreeMap<>(Augmentation.standard().toMap()) : new TreeMap<>(),
                skipBroken.skipped());
    }
}
