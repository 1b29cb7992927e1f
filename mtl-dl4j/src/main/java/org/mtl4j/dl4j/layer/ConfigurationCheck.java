package org.mtl4j.dl4j.layer;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.mtl4j.saved.SavedTypes;
import org.nd4j.shade.jackson.core.JsonFactory;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.core.JsonToken;

/**
 * Looks through the configuration of a Deeplearning4j layer before anything is made of it. Deeplearning4j's format
 * names the classes of layers, activations and updaters, and whoever reads it makes objects of them; so every text that
 * could be the name of a class must be one of a trusted class, wherever it stands, also in a text within the text.
 */
final class ConfigurationCheck {
    /** What Deeplearning4j's configurations are made of, and the layers of this library. */
    private static final List<String> PACKAGES = List.of(
            "org.mtl4j.dl4j.layer.",
            "org.mtl4j.loss.",
            "org.mtl4j.schedule.",
            "org.deeplearning4j.nn.api.",
            "org.deeplearning4j.nn.conf.",
            "org.deeplearning4j.nn.layers.util.IdentityLayer",
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

    /** Readers call themselves at each level, and the stack ends; configurations have about ten. */
    private static final int DEEPEST_NESTING = 200;

    /** The key by which Deeplearning4j names a class. */
    private static final String CLASS = "@class";

    /** The key of a text that a user has chosen. */
    private static final String LAYER_NAME = "layerName";

    private final SavedTypes types;

    private ConfigurationCheck(SavedTypes types) {
        this.types = types;
    }

    /**
     * Looks through a configuration.
     *
     * @param types those that the user trusts besides
     * @throws IllegalArgumentException if it names a class that is not trusted, lies too deep, or is not JSON
     */
    static void check(String configuration, SavedTypes types) {
        try {
            new ConfigurationCheck(types).check(configuration, 0);
        } catch (JsonProcessingException e) {
            throw refused(e.getOriginalMessage());
        } catch (IOException e) {
            throw new IllegalStateException(e); // a text is read without any
        }
    }

    private static IllegalArgumentException refused(String why) {
        return new IllegalArgumentException("the configuration of a Deeplearning4j layer: " + why);
    }

    private void check(String json, int textsDeep) throws IOException {
        if (textsDeep > DEEPEST_TEXT) {
            throw refused("texts within texts, more than %d deep".formatted(DEEPEST_TEXT));
        }
        int depth = 0;
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (depth > DEEPEST_NESTING) {
                    throw refused("objects and arrays lie more than %d deep in each other".formatted(DEEPEST_NESTING));
                }
                if (token == JsonToken.VALUE_STRING && CLASS.equals(parser.getCurrentName())) {
                    requireTrusted(parser.getText()); // whatever it looks like: it may be that of a generic class
                } else if (token == JsonToken.FIELD_NAME
                        || token == JsonToken.VALUE_STRING && !LAYER_NAME.equals(parser.getCurrentName())) {
                    checkText(parser.getText(), textsDeep);
                }
            }
        }
    }

    private void checkText(String text, int textsDeep) throws IOException {
        if (CLASS_NAME.matcher(text).matches()) {
            requireTrusted(text);
        } else if (text.stripLeading().startsWith("{") || text.stripLeading().startsWith("[")) {
            check(text, textsDeep + 1);
        }
    }

    private void requireTrusted(String text) {
        String name = text.strip();
        boolean trusted = types.trusts(name)
                || CLASS_NAME.matcher(name).matches() && PACKAGES.stream().anyMatch(name::startsWith);
        if (!trusted) {
            throw refused(("it names the class '%s', which is not trusted; if it is yours, load it with its package:"
                            + " SavedTypes.none().trusting(\"your.package\")")
                    .formatted(name));
        }
    }
}
