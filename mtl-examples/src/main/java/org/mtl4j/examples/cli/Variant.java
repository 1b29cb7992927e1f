package org.mtl4j.examples.cli;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;

/**
 * The ways to share that are compared, for any {@link Backbone}. Units mix after each of its four blocks, per
 * channel, and after the dense layer, per layer.
 */
enum Variant {
    /** Landmarks alone. */
    SINGLE_TASK("single task"),
    /** The attributes alone: what they are worth without the landmarks. Not on the poster. */
    ATTRIBUTES("attributes alone"),
    /** One tower, split at its last layer. */
    SPLIT("split"),
    /** A tower for the landmarks and one for the attributes. */
    CROSS_STITCH("cross-stitch"),
    /** Cross-stitch with ‖θ1 − θ2‖². */
    CROSS_STITCH_L2("cross-stitch + L2"),
    /** Cross-stitch with exp(‖aθ1 + b − θ2‖²) − 1. */
    CROSS_STITCH_EXPONENTIAL("cross-stitch + exponential-linear");

    /** Those that the poster compares. */
    static final List<Variant> POSTER =
            List.of(SINGLE_TASK, SPLIT, CROSS_STITCH, CROSS_STITCH_L2, CROSS_STITCH_EXPONENTIAL);

    private static final List<FaceTask> ATTRIBUTE_TASKS =
            List.of(FaceTask.GENDER, FaceTask.SMILE, FaceTask.GLASSES, FaceTask.POSE);

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
        return switch (this) {
            case SINGLE_TASK -> List.of(FaceTask.LANDMARKS);
            case ATTRIBUTES -> ATTRIBUTE_TASKS;
            default ->
                ImmutableList.<FaceTask>builder()
                        .add(FaceTask.LANDMARKS)
                        .addAll(ATTRIBUTE_TASKS)
                        .build();
        };
    }

    /**
     * What can be chosen about a network.
     *
     * @param backbone the layers of each tower
     * @param width by what its numbers of channels are multiplied
     * @param size side of the gray crops
     * @param landmarks the landmarks with loss and weight
     * @param onMaps the unit after the blocks
     * @param onVector the unit after the dense layer
     * @param places where there are units
     * @param strength λ_w
     * @param omega the layers whose weights are tied
     */
    record Settings(
            Backbone backbone,
            double width,
            int size,
            Task landmarks,
            CrossStitchUnit onMaps,
            CrossStitchUnit onVector,
            List<String> places,
            double strength,
            List<String> omega) {
        /** All at their usual values, for the crops that the backbone is made for. */
        static Settings of(Backbone backbone) {
            return new Settings(
                    backbone,
                    1,
                    backbone.size(),
                    FaceTask.LANDMARKS.task().weighted(1000),
                    CrossStitchUnit.perChannel(),
                    CrossStitchUnit.perLayer(),
                    backbone.places(),
                    1e-3,
                    backbone.omega());
        }
    }

    private static SplitHead head(Settings settings, List<Task> tasks) {
        return new SplitHead(tasks.stream()
                .map(task -> new SplitHead.Branch(task, settings.backbone().branch(task, settings.width())))
                .toList());
    }

    /** The network with these settings. */
    MultiTaskNetwork network(Settings settings) {
        int size = settings.size();
        Task landmarks = settings.landmarks();
        List<Task> attributes = ATTRIBUTE_TASKS.stream().map(FaceTask::task).toList();
        MultiTaskNetwork.Builder network = MultiTaskNetwork.builder(Shape.image(1, size, size));
        switch (this) {
            case SINGLE_TASK -> network.tower("face", head(settings, List.of(landmarks)));
            case ATTRIBUTES -> network.tower("face", head(settings, attributes));
            case SPLIT ->
                network.tower(
                        "face",
                        head(
                                settings,
                                ImmutableList.<Task>builder()
                                        .add(landmarks)
                                        .addAll(attributes)
                                        .build()));
            default ->
                network.tower("landmarks", head(settings, List.of(landmarks)))
                        .tower("attributes", head(settings, attributes));
        }
        String last =
                settings.backbone().places().get(settings.backbone().places().size() - 1);
        settings.backbone().append(network, settings.width(), place -> {
            if (stitched() && settings.places().contains(place)) {
                boolean vector = place.equals(last) && settings.backbone().endsInVector();
                network.stitch(vector ? settings.onVector() : settings.onMaps());
            }
        });
        if (tied()) {
            network.regularize(
                    WeightRelatednessRegularizer.over(settings.omega().toArray(String[]::new))
                            .by(this == CROSS_STITCH_L2 ? Relatedness.l2() : Relatedness.exponentialLinear())
                            .strength(settings.strength()));
        }
        return network.build();
    }
}
