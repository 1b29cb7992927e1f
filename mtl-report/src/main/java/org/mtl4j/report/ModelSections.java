package org.mtl4j.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mtl4j.task.Task;
import org.mtl4j.train.MultiTaskModel;
import org.mtl4j.train.TrainingPlan;

/** What a model is. */
public final class ModelSections {
    private static final int MOST_CLASSES = 8;

    private ModelSections() {}

    /**
     * {@return everything that decided how a model was trained}
     *
     * @param command the command line that wrote the report; left out if empty
     */
    public static Section configuration(MultiTaskModel model, String command) {
        Map<String, String> values = new LinkedHashMap<>();
        if (!command.isEmpty()) {
            values.put("command", command);
        }
        values.putAll(model.properties());
        TrainingPlan plan = model.plan();
        values.put("seed", String.valueOf(plan.seed()));
        values.put("updater", String.valueOf(plan.updater()));
        plan.ownUpdaters()
                .forEach((group, updater) -> values.put("updater of " + Words.of(group), String.valueOf(updater)));
        values.put("L2", String.valueOf(plan.l2()));
        values.put(
                "gradients clipped at",
                plan.maxGradientNorm().isEmpty()
                        ? "nothing"
                        : String.valueOf(plan.maxGradientNorm().getAsDouble()));
        values.put("data type", String.valueOf(plan.dataType()));
        List<List<String>> tasks = new ArrayList<>();
        for (Task task : model.network().tasks()) {
            tasks.add(List.of(
                    task.name(),
                    Words.of(task.kind()),
                    String.valueOf(task.outputs()),
                    String.valueOf(task.weight()),
                    classWeights(task),
                    task.labelSmoothing() == 0 ? "–" : String.valueOf(task.labelSmoothing()),
                    String.valueOf(task.loss())));
        }
        return Section.of("Configuration", "", List.of())
                .withTables(
                        Table.of("Settings", values),
                        Table.of(
                                "Tasks",
                                List.of("task", "kind", "outputs", "weight", "class weights", "smoothed", "loss"),
                                tasks))
                .withListing(model.network().toString());
    }

    private static String classWeights(Task task) {
        List<Double> weights = task.classWeights();
        if (weights.isEmpty()) {
            return "–";
        }
        List<String> shown = new ArrayList<>();
        for (int i = 0; i < Math.min(weights.size(), MOST_CLASSES); i++) {
            shown.add(task.className(i) + " " + Words.number(weights.get(i)));
        }
        String more = weights.size() > MOST_CLASSES ? ", and %s more".formatted(weights.size() - MOST_CLASSES) : "";
        return String.join(", ", shown) + more;
    }
}
