package org.mtl4j.internal.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.MissingNode;

/**
 * Compares JSON as values, field by field and element by element; order of fields, spaces and line ends do not count.
 */
public final class JsonDifferences {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Arrays of at most so many numbers are shown as a whole. */
    private static final int SHORT = 8;

    private final List<Difference> found = new ArrayList<>();

    private JsonDifferences() {}

    /**
     * A place where two values differ.
     *
     * @param path names of fields, and in brackets those of elements, or their numbers from 0; empty for the whole
     * @param there the first value as JSON, or "nothing"
     * @param here the second
     */
    public record Difference(String path, String there, String here) {
        /** {@return both values in one line} */
        @Override
        public String toString() {
            return "%s: there %s, here %s".formatted(path.isEmpty() ? "all" : path, there, here);
        }
    }

    /** {@return the places where two values differ, in their order; empty if they are the same} */
    public static List<Difference> of(JsonNode there, JsonNode here) {
        JsonDifferences differences = new JsonDifferences();
        differences.compare("", there, here);
        return differences.found;
    }

    private void compare(String path, JsonNode there, JsonNode here) {
        if (there.equals(here)) {
            return;
        }
        if (there.isObject() && here.isObject()) {
            Set<String> names = new LinkedHashSet<>();
            here.fieldNames().forEachRemaining(names::add);
            there.fieldNames().forEachRemaining(names::add);
            for (String name : names) {
                compare(path.isEmpty() ? name : path + "." + name, there.path(name), here.path(name));
            }
        } else if (there.isArray() && here.isArray() && !isShown(there, here)) {
            compareElements(path, there, here);
        } else if (isObjectAsText(there) && isObjectAsText(here)) {
            compare(path, parsed(there), parsed(here));
        } else {
            found.add(new Difference(path, shown(there), shown(here)));
        }
    }

    /** Whether arrays are shown as a whole: short ones of simple values. */
    private static boolean isShown(JsonNode there, JsonNode here) {
        return Math.max(there.size(), here.size()) <= SHORT && isSimple(there) && isSimple(here);
    }

    private static boolean isSimple(JsonNode array) {
        for (JsonNode element : array) {
            if (element.isContainerNode()) {
                return false;
            }
        }
        return true;
    }

    private void compareElements(String path, JsonNode there, JsonNode here) {
        if (there.size() == here.size()) {
            for (int i = 0; i < there.size(); i++) {
                Optional<String> name = nameOf(there.get(i));
                String label = name.equals(nameOf(here.get(i))) ? name.orElse("" + i) : "" + i;
                compare("%s[%s]".formatted(path, label), there.get(i), here.get(i));
            }
            return;
        }
        Map<String, JsonNode> named = byName(there);
        Map<String, JsonNode> other = byName(here);
        Set<String> names = new LinkedHashSet<>(other.keySet());
        names.addAll(named.keySet());
        for (String name : names) {
            compare(
                    "%s[%s]".formatted(path, name),
                    named.getOrDefault(name, MissingNode.getInstance()),
                    other.getOrDefault(name, MissingNode.getInstance()));
        }
    }

    /** Elements by their names, or by their numbers where they have none or share it. */
    private static Map<String, JsonNode> byName(JsonNode array) {
        Map<String, JsonNode> named = new LinkedHashMap<>();
        for (int i = 0; i < array.size(); i++) {
            String number = "" + i;
            String name = nameOf(array.get(i)).orElse(number);
            named.put(named.containsKey(name) ? number : name, array.get(i));
        }
        return named;
    }

    /** What an element is told by: its name or place, or that of its task. */
    private static Optional<String> nameOf(JsonNode element) {
        for (JsonNode name : List.of(
                element.path("name"),
                element.path("place"),
                element.path("task").path("name"))) {
            if (name.isTextual()) {
                return Optional.of(name.textValue());
            }
        }
        return Optional.empty();
    }

    /** Whether a text is an object of its own, as the configuration of a layer of Deeplearning4j's. */
    private static boolean isObjectAsText(JsonNode node) {
        return node.isTextual()
                && node.textValue().startsWith("{")
                && parsed(node).isObject();
    }

    private static JsonNode parsed(JsonNode text) {
        try {
            return MAPPER.readTree(text.textValue());
        } catch (JsonProcessingException e) {
            return text; // no JSON after all
        }
    }

    private static String shown(JsonNode value) {
        return value.isMissingNode() ? "nothing" : value.toString();
    }
}
