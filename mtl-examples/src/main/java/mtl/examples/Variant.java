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
    private static final String[] OMEGA = {"conv1", "conv2", "conv3", "conv4", "fc"};

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

    /** The tasks in the order of the network's outputs. */
    List<FaceTask> tasks() {
        return this == SINGLE_TASK
                ? List.of(FaceTask.LANDMARKS)
                : List.of(FaceTask.LANDMARKS, FaceTask.GENDER, FaceTask.SMILE, FaceTask.GLASSES, FaceTask.POSE);
    }

    /**
     * The network for gray crops of this size.
     *
     * @param ownShare α_S of the units at their start
     * @param strength λ_w
     */
    MultiTaskNetwork network(int size, double ownShare, double strength) {
        return network(
                size,
                FaceTask.LANDMARKS.task().weighted(LANDMARK_WEIGHT),
                CrossStitchUnit.perChannel(ownShare),
                CrossStitchUnit.perLayer(ownShare),
                strength);
    }

    /**
     * The network with a loss and units of one's own.
     *
     * @param landmarks the landmarks with loss and weight
     * @param onMaps the unit after each of the four blocks
     * @param onVector the unit after the dense layer
     */
    MultiTaskNetwork network(
            int size, Task landmarks, CrossStitchUnit onMaps, CrossStitchUnit onVector, double strength) {
        Task[] attributes = {
            FaceTask.GENDER.task(), FaceTask.SMILE.task(), FaceTask.GLASSES.task(), FaceTask.POSE.task()
        };
        boolean stitched = ordinal() >= CROSS_STITCH.ordinal();
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
            if (stitched) {
                network.stitch(onMaps);
            }
        }
        network.dense("fc", 120);
        if (stitched) {
            network.stitch(onVector);
        }
        if (this == CROSS_STITCH_L2 || this == CROSS_STITCH_EXPONENTIAL) {
            network.regularize(WeightRelatednessRegularizer.over(OMEGA)
                    .by(this == CROSS_STITCH_L2 ? Relatedness.l2() : Relatedness.exponentialLinear())
                    .strength(strength));
        }
        return network.build();
    }
}
