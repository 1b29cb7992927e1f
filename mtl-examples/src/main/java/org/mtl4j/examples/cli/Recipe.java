package org.mtl4j.examples.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Options of {@code train} under a name, with what came out when they were tried. A recipe whose options change gets
 * another version, and with it other figures.
 *
 * @param name how the command line calls it
 * @param version counts the changes of its options
 * @param description what it is, in a sentence
 * @param options of {@code train}, all that decides the result but corpus, split and seed
 * @param expected what was measured, may be empty
 */
record Recipe(String name, int version, String description, List<String> options, List<Figures> expected) {

    /**
     * What was measured on faces that were not trained on.
     *
     * @param how the faces, the seeds, and how it was measured
     * @param meanError of the landmarks, % of the box width
     * @param failureRate of the landmarks, %
     * @param accuracy per attribute, %
     */
    record Figures(
            String how,
            @JsonProperty("mean error") double meanError,
            @JsonProperty("failure rate") double failureRate,
            Map<String, Double> accuracy) {}

    /** What {@code train} takes a name by. */
    static final String OPTION = "--recipe";

    private static final String FILE = "recipes.json";

    /** Reads all there are. */
    static List<Recipe> all() {
        try (InputStream in = Recipe.class.getResourceAsStream(FILE)) {
            return List.of(new ObjectMapper().readValue(in, Recipe[].class));
        } catch (IOException e) {
            throw new UncheckedIOException(FILE + " of this program: " + e.getMessage(), e);
        }
    }

    /** Finds the one of this name. */
    static Recipe named(String name) {
        return all().stream()
                .filter(recipe -> recipe.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no recipe '%s'; there are %s"
                        .formatted(name, all().stream().map(Recipe::name).toList())));
    }

    /**
     * Puts the recipe's options between the command and the other options, so that these have the last word; leaves
     * arguments that name no recipe as they are.
     *
     * @throws IllegalArgumentException if there is no such recipe
     */
    static String[] expand(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        for (int i = 1; i < arguments.length; i++) {
            String name = null;
            if (arguments[i].equals(OPTION) && i + 1 < arguments.length) {
                name = arguments[i + 1];
            } else if (arguments[i].startsWith(OPTION + "=")) {
                name = arguments[i].substring(OPTION.length() + 1);
            }
            if (name != null) {
                if (all.size() > arguments.length) {
                    throw new IllegalArgumentException("%s is given twice; name one recipe".formatted(OPTION));
                }
                all.addAll(1, named(name).options);
            }
        }
        return all.toArray(String[]::new);
    }

    /** {@return name and version} */
    @Override
    public String toString() {
        return name + " " + version;
    }
}
