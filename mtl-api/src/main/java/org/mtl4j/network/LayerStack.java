package org.mtl4j.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.BatchNormalization;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Convolution1D;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Dropout;
import org.mtl4j.layer.Embedding;
import org.mtl4j.layer.GlobalPooling;
import org.mtl4j.layer.LastStep;
import org.mtl4j.layer.LayerNormalization;
import org.mtl4j.layer.LayerSpec;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Pooling;
import org.mtl4j.layer.Recurrent;
import org.mtl4j.layer.Residual;
import org.mtl4j.layer.SoftArgmax;
import org.nd4j.linalg.activations.Activation;

/**
 * The fluent methods that append layers. Every layer has a name in its tower; layers without weights get one of their
 * own when none is given: {@code pool1}, {@code pool2}, {@code norm1}, {@code dropout1} and so on, counted in the order
 * in which they are added to the whole network.
 *
 * @param <S> the type that the methods return
 */
public abstract class LayerStack<S extends LayerStack<S>> {

    LayerStack() {}

    /**
     * Appends any layer.
     *
     * @param name unique within the tower; see {@link org.mtl4j.task.Task#NAME_PATTERN}
     * @param layer what it is
     */
    public abstract S layer(String name, LayerSpec layer);

    /** A name for a layer without one, such as {@code pool1}. */
    abstract String nextName(String kind);

    /** Appends a convolution with a square kernel, stride 1, no padding, and ReLU. */
    public S convolution(String name, int channels, int kernel) {
        return layer(name, Convolution.of(channels, kernel));
    }

    /** Appends a fully connected layer with ReLU; flattens feature maps. */
    public S dense(String name, int units) {
        return layer(name, Dense.of(units));
    }

    /** Appends a fully connected layer with ReLU by a name such as {@code dense1}; flattens feature maps. */
    public S dense(int units) {
        return dense(nextName("dense"), units);
    }

    /** Appends the maximum over windows of {@code size}, side by side. */
    public S maxPool(int size) {
        return layer(nextName("pool"), Pooling.max(size));
    }

    /** Appends the mean over windows of {@code size}, side by side. */
    public S averagePool(int size) {
        return layer(nextName("pool"), Pooling.average(size));
    }

    /** Appends the mean over all positions of each channel. */
    public S globalAveragePool() {
        return layer(nextName("pool"), new GlobalPooling(Pooling.Kind.AVERAGE));
    }

    /** Appends batch normalisation. */
    public S batchNormalization() {
        return layer(nextName("norm"), BatchNormalization.standard());
    }

    /**
     * Appends a residual block: {@code residual("block1", block -> block.convolution(...).batchNormalization())}; the
     * sum goes through ReLU. See {@link Residual} for the shortcut.
     */
    public S residual(String name, Consumer<LayerStack<?>> layers) {
        Block block = new Block();
        layers.accept(block);
        return layer(name, Residual.of(block.layers.toArray(NamedLayer[]::new)));
    }

    /** Appends the expected position under a softmax over each feature map; see {@link SoftArgmax}. */
    public S softArgmax() {
        return layer(nextName("softargmax"), new SoftArgmax());
    }

    /**
     * Appends tables of learned rows in which the codes of an input are looked up; see {@link Embedding}.
     *
     * @param name unique within the tower
     * @param dimensions by column the length of its rows, or one number for all columns
     */
    public S embedding(String name, int... dimensions) {
        return layer(name, Embedding.of(dimensions));
    }

    /** Appends tables of learned rows, as {@link #embedding(String, int...)}, by a name such as {@code embedding1}. */
    public S embedding(int... dimensions) {
        return embedding(nextName("embedding"), dimensions);
    }

    /** Appends a convolution over the steps of a sequence with stride 1, no padding, and ReLU. */
    public S convolution1D(String name, int features, int kernel) {
        return layer(name, Convolution1D.of(features, kernel));
    }

    /** Appends an LSTM, which gives all steps; see {@link Recurrent}. */
    public S lstm(String name, int units) {
        return layer(name, Recurrent.lstm(units));
    }

    /** Appends a GRU, which gives all steps; see {@link Recurrent}. */
    public S gru(String name, int units) {
        return layer(name, Recurrent.gru(units));
    }

    /** Appends the last step of a sequence that is there. */
    public S lastStep() {
        return layer(nextName("last"), new LastStep());
    }

    /** Appends layer normalisation. */
    public S layerNormalization() {
        return layer(nextName("norm"), LayerNormalization.standard());
    }

    /** Appends dropout with the probability {@code rate} to drop a value, in (0, 1). */
    public S dropout(double rate) {
        return layer(nextName("dropout"), new Dropout(rate));
    }

    /** Appends an activation by itself. */
    public S activation(Activation activation) {
        return layer(nextName("activation"), new Activate(activation));
    }

    /** {@return layers of something that is repeated; those without a name are counted within it} */
    static List<NamedLayer> collect(Consumer<LayerStack<?>> layers) {
        Block block = new Block();
        layers.accept(block);
        return List.copyOf(block.layers);
    }

    /** The layers of a block; those without a name are counted within it. */
    private static final class Block extends LayerStack<Block> {
        private final List<NamedLayer> layers = new ArrayList<>();
        private final Map<String, Integer> counts = new HashMap<>();

        @Override
        public Block layer(String name, LayerSpec layer) {
            layers.add(new NamedLayer(name, layer));
            return this;
        }

        @Override
        String nextName(String kind) {
            return kind + counts.merge(kind, 1, Integer::sum);
        }
    }
}
