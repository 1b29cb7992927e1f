package org.mtl4j.dl4j.internal.layer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.mtl4j.internal.json.OwnClasses;
import org.mtl4j.saved.SavedTypes;
import org.nd4j.shade.jackson.annotation.JsonIgnore;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * Writes and reads configurations as Deeplearning4j does, by classes' names. Deeplearning4j's own mapper remembers for
 * each name the first class that it has met, for the whole process; here names stand for the classes that were handed
 * over, or for those that the reader's types say.
 */
public final class ConfigurationJson {
    /** Knows those that this library sees. */
    private static final ObjectMapper OWN = mapper(ConfigurationJson.class.getClassLoader());

    private final ObjectMapper mapper;

    private ConfigurationJson(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /** {@return what writes these objects, and reads what it has written as objects of the same classes} */
    public static ConfigurationJson of(Object... handedOver) {
        HandedOverClasses classes = HandedOverClasses.of(handedOver);
        return new ConfigurationJson(classes.areOwn() ? OWN : mapper(classes));
    }

    /** {@return what reads objects whose classes are found as those of saved models} */
    public static ConfigurationJson of(SavedTypes types) {
        return new ConfigurationJson(mapper(OwnClasses.loader(types, ConfigurationJson.class.getClassLoader())));
    }

    private static ObjectMapper mapper(ClassLoader loader) {
        ObjectMapper mapper = NeuralNetConfiguration.mapper().copy();
        mapper.setTypeFactory(mapper.getTypeFactory().withClassLoader(loader));
        mapper.addMixIn(AbstractSameDiffLayer.class, WithoutParameters.class);
        return mapper;
    }

    /**
     * Leaves out what a layer makes of its configuration when it is asked for it, and cannot make before its number of
     * inputs is known.
     */
    private interface WithoutParameters {
        @JsonIgnore
        SDLayerParams getLayerParams();
    }

    /** {@return a configuration as JSON} */
    public String write(Object configuration) throws JsonProcessingException {
        return mapper.writeValueAsString(configuration);
    }

    /** {@return the configuration that was written} */
    public <T> T read(String json, Class<T> type) throws JsonProcessingException {
        return mapper.readValue(json, type);
    }
}
