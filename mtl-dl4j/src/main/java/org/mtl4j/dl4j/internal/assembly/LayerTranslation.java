package org.mtl4j.dl4j.internal.assembly;

import com.google.common.primitives.Ints;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.dl4j.layer.EmbeddingTablesLayer;
import org.mtl4j.dl4j.layer.FastBatchNormalizationLayer;
import org.mtl4j.dl4j.layer.FastConvolutionLayer;
import org.mtl4j.dl4j.layer.FastDropoutLayer;
import org.mtl4j.dl4j.layer.FastPoolingLayer;
import org.mtl4j.dl4j.layer.FeatureNormalizationLayer;
import org.mtl4j.dl4j.layer.LastStepLayer;
import org.mtl4j.dl4j.layer.RecurrentCellLayer;
import org.mtl4j.dl4j.layer.SequenceConvolutionLayer;
import org.mtl4j.dl4j.layer.SoftArgmaxLayer;
import org.mtl4j.dl4j.layer.TypedGlobalPoolingLayer;
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
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Pooling;
import org.mtl4j.layer.Recurrent;
import org.mtl4j.layer.Residual;
import org.mtl4j.layer.Shape;
import org.mtl4j.layer.SoftArgmax;

/** Makes the configuration of Deeplearning4j's layer, or of ours in its place, of the description of a layer. */
final class LayerTranslation implements LayerVisitor<Layer> {
    private final Shape input;
    private final boolean inputGradient;

    /**
     * @param input shape of one example that the layer reads
     * @param inputGradient whether anything needs the gradient of the layer's input
     */
    LayerTranslation(Shape input, boolean inputGradient) {
        this.input = input;
        this.inputGradient = inputGradient;
    }

    @Override
    public Layer convolution(Convolution layer) {
        return new FastConvolutionLayer.Builder(layer.kernelHeight(), layer.kernelWidth())
                .inputGradient(inputGradient)
                .stride(layer.stride(), layer.stride())
                .convolutionMode(mode(layer.padding()))
                .nOut(layer.channels())
                .hasBias(layer.bias())
                .activation(layer.activation())
                .build();
    }

    @Override
    public Layer pooling(Pooling layer) {
        return new FastPoolingLayer.Builder(poolingType(layer.kind()))
                .kernelSize(layer.kernel(), layer.kernel())
                .stride(layer.stride(), layer.stride())
                .convolutionMode(mode(layer.padding()))
                .build();
    }

    @Override
    public Layer globalPooling(GlobalPooling layer) {
        return new TypedGlobalPoolingLayer(poolingType(layer.kind()));
    }

    @Override
    public Layer dense(Dense layer) {
        return new DenseLayer.Builder()
                .nOut(layer.units())
                .hasBias(layer.bias())
                .activation(layer.activation())
                .build();
    }

    @Override
    public Layer batchNormalization(BatchNormalization layer) {
        return new FastBatchNormalizationLayer(layer.decay(), layer.epsilon());
    }

    @Override
    public Layer dropout(Dropout layer) {
        return new FastDropoutLayer(1 - layer.rate());
    }

    @Override
    public Layer activation(Activate layer) {
        return new ActivationLayer.Builder().activation(layer.activation()).build();
    }

    @Override
    public Layer residual(Residual layer) {
        throw new IllegalStateException(
                "a residual block is several vertices, made by GraphAssembly: " + layer.describe());
    }

    @Override
    public Layer softArgmax(SoftArgmax layer) {
        return new SoftArgmaxLayer();
    }

    @Override
    public Layer embedding(Embedding layer) {
        int[] sizes = Ints.toArray(layer.tableSizes(input));
        int[] dimensions = Ints.toArray(layer.tableDimensions(input));
        return input instanceof Shape.Tokens
                ? EmbeddingTablesLayer.ofSteps(sizes[0], dimensions[0], layer.startNorm())
                : EmbeddingTablesLayer.ofColumns(sizes, dimensions, layer.startNorm());
    }

    @Override
    public Layer convolution1D(Convolution1D layer) {
        return SequenceConvolutionLayer.of(layer);
    }

    @Override
    public Layer recurrent(Recurrent layer) {
        return new RecurrentCellLayer(layer.cell(), layer.units());
    }

    @Override
    public Layer lastStep(LastStep layer) {
        return new LastStepLayer();
    }

    @Override
    public Layer layerNormalization(LayerNormalization layer) {
        return new FeatureNormalizationLayer(layer.epsilon());
    }

    @Override
    public Layer custom(CustomLayer layer) {
        if (layer instanceof Dl4jLayer custom) {
            return custom.layer(input);
        }
        throw new IllegalArgumentException(
                "layer '%s' is a %s; mtl-dl4j builds the layers of org.mtl4j.layer and Dl4jLayer"
                        .formatted(layer.describe(), layer.getClass().getName()));
    }

    private static ConvolutionMode mode(Padding padding) {
        return padding == Padding.SAME ? ConvolutionMode.Same : ConvolutionMode.Truncate;
    }

    private static PoolingType poolingType(Pooling.Kind kind) {
        return kind == Pooling.Kind.MAX ? PoolingType.MAX : PoolingType.AVG;
    }
}
