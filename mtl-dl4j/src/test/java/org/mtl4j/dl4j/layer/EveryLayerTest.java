package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.reflect.ClassPath;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CapsuleLayer;
import org.deeplearning4j.nn.conf.layers.CapsuleStrengthLayer;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.Deconvolution3D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LearnedSelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LocallyConnected1D;
import org.deeplearning4j.nn.conf.layers.LocallyConnected2D;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.PrimaryCapsules;
import org.deeplearning4j.nn.conf.layers.RecurrentAttentionLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SpaceToBatchLayer;
import org.deeplearning4j.nn.conf.layers.SpaceToDepthLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling3DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling1D;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.Upsampling3D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPadding3DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping3D;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.misc.RepeatVector;
import org.deeplearning4j.nn.conf.layers.objdetect.Yolo2OutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.layers.util.MaskLayer;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.deeplearning4j.nn.conf.ocnn.OCNNOutputLayer;
import org.deeplearning4j.nn.layers.util.IdentityLayer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import own.Weighing;

/**
 * Every layer configuration of Deeplearning4j stands in a tower: it trains, is saved and loaded to the same
 * predictions, or is refused with a reason that is true.
 */
class EveryLayerTest {
    private static final Shape IMAGE = Shape.image(2, 6, 6);
    private static final Shape SEQUENCE = Shape.sequence(3, 5);
    private static final Shape VECTOR = Shape.vector(4);
    private static final Shape CODE = Shape.categories(7);
    private static final Shape TEXT = Shape.tokens(7, 5);

    @TempDir
    private Path directory;

    /**
     * A layer in a tower.
     *
     * @param refused what the reason says; empty if the layer trains
     */
    private record Case(String name, Shape input, Supplier<Layer> layer, String refused) {
        @Override
        public String toString() {
            return name + (refused.isEmpty() ? "" : ": refused");
        }
    }

    private static Case trains(Shape input, Supplier<Layer> layer) {
        return new Case(layer.get().getClass().getName(), input, layer, "");
    }

    private static Case refused(Shape input, Supplier<Layer> layer, String reason) {
        return new Case(layer.get().getClass().getName(), input, layer, reason);
    }

    private static final String OUTPUT = "is an output layer";
    private static final String VOLUMES = "a tower has images, vectors and sequences, and no volumes";

    static Stream<Case> layers() {
        return Stream.of(
                trains(IMAGE, () -> new ActivationLayer(Activation.TANH)),
                trains(VECTOR, () -> new AutoEncoder.Builder().nOut(3).build()),
                trains(IMAGE, () -> new BatchNormalization.Builder().build()),
                trains(SEQUENCE, () -> new CapsuleLayer.Builder(2, 3).build()),
                trains(SEQUENCE, () -> new CapsuleStrengthLayer.Builder().build()),
                refused(
                        VECTOR,
                        () -> new CenterLossOutputLayer.Builder(LossFunction.MSE)
                                .nOut(2)
                                .build(),
                        OUTPUT),
                refused(
                        IMAGE,
                        () -> new Cnn3DLossLayer.Builder(Convolution3D.DataFormat.NCDHW)
                                .lossFunction(LossFunction.MSE)
                                .build(),
                        OUTPUT),
                refused(IMAGE, () -> new CnnLossLayer.Builder(LossFunction.MSE).build(), OUTPUT),
                trains(SEQUENCE, () -> new Convolution1DLayer.Builder(2).nOut(3).build()),
                refused(IMAGE, () -> new Convolution3D.Builder(2, 2, 2).nOut(3).build(), VOLUMES),
                trains(IMAGE, () -> new ConvolutionLayer.Builder(2, 2).nOut(3).build()),
                trains(IMAGE, () -> new Deconvolution2D.Builder(2, 2).nOut(3).build()),
                refused(
                        IMAGE,
                        () -> new Deconvolution3D.Builder()
                                .kernelSize(2, 2, 2)
                                .nOut(3)
                                .build(),
                        VOLUMES),
                trains(IMAGE, () -> new DenseLayer.Builder().nOut(3).build()),
                trains(IMAGE, () -> new DepthwiseConvolution2D.Builder(2, 2)
                        .depthMultiplier(2)
                        .build()),
                trains(VECTOR, () -> new DropoutLayer.Builder(0.7).build()),
                trains(CODE, () -> new EmbeddingLayer.Builder().nOut(3).build()),
                trains(TEXT, () -> new EmbeddingSequenceLayer.Builder().nOut(3).build()),
                trains(IMAGE, () -> new GlobalPoolingLayer(PoolingType.MAX)),
                trains(
                        SEQUENCE,
                        () -> new GravesBidirectionalLSTM.Builder().nOut(3).build()),
                trains(SEQUENCE, () -> new GravesLSTM.Builder().nOut(3).build()),
                trains(SEQUENCE, () -> new LSTM.Builder().nOut(3).build()),
                trains(SEQUENCE, () -> new LearnedSelfAttentionLayer.Builder()
                        .nOut(4)
                        .nHeads(2)
                        .nQueries(2)
                        .projectInput(true)
                        .build()),
                trains(
                        IMAGE,
                        () -> new LocalResponseNormalization.Builder().n(3).build()),
                refused(
                        IMAGE,
                        () -> new LocalResponseNormalization.Builder().n(5).build(),
                        "looks at 2 channels to each side (n / 2), and there are only 2 channels"),
                trains(SEQUENCE, () -> new LocallyConnected1D.Builder()
                        .kernelSize(2)
                        .nOut(3)
                        .build()),
                trains(IMAGE, () -> new LocallyConnected2D.Builder()
                        .kernelSize(2, 2)
                        .nOut(3)
                        .build()),
                refused(VECTOR, () -> new LossLayer.Builder(LossFunction.MSE).build(), OUTPUT),
                refused(
                        VECTOR,
                        () -> new OutputLayer.Builder(LossFunction.MSE).nOut(2).build(),
                        OUTPUT),
                trains(IMAGE, () -> new PReLULayer.Builder().inputShape(2, 6, 6).build()),
                trains(IMAGE, () -> new PrimaryCapsules.Builder(2, 3)
                        .kernelSize(2, 2)
                        .stride(2, 2)
                        .build()),
                trains(SEQUENCE, () -> new RecurrentAttentionLayer.Builder()
                        .nOut(4)
                        .nHeads(1)
                        .headSize(2)
                        .projectInput(true)
                        .build()),
                refused(SEQUENCE, () -> new RnnLossLayer.Builder(LossFunction.MSE).build(), OUTPUT),
                refused(
                        SEQUENCE,
                        () -> new RnnOutputLayer.Builder(LossFunction.MSE)
                                .nOut(2)
                                .build(),
                        OUTPUT),
                trains(SEQUENCE, () -> new SelfAttentionLayer.Builder()
                        .nOut(4)
                        .nHeads(2)
                        .projectInput(true)
                        .build()),
                trains(
                        IMAGE,
                        () -> new SeparableConvolution2D.Builder(2, 2).nOut(3).build()),
                refused(
                        IMAGE,
                        () -> new SpaceToBatchLayer.Builder(new int[] {2, 2}).build(),
                        "makes several examples of one"),
                trains(IMAGE, () -> new SpaceToDepthLayer.Builder(2, CNN2DFormat.NCHW).build()),
                trains(
                        SEQUENCE,
                        () -> new Subsampling1DLayer.Builder().kernelSize(2).build()),
                refused(
                        IMAGE,
                        () -> new Subsampling3DLayer.Builder()
                                .kernelSize(2, 2, 2)
                                .build(),
                        VOLUMES),
                trains(
                        IMAGE,
                        () -> new SubsamplingLayer.Builder().kernelSize(2, 2).build()),
                trains(SEQUENCE, () -> new Upsampling1D.Builder(2).build()),
                trains(IMAGE, () -> new Upsampling2D.Builder(2).build()),
                refused(IMAGE, () -> new Upsampling3D.Builder(2).build(), VOLUMES),
                trains(SEQUENCE, () -> new ZeroPadding1DLayer.Builder(1).build()),
                refused(IMAGE, () -> new ZeroPadding3DLayer.Builder(1).build(), VOLUMES),
                trains(IMAGE, () -> new ZeroPaddingLayer.Builder(1, 1).build()),
                trains(SEQUENCE, () -> new Cropping1D.Builder(1).build()),
                trains(IMAGE, () -> new Cropping2D.Builder(1, 1).build()),
                refused(IMAGE, () -> new Cropping3D.Builder(1, 1, 1).build(), VOLUMES),
                trains(VECTOR, () -> new ElementWiseMultiplicationLayer.Builder()
                        .nOut(4)
                        .build()),
                trains(
                        VECTOR,
                        () -> new FrozenLayer(new DenseLayer.Builder().nOut(3).build())),
                trains(
                        VECTOR,
                        () -> new FrozenLayerWithBackprop(
                                new DenseLayer.Builder().nOut(3).build())),
                trains(
                        VECTOR,
                        () -> new RepeatVector.Builder().repetitionFactor(3).build()),
                refused(
                        IMAGE,
                        () -> new Yolo2OutputLayer.Builder()
                                .boundingBoxPriors(Nd4j.ones(2, 2))
                                .build(),
                        OUTPUT),
                trains(
                        SEQUENCE,
                        () -> new Bidirectional(new LSTM.Builder().nOut(3).build())),
                trains(
                        SEQUENCE,
                        () -> new LastTimeStep(new LSTM.Builder().nOut(3).build())),
                trains(SEQUENCE, () -> new SimpleRnn.Builder().nOut(3).build()),
                trains(
                        SEQUENCE,
                        () -> new TimeDistributed(
                                new DenseLayer.Builder().nOut(3).build())),
                trains(SEQUENCE, MaskLayer::new),
                trains(SEQUENCE, () -> new MaskZeroLayer.Builder()
                        .setUnderlying(new LSTM.Builder().nOut(3).build())
                        .setMaskValue(0)
                        .build()),
                trains(VECTOR, () -> new VariationalAutoencoder.Builder()
                        .encoderLayerSizes(4)
                        .decoderLayerSizes(4)
                        .nOut(3)
                        .build()),
                refused(
                        VECTOR,
                        () -> new OCNNOutputLayer.Builder().hiddenLayerSize(3).build(),
                        OUTPUT),
                trains(SEQUENCE, IdentityLayer::new),
                // other forms of them
                trains(SEQUENCE, () -> new GlobalPoolingLayer(PoolingType.AVG)),
                trains(VECTOR, () -> new LSTM.Builder().nOut(3).build()),
                refused(
                        SEQUENCE,
                        () -> new Bidirectional(
                                Bidirectional.Mode.ADD,
                                new LastTimeStep(new LSTM.Builder().nOut(3).build())),
                        "cannot train LastTimeStep within Bidirectional"),
                trains(
                        SEQUENCE,
                        () -> new LastTimeStep(
                                new Bidirectional(new LSTM.Builder().nOut(3).build()))),
                trains(
                        SEQUENCE,
                        () -> new FrozenLayer(
                                new LastTimeStep(new LSTM.Builder().nOut(3).build()))),
                trains(SEQUENCE, () -> new LearnedSelfAttentionLayer.Builder()
                        .nIn(3)
                        .nOut(3)
                        .nHeads(1)
                        .nQueries(2)
                        .build()),
                trains(IMAGE, () -> new LocallyConnected2D.Builder()
                        .kernelSize(3, 3)
                        .stride(2, 2)
                        .convolutionMode(ConvolutionMode.Same)
                        .nOut(3)
                        .build()),
                refused(
                        SEQUENCE,
                        () -> new DenseLayer.Builder().nOut(3).build(),
                        "would take each step for an example"),
                refused(IMAGE, () -> new LSTM.Builder().nOut(3).build(), "images are no sequences"),
                refused(CODE, () -> new DenseLayer.Builder().nOut(3).build(), "reads amounts, got categories [7]"),
                refused(TEXT, () -> new LSTM.Builder().nOut(3).build(), "reads amounts, got tokens [5] of 7"),
                refused(
                        VECTOR,
                        () -> new EmbeddingLayer.Builder().nIn(7).nOut(3).build(),
                        "reads one code of each"),
                refused(TEXT, () -> new EmbeddingLayer.Builder().nOut(3).build(), "reads one code of each example"),
                refused(
                        CODE,
                        () -> new EmbeddingSequenceLayer.Builder().nOut(3).build(),
                        "reads a code at each step, Shape.tokens(vocabulary, steps), got categories [7]"),
                refused(
                        CODE,
                        () -> new EmbeddingLayer.Builder().nIn(6).nOut(3).build(),
                        "has rows for 6 codes (its nIn), and the input has 7"),
                trains(CODE, () -> new EmbeddingLayer.Builder().nIn(9).nOut(3).build()),
                trains(SEQUENCE, () -> new LSTM.Builder()
                        .nOut(3)
                        .dataFormat(RNNFormat.NWC)
                        .build()), // it follows its input
                trains(IMAGE, () -> new ConvolutionLayer.Builder(2, 2)
                        .nOut(3)
                        .dataFormat(CNN2DFormat.NHWC)
                        .build()),
                refused(
                        VECTOR,
                        () -> new RepeatVector.Builder()
                                .repetitionFactor(3)
                                .dataFormat(RNNFormat.NWC)
                                .build(),
                        "features come last"),
                refused(VECTOR, () -> new ConvolutionLayer.Builder(2, 2).nOut(3).build(), "does not accept inputs of"),
                refused(
                        VECTOR,
                        () -> new LocallyConnected1D.Builder().nOut(3).build(),
                        "does not accept inputs of shape"),
                refused(
                        Shape.image(1, 1, 1),
                        () -> new ConvolutionLayer.Builder(2, 2).nOut(3).build(),
                        "does not accept inputs of shape [1, 1, 1]"),
                trains(SEQUENCE, () -> new Weighing(2)),
                trains(VECTOR, () -> new Weighing(2)));
    }

    @Test
    void all_configurations_of_the_jar_are_among_them() throws IOException, ClassNotFoundException {
        Set<String> shown = layers().map(Case::name).collect(Collectors.toCollection(TreeSet::new));
        Set<String> found =
                ClassPath.from(Layer.class.getClassLoader()).getTopLevelClassesRecursive("org.deeplearning4j").stream()
                        .map(ClassPath.ClassInfo::getName)
                        .filter(EveryLayerTest::isConfiguration)
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(found).hasSizeGreaterThan(60);
        found.removeAll(shown);
        for (String rest : found) { // a second name for a class that is among them
            Class<?> alias = Class.forName(rest);
            assertThat(shown).contains(alias.getSuperclass().getName());
            assertThat(alias.getDeclaredMethods())
                    .as(rest)
                    .filteredOn(method -> !method.isSynthetic()) // the measuring of coverage adds one
                    .extracting(java.lang.reflect.Method::getName)
                    .isSubsetOf("equals", "hashCode", "canEqual", "toString");
        }
    }

    private static boolean isConfiguration(String name) {
        try {
            Class<?> type = Class.forName(name, false, Layer.class.getClassLoader());
            return Layer.class.isAssignableFrom(type)
                    && type.getProtectionDomain()
                            .getCodeSource()
                            .equals(Layer.class.getProtectionDomain().getCodeSource())
                    && !Modifier.isAbstract(type.getModifiers());
        } catch (ClassNotFoundException | LinkageError e) {
            return false; // needs what is not on the class path
        }
    }

    private static MultiTaskNetwork network(Case of) {
        NetworkBuilder builder = MultiTaskNetwork.builder(of.input())
                .tower("t", SplitHead.of(Task.regression("y", 2)))
                .layer("theirs", Dl4jLayer.of(of.layer().get()));
        Shape end = Dl4jLayer.of(of.layer().get()).outputShape(of.input());
        boolean vector = end instanceof Shape.Vector;
        return (vector ? builder : builder.globalAveragePool()).build();
    }

    @Tag("slow")
    @ParameterizedTest(name = "{0}")
    @MethodSource("layers")
    void stands_in_a_tower(Case of) throws IOException {
        if (!of.refused().isEmpty()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> MultiTaskNetwork.builder(of.input())
                            .tower("t", SplitHead.of(Task.regression("y", 2)))
                            .layer("theirs", Dl4jLayer.of(of.layer().get()))
                            .build())
                    .withMessageContaining(of.refused());
            return;
        }
        Random random = new Random(4);
        INDArray features = Nd4j.zeros(DataType.FLOAT, of.input().batch(6));
        for (long i = 0; i < features.length(); i++) {
            features.putScalar(i, of.input() == CODE || of.input() == TEXT ? random.nextInt(7) : random.nextGaussian());
        }
        INDArray labels = Nd4j.createFromArray(random.doubles(12, -1, 1).toArray())
                .castTo(DataType.FLOAT)
                .reshape(6, 2);
        MultiDataSet batch = new MultiDataSet(new INDArray[] {features}, new INDArray[] {labels});
        MultiTaskNetwork network = network(of);
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(1e-2).withSeed(3));
        INDArray before = model.graph().params().dup();
        assertThat(network.parameters()).isEqualTo(before.length());

        double first = model.losses(ListBatches.of(batch)).get("y");
        model.fit(ListBatches.of(batch), FitOptions.epochs(15));
        double last = model.losses(ListBatches.of(batch)).get("y");

        assertThat(last).isLessThan(first);
        INDArray theirs = model.graph().getLayer("t/theirs").params();
        assertThat(model.graph().params()).isNotEqualTo(before);
        INDArray given = features.dup();
        Map<String, INDArray> expected = Map.of("y", model.predict(features).of("y"));
        assertThat(features).as("data are not written to").isEqualTo(given);
        model.save(directory.resolve("model.zip"));
        Dl4jModel loaded = Dl4jModel.load(directory.resolve("model.zip"), "own");
        assertThat(loaded.network()).isEqualTo(network);
        assertThat(loaded.predict(features).of("y")).isEqualTo(expected.get("y"));
        loaded.fit(ListBatches.of(batch), FitOptions.epochs(1));
        model.fit(ListBatches.of(batch), FitOptions.epochs(1));
        assertThat(theirs == null ? 0 : theirs.length()).isLessThan(before.length());
        if (!(of.layer().get() instanceof DropoutLayer)) {
            assertThat(loaded.graph().params()).isEqualTo(model.graph().params());
        }
    }
}
