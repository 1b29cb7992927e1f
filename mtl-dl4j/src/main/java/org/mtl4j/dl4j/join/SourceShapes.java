package org.mtl4j.dl4j.join;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.BaseRecurrentLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.jspecify.annotations.Nullable;

/**
 * Infers what the vertices of a network make, from the types of its inputs. Nothing is added to the source in doing so,
 * as Deeplearning4j's own {@code getLayerActivationTypes} would. Where a vertex cannot say what it makes, what comes
 * behind is not known either, which matters only if it is to be stitched.
 */
final class SourceShapes {
    private final SourceNetwork source;
    private final Map<String, InputType> known = new HashMap<>();
    private final Map<String, String> unknown = new HashMap<>();

    /** @param inputTypes the types of inputs that are known from elsewhere, by the source's own names of them */
    SourceShapes(SourceNetwork source, Map<String, InputType> inputTypes) {
        this.source = source;
        for (String input : source.inputs()) {
            Optional<InputType> type = Optional.ofNullable(inputTypes.get(input))
                    .or(() -> source.givenType(input))
                    .or(() -> readFromLayers(input));
            type.ifPresentOrElse(
                    found -> known.put(input, found),
                    () -> unknown.put(
                            input,
                            ("the shape of input '%s' is not in the configuration; give it, as in network(\"%s\","
                                            + " ..., InputType.convolutional(height, width, channels)) or"
                                            + " sharedInput(...)")
                                    .formatted(input, source.name())));
        }
    }

    /** {@return the type of what a vertex makes, if that is known} */
    Optional<InputType> of(String vertex) {
        if (!known.containsKey(vertex) && !unknown.containsKey(vertex)) {
            infer(vertex);
        }
        return Optional.ofNullable(known.get(vertex));
    }

    /** {@return why it is not known what a vertex makes} */
    @Nullable
    String reason(String vertex) {
        return unknown.get(vertex);
    }

    /** {@return what can be stitched: everything of known shape but outputs, in the order of the configuration} */
    Map<String, InputType> mixable() {
        Map<String, InputType> types = new LinkedHashMap<>();
        for (String vertex : source.vertices().keySet()) {
            of(vertex)
                    .filter(SourceShapes::isMixable)
                    .filter(type -> !source.outputs().contains(vertex))
                    .ifPresent(type -> types.put(vertex, type));
        }
        return types;
    }

    /** Tells whether units mix activations of this type. */
    private static boolean isMixable(InputType type) {
        return type instanceof InputType.InputTypeConvolutional
                || type instanceof InputType.InputTypeFeedForward
                || type instanceof InputType.InputTypeRecurrent;
    }

    /** Describes the shape of one example, without the batch; -1 for a sequence of any length. */
    static String text(InputType type) {
        boolean channelsLast = type instanceof InputType.InputTypeConvolutional maps
                        && maps.getFormat() == CNN2DFormat.NHWC
                || type instanceof InputType.InputTypeRecurrent sequence && sequence.getFormat() == RNNFormat.NWC;
        return Arrays.toString(type.getShape()) + (channelsLast ? " (channels last)" : "");
    }

    private void infer(String vertex) {
        List<InputType> types = new ArrayList<>();
        for (String input : source.inputsOf(vertex)) {
            Optional<InputType> type = of(input);
            if (type.isEmpty()) {
                unknown.put(vertex, unknown.get(input));
                return;
            }
            types.add(type.get());
        }
        GraphVertex configuration = source.vertices().get(vertex);
        if (configuration instanceof LayerVertex layer) {
            requireWidth(vertex, layer, types.get(0));
        }
        try {
            known.put(vertex, configuration.getOutputType(0, types.toArray(InputType[]::new)));
        } catch (RuntimeException e) { // whatever a layer throws at an input that it does not understand
            unknown.put(vertex, "'%s' does not say what it makes of %s: %s".formatted(vertex, texts(types), e));
        }
    }

    /** Refuses an input whose width is not that of the layer's weights. */
    private void requireWidth(String vertex, LayerVertex configuration, InputType input) {
        Layer layer = configuration.getLayerConf().getLayer();
        if (!(layer instanceof FeedForwardLayer forward && readsWidth(layer) && forward.getNIn() > 0)) {
            return;
        }
        long found;
        try {
            InputPreProcessor before = configuration.getPreProcessor();
            FeedForwardLayer sized = (FeedForwardLayer) layer.clone();
            sized.setNIn(before == null ? input : before.getOutputType(input), true);
            found = sized.getNIn();
        } catch (RuntimeException e) { // the same error comes out where the type of the output is asked for
            return;
        }
        if (found != forward.getNIn()) {
            throw new IllegalArgumentException(
                    ("network '%s': layer '%s' has weights for %d inputs, but gets %d from an input of shape %s;"
                                    + " check the input types")
                            .formatted(source.name(), vertex, forward.getNIn(), found, text(input)));
        }
    }

    /**
     * Layers whose number of inputs is the width of what they read; that of an embedding is the size of its vocabulary.
     */
    private static boolean readsWidth(Layer layer) {
        return layer instanceof DenseLayer
                || layer instanceof BaseOutputLayer
                || layer instanceof ConvolutionLayer
                || layer instanceof BaseRecurrentLayer
                || layer instanceof BatchNormalization;
    }

    /** Infers the type of an input from the first layer that reads it. */
    private Optional<InputType> readFromLayers(String input) {
        return source.vertices().entrySet().stream()
                .filter(entry -> source.inputsOf(entry.getKey()).contains(input))
                .map(Map.Entry::getValue)
                .filter(LayerVertex.class::isInstance)
                .flatMap(vertex -> typeRead((LayerVertex) vertex).stream())
                .findFirst();
    }

    private static Optional<InputType> typeRead(LayerVertex vertex) {
        if (vertex.getPreProcessor() instanceof FeedForwardToCnnPreProcessor images) {
            return Optional.of(InputType.convolutionalFlat(
                    images.getInputHeight(), images.getInputWidth(), images.getNumChannels()));
        }
        if (vertex.getPreProcessor() instanceof CnnToFeedForwardPreProcessor images) {
            return Optional.of(InputType.convolutional(
                    images.getInputHeight(), images.getInputWidth(), images.getNumChannels(), images.getFormat()));
        }
        Layer layer = vertex.getLayerConf().getLayer();
        if (vertex.getPreProcessor() == null && layer instanceof BaseRecurrentLayer recurrent) {
            return Optional.of(InputType.recurrent(
                    recurrent.getNIn(),
                    recurrent.getRnnDataFormat() == null ? RNNFormat.NCW : recurrent.getRnnDataFormat()));
        }
        if (vertex.getPreProcessor() == null
                && (layer instanceof DenseLayer || layer instanceof OutputLayer)
                && ((FeedForwardLayer) layer).getTimeDistributedFormat() == null) {
            return Optional.of(InputType.feedForward(((FeedForwardLayer) layer).getNIn()));
        }
        return Optional.empty();
    }

    private static List<String> texts(List<InputType> types) {
        return types.stream().map(SourceShapes::text).toList();
    }
}
