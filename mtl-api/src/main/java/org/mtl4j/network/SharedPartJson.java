package org.mtl4j.network;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mtl4j.internal.json.JsonFields;
import org.mtl4j.internal.json.SavedForm;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Writes and reads what stands between the trunk and the towers. */
final class SharedPartJson {
    private static final String TYPE = "type";
    private static final String NAME = "name";
    private static final String LEVELS = "levels";
    private static final String LAYERS = "layers";
    private static final String OWN_LAYERS = "ownLayers";
    private static final String OWN_OF = "ownOf";
    private static final String GATE = "gate";
    private static final String SOFTMAX = "softmax";
    private static final String DSELECT = "dselect-k";
    private static final String TEMPERATURE = "temperature";
    private static final String DECAY = "decay";
    private static final String SEARCH_EPOCHS = "searchEpochs";
    private static final String CHOSEN = "chosen";

    private final SavedForm form;

    SharedPartJson(SavedForm form) {
        this.form = form;
    }

    ObjectNode write(String name, SharedPart part) {
        ObjectNode out = form.object().put(TYPE, part.kind()).put(NAME, name);
        if (part instanceof Experts experts) {
            out.put("oneGate", experts.isOneGate());
            ArrayNode levels = out.putArray(LEVELS);
            experts.levels().forEach(level -> levels.add(write(level)));
        } else if (part instanceof Attention attention) {
            out.put("normalized", attention.isNormalized());
            ArrayNode blocks = out.putArray("blocks");
            for (Attention.Block block : attention.blocks()) {
                ObjectNode fields = blocks.addObject().put(NAME, block.name());
                fields.set("first", form.writeLayers(block.first()));
                fields.set("second", form.writeLayers(block.second()));
                fields.set("pooling", form.writeLayers(block.pooling()));
            }
        } else if (part instanceof Branching branching) {
            out.put(TEMPERATURE, branching.temperature())
                    .put(DECAY, branching.decay())
                    .put(SEARCH_EPOCHS, branching.searchEpochs());
            ArrayNode levels = out.putArray(LEVELS);
            for (Branching.Level level : branching.levels()) {
                levels.addObject().put("nodes", level.nodes()).set(LAYERS, form.writeLayers(level.layers()));
            }
            ArrayNode chosen = out.putArray(CHOSEN);
            branching.chosen().forEach((choice, parent) -> chosen.addObject()
                    .put("choice", choice)
                    .put("parent", parent));
        }
        return out;
    }

    private ObjectNode write(Experts.Level level) {
        ObjectNode out = form.object().put("shared", level.shared()).put("own", level.own());
        ArrayNode ownOf = out.putArray(OWN_OF);
        level.ownOf()
                .forEach((tower, experts) ->
                        ownOf.addObject().put("tower", tower).put("experts", experts));
        out.set(LAYERS, form.writeLayers(level.layers()));
        if (!level.ownLayers().equals(level.layers())) {
            out.set(OWN_LAYERS, form.writeLayers(level.ownLayers()));
        }
        Gate gate = level.gate();
        ObjectNode written = out.putObject(GATE).put(TYPE, gate.isSoftmax() ? SOFTMAX : DSELECT);
        if (!gate.isSoftmax()) {
            written.put("k", gate.selectors())
                    .put("gamma", gate.gamma())
                    .put("entropy", gate.entropy())
                    .put("byExample", gate.byExample());
        }
        written.put("overInput", gate.overInput()).set(LAYERS, form.writeLayers(gate.layers()));
        return out;
    }

    SharedPart read(JsonFields in) {
        String type = in.text(TYPE);
        return switch (type) {
            case "experts" -> new Experts(in.flag("oneGate"), in.objects(LEVELS, this::readLevel));
            case "attention" ->
                new Attention(
                        in.objects(
                                "blocks",
                                block -> new Attention.Block(
                                        block.text(NAME),
                                        form.readLayers(block, "first"),
                                        form.readLayers(block, "second"),
                                        form.readLayers(block, "pooling"))),
                        in.flag("normalized"));
            case "branches" -> {
                Map<String, Integer> chosen = new LinkedHashMap<>();
                in.objects(CHOSEN, each -> {
                    chosen.put(each.text("choice"), each.integer("parent"));
                    return each;
                });
                List<Branching.Level> levels = in.objects(
                        LEVELS, level -> new Branching.Level(level.integer("nodes"), form.readLayers(level, LAYERS)));
                yield new Branching(
                        levels, in.number(TEMPERATURE), in.number(DECAY), in.integer(SEARCH_EPOCHS), chosen);
            }
            default ->
                throw new IllegalArgumentException(
                        "%s: '%s' is nothing that stands before towers; there are experts, attention and branches"
                                .formatted(in.where(), type));
        };
    }

    private Experts.Level readLevel(JsonFields in) {
        Map<String, Integer> ownOf = new LinkedHashMap<>();
        in.objects(OWN_OF, each -> {
            ownOf.put(each.text("tower"), each.integer("experts"));
            return each;
        });
        var layers = form.readLayers(in, LAYERS);
        var own = in.has(OWN_LAYERS) ? form.readLayers(in, OWN_LAYERS) : layers;
        JsonFields gate = in.object(GATE);
        Gate read = readGate(gate);
        gate.end();
        return new Experts.Level(in.integer("shared"), in.integer("own"), ownOf, layers, own, read);
    }

    private Gate readGate(JsonFields in) {
        String type = in.text(TYPE);
        boolean overInput = in.flag("overInput");
        var layers = form.readLayers(in, LAYERS);
        return switch (type) {
            case SOFTMAX -> new Gate(0, layers, 1, 0, true, overInput);
            case DSELECT ->
                new Gate(
                        in.integer("k"),
                        layers,
                        in.number("gamma"),
                        in.number("entropy"),
                        in.flag("byExample"),
                        overInput);
            default ->
                throw new IllegalArgumentException(
                        "%s: '%s' is no gate; there are %s and %s".formatted(in.where(), type, SOFTMAX, DSELECT));
        };
    }
}
