package org.mtl4j.train;

import com.google.common.base.CaseFormat;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.mtl4j.balance.BalanceScope;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.JsonNodeFactory;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Writes options of {@code fit} as JSON that is compared field by field; nothing is read back from it. */
final class FitIdentityJson {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private FitIdentityJson() {}

    /** What is left out where it says nothing: directories of before it was there do not have it. */
    private static boolean isLeftOut(String name, Object value) {
        return name.equals("metrics") && Objects.equals(value, Map.of())
                || name.equals("balanceScope") && value == BalanceScope.EVERYTHING_SHARED
                || name.equals("metric") && Objects.equals(value, Optional.empty());
    }

    static String write(FitIdentity identity) {
        ObjectNode all = fields(identity, JSON.objectNode());
        all.remove("epochs");
        return all.toPrettyString();
    }

    private static ObjectNode fields(Record value, ObjectNode into) {
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            Object part = read(component.getAccessor(), value);
            if (!isLeftOut(component.getName(), part)) {
                into.set(component.getName(), node(part));
            }
        }
        return into;
    }

    private static Object read(Method accessor, Record value) {
        try {
            ((AccessibleObject) accessor).setAccessible(true); // a rule of your own may be a private record
            return accessor.invoke(value);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("%s of %s cannot be read".formatted(accessor.getName(), value), e);
        }
    }

    private static JsonNode node(Object value) {
        if (value instanceof Optional<?> optional) {
            return optional.isPresent() ? node(optional.get()) : JSON.nullNode();
        }
        if (value instanceof OptionalInt optional) {
            return optional.isPresent() ? node(optional.getAsInt()) : JSON.nullNode();
        }
        if (value instanceof OptionalDouble optional) {
            return optional.isPresent() ? node(optional.getAsDouble()) : JSON.nullNode();
        }
        if (value instanceof Boolean flag) {
            return JSON.booleanNode(flag);
        }
        if (value instanceof Integer || value instanceof Long) {
            return JSON.numberNode(((Number) value).longValue());
        }
        if (value instanceof Number
                || value instanceof CharSequence) { // a number may be infinite, which JSON does not know
            return JSON.textNode(value.toString());
        }
        if (value instanceof Enum<?> constant) {
            return JSON.textNode(constant.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        }
        if (value instanceof Collection<?> elements) {
            ArrayNode array = JSON.arrayNode();
            (value instanceof Set<?> ? elements.stream().map(String::valueOf).sorted() : elements.stream())
                    .forEach(element -> array.add(node(element)));
            return array;
        }
        if (value instanceof Map<?, ?> entries) {
            Map<String, JsonNode> sorted = new TreeMap<>();
            entries.forEach((key, element) -> sorted.put(String.valueOf(key), node(element)));
            ObjectNode object = JSON.objectNode();
            sorted.forEach(object::set);
            return object;
        }
        return object(value);
    }

    private static JsonNode object(Object value) {
        ObjectNode object = JSON.objectNode();
        object.put("type", type(value.getClass()));
        if (value instanceof Record components) {
            return fields(components, object);
        }
        return hasText(value.getClass()) ? object.put("value", value.toString()) : object;
    }

    /** Names that the compiler gives to lambdas differ from run to run. */
    private static String type(Class<?> type) {
        return type.isHidden() || type.isAnonymousClass()
                ? "own"
                : CaseFormat.UPPER_CAMEL.to(CaseFormat.LOWER_HYPHEN, type.getSimpleName());
    }

    private static boolean hasText(Class<?> type) {
        try {
            return type.getMethod("toString").getDeclaringClass() != Object.class;
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }
}
