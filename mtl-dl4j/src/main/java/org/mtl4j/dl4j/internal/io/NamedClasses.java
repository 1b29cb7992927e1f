package org.mtl4j.dl4j.internal.io;

import java.util.Set;
import java.util.TreeSet;
import org.mtl4j.dl4j.internal.layer.HandedOverClasses;
import org.mtl4j.internal.json.SavedForm;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** Finds the classes of a user's own that a description and a plan name where they are saved. */
final class NamedClasses {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Set<String> found = new TreeSet<>();

    private NamedClasses() {}

    /** Trusts those classes alone: whoever has the model has made them. */
    static SavedTypes of(MultiTaskNetwork network, TrainingPlan plan) {
        NamedClasses classes = new NamedClasses();
        classes.look(network.toJson(SavedTypes.none()));
        classes.look(plan.toJson(SavedTypes.none()));
        return SavedTypes.none().trustingClasses(classes.found).withLoader(HandedOverClasses.of(network, plan));
    }

    private void look(String json) {
        look(SavedForm.parse(json, "what was written").node());
    }

    private void look(JsonNode node) {
        if (node.path("type").asText().equals("class")) {
            found.add(node.path("class").asText());
        } else if (node.path("type").asText().equals(Dl4jLayerKind.NAME)) {
            try {
                MAPPER.readTree(node.path("configuration").asText())
                        .findValues("@class")
                        .forEach(name -> found.add(name.asText()));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e); // Deeplearning4j has just written it
            }
        }
        node.forEach(this::look);
    }
}
