package org.mtl4j.internal.json;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.saved.SavedTypes;
import org.nd4j.shade.jackson.annotation.JsonTypeInfo;
import org.nd4j.shade.jackson.core.JsonGenerator;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.BeanDescription;
import org.nd4j.shade.jackson.databind.DeserializationConfig;
import org.nd4j.shade.jackson.databind.DeserializationContext;
import org.nd4j.shade.jackson.databind.DeserializationFeature;
import org.nd4j.shade.jackson.databind.InjectableValues;
import org.nd4j.shade.jackson.databind.JavaType;
import org.nd4j.shade.jackson.databind.JsonDeserializer;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.JsonSerializer;
import org.nd4j.shade.jackson.databind.MapperFeature;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.SerializationConfig;
import org.nd4j.shade.jackson.databind.SerializerProvider;
import org.nd4j.shade.jackson.databind.annotation.JsonTypeIdResolver;
import org.nd4j.shade.jackson.databind.cfg.MapperConfig;
import org.nd4j.shade.jackson.databind.deser.Deserializers;
import org.nd4j.shade.jackson.databind.introspect.AnnotatedClass;
import org.nd4j.shade.jackson.databind.introspect.JacksonAnnotationIntrospector;
import org.nd4j.shade.jackson.databind.json.JsonMapper;
import org.nd4j.shade.jackson.databind.jsontype.PolymorphicTypeValidator;
import org.nd4j.shade.jackson.databind.jsontype.TypeResolverBuilder;
import org.nd4j.shade.jackson.databind.jsontype.TypeSerializer;
import org.nd4j.shade.jackson.databind.jsontype.impl.TypeIdResolverBase;
import org.nd4j.shade.jackson.databind.module.SimpleModule;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nd4j.shade.jackson.databind.ser.Serializers;
import org.nd4j.shade.jackson.databind.type.TypeFactory;

/**
 * Writes and reads values of types that the library does not know, by Jackson. What they hold of types that it does
 * know, such as a schedule within a loss, is called as everywhere in a saved form.
 */
final class OwnTypes {
    /** Before the name of a class where it is written, until it gets its place. */
    private static final String CLASS_PREFIX = "class:";

    private final SavedForm form;
    private final ObjectMapper writer;
    private final ObjectMapper reader;

    OwnTypes(SavedForm form) {
        this.form = form;
        JsonMapper.Builder writing = JsonMapper.builder().enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY);
        SimpleModule known = new SimpleModule() {
            private static final long serialVersionUID = 1L;

            @Override
            public void setupModule(SetupContext context) {
                context.addSerializers(new KnownSerializers());
                context.addDeserializers(new KnownDeserializers());
            }

            @Override
            public Object getTypeId() {
                return OwnTypes.class;
            }
        };
        writing.addModule(known);
        SavedForm.FAMILIES.forEach(family -> writing.addMixIn(family.base(), NamedByClass.class));
        writer = writing.build();
        reader = JsonMapper.builder()
                .addModule(known)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .polymorphicTypeValidator(new Trusted(form.types()))
                .annotationIntrospector(new WithoutFamilies())
                .injectableValues(new InjectableValues.Std().addValue(SavedTypes.class, form.types()))
                .typeFactory(TypeFactory.defaultInstance()
                        .withClassLoader(OwnClasses.loader(form.types(), OwnTypes.class.getClassLoader())))
                .build();
    }

    /** The fields of a value, its type first. */
    ObjectNode write(Object value, Family<?> family) {
        JsonNode written;
        try {
            written = writer.readTree(writer.writerFor(family.base()).writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "the %s %s cannot be saved; one of your own needs a form that Jackson can write: %s"
                            .formatted(family.what(), value.getClass().getName(), e.getOriginalMessage()),
                    e);
        }
        if (!(written instanceof ObjectNode object)
                || !object.path(SavedForm.TYPE).asText().startsWith(CLASS_PREFIX)
                || object.has("class")) {
            throw new IllegalArgumentException(
                    ("the %s %s cannot be saved: Jackson is to write it as an object, without fields 'type' and"
                                    + " 'class'; got %s")
                            .formatted(family.what(), value.getClass().getName(), written));
        }
        return named(object);
    }

    /** Puts names in the place of classes. */
    private ObjectNode named(ObjectNode written) {
        ObjectNode object = form.object();
        written.fields().forEachRemaining(field -> {
            JsonNode value = field.getValue();
            if (field.getKey().equals(SavedForm.TYPE) && value.asText().startsWith(CLASS_PREFIX)) {
                form.putType(object, value.asText().substring(CLASS_PREFIX.length()));
            } else {
                object.set(field.getKey(), value instanceof ObjectNode inner ? named(inner) : namedElements(value));
            }
        });
        return object;
    }

    private JsonNode namedElements(JsonNode value) {
        if (!value.isArray()) {
            return value;
        }
        var array = form.object().arrayNode();
        value.forEach(
                element -> array.add(element instanceof ObjectNode inner ? named(inner) : namedElements(element)));
        return array;
    }

    /** A value of its fields, without its type. */
    <T> T read(ObjectNode fields, Class<? extends T> type, String where) {
        try {
            return reader.treeToValue(fields, type);
        } catch (JsonProcessingException e) {
            if (e.getCause() instanceof IllegalArgumentException refused) {
                throw refused;
            }
            throw new IllegalArgumentException(
                    "%s: no %s: %s".formatted(where, type.getName(), e.getOriginalMessage()), e);
        }
    }

    /** In the place of annotations that have the class written, with what is behind it. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.CUSTOM, include = JsonTypeInfo.As.PROPERTY, property = SavedForm.TYPE)
    @JsonTypeIdResolver(ByClass.class)
    private interface NamedByClass {}

    /** The class, for a name to be put in its place. */
    static final class ByClass extends TypeIdResolverBase {
        @Override
        public String idFromValue(Object value) {
            return CLASS_PREFIX + value.getClass().getName();
        }

        @Override
        public String idFromValueAndType(Object value, Class<?> type) {
            return CLASS_PREFIX + (value == null ? type : value.getClass()).getName();
        }

        @Override
        public JsonTypeInfo.Id getMechanism() {
            return JsonTypeInfo.Id.CUSTOM;
        }
    }

    /** Reads without what annotations of the families say about classes: the names have been looked at here. */
    private static final class WithoutFamilies extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1L;

        @Override
        public @Nullable TypeResolverBuilder<?> findTypeResolver(
                MapperConfig<?> config, AnnotatedClass type, JavaType base) {
            boolean ofFamily =
                    SavedForm.FAMILIES.stream().anyMatch(family -> family.base().isAssignableFrom(type.getRawType()));
            return ofFamily ? null : super.findTypeResolver(config, type, base);
        }
    }

    /** Where a type of the user's own has classes written by annotations of its own. */
    private static final class Trusted extends PolymorphicTypeValidator.Base {
        private static final long serialVersionUID = 1L;

        private final SavedTypes types;

        Trusted(SavedTypes types) {
            this.types = types;
        }

        @Override
        public Validity validateSubClassName(MapperConfig<?> config, JavaType base, String className) {
            return types.trusts(className) ? Validity.ALLOWED : Validity.DENIED;
        }

        @Override
        public Validity validateSubType(MapperConfig<?> config, JavaType base, JavaType type) {
            return types.trusts(type.getRawClass().getName()) ? Validity.ALLOWED : Validity.DENIED;
        }
    }

    private final class KnownSerializers extends Serializers.Base {
        @Override
        public @Nullable JsonSerializer<?> findSerializer(
                SerializationConfig config, JavaType type, BeanDescription description) {
            return SavedForm.knows(type.getRawClass()) ? new KnownSerializer() : null;
        }
    }

    private final class KnownSerializer extends JsonSerializer<Object> {
        @Override
        public void serialize(Object value, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeTree(form.writeKnown(value));
        }

        @Override
        public void serializeWithType(
                Object value, JsonGenerator out, SerializerProvider provider, TypeSerializer types) throws IOException {
            serialize(value, out, provider);
        }
    }

    private final class KnownDeserializers extends Deserializers.Base {
        @Override
        public @Nullable JsonDeserializer<?> findBeanDeserializer(
                JavaType type, DeserializationConfig config, BeanDescription description) {
            List<? extends Family<?>> families = SavedForm.FAMILIES;
            for (Family<?> family : families) {
                if (family.base() == type.getRawClass()
                        || type.isInterface() && family.base().isAssignableFrom(type.getRawClass())
                        || family.of(type.getRawClass()).isPresent()) {
                    return new KnownDeserializer(family);
                }
            }
            return null;
        }
    }

    private final class KnownDeserializer extends JsonDeserializer<Object> {
        private final Family<?> family;

        KnownDeserializer(Family<?> family) {
            this.family = family;
        }

        @Override
        public Object deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return form.read(context.readTree(in), family, family.what());
        }
    }
}
