package org.mtl4j.network;

import com.google.common.primitives.Doubles;
import java.util.List;
import java.util.Map;
import org.mtl4j.internal.json.EnumNames;
import org.mtl4j.internal.json.FormatOne;
import org.mtl4j.internal.json.JsonFields;
import org.mtl4j.internal.json.SavedForm;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.network.Element.LayerElement;
import org.mtl4j.network.Element.StitchElement;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.sharing.CrossStitchUnit;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Writes and reads descriptions as JSON: what the builder was told, so that reading builds and checks anew. */
final class NetworkJson {
    private static final String WHAT = "network";
    private static final String TYPE = "type";
    private static final String TOWER = "tower";
    private static final String NAME = "name";
    private static final String LAYER = "layer";
    private static final String UNIT = "unit";
    private static final String CROSS_STITCH = "cross-stitch";
    private static final String PLACE = "place";
    private static final String LAYER_MIX = "layerMix";
    private static final String START_EQUAL = "startTowersEqual";
    private static final String INPUT = "input";
    private static final String INPUTS = "inputs";
    private static final String SHAPE = "shape";
    private static final String LAYERS = "layers";
    private static final String TRUNK = "trunk";
    private static final String SHARED = "shared";
    private static final String READS = "reads";
    private static final String REGULARIZER = "regularizer";

    private final SavedForm form;

    private NetworkJson(SavedForm form) {
        this.form = form;
    }

    static String write(MultiTaskNetwork network, SavedTypes types) {
        SavedForm form = new SavedForm(types);
        return form.text(new NetworkJson(form).write(network));
    }

    private ObjectNode write(MultiTaskNetwork network) {
        ObjectNode out = form.object().put("format", SavedForm.FORMAT);
        if (network.inputPlan().isPlain()) {
            out.set(INPUT, form.write(network.input()));
        } else {
            ArrayNode inputs = out.putArray(INPUTS);
            network.inputs().forEach(input -> inputs.add(write(input)));
        }
        if (!network.trunk().isEmpty()) {
            out.set(TRUNK, form.writeLayers(network.trunk()));
        }
        network.sharedGraph()
                .ifPresent(graph -> out.set(
                        SHARED,
                        new SharedPartJson(form)
                                .write(graph.name(), network.sharedPart().orElseThrow())));
        ArrayNode towers = out.putArray("towers");
        Map<String, List<String>> told = network.inputPlan().told();
        network.towers().forEach(tower -> towers.add(write(tower, told.getOrDefault(tower.name(), List.of()))));
        ArrayNode body = out.putArray("body");
        network.elements().forEach(element -> body.add(write(element)));
        network.regularizer().ifPresent(regularizer -> out.set(REGULARIZER, form.write(regularizer)));
        network.layerMix().ifPresent(mix -> out.set(LAYER_MIX, write(mix)));
        out.put("initializer", EnumNames.INITIALIZERS.nameOf(network.initializer()));
        network.askedStart().ifPresent(start -> out.put(START_EQUAL, start));
        return out;
    }

    private ObjectNode write(Input input) {
        ObjectNode out = form.object().put(NAME, input.name());
        out.set(SHAPE, form.write(input.shape()));
        if (!input.layers().isEmpty()) {
            out.set(LAYERS, form.writeLayers(input.layers()));
        }
        return out;
    }

    private ObjectNode write(Tower tower, List<String> reads) {
        ObjectNode out = form.object().put(NAME, tower.name());
        if (!reads.isEmpty()) {
            ArrayNode names = out.putArray(READS);
            reads.forEach(names::add);
        }
        ArrayNode head = out.putArray("head");
        for (SplitHead.Branch branch : tower.head().branches()) {
            ObjectNode fields = head.addObject();
            fields.set("task", form.write(branch.task()));
            fields.set(LAYERS, form.writeLayers(branch.layers()));
        }
        return out;
    }

    private ObjectNode write(LayerMix mix) {
        ObjectNode out = form.object();
        mix.layers().forEach(out.putArray("layers")::add);
        mix.start().forEach(out.putArray("start")::add);
        return out.put("learningRateFactor", mix.learningRateFactor()).put("frozenEpochs", mix.frozenEpochs());
    }

    private static LayerMix readLayerMix(JsonFields in) {
        LayerMix mix = new LayerMix(
                in.texts("layers"),
                Doubles.asList(in.numbers("start")),
                in.number("learningRateFactor"),
                in.integer("frozenEpochs"));
        in.end();
        return mix;
    }

    private ObjectNode write(Element element) {
        ObjectNode out = form.object();
        if (element instanceof LayerElement layer) {
            out.put(TYPE, LAYER);
            if (layer.tower() != null) {
                out.put(TOWER, layer.tower());
            }
            out.put(NAME, layer.layer().name())
                    .set(LAYER, form.write(layer.layer().spec()));
        } else if (element instanceof StitchElement stitch) {
            out.put(TYPE, stitch.unit() instanceof CrossStitchUnit ? CROSS_STITCH : UNIT);
            if (stitch.place() != null) {
                out.put(PLACE, stitch.place());
            }
            out.set(
                    UNIT,
                    stitch.unit() instanceof CrossStitchUnit cross ? form.write(cross) : form.write(stitch.unit()));
        }
        return out;
    }

    static MultiTaskNetwork read(String json, SavedTypes types) {
        try {
            JsonFields fields = SavedForm.parse(json, WHAT);
            if (SavedForm.format(fields) == 1) {
                fields = JsonFields.of(new FormatOne(types).network(fields.node()), WHAT);
            }
            return new NetworkJson(new SavedForm(types)).read(fields);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not the JSON of a MultiTaskNetwork: " + e.getMessage(), e);
        }
    }

    private MultiTaskNetwork read(JsonFields in) {
        SavedForm.format(in);
        NetworkBuilder builder = MultiTaskNetwork.builder();
        if (in.has(INPUT)) {
            builder.input(Input.ONLY, form.readShape(in, INPUT));
        } else {
            in.objects(INPUTS, this::readInput).forEach(builder::input);
        }
        if (in.has(TRUNK)) {
            builder.trunk(form.readLayers(in, TRUNK));
        }
        if (in.has(SHARED)) {
            JsonFields shared = in.object(SHARED);
            builder.part(shared.text(NAME), new SharedPartJson(form).read(shared));
            shared.end();
        }
        in.objects("towers", tower -> readTower(tower, builder));
        builder.elements(in.objects("body", this::readElement));
        if (in.has(LAYER_MIX)) {
            builder.mixLayers(readLayerMix(in.object(LAYER_MIX)));
        }
        builder.initializer(in.oneOf("initializer", EnumNames.INITIALIZERS));
        if (in.has(START_EQUAL)) {
            builder.startTowersEqual(in.flag(START_EQUAL));
        }
        if (in.has(REGULARIZER)) {
            JsonFields regularizer = in.object(REGULARIZER);
            builder.regularize(form.readRegularizer(regularizer));
            regularizer.end();
        }
        in.end();
        return builder.build();
    }

    private Input readInput(JsonFields in) {
        return new Input(
                in.text(NAME), form.readShape(in, SHAPE), in.has(LAYERS) ? form.readLayers(in, LAYERS) : List.of());
    }

    private NetworkBuilder readTower(JsonFields in, NetworkBuilder builder) {
        String name = in.text(NAME);
        if (in.has(READS)) {
            builder.reads(name, in.texts(READS).toArray(String[]::new));
        }
        return builder.tower(name, readHead(in));
    }

    private SplitHead readHead(JsonFields tower) {
        List<SplitHead.Branch> branches = tower.objects("head", branch -> {
            JsonFields task = branch.object("task");
            SplitHead.Branch read = new SplitHead.Branch(form.readTask(task), form.readLayers(branch, LAYERS));
            task.end();
            return read;
        });
        return new SplitHead(branches);
    }

    private Element readElement(JsonFields in) {
        String type = in.text(TYPE);
        return switch (type) {
            case LAYER ->
                new LayerElement(
                        in.optional(TOWER, in::text).orElse(null),
                        new NamedLayer(in.text(NAME), form.readLayer(in, LAYER)));
            case CROSS_STITCH ->
                new StitchElement(in.optional(PLACE, in::text).orElse(null), form.readCrossStitch(in, UNIT));
            case UNIT -> new StitchElement(in.optional(PLACE, in::text).orElse(null), form.readUnit(in, UNIT));
            default ->
                throw new IllegalArgumentException(
                        ("%s: '%s' is no part of a network; there are layer," + " cross-stitch and unit")
                                .formatted(in.where(), type));
        };
    }
}
