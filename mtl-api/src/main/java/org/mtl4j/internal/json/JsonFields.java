package org.mtl4j.internal.json;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.nd4j.shade.jackson.databind.JsonNode;

/**
 * Reads one object of a saved form. Whoever reads it asks for each field, and at the end for nothing more: a field that
 * is missing, of another kind, or not known is refused with its place in the text.
 */
public final class JsonFields {
    private final JsonNode node;
    private final String where;
    private final Set<String> asked = new LinkedHashSet<>();

    private JsonFields(JsonNode node, String where) {
        this.node = node;
        this.where = where;
    }

    /**
     * Starts to read an object.
     *
     * @param where what it is, for messages
     * @throws IllegalArgumentException if it is something else
     */
    public static JsonFields of(JsonNode node, String where) {
        if (node == null || !node.isObject()) {
            throw new IllegalArgumentException("%s: expected an object, got %s".formatted(where, kindOf(node)));
        }
        return new JsonFields(node, where);
    }

    /** {@return what the object is, for messages} */
    public String where() {
        return where;
    }

    /** {@return the object itself} */
    public JsonNode node() {
        return node;
    }

    /** {@return whether the field is there and not null} */
    public boolean has(String name) {
        asked.add(name);
        return node.hasNonNull(name);
    }

    /** {@return the field as it is} */
    public JsonNode node(String name) {
        asked.add(name);
        JsonNode value = node.get(name);
        if (value == null || value.isNull()) {
            throw new IllegalArgumentException("%s: '%s' is missing".formatted(where, name));
        }
        return value;
    }

    /** {@return a text} */
    public String text(String name) {
        JsonNode value = node(name);
        if (!value.isTextual()) {
            throw wrong(name, "a text", value);
        }
        return value.textValue();
    }

    /** {@return true or false} */
    public boolean flag(String name) {
        JsonNode value = node(name);
        if (!value.isBoolean()) {
            throw wrong(name, "true or false", value);
        }
        return value.booleanValue();
    }

    /** {@return a whole number} */
    public int integer(String name) {
        JsonNode value = node(name);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw wrong(name, "a whole number of 32 bits", value);
        }
        return value.intValue();
    }

    /** {@return a whole number that may be large} */
    public long longInteger(String name) {
        JsonNode value = node(name);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(name, "a whole number of 64 bits", value);
        }
        return value.longValue();
    }

    /** {@return a number; NaN and infinities are texts} */
    public double number(String name) {
        return number(node(name), name);
    }

    private double number(JsonNode value, String name) {
        if (value.isNumber()) {
            return value.doubleValue();
        }
        switch (value.asText()) {
            case "NaN":
                return Double.NaN;
            case "Infinity":
                return Double.POSITIVE_INFINITY;
            case "-Infinity":
                return Double.NEGATIVE_INFINITY;
            default:
                throw wrong(name, "a number", value);
        }
    }

    /** {@return one of the things that have names in a saved form} */
    public <E> E oneOf(String name, Names<E> names) {
        return names.of(text(name), where + ", '" + name + "'");
    }

    /** {@return an object} */
    public JsonFields object(String name) {
        return of(node(name), where + "." + name);
    }

    /** {@return what a reader makes of each element of an array} */
    public <T> List<T> list(String name, BiFunction<JsonNode, String, T> reader) {
        JsonNode array = node(name);
        if (!array.isArray()) {
            throw wrong(name, "an array", array);
        }
        List<T> list = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            list.add(reader.apply(array.get(i), "%s.%s[%s]".formatted(where, name, i)));
        }
        return list;
    }

    /** {@return an array of objects} */
    public <T> List<T> objects(String name, Function<JsonFields, T> reader) {
        return list(name, (element, place) -> {
            JsonFields fields = of(element, place);
            T read = reader.apply(fields);
            fields.end();
            return read;
        });
    }

    /** {@return an array of texts} */
    public List<String> texts(String name) {
        return list(name, (element, place) -> {
            if (!element.isTextual()) {
                throw new IllegalArgumentException("%s: expected a text, got %s".formatted(place, kindOf(element)));
            }
            return element.textValue();
        });
    }

    /** {@return an array of numbers} */
    public double[] numbers(String name) {
        return list(name, (element, place) -> number(element, name)).stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    /** {@return an array of whole numbers} */
    public List<Integer> integers(String name) {
        return list(name, (element, place) -> {
            if (!element.isIntegralNumber() || !element.canConvertToInt()) {
                throw new IllegalArgumentException(
                        "%s: expected a whole number of 32 bits, got %s".formatted(place, kindOf(element)));
            }
            return element.intValue();
        });
    }

    /** {@return an object whose fields are numbers, in their order} */
    public Map<String, Double> numbersByName(String name) {
        JsonFields object = object(name);
        Map<String, Double> numbers = new java.util.LinkedHashMap<>();
        object.node.fieldNames().forEachRemaining(key -> numbers.put(key, object.number(key)));
        return numbers;
    }

    /** {@return an object whose fields are texts, in their order} */
    public Map<String, String> textsByName(String name) {
        JsonFields object = object(name);
        Map<String, String> texts = new java.util.LinkedHashMap<>();
        object.node.fieldNames().forEachRemaining(key -> texts.put(key, object.text(key)));
        return texts;
    }

    /** {@return what a reader makes of a field, or nothing where it is missing} */
    public <T> Optional<T> optional(String name, Function<String, T> reader) {
        return has(name) ? Optional.of(reader.apply(name)) : Optional.empty();
    }

    /**
     * Says that the object has been read.
     *
     * @throws IllegalArgumentException if it has a field that nobody asked for
     */
    public void end() {
        Map<String, JsonNode> rest = new HashMap<>();
        node.fields().forEachRemaining(field -> rest.put(field.getKey(), field.getValue()));
        rest.keySet().removeAll(asked);
        if (!rest.isEmpty()) {
            throw new IllegalArgumentException("%s: '%s' is not known here; there are %s"
                    .formatted(where, rest.keySet().iterator().next(), asked));
        }
    }

    private IllegalArgumentException wrong(String name, String expected, JsonNode value) {
        return new IllegalArgumentException(
                "%s: '%s' is to be %s, got %s".formatted(where, name, expected, kindOf(value)));
    }

    private static String kindOf(JsonNode node) {
        if (node == null || node.isNull() || node.isMissingNode()) {
            return "nothing";
        }
        if (node.isContainerNode()) {
            return node.isArray() ? "an array" : "an object";
        }
        String text = node.toString();
        return text.length() <= 80 ? text : text.substring(0, 80) + "...";
    }
}
