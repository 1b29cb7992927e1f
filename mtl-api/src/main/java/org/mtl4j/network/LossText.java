package org.mtl4j.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mtl4j.internal.json.SavedForm;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.task.Task;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Describes losses in a few words: their names in the saved form, and their settings, weights of outputs included. */
final class LossText {
    private LossText() {}

    /**
     * {@return the loss of a task with its settings; empty if it is the one that tasks of this kind have by themselves}
     */
    static Optional<String> of(Task task) {
        return usual(task).equals(task.loss()) ? Optional.empty() : Optional.of(of(task.loss()));
    }

    private static ILossFunction usual(Task task) {
        return switch (task.kind()) {
            case REGRESSION -> Task.regression(task.name(), task.outputs()).loss();
            case MULTI_CLASS -> Task.classification(task.name(), task.outputs()).loss();
            case MULTI_LABEL -> Task.multiLabel(task.name(), task.outputs()).loss();
        };
    }

    private static String of(ILossFunction loss) {
        ObjectNode written;
        try {
            written = new SavedForm(SavedTypes.none()).write(loss);
        } catch (IllegalArgumentException e) { // one of the user's own that cannot be saved
            return loss.name();
        }
        List<String> parts = new ArrayList<>();
        String type = written.path("type").asText();
        parts.add(type.equals("class") ? loss.getClass().getSimpleName() : type);
        written.fields().forEachRemaining(field -> {
            if (!field.getKey().equals("type") && !field.getKey().equals("class")) {
                JsonNode value = field.getValue();
                parts.add(field.getKey() + " " + (value.has("values") ? value.get("values") : value));
            }
        });
        return String.join(" ", parts);
    }
}
