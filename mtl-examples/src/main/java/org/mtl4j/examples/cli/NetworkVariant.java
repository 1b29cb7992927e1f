package org.mtl4j.examples.cli;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.mtl4j.examples.report.EnumName;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.task.Task;

/**
 * The ways to share that are compared, for any {@link Backbone}. Units mix after each of its four blocks, per channel,
 * and after the dense layer, per layer.
 */
enum NetworkVariant {
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

    /** The variants that the poster compares. */
    static final List<NetworkVariant> POSTER =
            List.of(SINGLE_TASK, SPLIT, CROSS_STITCH, CROSS_STITCH_L2, CROSS_STITCH_EXPONENTIAL);

    /** More attributes than these are one task of several labels, not a task each. */
    private static final int MOST_TASKS = 10;

    private final String title;

    NetworkVariant(String title) {
        this.title = title;
    }

    /** {@return how tables call it} */
    String title() {
        return title;
    }

    /** {@return how the command line calls it} */
    String option() {
        return EnumName.hyphenated(this);
    }

    /**
     * Finds the variant that the command line calls so.
     *
     * @throws IllegalArgumentException if there is none
     */
    static NetworkVariant of(String option) {
        return Arrays.stream(values())
                .filter(variant -> variant.option().equals(option.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no variant '%s'; there are %s"
                        .formatted(
                                option,
                                Arrays.stream(values())
                                        .map(NetworkVariant::option)
                                        .toList())));
    }

    /** Tells whether it has units. */
    boolean stitched() {
        return ordinal() >= CROSS_STITCH.ordinal();
    }

    /** Tells whether weights are tied. */
    boolean tied() {
        return this == CROSS_STITCH_L2 || this == CROSS_STITCH_EXPONENTIAL;
    }

    /** {@return the tasks that learn a layout's attributes: one for each, or one for all where they are many} */
    private List<FaceTask> attributeTasks(FaceLayout layout) {
        if (layout.attributes().isEmpty()) {
            throw new IllegalArgumentException("--variant '%s' needs attributes, and the faces have none; %s needs none"
                    .formatted(option(), SINGLE_TASK.option()));
        }
        return layout.attributes().size() > MOST_TASKS
                ? List.of(layout.named("attributes"))
                : layout.attributes().stream().map(FaceTask::attribute).toList();
    }

    /** {@return the tasks for faces of MTFL's layout} */
    List<FaceTask> tasks() {
        return tasks(FaceLayout.MTFL);
    }

    /**
     * {@return the tasks in the order of the network's outputs}
     *
     * @param layout what the faces are marked with
     * @throws IllegalArgumentException if the variant has tasks for attributes, and the layout none
     */
    List<FaceTask> tasks(FaceLayout layout) {
        return switch (this) {
            case SINGLE_TASK -> List.of(layout.points());
            case ATTRIBUTES -> attributeTasks(layout);
            default ->
                ImmutableList.<FaceTask>builder()
                        .add(layout.points())
                        .addAll(attributeTasks(layout))
                        .build();
        };
    }

    private static SplitHead head(NetworkSettings settings, List<Task> tasks) {
        return new SplitHead(tasks.stream()
                .map(task -> new SplitHead.Branch(task, settings.backbone().branch(task, settings.width())))
                .toList());
    }

    /** Builds the network with these settings. */
    MultiTaskNetwork network(NetworkSettings settings) {
        int size = settings.size();
        Task landmarks = settings.landmarks();
        List<Task> attributes = this == SINGLE_TASK
                ? List.of()
                : attributeTasks(settings.layout()).stream().map(FaceTask::task).toList();
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.image(1, size, size));
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
                network.stitch(vector ? settings.unitOnVector() : settings.unitOnMaps());
            }
        });
        if (tied()) {
            network.regularize(WeightRelatednessRegularizer.over(
                            settings.tiedLayers().toArray(String[]::new))
                    .withRelatedness(this == CROSS_STITCH_L2 ? Relatedness.l2() : Relatedness.exponentialLinear())
                    .withStrength(settings.strength()));
        }
        return network.build();
    }
}
