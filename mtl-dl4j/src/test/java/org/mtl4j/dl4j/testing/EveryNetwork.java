package org.mtl4j.dl4j.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.BatchNormalization;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Convolution1D;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.GlobalPooling;
import org.mtl4j.layer.LayerSpec;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Pooling;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Attention;
import org.mtl4j.network.Branching;
import org.mtl4j.network.Experts;
import org.mtl4j.network.Gate;
import org.mtl4j.network.Input;
import org.mtl4j.network.LayerMix;
import org.mtl4j.network.LayerStack;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.SluiceUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Networks with each kind of layer, unit, gate and task, drawn numbers for them, and data. */
public final class EveryNetwork {
    private static final Shape IMAGE = Shape.image(2, 9, 8);
    private static final Shape VECTOR = Shape.vector(6);
    private static final Shape SEQUENCE = Shape.sequence(3, 7);
    private static final Shape TEXT = Shape.tokens(9, 7);
    private static final Shape CODES = Shape.categories(5, 3, 8);

    public record Case(String name, MultiTaskNetwork network) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Two towers of these layers, with two tasks of different kinds in one of them. */
    private static Case layers(String name, Shape input, Consumer<LayerStack<?>> layers) {
        return network(name, input, builder -> {
            layers.accept(builder);
            return builder;
        });
    }

    private static Case layer(String name, Shape input, LayerSpec layer) {
        return layers(name, input, stack -> stack.layer("layer", layer));
    }

    private static Case network(String name, Shape input, UnaryOperator<NetworkBuilder> network) {
        return new Case(name, network.apply(towers(input)).build());
    }

    private static NetworkBuilder towers(Shape input) {
        return MultiTaskNetwork.builder(input)
                .tower(
                        "left",
                        SplitHead.of(Task.classification("class", "a", "b", "c"))
                                .with(Task.multiLabel("labels", 2), new NamedLayer("own", Dense.of(4))))
                .tower("right", SplitHead.of(Task.regression("numbers", 3)));
    }

    /** A unit between images, one between vectors. */
    private static Case images(String name, SharingUnit unit) {
        return network(
                name,
                IMAGE,
                net -> net.convolution("conv", 4, 3).stitch(unit).dense("fc", 6).stitch(unit));
    }

    /** {@return all networks} */
    public static Stream<Case> all() {
        return Stream.of(layers(), activations(), softmaxOfManyNumbers(), sharing(), experts())
                .flatMap(cases -> cases);
    }

    private static Stream<Case> layers() {
        List<Case> cases = new ArrayList<>();
        cases.add(layers("convolutions, pooled", IMAGE, net -> net.convolution("c1", 4, 3)
                .maxPool(2)
                .convolution("c2", 3, 2)
                .dense("fc", 5)));
        cases.add(layer(
                "convolution, same, stride 2",
                IMAGE,
                new Convolution(5, 3, 2, 2, Padding.SAME, Activation.TANH, true)));
        cases.add(layer(
                "convolution without bias",
                IMAGE,
                new Convolution(5, 2, 3, 1, Padding.VALID, Activation.IDENTITY, false)));
        for (Pooling.Kind kind : Pooling.Kind.values()) {
            for (Padding padding : Padding.values()) {
                cases.add(layers("pooling " + kind + " " + padding, IMAGE, net -> net.convolution("c", 3, 1)
                        .layer("pool", new Pooling(kind, 3, 2, padding))));
            }
            cases.add(layers("all positions " + kind, IMAGE, net -> net.convolution("c", 3, 2)
                    .layer("pool", new GlobalPooling(kind))));
            cases.add(layers("all steps " + kind, SEQUENCE, net -> net.convolution1D("c", 4, 2)
                    .layer("pool", new GlobalPooling(kind))));
        }
        cases.add(layers("windows far apart", IMAGE, net -> net.layer(
                        "c", new Convolution(4, 1, 1, 3, Padding.SAME, Activation.TANH, true))
                .layer("pool", new Pooling(Pooling.Kind.AVERAGE, 1, 3, Padding.SAME))));
        cases.add(layer("dense without bias", VECTOR, new Dense(4, Activation.SIGMOID, false)));
        cases.add(layers("normalised images", IMAGE, net -> net.convolution("c", 4, 3)
                .batchNormalization()
                .activation(Activation.RELU)));
        cases.add(layers("normalised vectors", VECTOR, net -> net.dense("fc", 5)
                .layer("norm", new BatchNormalization(0.9, 0.01))
                .dropout(0.3)));
        cases.add(layers("residual blocks", IMAGE, net -> net.residual(
                        "block", block -> block.layer("c1", Convolution.of(2, 3).withPadding(Padding.SAME))
                                .batchNormalization()
                                .layer("c2", new Convolution(2, 3, 3, 1, Padding.SAME, Activation.IDENTITY, false)))
                .residual(
                        "wider",
                        block -> block.layer(
                                "c1", new Convolution(4, 3, 3, 2, Padding.SAME, Activation.IDENTITY, false)))));
        cases.add(layers("soft-argmax", IMAGE, net -> net.convolution("c", 3, 2).softArgmax()));
        cases.add(layers(
                "codes of columns", CODES, net -> net.embedding("codes", 4).dense("fc", 5)));
        cases.add(layers("codes of steps", TEXT, net -> net.embedding("codes", 4)
                .lstm("lstm", 5)
                .lastStep()));
        cases.add(layers("same, steps", SEQUENCE, net -> net.layer(
                        "c", new Convolution1D(4, 3, 2, Padding.SAME, Activation.SOFTMAX, true))
                .layerNormalization()
                .gru("gru", 4)
                .lastStep()));
        cases.add(layers("valid, steps", SEQUENCE, net -> net.layer(
                        "c", new Convolution1D(4, 3, 2, Padding.VALID, Activation.ELU, false))
                .lstm("lstm", 3)
                .gru("gru", 4)
                .lastStep()
                .layerNormalization()));
        for (Padding padding : Padding.values()) {
            cases.add(layers("one window of steps, " + padding, SEQUENCE, net -> net.layer(
                            "c", new Convolution1D(4, 3, 7, padding, Activation.TANH, true))
                    .lastStep()));
        }
        cases.add(layers(
                "dropped steps",
                SEQUENCE,
                net -> net.dropout(0.3).gru("gru", 4).dropout(0.5).lastStep()));
        return cases.stream();
    }

    private static Stream<Case> activations() {
        return Stream.of(Activation.values())
                .map(activation -> network("activation " + activation, VECTOR, net -> net.dense("fc", 6)
                        .activation(activation)));
    }

    private static Stream<Case> softmaxOfManyNumbers() {
        return Stream.of(
                layer("softmax of images", IMAGE, new Activate(Activation.SOFTMAX)),
                layer("softmax in a convolution", IMAGE, Convolution.of(3, 2).withActivation(Activation.SOFTMAX)),
                layers("softmax of sequences", SEQUENCE, net -> net.layer("softmax", new Activate(Activation.SOFTMAX))
                        .lastStep()));
    }

    private static Stream<Case> sharing() {
        WeightRelatednessRegularizer related = WeightRelatednessRegularizer.over("conv", "fc");
        return Stream.of(
                images("cross-stitch, per channel", CrossStitchUnit.perChannel(0.8)),
                images("cross-stitch, per layer", CrossStitchUnit.perLayer(0.8)),
                network("related weights", IMAGE, net -> net.convolution("conv", 4, 3)
                        .dense("fc", 6)
                        .regularize(related)),
                images("NDDR", NddrUnit.standard()),
                images("NDDR, linear", NddrUnit.linear()),
                images("NDDR, tanh", NddrUnit.standard().withActivation(Activation.TANH)),
                images("sluice of 2", SluiceUnit.of(2)),
                images("sluice of 1", SluiceUnit.of(1)),
                network("units between sequences", SEQUENCE, net -> net.lstm("lstm", 4)
                        .stitch(CrossStitchUnit.perChannel(0.7))
                        .gru("gru", 4)
                        .stitch(NddrUnit.standard())
                        .convolution1D("c", 4, 2)
                        .stitch(SluiceUnit.of(2))
                        .lastStep()),
                network("mix of layers", VECTOR, net -> net.dense("first", 5)
                        .stitch(CrossStitchUnit.perLayer(0.8))
                        .dense("second", 5)
                        .mixLayers(LayerMix.of("first", "second"))));
    }

    private static Stream<Case> experts() {
        Consumer<LayerStack<?>> dense = expert -> expert.dense("e1", 6)
                .batchNormalization()
                .activation(Activation.TANH)
                .dense("e2", 4);
        Consumer<LayerStack<?>> convolution = expert -> expert.convolution("e1", 3, 3);
        return Stream.of(
                network("one gate", VECTOR, net -> net.experts(Experts.oneGate(3, dense))
                        .dense("fc", 5)),
                network("MMoE", VECTOR, net -> net.experts(Experts.mmoe(3, dense))
                        .dense("fc", 5)),
                network("MMoE of images", IMAGE, net -> net.experts(Experts.mmoe(3, convolution))
                        .dense("fc", 5)),
                network("CGC", VECTOR, net -> net.experts(
                                Experts.cgc(2, 1, dense).withOwn("right", 3))
                        .dense("fc", 5)),
                network("PLE", VECTOR, net -> net.experts(Experts.ple(2, 2, 2, dense))
                        .dense("fc", 5)),
                network("gates with layers", VECTOR, net -> net.experts(
                                Experts.mmoe(3, dense).withGate(Gate.softmax().withLayers(gate -> gate.dense("g", 5))))
                        .dense("fc", 5)),
                network("DSelect-2 of 5", VECTOR, net -> net.experts(
                                Experts.mmoe(5, dense).withGate(Gate.dselect(2)))
                        .dense("fc", 5)),
                network("DSelect-1 of 4, by task", VECTOR, net -> net.experts(
                                Experts.mmoe(4, dense).withGate(Gate.dselect(1).sameForAllExamples()))
                        .dense("fc", 5)),
                network("attention", IMAGE, net -> net.attention(Attention.block(
                                        "one",
                                        b -> b.convolution("u", 4, 3),
                                        b -> b.convolution("p", 4, 1),
                                        b -> b.maxPool(2))
                                .then("two", b -> b.convolution("u", 3, 1), b -> b.convolution("p", 3, 1), b -> {}))
                        .dense("fc", 5)),
                network("branches", VECTOR, net -> net.branching(
                                Branching.level(2, node -> node.dense("n", 5)).then(3, node -> node.dense("m", 4)))
                        .dense("fc", 5)),
                network("trunk and inputs", VECTOR, net -> net.input("more", Shape.vector(3), own -> own.dense("o", 2))
                        .trunk(trunk -> trunk.dense("t", 7))
                        .dense("fc", 5)));
    }

    /** Makes a model whose every number is drawn, statistics of normalisation as well. */
    public static Dl4jModel drawn(MultiTaskNetwork network, DataType type) {
        Dl4jModel model =
                Dl4jModel.create(network, TrainingPlan.adam(1e-3).withSeed(3).withDataType(DataType.FLOAT));
        draw(model.graph());
        return type == DataType.FLOAT ? model : model.withPlan(model.plan().withDataType(type));
    }

    /** Gives every array of parameters numbers other than those of its start. */
    public static void draw(ComputationGraph graph) {
        Random random = new Random(11);
        for (GraphVertex vertex : graph.getVertices()) {
            Map<String, INDArray> table = vertex.paramTable(false);
            if (table != null) {
                table.forEach((name, array) -> array.addi(noise(name, array, random)));
            }
        }
    }

    private static INDArray noise(String name, INDArray array, Random random) {
        double[] numbers = new double[Math.toIntExact(array.length())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = name.equals("var") ? random.nextDouble() : 0.2 * random.nextGaussian();
        }
        return Nd4j.create(numbers, array.shape(), array.dataType());
    }

    /** Data of a batch; amounts are multiples of 1/64, which half precision has. */
    public static Map<String, INDArray> features(MultiTaskNetwork network, int examples) {
        Random random = new Random(examples);
        Map<String, INDArray> features = new LinkedHashMap<>();
        for (Input input : network.inputs()) {
            features.put(input.name(), array(input.shape(), examples, random));
        }
        return features;
    }

    public static INDArray array(Shape shape, int examples, Random random) {
        long[] sizes = shape.batch(examples);
        int length = 1;
        for (long size : sizes) {
            length *= (int) size;
        }
        float[] numbers = new float[length];
        for (int i = 0; i < length; i++) {
            int at = i;
            numbers[i] = shape.match(
                    image -> random.nextInt(128) / 64f - 1,
                    vector -> random.nextInt(128) / 64f - 1,
                    sequence -> random.nextInt(128) / 64f - 1,
                    categories -> (float) random.nextInt(
                            categories.sizes().get(at % categories.sizes().size())),
                    tokens -> (float) random.nextInt(tokens.vocabulary()));
        }
        return Nd4j.create(numbers, sizes, 'c');
    }

    /** Masks of sequences: some whole, some over early, some with holes. */
    public static Map<String, INDArray> masks(MultiTaskNetwork network, int examples) {
        Map<String, INDArray> masks = new LinkedHashMap<>();
        for (Input input : network.inputs()) {
            if (input.shape() instanceof Shape.Sequence || input.shape() instanceof Shape.Tokens) {
                int steps = (int) input.shape().batch(1)[input.shape() instanceof Shape.Tokens ? 1 : 2];
                float[] there = new float[examples * steps];
                Random random = new Random(examples + 1);
                for (int n = 0; n < examples; n++) {
                    int length = 1 + random.nextInt(steps);
                    for (int t = 0; t < steps; t++) {
                        boolean hole = n % 3 == 2 && random.nextInt(3) == 0 && t != length - 1;
                        there[n * steps + t] = n % 3 == 0 || t < length && !hole ? 1 : 0;
                    }
                }
                masks.put(input.name(), Nd4j.create(there, new long[] {examples, steps}, 'c'));
            }
        }
        return masks;
    }

    private EveryNetwork() {}
}
