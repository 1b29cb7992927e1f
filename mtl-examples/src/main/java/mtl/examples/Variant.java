package mtl.examples;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import mtl.faces.FaceTask;
import mtl.head.SplitHead;
import mtl.layer.Shape;
import mtl.network.MultiTaskNetwork;
import mtl.relatedness.Relatedness;
import mtl.relatedness.WeightRelatednessRegularizer;
import mtl.stitch.CrossStitchUnit;
import mtl.task.Task;

/**
 * The five networks that the poster compares. The layers are those of its reference implementation, after the first level
 * of Sun et al. (2013): convolutions 4x4x20, 3x3x40, 3x3x60, 2x2x80 with ReLU, pooling by 2 after the first three, dense
 * 120. Units mix after each of the four blocks, per channel, and after the dense layer, per layer.
 */
enum Variant {
    /** Landmarks alone. */
    SINGLE_TASK("single task"),
    /** One tower, split at its last layer. */
    SPLIT("split"),
    /** A tower for the landmarks and one for the attributes. */
    CROSS_STITCH("cross-stitch"),
    /** Cross-stitch with ‖θ1 − θ2‖². */
    CROSS_STITCH_L2("cross-stitch + L2"),
    /** Cross-stitch with exp(‖aθ1 + b − θ2‖²) − 1. */
    CROSS_STITCH_EXPONENTIAL("cross-stitch + exponential-linear");

    static final double LANDMARK_WEIGHT = 1000;

    private final String title;

    Variant(String title) {
        this.title = title;
    }

    /** How tables call it. */
    String title() {
        return title;
    }

    /** How the command line calls it. */
    String option() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Variant of(String option) {
        return Arrays.stream(values())
                .filter(variant -> variant.option().equals(option.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no variant '%s'; there are %s"
                        .formatted(
                                option,
                                Arrays.stream(values()).map(Variant::option).toList())));
    }

    /** Whether it has units. */
    boolean stitched() {
        return ordinal() >= CROSS_STITCH.ordinal();
    }

    /** Whether weights are tied. */
    boolean tied() {
        return this == CROSS_STITCH_L2 || this == CROSS_STITCH_EXPONENTIAL;
    }

    /** The tasks in the order of the network's outputs. */
    List<FaceTask> tasks() {
        return this == SINGLE_TASK
                ? List.of(FaceTask.LANDMARKS)
                : List.of(FaceTask.LANDMARKS, FaceTask.GENDER, FaceTask.SMILE, FaceTask.GLASSES, FaceTask.POSE);
    }

    /** The places that units can be at. */
    static final List<String> PLACES = List.of("pool1", "pool2", "pool3", "conv4", "fc");

    /** The layers whose weights can be tied. */
    static final List<String> OMEGA = List.of("conv1", "conv2", "conv3", "conv4", "fc");

    /**
     * What can be chosen about a network.
     *
     * @param size side of the gray crops
     * @param landmarks the landmarks with loss and weight
     * @param onMaps the unit after the blocks
     * @param onVector the unit after the dense layer
     * @param places where there are units
     * @param strength λ_w
     * @param omega the layers whose weights are tied
     */
    record Settings(
            int size,
            Task landmarks,
            CrossStitchUnit onMaps,
            CrossStitchUnit onVector,
            List<String> places,
            double strength,
            List<String> omega) {}

    /**
     * The network for gray crops of this size.
     *
     * @param ownShare α_S of the units at their start
     * @param strength λ_w
     */
    MultiTaskNetwork network(int size, double ownShare, double strength) {
        return network(new Settings(
                size,
                FaceTask.LANDMARKS.task().weighted(LANDMARK_WEIGHT),
                CrossStitchUnit.perChannel(ownShare),
                CrossStitchUnit.perLayer(ownShare),
                PLACES,
                strength,
                OMEGA));
    }

    /** The network with settings of one's own. */
    MultiTaskNetwork network(Settings settings) {
        int size = settings.size();
        Task landmarks = settings.landmarks();
        Task[] attributes = {
            FaceTask.GENDER.task(), FaceTask.SMILE.task(), FaceTask.GLASSES.task(), FaceTask.POSE.task()
        };
        boolean stitched = stitched();
        MultiTaskNetwork.Builder network = MultiTaskNetwork.builder(Shape.image(1, size, size));
        if (this == SINGLE_TASK) {
            network.tower("face", SplitHead.of(landmarks));
        } else if (this == SPLIT) {
            network.tower(
                    "face",
                    SplitHead.of(landmarks)
                            .with(attributes[0])
                            .with(attributes[1])
                            .with(attributes[2])
                            .with(attributes[3]));
        } else {
            network.tower("landmarks", SplitHead.of(landmarks)).tower("attributes", SplitHead.of(attributes));
        }
        int[] channels = {20, 40, 60, 80};
        int[] kernels = {4, 3, 3, 2};
        for (int i = 0; i < channels.length; i++) {
            network.convolution("conv" + (i + 1), channels[i], kernels[i]);
            if (i < 3) {
                network.maxPool(2);
            }
            if (stitched && settings.places().contains(PLACES.get(i))) {
                network.stitch(settings.onMaps());
            }
        }
        network.dense("fc", 120);
        if (stitched && settings.places().contains("fc")) {
            network.stitch(settings.onVector());
        }
        if (tied()) {
            network.regularize(
                    WeightRelatednessRegularizer.over(settings.omega().toArray(String[]::new))
                            .by(this == CROSS_STITCH_L2 ? Relatedness.l2() : Relatedness.exponentialLinear())
                            .strength(settings.strength()));
        }
        return network.build();
    }
}
