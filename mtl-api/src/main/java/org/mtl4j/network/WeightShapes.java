package org.mtl4j.network;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.BatchNormalization;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Convolution1D;
import org.mtl4j.layer.CustomLayer;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Dropout;
import org.mtl4j.layer.Embedding;
import org.mtl4j.layer.GlobalPooling;
import org.mtl4j.layer.LastStep;
import org.mtl4j.layer.LayerNormalization;
import org.mtl4j.layer.LayerVisitor;
import org.mtl4j.layer.Pooling;
import org.mtl4j.layer.Recurrent;
import org.mtl4j.layer.Residual;
import org.mtl4j.layer.Shape;
import org.mtl4j.layer.SoftArgmax;

/**
 * Says what shape the weights of a layer have, as text; empty for layers without weights that a regularizer could
 * relate.
 */
final class WeightShapes implements LayerVisitor<Optional<String>> {
    private final Shape input;

    /** @param input of the layer */
    WeightShapes(Shape input) {
        this.input = input;
    }

    @Override
    public Optional<String> convolution(Convolution layer) {
        return Optional.of("[%s, %s, %s, %s]"
                .formatted(layer.channels(), input.channels(), layer.kernelHeight(), layer.kernelWidth()));
    }

    @Override
    public Optional<String> dense(Dense layer) {
        return Optional.of("[%s, %s]".formatted(input.elements(), layer.units()));
    }

    @Override
    public Optional<String> embedding(Embedding layer) {
        List<Integer> sizes = layer.tableSizes(input);
        List<Integer> dimensions = layer.tableDimensions(input);
        return Optional.of(IntStream.range(0, sizes.size())
                .mapToObj(table -> "[%s, %s]".formatted(sizes.get(table), dimensions.get(table)))
                .collect(Collectors.joining(", ")));
    }

    @Override
    public Optional<String> convolution1D(Convolution1D layer) {
        return Optional.of("[%s, %s, %s]".formatted(layer.features(), input.channels(), layer.kernel()));
    }

    @Override
    public Optional<String> recurrent(Recurrent layer) {
        int columns = layer.cell().gates() * layer.units();
        return Optional.of("[%s, %s], [%s, %s]".formatted(input.channels(), columns, layer.units(), columns));
    }

    @Override
    public Optional<String> lastStep(LastStep layer) {
        return Optional.empty();
    }

    // As of batch normalisation.
    @Override
    public Optional<String> layerNormalization(LayerNormalization layer) {
        return Optional.empty();
    }

    @Override
    public Optional<String> custom(CustomLayer layer) {
        long parameters = layer.parameters(input);
        return parameters > 0
                ? Optional.of("%s with %s parameters".formatted(layer.describe(), parameters))
                : Optional.empty();
    }

    @Override
    public Optional<String> pooling(Pooling layer) {
        return Optional.empty();
    }

    @Override
    public Optional<String> globalPooling(GlobalPooling layer) {
        return Optional.empty();
    }

    // Scale and shift are no weights: they say nothing of what the layers before and behind look for.
    @Override
    public Optional<String> batchNormalization(BatchNormalization layer) {
        return Optional.empty();
    }

    @Override
    public Optional<String> dropout(Dropout layer) {
        return Optional.empty();
    }

    @Override
    public Optional<String> activation(Activate layer) {
        return Optional.empty();
    }

    // Its layers are looked at one by one.
    @Override
    public Optional<String> residual(Residual layer) {
        return Optional.empty();
    }

    @Override
    public Optional<String> softArgmax(SoftArgmax layer) {
        return Optional.empty();
    }
}
