package org.mtl4j.dl4j.internal.io;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.io.ArrayPlaces.Place;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.Tower;
import org.mtl4j.task.Task;
import org.mtl4j.train.HeldPart;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Finds the parameters of the parts that a plan holds still. */
public final class HeldParameters {
    private static final String TOWERS = "towers/";
    private static final String TASKS = "tasks/";

    private HeldParameters() {}

    /**
     * Refuses a plan that holds what the network does not have.
     *
     * @throws IllegalArgumentException if there are no parameters of a part; the message says which there are
     */
    public static void check(MultiTaskNetwork network, TrainingPlan plan, ComputationGraph graph) {
        if (plan.held().isEmpty()) {
            return;
        }
        List<Place> places = new ArrayPlaces(graph, network).parameters();
        for (HeldPart part : plan.held()) {
            List<String> beginnings = beginnings(part, network);
            if (places.stream().noneMatch(place -> beginsWith(place, beginnings))) {
                TreeSet<String> there = new TreeSet<>();
                places.forEach(place -> there.add(withoutLast(ArrayPlaces.bare(place.name()))));
                throw new IllegalArgumentException(
                        "TrainingPlan.withHeld: the network has no parameters of %s; it has those of %s"
                                .formatted(part, there));
            }
        }
    }

    /** {@return views of what is held still in an epoch, counted from 0 in the model's life} */
    public static List<INDArray> in(int epoch, MultiTaskNetwork network, TrainingPlan plan, ComputationGraph graph) {
        List<String> beginnings = new ArrayList<>();
        plan.held().stream()
                .filter(part -> part.isHeldIn(epoch))
                .forEach(part -> beginnings.addAll(beginnings(part, network)));
        return beginnings.isEmpty()
                ? List.of()
                : new ArrayPlaces(graph, network)
                        .parameters().stream()
                                .filter(place -> beginsWith(place, beginnings))
                                .map(Place::array)
                                .toList();
    }

    private static String withoutLast(String path) {
        return path.substring(0, path.lastIndexOf('/'));
    }

    private static boolean beginsWith(Place place, List<String> beginnings) {
        String name = ArrayPlaces.bare(place.name());
        return beginnings.stream().anyMatch(beginning -> name.equals(beginning) || name.startsWith(beginning + "/"));
    }

    private static List<String> beginnings(HeldPart part, MultiTaskNetwork network) {
        List<String> all = new ArrayList<>();
        switch (part.kind()) {
            case TOWER -> {
                Tower tower = network.tower(part.name());
                all.add(TOWERS + tower.name());
                tower.head().tasks().forEach(task -> all.add(TASKS + task.name()));
            }
            case TASK -> {
                Task task = network.task(part.name());
                all.add(TASKS + task.name());
                for (Tower tower : network.towers()) {
                    if (tower.head().tasks().contains(task)) {
                        all.add(TOWERS + tower.name() + "/" + task.name());
                    }
                }
            }
            case PARAMETERS -> all.add(part.name());
        }
        return all;
    }
}
