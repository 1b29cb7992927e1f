package org.mtl4j.dl4j.onnx;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.onnxruntime.OrtException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SpaceToDepthLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling1D;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.RepeatVector;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.dl4j.testing.EveryNetwork;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;

/** Layers of Deeplearning4j's in a tower: exported to the same answers, or refused by class, tower and place. */
class StockLayersTest {
    private static final Shape IMAGE = Shape.image(2, 6, 8);
    private static final Shape SEQUENCE = Shape.sequence(3, 7);
    private static final Shape VECTOR = Shape.vector(4);
    private static final Shape CODE = Shape.categories(7);
    private static final Shape TEXT = Shape.tokens(7, 5);

    private record Case(Shape input, Supplier<Layer> layer) {
        @Override
        public String toString() {
            return layer.get().getClass().getSimpleName() + " of " + input;
        }

        Dl4jModel model() {
            NetworkBuilder network = MultiTaskNetwork.builder(input)
                    .tower("tower", SplitHead.of(Task.regression("numbers", 3)))
                    .layer("place", Dl4jLayer.of(layer.get()));
            Shape behind = Dl4jLayer.of(layer.get()).outputShape(input);
            if (behind instanceof Shape.Sequence) {
                network.gru("gru", 4).lastStep();
            }
            return EveryNetwork.drawn(network.build(), DataType.FLOAT);
        }
    }

    private static Case of(Shape input, Supplier<Layer> layer) {
        return new Case(input, layer);
    }

    static Stream<Case> known() {
        return Stream.of(
                of(IMAGE, () -> new ConvolutionLayer.Builder(2, 3)
                        .nOut(3)
                        .stride(1, 2)
                        .padding(1, 2)
                        .activation(Activation.TANH)
                        .build()),
                of(IMAGE, () -> new ConvolutionLayer.Builder(2, 2)
                        .nOut(3)
                        .dilation(2, 2)
                        .convolutionMode(ConvolutionMode.Same)
                        .build()),
                of(IMAGE, () -> new SubsamplingLayer.Builder(PoolingType.AVG)
                        .kernelSize(3, 2)
                        .stride(2, 2)
                        .padding(1, 1)
                        .build()),
                of(IMAGE, () -> new SubsamplingLayer.Builder(PoolingType.PNORM)
                        .kernelSize(2, 2)
                        .stride(2, 2)
                        .pnorm(3)
                        .build()),
                of(IMAGE, () -> new SubsamplingLayer.Builder(PoolingType.MAX)
                        .kernelSize(3, 3)
                        .stride(1, 2)
                        .convolutionMode(ConvolutionMode.Same)
                        .build()),
                of(IMAGE, () -> new GlobalPoolingLayer(PoolingType.SUM)),
                of(IMAGE, () -> new GlobalPoolingLayer.Builder(PoolingType.PNORM)
                        .pnorm(2)
                        .build()),
                of(SEQUENCE, () -> new GlobalPoolingLayer(PoolingType.MAX)),
                of(IMAGE, () -> new BatchNormalization.Builder().build()),
                of(IMAGE, () -> new BatchNormalization.Builder()
                        .useLogStd(false)
                        .lockGammaBeta(true)
                        .gamma(1.5)
                        .beta(0.5)
                        .build()),
                of(IMAGE, () -> new DepthwiseConvolution2D.Builder(2, 3)
                        .depthMultiplier(2)
                        .build()),
                of(IMAGE, () -> new SeparableConvolution2D.Builder(2, 3)
                        .depthMultiplier(2)
                        .nOut(3)
                        .activation(Activation.SIGMOID)
                        .build()),
                of(IMAGE, () -> new Upsampling2D.Builder(2).build()),
                of(IMAGE, () -> new ZeroPaddingLayer.Builder(1, 2, 0, 3).build()),
                of(IMAGE, () -> new Cropping2D.Builder(1, 2, 0, 3).build()),
                of(IMAGE, () -> new SpaceToDepthLayer.Builder(2, CNN2DFormat.NCHW).build()),
                of(IMAGE, () -> new PReLULayer.Builder().inputShape(2, 6, 8).build()),
                of(IMAGE, () -> new PReLULayer.Builder()
                        .inputShape(2, 6, 8)
                        .sharedAxes(2, 3)
                        .build()),
                of(VECTOR, () -> new ElementWiseMultiplicationLayer.Builder()
                        .nOut(4)
                        .activation(Activation.TANH)
                        .build()),
                of(VECTOR, () -> new AutoEncoder.Builder()
                        .nOut(3)
                        .activation(Activation.SIGMOID)
                        .build()),
                of(
                        VECTOR,
                        () -> new FrozenLayer(new DenseLayer.Builder()
                                .nOut(3)
                                .activation(Activation.TANH)
                                .build())),
                of(VECTOR, () -> new RepeatVector.Builder().repetitionFactor(3).build()),
                of(SEQUENCE, () -> new Convolution1DLayer.Builder(3)
                        .nOut(4)
                        .stride(2)
                        .activation(Activation.RELU)
                        .build()),
                of(SEQUENCE, () -> new Convolution1DLayer.Builder(3)
                        .nOut(4)
                        .dilation(2)
                        .convolutionMode(ConvolutionMode.Causal)
                        .build()),
                of(SEQUENCE, () -> new Convolution1DLayer.Builder(4)
                        .nOut(4)
                        .convolutionMode(ConvolutionMode.Same)
                        .build()),
                of(SEQUENCE, () -> new Subsampling1DLayer.Builder(PoolingType.MAX)
                        .kernelSize(2)
                        .stride(2)
                        .build()),
                of(SEQUENCE, () -> new Upsampling1D.Builder(2).build()),
                of(SEQUENCE, () -> new ZeroPadding1DLayer.Builder(1, 2).build()),
                of(SEQUENCE, () -> new Cropping1D.Builder(1, 2).build()),
                of(SEQUENCE, () -> new LSTM.Builder()
                        .nOut(4)
                        .activation(Activation.TANH)
                        .build()),
                of(
                        SEQUENCE,
                        () -> new LastTimeStep(new LSTM.Builder()
                                .nOut(4)
                                .activation(Activation.TANH)
                                .build())),
                of(
                        SEQUENCE,
                        () -> new TimeDistributed(new DenseLayer.Builder()
                                .nOut(3)
                                .activation(Activation.SOFTMAX)
                                .build())),
                of(CODE, () -> new EmbeddingLayer.Builder()
                        .nOut(3)
                        .hasBias(true)
                        .activation(Activation.TANH)
                        .build()),
                of(TEXT, () -> new EmbeddingSequenceLayer.Builder().nOut(3).build()));
    }

    @ParameterizedTest
    @MethodSource("known")
    void what_is_known_answers_as_the_model_does(Case each) throws OrtException {
        Dl4jModel model = each.model();
        OnnxAnswers.assertAlike(OnnxExport.of(model), model, OnnxAnswers.ROUNDING, false);
    }

    static Stream<Case> unknown() {
        return Stream.of(
                of(IMAGE, () -> new Deconvolution2D.Builder(2, 2).nOut(3).build()),
                of(IMAGE, () -> new LocalResponseNormalization.Builder().n(3).build()),
                of(SEQUENCE, () -> new GravesLSTM.Builder().nOut(3).build()),
                of(SEQUENCE, () -> new SimpleRnn.Builder().nOut(3).build()),
                of(SEQUENCE, () -> new Bidirectional(new LSTM.Builder().nOut(3).build())),
                of(SEQUENCE, () -> new SelfAttentionLayer.Builder()
                        .nOut(4)
                        .nHeads(2)
                        .projectInput(true)
                        .build()));
    }

    @ParameterizedTest
    @MethodSource("unknown")
    void what_is_unknown_is_refused_by_class_tower_and_place(Case each) {
        Dl4jModel model = each.model();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OnnxExport.of(model))
                .withMessage(
                        "tower 'tower', layer 'place' (vertex 'tower/place'): layer of class %s (no operations stand"
                                + " for a layer of this class)",
                        each.layer().get().getClass().getName());
    }
}
