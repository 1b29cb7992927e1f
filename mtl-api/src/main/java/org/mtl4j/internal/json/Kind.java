package org.mtl4j.internal.json;

import org.nd4j.shade.jackson.databind.node.ObjectNode;

/**
 * One type of a family and what it is called.
 *
 * @param <T> the type
 * @param name in a saved form
 * @param type exactly this class
 * @param writer adds its fields
 * @param reader makes it of its fields
 */
record Kind<T>(String name, Class<T> type, Writer<T> writer, Reader<T> reader) {

    /** Adds the fields of a value. */
    @FunctionalInterface
    interface Writer<T> {
        void write(T value, ObjectNode fields, SavedForm form);
    }

    /** Makes a value of its fields. */
    @FunctionalInterface
    interface Reader<T> {
        T read(JsonFields fields, SavedForm form);
    }

    void write(Object value, ObjectNode fields, SavedForm form) {
        writer.write(type.cast(value), fields, form);
    }

    /** A type without fields. */
    static <T> Kind<T> plain(String name, Class<T> type, java.util.function.Supplier<T> maker) {
        return new Kind<>(name, type, (value, fields, form) -> {}, (fields, form) -> maker.get());
    }
}
