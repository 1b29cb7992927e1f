package org.mtl4j.dl4j.internal.trust;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.mtl4j.saved.SavedTypes;
import org.nd4j.shade.jackson.core.JsonFactory;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.core.JsonStreamContext;
import org.nd4j.shade.jackson.core.JsonToken;
import org.nd4j.shade.jackson.databind.JsonNode;

/**
 * Which classes the text of a model file may name. Deeplearning4j's format names the classes of layers, vertices and updaters,
 * and whoever reads it makes objects of them; so the names are looked at first, wherever they stand in the text, also in a text
 * within the text.
 */
public final class TrustedClasses {
    private static final List<String> OWN = List.of(
            "org.mtl4j.",
            "org.deeplearning4j.nn.api.",
            "org.deeplearning4j.nn.conf.",
            "org.deeplearning4j.nn.weights.",
            "org.nd4j.linalg.activations.impl.",
            "org.nd4j.linalg.api.rng.distribution.",
            "org.nd4j.linalg.learning.",
            "org.nd4j.linalg.lossfunctions.impl.",
            "org.nd4j.linalg.schedule.");

    /** Names with at least one dot; nothing else can be loaded as a class of a package. */
    private static final Pattern CLASS_NAME =
            Pattern.compile("\\s*\\[*L?[\\p{Alpha}_$][\\p{Alnum}_$]*(\\.[\\p{Alpha}_$][\\p{Alnum}_$]*)+;?\\s*");

    private static final int DEEPEST_TEXT = 4;

    /** Readers call themselves at each level, and the stack ends; descriptions have about ten. */
    private static final int DEEPEST_NESTING = 200;

    /** The key by which all types of a description name their class. */
    private static final String CLASS = "@class";

    /** The keys of a network's description with names that a user has chosen. */
    private static final List<String> NAMES = List.of("name", "place", "classNames");

    /** The keys of arrays of names, in descriptions and in configurations of graphs. */
    private static final Set<String> ARRAYS_OF_NAMES = Set.of(
            "classNames", "towers", "layers", "networkInputs", "networkOutputs", "topologicalOrderStr", "variables");

    /** The key of such arrays by vertex. */
    private static final String VERTEX_INPUTS = "vertexInputs";

    private SavedTypes types = SavedTypes.none();
    private final List<String> packages;
    /** Whole names of classes. */
    private final Set<String> classes = new HashSet<>();
    /** Names of tasks, layers and so on, which may have dots; not believed where a class is named. */
    private final Set<String> names = new HashSet<>();

    /** @param more packages that are trusted besides, such as {@code com.example.layers} */
    public TrustedClasses(List<String> more) {
        packages = Stream.concat(OWN.stream(), more.stream().map(name -> name.endsWith(".") ? name : name + "."))
                .toList();
    }

    /** @param types those that a user trusts besides */
    public TrustedClasses(SavedTypes types) {
        this(List.copyOf(types.trustedPackages()));
        this.types = types;
    }

    /** {@return what a description may name by its class} */
    public SavedTypes asSavedTypes() {
        return SavedTypes.none().trusting(packages.toArray(String[]::new)).trustingClasses(classes);
    }

    /** Trusts the classes that a description names which the program itself has made, too. */
    public TrustedClasses andThoseOf(String json) throws IOException {
        texts(json, (key, text) -> {
            if (text.stripLeading().startsWith("{")) {
                try {
                    andThoseOf(text);
                } catch (JsonProcessingException e) {
                    return; // a text that only begins like JSON
                }
            } else if (CLASS.equals(key) || "class".equals(key)) {
                classes.add(text);
            }
        });
        return this;
    }

    /** Takes from a network's description what its towers, tasks, layers, units and classes are called. */
    public TrustedClasses namesIn(JsonNode network) {
        NAMES.forEach(key -> network.findValues(key).forEach(this::addNames));
        return this;
    }

    private void addNames(JsonNode found) {
        if (found.isTextual()) {
            names.add(found.textValue());
        }
        found.forEach(this::addNames); // elements
    }

    private interface Text {
        void found(String key, String text) throws IOException;
    }

    /** All texts that are values or elements, with the key of values. */
    private static void texts(String json, Text text) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_STRING) {
                    text.found(parser.getCurrentName(), parser.getText());
                }
            }
        }
    }

    /**
     * Looks through a text in JSON.
     *
     * @param where what the text is, for the message
     * @throws IOException if it names a class that is not trusted, or is not JSON
     */
    public void check(String json, String where) throws IOException {
        check(json, where, 0);
    }

    /**
     * Looks how deep objects and arrays lie in each other.
     *
     * @throws IOException if it is too deep to be read, or not JSON
     */
    public static void checkDepth(String json, String where) throws IOException {
        int depth = 0;
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (depth > DEEPEST_NESTING) {
                    throw new IOException(
                            where + ": objects and arrays lie more than " + DEEPEST_NESTING + " deep in each other");
                }
            }
        }
    }

    private void check(String json, String where, int depth) throws IOException {
        checkDepth(json, where);
        if (depth > DEEPEST_TEXT) {
            throw new IOException(where + ": texts within texts, more than " + DEEPEST_TEXT + " deep");
        }
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_STRING && CLASS.equals(parser.getCurrentName())) {
                    requireTrusted(
                            parser.getText(), where); // whatever it looks like: it may be that of a generic class
                } else if (token == JsonToken.VALUE_STRING || token == JsonToken.FIELD_NAME) {
                    boolean aName = isName(parser.getText()) && mayBeName(token, parser.getParsingContext());
                    checkText(parser.getText(), aName, where, depth);
                }
            }
        }
    }

    /** A name, or that of a layer's parameter, such as {@code fc_W}. */
    private boolean isName(String text) {
        return names.contains(text) || names.contains(text.substring(0, Math.max(0, text.lastIndexOf('_'))));
    }

    /** Elsewhere the first element of an array is taken for the class of the second. */
    private static boolean mayBeName(JsonToken token, JsonStreamContext context) {
        if (token == JsonToken.FIELD_NAME || !context.inArray()) {
            return true;
        }
        JsonStreamContext array = context.getParent();
        return ARRAYS_OF_NAMES.contains(String.valueOf(array.getCurrentName()))
                || array.getParent() != null
                        && VERTEX_INPUTS.equals(array.getParent().getCurrentName());
    }

    private void requireTrusted(String text, String where) throws IOException {
        String name = text.strip();
        boolean trusted = classes.contains(name)
                || types.trusts(name)
                || CLASS_NAME.matcher(name).matches() && packages.stream().anyMatch(name::startsWith);
        if (!trusted) {
            throw new IOException(
                    "%s: names the class '%s', which is not trusted; if it is yours, load the model with its package: Dl4jModel.load(file, \"your.package\")"
                            .formatted(where, name));
        }
    }

    private void checkText(String text, boolean aName, String where, int depth) throws IOException {
        if (CLASS_NAME.matcher(text).matches()) {
            if (!aName) {
                requireTrusted(text, where);
            }
        } else if (text.stripLeading().startsWith("{") || text.stripLeading().startsWith("[")) {
            try {
                check(text, where, depth + 1);
            } catch (JsonProcessingException e) {
                if (!aName) { // a name may look like anything
                    throw e;
                }
            }
        }
    }
}
