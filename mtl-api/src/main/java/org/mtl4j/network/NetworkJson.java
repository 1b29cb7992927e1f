package org.mtl4j.network;

import java.util.List;
import org.mtl4j.layer.Initializer;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork.Element;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.DeserializationFeature;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.SerializationFeature;

/** Descriptions as JSON: what the builder was told, so that reading builds and checks anew. */
final class NetworkJson {
    private static final ObjectMapper MAPPER = new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

    private NetworkJson() {}

    record SavedTower(String name, SplitHead head) {}

    record Saved(
            Shape input,
            List<SavedTower> towers,
            List<Element> elements,
            WeightRelatednessRegularizer regularizer,
            Initializer initializer,
            Boolean startTowersEqual) {}

    static String write(MultiTaskNetwork network) {
        Saved saved = new Saved(
                network.input(),
                network.towers().stream()
                        .map(tower -> new SavedTower(tower.name(), tower.head()))
                        .toList(),
                network.elements(),
                network.regularizer().orElse(null),
                network.initializer(),
                network.askedStart());
        try {
            return MAPPER.writeValueAsString(saved);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "the network cannot be written as JSON; a relatedness function, loss or custom layer of your own needs"
                            + " a form that Jackson can write: " + e.getOriginalMessage(),
                    e);
        }
    }

    static MultiTaskNetwork read(String json) {
        Saved saved;
        try {
            saved = MAPPER.readValue(json, Saved.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not the JSON of a MultiTaskNetwork: " + e.getOriginalMessage(), e);
        }
        if (saved.input() == null
                || saved.towers() == null
                || saved.elements() == null
                || saved.initializer() == null) {
            throw new IllegalArgumentException(
                    "not the JSON of a MultiTaskNetwork: input, towers, elements and initializer must be present");
        }
        MultiTaskNetwork.Builder builder = MultiTaskNetwork.builder(saved.input())
                .elements(saved.elements())
                .initializer(saved.initializer());
        if (saved.startTowersEqual() != null) {
            builder.startTowersEqual(saved.startTowersEqual());
        }
        saved.towers().forEach(tower -> builder.tower(tower.name(), tower.head()));
        if (saved.regularizer() != null) {
            builder.regularize(saved.regularizer());
        }
        return builder.build();
    }
}
