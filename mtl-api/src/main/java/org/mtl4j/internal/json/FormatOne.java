package org.mtl4j.internal.json;

import com.google.common.collect.ImmutableMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.saved.SavedTypes;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JavaType;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.cfg.MapperConfig;
import org.nd4j.shade.jackson.databind.json.JsonMapper;
import org.nd4j.shade.jackson.databind.jsontype.PolymorphicTypeValidator;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/**
 * Makes descriptions of format 1 such as they are written now. That format named Java classes, by what they were called
 * in version 0.1 before it was released: the library's packages began with {@code mtl}.
 */
public final class FormatOne {
    private static final String CLASS = "@class";

    private static final ImmutableMap<String, String> LAYERS = ImmutableMap.<String, String>builder()
            .put("mtl.layer.Convolution", "convolution")
            .put("mtl.layer.Pooling", "pooling")
            .put("mtl.layer.GlobalPooling", "global-pooling")
            .put("mtl.layer.Dense", "dense")
            .put("mtl.layer.BatchNormalization", "batch-normalization")
            .put("mtl.layer.Dropout", "dropout")
            .put("mtl.layer.Activate", "activation")
            .put("mtl.layer.Residual", "residual")
            .put("mtl.layer.SoftArgmax", "soft-argmax")
            .build();

    private static final ImmutableMap<String, String> SHAPES = ImmutableMap.of(
            "mtl.layer.Shape$Image", "image",
            "mtl.layer.Shape$Vector", "vector",
            "mtl.layer.Shape$Sequence", "sequence");

    private static final ImmutableMap<String, String> STARTS = ImmutableMap.of(
            "mtl.stitch.CrossStitchUnit$OwnShare", "own-share",
            "mtl.stitch.CrossStitchUnit$SameDifferent", "same-different",
            "mtl.stitch.CrossStitchUnit$Matrix", "matrix",
            "mtl.stitch.CrossStitchUnit$Tensor", "per-channel-matrices");

    /** Classes that ND4J's annotations have written, where they are now. */
    private static final ImmutableMap<String, String> MOVED = ImmutableMap.of(
            "mtl.loss.WingLoss", "org.mtl4j.loss.WingLoss",
            "mtl.loss.SmoothL1Loss", "org.mtl4j.loss.SmoothL1Loss",
            "mtl.schedule.WarmUpSchedule", "org.mtl4j.schedule.WarmUpSchedule",
            "mtl.schedule.CosineSchedule", "org.mtl4j.schedule.CosineSchedule",
            "mtl.train.ScaledLearningRate", "org.mtl4j.schedule.ScaledLearningRate",
            "mtl.relatedness.NormRelatedness", "org.mtl4j.relatedness.NormRelatedness");

    private static final String DL4J_LAYER = "mtl.dl4j.Dl4jLayer";
    private static final String NAME = "name";
    private static final String UPDATER = "updater";

    /** All that formats of this library could name without the user. */
    private static final Set<String> KNOWN = Stream.concat(
                    SavedForm.FAMILIES.stream()
                            .flatMap(family -> family.kinds().stream())
                            .map(kind -> kind.type().getName()),
                    RelatednessFunctions.BUILT_IN.values().stream()
                            .map(function -> function.getClass().getName()))
            .collect(Collectors.toUnmodifiableSet());

    private final SavedForm form;
    private final SavedTypes types;
    private final ObjectMapper classes;

    /** @param types whose classes may be made where the old form names them */
    public FormatOne(SavedTypes types) {
        this.types = types;
        this.form = new SavedForm(types);
        this.classes = JsonMapper.builder()
                .polymorphicTypeValidator(new Trusted(types))
                .build();
    }

    /** {@return the network in the present form} */
    public ObjectNode network(JsonNode old) {
        JsonFields in = JsonFields.of(old, "network");
        ObjectNode out = form.object().put("format", SavedForm.FORMAT);
        out.set("input", renamed(in.object("input"), SHAPES));
        ArrayNode towers = out.putArray("towers");
        in.objects("towers", tower -> towers.add(tower(tower)));
        ArrayNode body = out.putArray("body");
        in.objects("elements", element -> body.add(element(element)));
        in.optional("regularizer", in::object).ifPresent(term -> out.set("regularizer", regularizer(term)));
        out.put("initializer", constant(in.text("initializer")));
        in.optional("startTowersEqual", in::flag).ifPresent(equal -> out.put("startTowersEqual", equal));
        in.end();
        return out;
    }

    /** {@return the plan in the present form} */
    public ObjectNode plan(JsonNode old) {
        JsonFields in = JsonFields.of(old, "plan");
        ObjectNode out = form.object().put("format", SavedForm.FORMAT).put("seed", in.longInteger("seed"));
        out.set(UPDATER, updater(in.node(UPDATER), in.where()));
        out.put("l2", in.number("l2"));
        double norm = in.number("maxGradientNorm");
        if (norm != 0) {
            out.put("maxGradientNorm", norm);
        }
        out.put("precision", constant(in.text("dataType")));
        if (in.has("ownUpdaters")) {
            JsonFields own = in.object("ownUpdaters");
            for (String group : new String[] {"ALPHA", "COEFFICIENTS"}) {
                if (own.has(group)) {
                    out.with("ownUpdaters").set(constant(group), updater(own.node(group), own.where()));
                }
            }
            own.end();
        }
        in.end();
        return out;
    }

    /**
     * {@return the history in the present form}
     *
     * @param epochs the old array of epochs
     * @param events the old array of events; null in files from before there were any
     */
    public ObjectNode history(JsonNode epochs, JsonNode events) {
        ObjectNode out = form.object().put("format", SavedForm.FORMAT);
        ArrayNode newEpochs = out.putArray("epochs");
        for (JsonNode epoch : epochs) {
            ObjectNode fields =
                    JsonFields.of(epoch, "an epoch of the history").node().deepCopy();
            newEpochs.add(fields);
            if (!fields.hasNonNull("lossWeights")) { // older files of the format lack these three
                fields.putObject("lossWeights");
            }
            for (String list : new String[] {"alphas", "ties"}) {
                if (!fields.hasNonNull(list)) {
                    fields.putArray(list);
                }
            }
            for (JsonNode tie : fields.get("ties")) {
                JsonFields old = JsonFields.of(tie, "a tie of the history");
                ((ObjectNode) tie).setAll(pair(old.object("pair")));
                ((ObjectNode) tie).remove("pair");
            }
        }
        ArrayNode newEvents = out.putArray("events");
        if (events != null) {
            for (JsonNode event : events) {
                JsonFields old = JsonFields.of(event, "an event of the history");
                newEvents.add(old.node().<ObjectNode>deepCopy().put("kind", constant(old.text("kind"))));
            }
        }
        return out;
    }

    private ObjectNode tower(JsonFields in) {
        ObjectNode out = form.object().put(NAME, in.text(NAME));
        ArrayNode head = out.putArray("head");
        JsonFields old = in.object("head");
        old.objects("branches", branch -> {
            ObjectNode fields = head.addObject();
            fields.set("task", task(branch.object("task")));
            fields.set("layers", layers(branch, "layers"));
            return fields;
        });
        old.end();
        return out;
    }

    private ObjectNode task(JsonFields in) {
        ObjectNode out = form.object()
                .put(NAME, in.text(NAME))
                .put("kind", constant(in.text("kind")))
                .put("outputs", in.integer("outputs"))
                .put("weight", in.number("weight"))
                .put("start", constant(in.text("start")));
        out.set("loss", form.write(byClass(in.node("loss"), ILossFunction.class, in.where())));
        out.set("classNames", in.node("classNames"));
        in.end();
        return out;
    }

    private ArrayNode layers(JsonFields in, String field) {
        ArrayNode layers = form.object().putArray(field);
        in.objects(field, layer -> layers.add(layer(layer)));
        return layers;
    }

    private ObjectNode layer(JsonFields in) {
        ObjectNode out = form.object().put(NAME, in.text(NAME));
        out.set("layer", spec(in.object("spec")));
        return out;
    }

    private ObjectNode spec(JsonFields in) {
        String name = in.text(CLASS);
        if (name.equals(DL4J_LAYER)) {
            return form.object()
                    .put(SavedForm.TYPE, "deeplearning4j-layer")
                    .put("deeplearning4j", "1.0.0-M2.1")
                    .put("configuration", in.text("layer").replace("\"mtl.dl4j.", "\"org.mtl4j.dl4j."));
        }
        if (!LAYERS.containsKey(name)) {
            return own(in, name);
        }
        ObjectNode out = renamed(in, LAYERS);
        for (String field : new String[] {"padding", "kind"}) {
            if (out.has(field)) {
                out.put(field, constant(in.text(field)));
            }
        }
        if (out.has("activation")) {
            out.put("activation", activation(in.text("activation")));
        }
        if (out.has("layers")) {
            out.set("layers", layers(in, "layers"));
        }
        return out;
    }

    /** A layer of the user's own, which wrote itself. */
    private ObjectNode own(JsonFields in, String className) {
        ObjectNode out = form.object();
        form.putType(out, className);
        in.node().fields().forEachRemaining(field -> {
            if (!field.getKey().equals(CLASS)) {
                out.set(field.getKey(), field.getValue());
            }
        });
        return out;
    }

    private ObjectNode element(JsonFields in) {
        String name = in.text(CLASS);
        switch (name) {
            case "mtl.network.MultiTaskNetwork$LayerElement":
                ObjectNode layer = form.object().put(SavedForm.TYPE, "layer");
                in.optional("tower", in::text).ifPresent(tower -> layer.put("tower", tower));
                layer.setAll(layer(in.object("layer")));
                return layer;
            case "mtl.network.MultiTaskNetwork$StitchElement":
                ObjectNode stitch = form.object().put(SavedForm.TYPE, "cross-stitch");
                in.optional("place", in::text).ifPresent(place -> stitch.put("place", place));
                stitch.set("unit", unit(in.object("unit")));
                return stitch;
            default:
                throw new IllegalArgumentException("%s: '%s' is no part of a network".formatted(in.where(), name));
        }
    }

    private ObjectNode unit(JsonFields in) {
        ObjectNode out = in.node().deepCopy();
        out.put("granularity", constant(in.text("granularity")));
        JsonFields start = in.object("start");
        ObjectNode renamed = renamed(start, STARTS);
        if (start.has("perChannel")) {
            renamed.remove("perChannel");
            ArrayNode matrices = renamed.putArray("matrices");
            start.list("perChannel", JsonFields::of).forEach(matrix -> matrices.add(renamed(matrix, STARTS)));
        }
        out.set("start", renamed);
        return out;
    }

    private ObjectNode regularizer(JsonFields in) {
        ObjectNode out = form.object();
        out.set("layers", in.node("layers"));
        out.set("relatedness", form.write(byClass(in.node("relatedness"), Relatedness.class, in.where())));
        out.put("strength", in.number("strength")).put("learningRateFactor", in.number("learningRateFactor"));
        ArrayNode pairs = out.putArray("pairs");
        in.objects("pairs", pair -> pairs.add(pair(pair)));
        in.end();
        return out;
    }

    /** {@return the pair of towers in the present form} */
    public ObjectNode pair(JsonFields in) {
        return form.object().put("from", in.text("first")).put("to", in.text("second"));
    }

    private ObjectNode updater(JsonNode old, String where) {
        return form.write(byClass(old, IUpdater.class, where));
    }

    /** What ND4J's annotations wrote with the names of classes. */
    private <T> T byClass(JsonNode old, Class<T> base, String where) {
        try {
            return classes.treeToValue(moved(old), base);
        } catch (JsonProcessingException e) {
            String name = old.path(CLASS).asText();
            if (!KNOWN.contains(MOVED.getOrDefault(name, name)) && !types.trusts(name)) {
                throw SavedForm.notTrusted(name, where);
            }
            throw new IllegalArgumentException("%s: %s".formatted(where, e.getOriginalMessage()), e);
        }
    }

    private static JsonNode moved(JsonNode old) {
        if (!(old instanceof ObjectNode)) {
            return old;
        }
        ObjectNode out = ((ObjectNode) old).objectNode();
        for (Map.Entry<String, JsonNode> field : (Iterable<Map.Entry<String, JsonNode>>) old::fields) {
            if (field.getKey().equals(CLASS)) {
                out.put(
                        CLASS,
                        MOVED.getOrDefault(
                                field.getValue().asText(), field.getValue().asText()));
            } else {
                out.set(field.getKey(), moved(field.getValue()));
            }
        }
        return out;
    }

    private static ObjectNode renamed(JsonFields in, Map<String, String> names) {
        String name = names.get(in.text(CLASS));
        if (name == null) {
            throw new IllegalArgumentException(
                    "%s: '%s' is none of %s".formatted(in.where(), in.text(CLASS), names.keySet()));
        }
        ObjectNode out = in.node().deepCopy();
        out.remove(CLASS);
        return out.put(SavedForm.TYPE, name);
    }

    /** Constants were written as Java names them, and are called alike now: TARGET_MEAN and target-mean. */
    public static String constant(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String activation(String name) {
        try {
            return EnumNames.ACTIVATIONS.nameOf(Activation.valueOf(name));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'%s' is no activation".formatted(name), e);
        }
    }

    /** Lets the types be made that have names now, and those of the user that are trusted. */
    private static final class Trusted extends PolymorphicTypeValidator.Base {
        private static final long serialVersionUID = 1L;

        private final SavedTypes types;

        Trusted(SavedTypes types) {
            this.types = types;
        }

        private Validity validity(String className) {
            return KNOWN.contains(className) || types.trusts(className) ? Validity.ALLOWED : Validity.DENIED;
        }

        @Override
        public Validity validateSubClassName(MapperConfig<?> config, JavaType base, String className) {
            return validity(className);
        }

        @Override
        public Validity validateSubType(MapperConfig<?> config, JavaType base, JavaType type) {
            return validity(type.getRawClass().getName());
        }
    }
}
