package org.mtl4j.dl4j.internal.io;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.mtl4j.internal.json.JsonDifferences;
import org.mtl4j.internal.json.JsonDifferences.Difference;
import org.mtl4j.internal.json.SavedForm;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.PlacedLayer;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.task.Task;
import org.mtl4j.train.ParameterGroup;
import org.mtl4j.train.TrainingPlan;

/**
 * Says in what two descriptions or plans differ that are not equal: field by field of their saved form, which has all
 * that makes them what they are, where a table of them has not.
 */
final class DescriptionDifferences {
    private static final int MOST = 8;

    private DescriptionDifferences() {}

    /** {@return what differs in each of the two, as "There: ... Here: ..."} */
    static String of(MultiTaskNetwork there, MultiTaskNetwork here) {
        List<Difference> found = inJson(there.toJson(SavedTypes.none()), here.toJson(SavedTypes.none()));
        return found.isEmpty() ? text(unequal(there, here)) : text(found);
    }

    /** {@return what differs in each of the two, as "There: ... Here: ..."} */
    static String of(TrainingPlan there, TrainingPlan here) {
        List<Difference> found = inJson(there.toJson(SavedTypes.none()), here.toJson(SavedTypes.none()));
        if (!found.isEmpty()) {
            return text(found);
        }
        List<Difference> unequal = new ArrayList<>();
        compare("updater", there.updater(), here.updater(), unequal);
        for (ParameterGroup group : ParameterGroup.values()) {
            compare("updater of " + group, there.updaterOf(group), here.updaterOf(group), unequal);
        }
        return text(unequal);
    }

    private static List<Difference> inJson(String there, String here) {
        return JsonDifferences.of(
                SavedForm.parse(there, "there").node(),
                SavedForm.parse(here, "here").node());
    }

    private static String text(List<Difference> found) {
        return "There: %s. Here: %s".formatted(side(found, Difference::there), side(found, Difference::here));
    }

    private static String side(List<Difference> found, Function<Difference, String> value) {
        String shown = found.stream()
                .limit(MOST)
                .map(difference -> difference.path() + " " + value.apply(difference))
                .collect(Collectors.joining("; "));
        return found.size() > MOST ? shown + "; and %s more".formatted(found.size() - MOST) : shown;
    }

    /**
     * Finds parts of a user's own whose fields are the same, and that say of themselves that they are not equal: for
     * want of {@code equals}, or of a field in what Jackson writes.
     */
    private static List<Difference> unequal(MultiTaskNetwork there, MultiTaskNetwork here) {
        List<Difference> found = new ArrayList<>();
        for (Task task : there.tasks()) {
            compare(
                    "loss of task '" + task.name() + "'",
                    task.loss(),
                    here.task(task.name()).loss(),
                    found);
        }
        List<PlacedLayer> layers = there.placedLayers();
        for (int i = 0; i < layers.size(); i++) {
            compare(
                    "layer '" + layers.get(i).path() + "'",
                    layers.get(i).spec(),
                    here.placedLayers().get(i).spec(),
                    found);
        }
        there.regularizer()
                .ifPresent(term -> compare(
                        "relatedness",
                        term.relatedness(),
                        here.regularizer().orElseThrow().relatedness(),
                        found));
        if (found.isEmpty()) {
            compare("the whole", there, here, found);
        }
        return found;
    }

    private static void compare(String what, Object there, Object here, List<Difference> found) {
        if (!Objects.equals(there, here)) {
            found.add(new Difference(
                    what,
                    "a " + there.getClass().getName(),
                    "another with the same fields, which its equals does not compare; give it one that does"));
        }
    }
}
