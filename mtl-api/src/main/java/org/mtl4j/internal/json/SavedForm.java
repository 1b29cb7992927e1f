package org.mtl4j.internal.json;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Doubles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.mtl4j.layer.CustomLayer;
import org.mtl4j.layer.LayerSpec;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.relatedness.GroupRelatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.relatedness.WeightRelatednessRegularizer.Pair;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.task.Task;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.core.JsonEncoding;
import org.nd4j.shade.jackson.core.JsonFactory;
import org.nd4j.shade.jackson.core.JsonGenerator;
import org.nd4j.shade.jackson.core.JsonParseException;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.core.JsonToken;
import org.nd4j.shade.jackson.core.io.JsonEOFException;
import org.nd4j.shade.jackson.core.util.DefaultIndenter;
import org.nd4j.shade.jackson.core.util.DefaultPrettyPrinter;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nd4j.shade.jackson.databind.util.TokenBuffer;

/**
 * Writes parts of descriptions as JSON, and reads them: each part is an object with its {@code type} by a name of the
 * library's and its fields. What is read is checked by the types themselves, and a field that is not known is refused.
 *
 * <p>One is made for one description that is written or read; not safe for use by several threads.
 */
public final class SavedForm {
    /** The number of the form that is written. */
    public static final int FORMAT = 2;

    /** The field with the name of a type. */
    static final String TYPE = "type";

    /** Readers call themselves at each level, and the stack ends; descriptions have about ten. */
    private static final int DEEPEST_NESTING = 200;

    private static final String CLASS_WEIGHTS = "classWeights";
    private static final String LABEL_SMOOTHING = "labelSmoothing";
    private static final String CLASS = "class";
    private static final String NAME = "name";
    private static final String LAYER = "layer";
    private static final String TOWERS = "towers";

    /** Everything that has a type and may be of a user's own. */
    static final List<Family<?>> FAMILIES = List.of(
            Layers.FAMILY, Losses.FAMILY, Updaters.FAMILY, Schedules.FAMILY, RelatednessFunctions.FAMILY, Units.FAMILY);

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** With the same ends of lines on every system. */
    private static final DefaultIndenter INDENTER = new DefaultIndenter("  ", "\n");

    private final SavedTypes types;
    /** With the layers of other modules. */
    private final Map<String, Class<?>> named;

    private final OwnTypes own;

    /**
     * Starts a form in which types of a user's own are called so.
     *
     * @throws IllegalArgumentException if one of the names is one of the library's
     */
    public SavedForm(SavedTypes types) {
        this.types = types;
        Map<String, Class<?>> all = new HashMap<>(types.named());
        modulesLayers().forEach((name, type) -> {
            if (all.put(name, type) != null) {
                throw taken(name);
            }
        });
        for (String name : types.named().keySet()) {
            boolean builtIn = RelatednessFunctions.BUILT_IN.containsKey(name)
                    || RelatednessFunctions.OF_GROUPS.containsKey(name)
                    || FAMILIES.stream().anyMatch(family -> family.named(name).isPresent());
            if (builtIn) {
                throw taken(name);
            }
        }
        this.named = ImmutableMap.copyOf(all);
        this.own = new OwnTypes(this);
    }

    private static IllegalArgumentException taken(String name) {
        return new IllegalArgumentException(
                "SavedTypes: '%s' is a name of the library's own; choose another".formatted(name));
    }

    private static Map<String, Class<? extends CustomLayer>> modulesLayers() {
        Map<String, Class<? extends CustomLayer>> layers = new HashMap<>();
        for (LayerKinds kinds : ServiceLoader.load(LayerKinds.class, LayerKinds.class.getClassLoader())) {
            layers.putAll(kinds.layers());
        }
        return layers;
    }

    SavedTypes types() {
        return types;
    }

    /** {@return a new object} */
    public ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** {@return the text of an object, indented} */
    public String text(JsonNode node) {
        try {
            return MAPPER.writer(new DefaultPrettyPrinter().withObjectIndenter(INDENTER))
                    .writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // a tree has nothing that Jackson could not write
        }
    }

    /** {@return what writes a form piece by piece, in the same way as {@link #text}; closing it closes the stream} */
    public static JsonGenerator generator(OutputStream out) throws IOException {
        return MAPPER.getFactory()
                .createGenerator(out, JsonEncoding.UTF8)
                .setCodec(MAPPER)
                .setPrettyPrinter(new DefaultPrettyPrinter().withObjectIndenter(INDENTER));
    }

    /** {@return what reads a form piece by piece; closing it closes the stream} */
    public static JsonParser parser(InputStream in) throws IOException {
        return MAPPER.getFactory().createParser(in);
    }

    /**
     * Reads what a parser is at, to its end.
     *
     * @param what it is, for messages
     * @throws IllegalArgumentException if it lies too deep
     * @throws JsonProcessingException if it is no JSON
     * @throws IOException if it cannot be read
     */
    public static JsonNode next(JsonParser in, String what) throws IOException {
        TokenBuffer tokens = new TokenBuffer(MAPPER, false);
        int depth = 0;
        do {
            JsonToken token = in.currentToken();
            if (token == null) {
                throw new JsonEOFException(in, null, "it ends too early");
            }
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            requireFlat(depth, what);
            tokens.copyCurrentEvent(in);
            if (depth > 0) {
                in.nextToken();
            }
        } while (depth > 0);
        return MAPPER.readTree(tokens.asParser());
    }

    /**
     * {@return the object of a text}
     *
     * @param what it is, for messages
     * @throws IllegalArgumentException if it is no JSON, lies too deep, or is no object
     */
    public static JsonFields parse(String json, String what) {
        String text = json.startsWith("\uFEFF") ? json.substring(1) : json; // the mark that some editors write
        try {
            requireFlat(text, what);
            return JsonFields.of(MAPPER.readTree(text), what);
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null
                    ? ""
                    : " (line %s, column %s)"
                            .formatted(
                                    e.getLocation().getLineNr(), e.getLocation().getColumnNr());
            throw new IllegalArgumentException("%s: %s%s".formatted(what, e.getOriginalMessage(), place), e);
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e); // a text is read without any
        }
    }

    /**
     * Looks how deep objects and arrays lie in each other, that each field is there once, and nothing behind the end.
     */
    private static void requireFlat(String json, String what) throws java.io.IOException {
        int depth = 0;
        JsonFactory strict = new JsonFactory().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
        boolean ended = false;
        try (JsonParser parser = strict.createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (ended) {
                    throw new JsonParseException(parser, "there is more behind the end", parser.getTokenLocation());
                }
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                requireFlat(depth, what);
                ended = depth == 0;
            }
        }
    }

    private static void requireFlat(int depth, String what) {
        if (depth > DEEPEST_NESTING) {
            throw new IllegalArgumentException(
                    "%s: objects and arrays lie more than %d deep in each other".formatted(what, DEEPEST_NESTING));
        }
    }

    /**
     * Reads the number of a form.
     *
     * @return 1 where there is none
     * @throws IllegalArgumentException if this version does not read it
     */
    public static int format(JsonFields fields) {
        int format = fields.has("format") ? fields.integer("format") : 1;
        if (format < 1 || format > FORMAT) {
            throw new IllegalArgumentException(
                    "%s: written in format %d; this version of the library reads formats 1 to %d"
                            .formatted(fields.where(), format, FORMAT));
        }
        return format;
    }

    /** Writes a layer. */
    public ObjectNode write(LayerSpec layer) {
        return write(layer, Layers.FAMILY);
    }

    /** Writes a loss. */
    public ObjectNode write(ILossFunction loss) {
        return write(loss, Losses.FAMILY);
    }

    /** Writes an updater. */
    public ObjectNode write(IUpdater updater) {
        return write(updater, Updaters.FAMILY);
    }

    /** Writes a schedule. */
    public ObjectNode write(ISchedule schedule) {
        return write(schedule, Schedules.FAMILY);
    }

    /** Writes a relatedness function. */
    public ObjectNode write(GroupRelatedness function) {
        return RelatednessFunctions.write(function, this)
                .orElseGet(() -> own.write(function, RelatednessFunctions.FAMILY));
    }

    /** Writes a shape. */
    public ObjectNode write(Shape shape) {
        return write(shape, Layers.SHAPES);
    }

    /** Writes a unit where it is known to be a cross-stitch unit: without its type. */
    public ObjectNode write(CrossStitchUnit unit) {
        return MAPPER.valueToTree(unit);
    }

    /** Writes a unit. */
    public ObjectNode write(SharingUnit unit) {
        return write(unit, Units.FAMILY);
    }

    private <T> ObjectNode write(T value, Family<T> family) {
        Optional<Kind<? extends T>> kind = family.of(value.getClass());
        if (kind.isPresent()) {
            ObjectNode fields = object().put(TYPE, kind.get().name());
            kind.get().write(value, fields, this);
            return fields;
        }
        family.refusal(value.getClass()).ifPresent(why -> {
            throw new IllegalArgumentException("the %s %s cannot be saved: %s"
                    .formatted(family.what(), value.getClass().getName(), why));
        });
        return own.write(value, family);
    }

    /** Whether values of a class are written without any knowledge of the user's. */
    static boolean knows(Class<?> type) {
        return RelatednessFunctions.knows(type)
                || FAMILIES.stream().anyMatch(family -> family.of(type).isPresent());
    }

    /** A value of which {@link #knows} is true. */
    ObjectNode writeKnown(Object value) {
        if (value instanceof GroupRelatedness function) {
            return write(function);
        }
        for (Family<?> family : FAMILIES) {
            if (family.of(value.getClass()).isPresent()) {
                return writeAs(value, family);
            }
        }
        throw new IllegalStateException(value.getClass() + " is not known");
    }

    private <T> ObjectNode writeAs(Object value, Family<T> family) {
        return write(family.base().cast(value), family);
    }

    /** Says what an object of a user's own type is: by its name, or else by its class. */
    void putType(ObjectNode fields, String className) {
        Optional<String> name = named.entrySet().stream()
                .filter(entry -> entry.getValue().getName().equals(className))
                .map(Map.Entry::getKey)
                .findFirst();
        fields.put(TYPE, name.orElse(CLASS));
        if (name.isEmpty()) {
            fields.put(CLASS, className);
        }
    }

    /** Writes a task. */
    public ObjectNode write(Task task) {
        ObjectNode fields = object().put(NAME, task.name())
                .put("kind", EnumNames.TASK_KINDS.nameOf(task.kind()))
                .put("outputs", task.outputs())
                .put("weight", task.weight())
                .put("start", EnumNames.OUTPUT_STARTS.nameOf(task.start()));
        fields.set("loss", write(task.loss()));
        ArrayNode names = fields.putArray("classNames");
        task.classNames().forEach(names::add);
        if (!task.classWeights().isEmpty()) {
            ArrayNode weights = fields.putArray(CLASS_WEIGHTS);
            task.classWeights().forEach(weights::add);
        }
        if (task.labelSmoothing() > 0) {
            fields.put(LABEL_SMOOTHING, task.labelSmoothing());
        }
        return fields;
    }

    /** Reads a task. */
    public Task readTask(JsonFields in) {
        return new Task(
                in.text(NAME),
                in.oneOf("kind", EnumNames.TASK_KINDS),
                in.integer("outputs"),
                read(in, "loss", Losses.FAMILY),
                in.number("weight"),
                in.texts("classNames"),
                in.oneOf("start", EnumNames.OUTPUT_STARTS),
                Doubles.asList(in.optional(CLASS_WEIGHTS, in::numbers).orElse(new double[0])),
                in.optional(LABEL_SMOOTHING, in::number).orElse(0.0));
    }

    /** Layers with their names. */
    public ArrayNode writeLayers(List<NamedLayer> layers) {
        ArrayNode array = MAPPER.createArrayNode();
        for (NamedLayer layer : layers) {
            array.addObject().put(NAME, layer.name()).set(LAYER, write(layer.spec()));
        }
        return array;
    }

    /** Layers with their names. */
    public List<NamedLayer> readLayers(JsonFields in, String field) {
        return in.objects(field, layer -> new NamedLayer(layer.text(NAME), readLayer(layer, LAYER)));
    }

    /** Writes a regularizer. */
    public ObjectNode write(WeightRelatednessRegularizer regularizer) {
        ObjectNode fields = object();
        ArrayNode layers = fields.putArray("layers");
        regularizer.layers().forEach(layers::add);
        fields.set("relatedness", write(regularizer.relatedness()));
        fields.put("strength", regularizer.strength()).put("learningRateFactor", regularizer.learningRateFactor());
        ArrayNode pairs = fields.putArray("pairs");
        regularizer.pairs().forEach(pair -> pairs.add(write(pair)));
        if (!regularizer.towers().isEmpty()) {
            ArrayNode towers = fields.putArray(TOWERS);
            regularizer.towers().forEach(towers::add);
        }
        return fields;
    }

    /** Reads a regularizer. */
    public WeightRelatednessRegularizer readRegularizer(JsonFields in) {
        return new WeightRelatednessRegularizer(
                in.texts("layers"),
                read(in, "relatedness", RelatednessFunctions.FAMILY),
                in.number("strength"),
                in.objects("pairs", this::readPair),
                in.number("learningRateFactor"),
                in.optional(TOWERS, in::texts).orElse(List.of()));
    }

    /** Writes a pair of towers. */
    public ObjectNode write(Pair pair) {
        return object().put("from", pair.first()).put("to", pair.second());
    }

    /** Reads a pair of towers. */
    public Pair readPair(JsonFields in) {
        return new Pair(in.text("from"), in.text("to"));
    }

    /** Reads a layer. */
    public LayerSpec readLayer(JsonFields in, String field) {
        return read(in, field, Layers.FAMILY);
    }

    /** Reads an updater. */
    public IUpdater readUpdater(JsonFields in, String field) {
        return read(in, field, Updaters.FAMILY);
    }

    /** Reads a schedule. */
    public ISchedule readSchedule(JsonFields in, String field) {
        return read(in, field, Schedules.FAMILY);
    }

    /** Reads a shape. */
    public Shape readShape(JsonFields in, String field) {
        return read(in, field, Layers.SHAPES);
    }

    /** Reads a unit. */
    public SharingUnit readUnit(JsonFields in, String field) {
        return read(in, field, Units.FAMILY);
    }

    /** Reads what is a cross-stitch unit. */
    public CrossStitchUnit readCrossStitch(JsonFields in, String field) {
        return crossStitch(
                JsonFields.of(in.node(field), in.where() + "." + field).node(), in.where());
    }

    /** A cross-stitch unit of its fields, with or without its type. */
    CrossStitchUnit crossStitch(JsonNode unit, String where) {
        try {
            return MAPPER.treeToValue(unit.<ObjectNode>deepCopy().without(List.of(TYPE)), CrossStitchUnit.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "%s: no CrossStitchUnit: %s".formatted(where, e.getOriginalMessage()), e);
        }
    }

    private <T> T read(JsonFields in, String field, Family<T> family) {
        return read(in.node(field), family, in.where() + "." + field);
    }

    /** Something of a family. */
    <T> T read(JsonNode node, Family<T> family, String where) {
        JsonFields in = JsonFields.of(node, where);
        String name = in.text(TYPE);
        Optional<Kind<? extends T>> kind = family.named(name);
        if (kind.isPresent()) {
            T value = kind.get().reader().read(in, this);
            in.end();
            return value;
        }
        if (family == RelatednessFunctions.FAMILY) {
            Optional<GroupRelatedness> builtIn = RelatednessFunctions.read(name, in);
            if (builtIn.isPresent()) {
                in.end();
                return family.base().cast(builtIn.get());
            }
        }
        Class<?> type = name.equals(CLASS) ? trusted(in.text(CLASS), where) : named.get(name);
        if (type == null) {
            throw new IllegalArgumentException(("%s: there is no %s '%s'; one of your own needs its name:"
                            + " SavedTypes.none().with(\"%s\", Your.class)")
                    .formatted(where, family.what(), name, name));
        }
        if (!family.base().isAssignableFrom(type)) {
            throw new IllegalArgumentException("%s: %s is no %s".formatted(where, type.getName(), family.what()));
        }
        ObjectNode fields = node.<ObjectNode>deepCopy().without(List.of(TYPE));
        if (name.equals(CLASS)) {
            fields.remove(CLASS);
        }
        return own.read(fields, type.asSubclass(family.base()), where);
    }

    private Class<?> trusted(String className, String where) {
        if (!types.trusts(className)) {
            throw notTrusted(className, where);
        }
        try {
            return Class.forName(className, false, OwnClasses.loader(types, SavedForm.class.getClassLoader()));
        } catch (ClassNotFoundException | LinkageError e) {
            throw new IllegalArgumentException(
                    "%s: the class '%s' is not on the class path".formatted(where, className), e);
        }
    }

    static IllegalArgumentException notTrusted(String className, String where) {
        return new IllegalArgumentException(
                ("%s: names the class '%s', which is not trusted; if it is yours, load it with its package,"
                                + " SavedTypes.none().trusting(\"your.package\"), or save it by a name of its own,"
                                + " SavedTypes.none().with(\"your-name\", Your.class)")
                        .formatted(where, className));
    }
}
