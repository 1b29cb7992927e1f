package org.mtl4j.examples.cli;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.StringJoiner;
import java.util.function.Function;
import org.mtl4j.examples.report.EnumName;
import org.mtl4j.internal.io.RunDirectory;

/**
 * Tells runs apart: every value that decides what a run computes, by the name of its option. It is compared as a value,
 * field by field, and is written as JSON to the directory of the run, to its results and to the model; text is made of
 * it for people only. Numbers in it are the same in every language of the user.
 *
 * <p>Each command has a record of what it adds; {@code RunIdentityTest} shows of every option that it is in the
 * identity of its command, or names the reason why it need not be.
 */
final class RunIdentity {
    /** The name of the file that says whose a directory is. */
    static final String FILE = "run.json";

    private static final int SHOWN_OF_FINGERPRINT = 12;

    private static final ObjectMapper JSON = new ObjectMapper()
            .setPropertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .registerModule(new SimpleModule()
                    .addSerializer(OptionalInt.class, writtenAs(value -> value.isPresent() ? value.getAsInt() : null))
                    .addSerializer(
                            OptionalDouble.class, writtenAs(value -> value.isPresent() ? value.getAsDouble() : null))
                    .addSerializer(Enum.class, writtenAs(EnumName::hyphenated)));

    private final ObjectNode fields;

    private RunIdentity(ObjectNode fields) {
        this.fields = fields;
    }

    private static <T> JsonSerializer<T> writtenAs(Function<T, Object> form) {
        return new JsonSerializer<>() {
            @Override
            public void serialize(T value, JsonGenerator out, SerializerProvider all) throws IOException {
                out.writePOJO(form.apply(value));
            }
        };
    }

    /**
     * Puts the components of some records together, each under its name with hyphens.
     *
     * @param parts of numbers, strings, constants of enumerations, {@code OptionalInt}, {@code OptionalDouble}, and
     *     maps and lists of these
     * @throws IllegalArgumentException if two of them have a component of the same name
     */
    static RunIdentity of(Record... parts) {
        ObjectNode all = JSON.createObjectNode();
        for (Record part : parts) {
            for (Map.Entry<String, JsonNode> field : written(part).properties()) {
                if (all.replace(field.getKey(), field.getValue()) != null) {
                    throw new IllegalArgumentException("RunIdentity: two fields are called " + field.getKey());
                }
            }
        }
        return new RunIdentity(all);
    }

    /** {@return an identity as it was written to a file} */
    @JsonCreator
    static RunIdentity read(ObjectNode fields) {
        return new RunIdentity(fields.deepCopy());
    }

    /** Writes and reads, so that a number that has been in a file is equal to one that has not. */
    private static ObjectNode written(Record part) {
        try {
            return (ObjectNode) JSON.readTree(JSON.writeValueAsString(part));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("RunIdentity: " + e.getOriginalMessage(), e);
        }
    }

    /** {@return the fields, to be written among others} */
    @JsonValue
    JsonNode fields() {
        return fields.deepCopy();
    }

    /** {@return the fields as one line of JSON} */
    String json() {
        return fields.toString();
    }

    /** {@return the fields in a line for people, without those that have no value} */
    String text() {
        StringJoiner text = new StringJoiner(", ");
        for (Map.Entry<String, JsonNode> field : fields.properties()) {
            JsonNode value = field.getValue();
            if (!value.isNull() && !(value.isContainerNode() && value.isEmpty())) {
                text.add(field.getKey().replace('-', ' ') + " " + shown(value));
            }
        }
        return text.toString();
    }

    private static String shown(JsonNode value) {
        String text = value.isTextual() ? value.textValue() : value.toString().replace("\"", "");
        return text.matches("[0-9a-f]{64}") ? text.substring(0, SHOWN_OF_FINGERPRINT) : text;
    }

    /**
     * Makes a directory that of this run, or sees to it that it is.
     *
     * @throws IOException if it is that of another run; the message has the fields that differ, with both values
     */
    void claim(Path directory) throws IOException {
        RunDirectory.claim(directory, FILE, "run", json());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RunIdentity identity && fields.equals(identity.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "RunIdentity" + fields;
    }
}
