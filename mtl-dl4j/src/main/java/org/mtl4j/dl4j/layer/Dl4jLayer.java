package org.mtl4j.dl4j.layer;

import java.util.Objects;
import java.util.function.BiFunction;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LearnedSelfAttentionLayer;
import org.deeplearning4j.nn.layers.util.IdentityLayer;
import org.mtl4j.dl4j.internal.graph.InputTypes;
import org.mtl4j.dl4j.internal.layer.ConfigurationJson;
import org.mtl4j.layer.CustomLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.saved.SavedTypes;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.shade.jackson.annotation.JacksonInject;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nd4j.shade.jackson.annotation.JsonPropertyOrder;
import org.nd4j.shade.jackson.core.JsonProcessingException;

/**
 * Any Deeplearning4j layer in a tower:
 *
 * <pre>{@code
 * MultiTaskNetwork.builder(Shape.sequence(16, 50))
 *    .layer("lstm", Dl4jLayer.of(new LSTM.Builder().nOut(32).build()))
 * }</pre>
 *
 * The number of inputs is filled in from the shape before it; the {@code EmbeddingLayer} of Deeplearning4j reads
 * {@link Shape#categories} of one column, its {@code EmbeddingSequenceLayer} {@link Shape#tokens}, and both take the
 * number of codes from there. Refused, when the network is built, are output layers, as a task has its own; layers for
 * volumes; layers that make several examples of one; and arrays whose channels or features come last. What the layer
 * leaves open (updater, weight initialisation) comes from the training plan and the network, as for all layers.
 */
@JsonPropertyOrder({"deeplearning4j", "configuration"})
public final class Dl4jLayer implements CustomLayer {
    /** That has written the configuration. */
    private static final String VERSION = "1.0.0-M2.1";

    private final Layer layer;
    private final ConfigurationJson json;

    private Dl4jLayer(Layer layer, ConfigurationJson json) {
        this.layer = layer;
        this.json = json;
    }

    /**
     * Makes a tower's layer of a configuration, which is copied; the copies are of the same classes. In the graph it is
     * the layer that it is, with all that is set in it. Only stock fully connected layers and stock activations are
     * computed by code of this library, to the same results.
     *
     * @throws IllegalArgumentException if Deeplearning4j cannot write and read it as JSON, as saved models need it
     */
    public static Dl4jLayer of(Layer layer) {
        ConfigurationJson json = ConfigurationJson.of(Objects.requireNonNull(layer, "layer"));
        return new Dl4jLayer(copy(layer, json), json);
    }

    /**
     * Makes one of a saved form, which nobody need trust: it may name classes of Deeplearning4j's and trusted ones
     * only.
     */
    @JsonCreator
    static Dl4jLayer fromJson(
            @JacksonInject SavedTypes types,
            @JsonProperty(value = "deeplearning4j", required = true) String version,
            @JsonProperty(value = "configuration", required = true) String configuration) {
        ConfigurationCheck.check(configuration, types);
        try {
            Layer layer = ConfigurationJson.of(types).read(configuration, Layer.class);
            return new Dl4jLayer(layer, ConfigurationJson.of(layer));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "a Deeplearning4j layer that version %s has written cannot be read by this one: %s"
                            .formatted(version, e.getOriginalMessage()),
                    e);
        }
    }

    @JsonProperty("deeplearning4j")
    String version() {
        return VERSION;
    }

    @JsonProperty("configuration")
    String configuration() throws JsonProcessingException {
        return json.write(layer);
    }

    /** {@return a copy of the configuration} */
    public Layer layer() {
        return copy(layer, json);
    }

    /**
     * Layers inside of layers are copied too: {@code clone()} would have two towers share what a wrapper wraps, and its
     * name.
     */
    private static Layer copy(Layer layer, ConfigurationJson json) {
        try {
            return json.read(json.write(layer), Layer.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "Dl4jLayer: %s cannot be written and read as JSON, which is how models are saved: %s"
                            .formatted(layer.getClass().getName(), e.getOriginalMessage()),
                    e);
        }
    }

    /**
     * {@return a copy of the configuration for inputs of this shape} What Deeplearning4j would lose is filled in, the
     * number of codes and steps of its embeddings; and its {@link LearnedSelfAttentionLayer}, which never works, is a
     * {@link WorkingLearnedSelfAttentionLayer}, its global pooling a {@link TypedGlobalPoolingLayer}.
     */
    public Layer layer(Shape input) {
        Layer copy = layer();
        DeeplearningEmbedding.complete(copy, input, describe());
        if (copy.getClass() == LearnedSelfAttentionLayer.class) {
            return WorkingLearnedSelfAttentionLayer.of((LearnedSelfAttentionLayer) copy);
        }
        if (copy instanceof IdentityLayer) {
            return new ActivationLayer(Activation.IDENTITY); // that one fails on data of an input
        }
        return copy.getClass() == GlobalPoolingLayer.class
                ? TypedGlobalPoolingLayer.of((GlobalPoolingLayer) copy)
                : copy;
    }

    @Override
    public Shape outputShape(Shape input) {
        StrangeLayers.requireHidden(layer, describe());
        return asking(input, (conf, prepared) -> {
            StrangeLayers.requireSettings(conf.getLayer());
            InputType output = conf.getLayer().getOutputType(0, prepared);
            StrangeLayers.requireChannelsFirst(output);
            if (output instanceof InputType.InputTypeRecurrent sequence && sequence.getTimeSeriesLength() < 1) {
                output = InputType.recurrent(sequence.getSize(), input.positions()); // says of no length, and keeps it
            }
            Shape shape = InputTypes.shapeOf(output, describe());
            StrangeLayers.requireWindow(layer, shape);
            return shape;
        });
    }

    @Override
    public long parameters(Shape input) {
        return asking(input, (conf, prepared) -> {
            conf.getLayer().getOutputType(0, prepared); // some count their parameters only then
            return conf.getLayer().initializer().numParams(conf);
        });
    }

    @Override
    public String describe() {
        String size = layer instanceof FeedForwardLayer forward && forward.getNOut() > 0 ? " " + forward.getNOut() : "";
        return layer.getClass().getSimpleName() + size;
    }

    /** Asks something of a copy, whose number of inputs is that of a shape. */
    private <T> T asking(Shape input, BiFunction<NeuralNetConfiguration, InputType, T> question) {
        Layer copy = layer(input);
        InputType type = InputTypes.typeOf(input);
        try {
            // Deeplearning4j fills in what the layer leaves open, as it will do in the graph
            NeuralNetConfiguration conf =
                    new NeuralNetConfiguration.Builder().layer(copy).build();
            InputPreProcessor between = conf.getLayer().getPreProcessorForInputType(type); // such as flattening
            StrangeLayers.requireExamples(between);
            InputType prepared = between == null ? type : between.getOutputType(type);
            conf.getLayer().setNIn(prepared, false);
            return question.apply(conf, prepared);
        } catch (RuntimeException e) { // of many classes
            throw new IllegalArgumentException(
                    describe() + " does not accept inputs of shape " + input + ": " + e.getMessage(), e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Dl4jLayer custom && layer.equals(custom.layer);
    }

    @Override
    public int hashCode() {
        return layer.hashCode();
    }

    @Override
    public String toString() {
        return "Dl4jLayer[" + describe() + "]";
    }
}
