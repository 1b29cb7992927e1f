package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.NonNegativeConstraint;
import org.deeplearning4j.nn.conf.dropout.GaussianNoise;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.ModelCopies;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import own.Steep;

/**
 * A layer that was handed over is in the graph as it is: beside a graph that is written by hand for Deeplearning4j,
 * with the layer in its place, predictions and parameters after steps of training are the same. Deviations are of
 * rounding: single precision, three steps, numbers of about 1.
 */
class SomebodyElsesLayersTest {
    /** Of the largest number. */
    private static final double ROUNDING = 2e-5;

    private static final double RATE = 2e-3;

    /** Doubles what goes through; a child of a stock layer without parameters. */
    public static class Doubling extends ActivationLayer {
        private static final long serialVersionUID = 1L;

        /** Makes an identity, which it is not. */
        public Doubling() {
            super(new ActivationIdentity());
        }

        @Override
        public Layer instantiate(
                NeuralNetConfiguration conf,
                Collection<TrainingListener> listeners,
                int index,
                INDArray parameters,
                boolean initialize,
                DataType type) {
            return LayerSetup.initialise(new Impl(conf, type), conf, listeners, index, parameters, initialize);
        }

        private static final class Impl extends org.deeplearning4j.nn.layers.ActivationLayer {
            private static final long serialVersionUID = 1L;

            Impl(NeuralNetConfiguration conf, DataType type) {
                super(conf, type);
            }

            @Override
            public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
                return super.activate(training, workspaces).muli(2);
            }

            @Override
            public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
                Pair<Gradient, INDArray> gradient = super.backpropGradient(epsilon, workspaces);
                return new Pair<>(gradient.getFirst(), gradient.getSecond().muli(2));
            }
        }
    }

    private static Arguments vector(String what, org.deeplearning4j.nn.conf.layers.Layer layer) {
        return Arguments.of(what, false, layer);
    }

    private static Arguments image(String what, org.deeplearning4j.nn.conf.layers.Layer layer) {
        return Arguments.of(what, true, layer);
    }

    static Stream<Arguments> layers() {
        FrozenLayerWithBackprop frozen = new FrozenLayerWithBackprop(
                new DenseLayer.Builder().nOut(5).activation(Activation.TANH).build());
        return Stream.of(
                vector("own child of an activation layer", new Doubling()),
                image("own child of an activation layer before pooling", new Doubling()),
                vector("own activation", new ActivationLayer(new Steep())),
                image("own activation before pooling", new ActivationLayer(new Steep())),
                image(
                        "own activation of a convolution",
                        convolution().activation(new Steep()).build()),
                vector("own activation, dense", dense().activation(new Steep()).build()),
                vector(
                        "identity with dropout",
                        new ActivationLayer.Builder()
                                .activation(Activation.IDENTITY)
                                .dropOut(0.5)
                                .build()),
                vector(
                        "ReLU with dropout",
                        new ActivationLayer.Builder()
                                .activation(Activation.RELU)
                                .dropOut(0.5)
                                .build()),
                image(
                        "ReLU with dropout before pooling",
                        new ActivationLayer.Builder()
                                .activation(Activation.RELU)
                                .dropOut(0.5)
                                .build()),
                image(
                        "ReLU with noise before pooling",
                        new ActivationLayer.Builder()
                                .activation(Activation.RELU)
                                .dropOut(new GaussianNoise(0.3))
                                .build()),
                image("ReLU before pooling", new ActivationLayer(Activation.RELU)),
                vector("dropout", new DropoutLayer.Builder(0.7).build()),
                vector("frozen", frozen),
                vector("dense, no bias", dense().hasBias(false).build()),
                vector("dense, layer norm", dense().hasLayerNorm(true).build()),
                vector("dense, dropout", dense().dropOut(0.6).build()),
                vector("dense, noise", dense().weightNoise(new DropConnect(0.6)).build()),
                vector(
                        "dense, constraints",
                        dense().constrainWeights(new NonNegativeConstraint(), new MaxNormConstraint(0.3, 1))
                                .build()),
                vector(
                        "dense, regularisation",
                        dense().l1(0.02).l2Bias(0.3).l2(0.1).build()),
                vector(
                        "dense, weight decay",
                        dense().weightDecay(0.2).weightDecayBias(0.1).build()),
                vector(
                        "dense, updaters",
                        dense().updater(new Adam(0.02))
                                .biasUpdater(new Sgd(0.5))
                                .build()),
                vector(
                        "dense, start",
                        dense().weightInit(WeightInit.UNIFORM).biasInit(0.4).build()),
                vector(
                        "dense, clipping",
                        dense().gradientNormalization(GradientNormalization.ClipL2PerLayer)
                                .gradientNormalizationThreshold(0.01)
                                .build()),
                image("convolution, dilated", convolution().dilation(2, 2).build()),
                image(
                        "convolution, same mode, stride",
                        convolution()
                                .convolutionMode(ConvolutionMode.Same)
                                .stride(2, 2)
                                .build()),
                image(
                        "convolution, padding, no bias",
                        convolution().padding(1, 1).hasBias(false).build()),
                image(
                        "convolution, noise and dropout",
                        convolution()
                                .weightNoise(new DropConnect(0.6))
                                .dropOut(0.8)
                                .build()),
                image(
                        "mean pooling with padding",
                        new SubsamplingLayer.Builder(
                                        SubsamplingLayer.PoolingType.AVG,
                                        new int[] {2, 2},
                                        new int[] {2, 2},
                                        new int[] {1, 1})
                                .build()),
                image(
                        "p-norm pooling",
                        new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.PNORM)
                                .kernelSize(2, 2)
                                .stride(1, 1)
                                .pnorm(3)
                                .build()),
                image(
                        "batch normalisation, fixed, its own decay",
                        new BatchNormalization.Builder()
                                .lockGammaBeta(true)
                                .gamma(2)
                                .beta(0.5)
                                .decay(0.5)
                                .eps(0.1)
                                .build()),
                image(
                        "batch normalisation, variance",
                        new BatchNormalization.Builder().useLogStd(false).build()),
                image(
                        "the library's convolution, strided",
                        new FastConvolutionLayer.Builder(3, 3)
                                .nOut(3)
                                .activation(Activation.RELU)
                                .stride(2, 2)
                                .build()),
                image(
                        "the library's pooling, overlapping",
                        new FastPoolingLayer.Builder(org.deeplearning4j.nn.conf.layers.PoolingType.MAX)
                                .kernelSize(2, 2)
                                .stride(1, 1)
                                .build()));
    }

    private static DenseLayer.Builder dense() {
        return new DenseLayer.Builder().nOut(5).activation(Activation.TANH);
    }

    private static ConvolutionLayer.Builder convolution() {
        return new ConvolutionLayer.Builder(3, 3).nOut(3).activation(Activation.TANH);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layers")
    void is_in_the_graph_as_it_is(String what, boolean images, org.deeplearning4j.nn.conf.layers.Layer layer) {
        NetworkBuilder builder = MultiTaskNetwork.builder(images ? Shape.image(2, 10, 10) : Shape.vector(6))
                .tower("t", SplitHead.of(Task.regression("y", 2).withStart(OutputStart.RANDOM)));
        builder = images ? builder.convolution("before", 2, 3) : builder.dense("before", 6);
        builder = builder.layer("mine", Dl4jLayer.of(layer));
        builder = images ? builder.maxPool(2) : builder.dense("behind", 4);
        Dl4jModel model =
                Dl4jModel.create(builder.build(), TrainingPlan.of(new Sgd(RATE)).withSeed(5));
        ComputationGraph graph = model.graph();
        ComputationGraph expected = byHand(images, layer.clone());
        assertThat(graph.getVertex("t/mine")).as("vertex of the layer").isNotNull();
        assertThat(graph.params().length()).isEqualTo(expected.params().length());
        expected.params().assign(graph.params());
        Random random = new Random(1);
        INDArray features = images ? noise(random, 16, 2, 10, 10) : noise(random, 16, 6);
        MultiDataSet batch = new MultiDataSet(features, noise(random, 16, 2));
        assertSame(model.predict(features).of("y"), expected.output(false, features)[0]);
        for (int step = 0; step < 3; step++) {
            for (ComputationGraph each : List.of(graph, expected)) {
                Nd4j.getRandom().setSeed(50 + step);
                each.fit(batch);
            }
        }
        assertSame(graph.params(), expected.params());
        assertSame(model.predict(features).of("y"), expected.output(false, features)[0]);
    }

    private static ComputationGraph byHand(boolean images, org.deeplearning4j.nn.conf.layers.Layer layer) {
        var settings = new NeuralNetConfiguration.Builder()
                .seed(5)
                .updater(new Sgd(RATE))
                .weightInit(WeightInit.RELU)
                .dataType(DataType.FLOAT)
                .graphBuilder()
                .addInputs("input");
        if (images) {
            settings.setInputTypes(InputType.convolutional(10, 10, 2))
                    .addLayer(
                            "t/before",
                            new ConvolutionLayer.Builder(3, 3)
                                    .nOut(2)
                                    .activation(Activation.RELU)
                                    .build(),
                            "input")
                    .addLayer("t/mine", layer, "t/before")
                    .addLayer(
                            "t/behind",
                            new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                                    .kernelSize(2, 2)
                                    .stride(2, 2)
                                    .build(),
                            "t/mine");
        } else {
            settings.setInputTypes(InputType.feedForward(6))
                    .addLayer(
                            "t/before",
                            new DenseLayer.Builder()
                                    .nOut(6)
                                    .activation(Activation.RELU)
                                    .build(),
                            "input")
                    .addLayer("t/mine", layer, "t/before")
                    .addLayer(
                            "t/behind",
                            new DenseLayer.Builder()
                                    .nOut(4)
                                    .activation(Activation.RELU)
                                    .build(),
                            "t/mine");
        }
        settings.addLayer("y", TaskOutputLayer.of(Task.regression("y", 2)).build(), "t/behind")
                .setOutputs("y");
        ComputationGraph graph = new ComputationGraph(settings.build());
        graph.init();
        return graph;
    }

    private static INDArray noise(Random random, long... shape) {
        long length = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        float[] values = new float[(int) length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Nd4j.createFromArray(values).reshape(shape);
    }

    private static void assertSame(INDArray found, INDArray expected) {
        assertThat(found.shape()).isEqualTo(expected.shape());
        double largest = Math.max(1, expected.amaxNumber().doubleValue());
        assertThat(found.sub(expected).amaxNumber().doubleValue()).isLessThan(ROUNDING * largest);
    }

    /** As where applications share libraries, or are restarted within a process. */
    private static final class OtherApplication extends ClassLoader {
        OtherApplication() {
            super(SomebodyElsesLayersTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(Steep.class.getName())) {
                return super.loadClass(name, resolve);
            }
            Class<?> known = findLoadedClass(name);
            if (known != null) {
                return known;
            }
            try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }

        IActivation steep() throws ReflectiveOperationException {
            return (IActivation)
                    loadClass(Steep.class.getName()).getDeclaredConstructor().newInstance();
        }
    }

    private static Class<?> activationOf(Dl4jLayer layer) {
        return ((ActivationLayer) layer.layer()).getActivationFn().getClass();
    }

    private static Class<?> activationIn(Dl4jModel model) {
        return activationIn(model.graph());
    }

    private static Class<?> activationIn(ComputationGraph graph) {
        var layer = (ActivationLayer) graph.getLayer("t/mine").conf().getLayer();
        return layer.getActivationFn().getClass();
    }

    @Test
    void copies_and_models_have_the_class_that_was_handed_over_and_not_another_one_of_its_name(@TempDir Path directory)
            throws Exception {
        assertThat(activationOf(Dl4jLayer.of(new ActivationLayer(new Steep())))).isSameAs(Steep.class);
        OtherApplication application = new OtherApplication();
        IActivation theirs = application.steep();
        assertThat(theirs.getClass()).isNotSameAs(Steep.class);
        Dl4jLayer layer = Dl4jLayer.of(new ActivationLayer(theirs));
        assertThat(activationOf(layer)).isSameAs(theirs.getClass());
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(3))
                        .tower("t", SplitHead.of(Task.regression("y", 2)))
                        .dense("fc", 4)
                        .layer("mine", layer)
                        .build(),
                TrainingPlan.adam(1e-3));
        assertThat(activationIn(model)).isSameAs(theirs.getClass());

        Path file = directory.resolve("model.zip");
        model.save(file);
        SavedTypes trusted = SavedTypes.none().trusting("own");
        assertThat(activationIn(Dl4jModel.load(file, trusted))).isSameAs(Steep.class);
        assertThat(activationIn(Dl4jModel.load(file, trusted.withLoader(application))))
                .isSameAs(theirs.getClass());
        Class<?> inCopy = ModelCopies.of(model, trusted)
                .use(copy -> activationIn(GraphModel.of(copy).graph()));
        assertThat(inCopy).isSameAs(theirs.getClass());
    }

    /** The library's own layers are folded as before. */
    @Test
    void own_descriptions_are_folded_and_others_between_them_are_not() {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.image(1, 12, 12))
                .tower("t", SplitHead.of(Task.regression("y", 2)))
                .convolution("conv", 3, 3)
                .maxPool(2)
                .batchNormalization()
                .activation(Activation.RELU)
                .layer("theirs", Dl4jLayer.of(new ActivationLayer(Activation.IDENTITY)))
                .build();
        List<String> vertices = new ArrayList<>();
        Map<String, ?> all = Dl4jModel.create(network, TrainingPlan.adam(1e-3))
                .graph()
                .getConfiguration()
                .getVertices();
        vertices.addAll(all.keySet());
        assertThat(vertices).containsExactly("t/conv", "t/norm1", "t/theirs", "y");
    }
}
