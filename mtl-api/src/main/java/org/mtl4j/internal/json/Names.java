package org.mtl4j.internal.json;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.function.Function;

/**
 * What the values of a type are called in a saved form.
 *
 * @param <E> an enumeration
 */
public final class Names<E> {
    private final Function<E, String> nameOf;
    private final ImmutableMap<String, E> values;

    private Names(Function<E, String> nameOf, ImmutableMap<String, E> values) {
        this.nameOf = nameOf;
        this.values = values;
    }

    /**
     * Names by a function that has one for each constant: a switch without a default, so that the compiler sees that
     * none is forgotten.
     */
    static <E extends Enum<E>> Names<E> of(Class<E> type, Function<E, String> nameOf) {
        ImmutableMap.Builder<String, E> values = ImmutableMap.builder();
        for (E value : type.getEnumConstants()) {
            values.put(nameOf.apply(value), value);
        }
        return new Names<>(nameOf, values.build());
    }

    /** {@return the name of a value} */
    public String nameOf(E value) {
        return nameOf.apply(value);
    }

    /**
     * {@return the value of this name}
     *
     * @param where for the message
     * @throws IllegalArgumentException if there is none
     */
    public E of(String name, String where) {
        E value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException(
                    "%s: '%s' is not known; there are %s".formatted(where, name, values.keySet()));
        }
        return value;
    }

    /** {@return the values by name, in their order} */
    public Map<String, E> values() {
        return values;
    }
}
