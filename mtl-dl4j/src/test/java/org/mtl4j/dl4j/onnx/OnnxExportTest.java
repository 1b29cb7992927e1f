package org.mtl4j.dl4j.onnx;

import ai.onnxruntime.OrtException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
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
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;

/** ONNX Runtime answers as the model does, for each kind of layer, unit, gate and task. */
class OnnxExportTest {
    private static final Shape IMAGE = Shape.image(2, 9, 8);
    private static final Shape VECTOR = Shape.vector(6);
    private static final Shape SEQUENCE = Shape.sequence(3, 7);
    private static final Shape TEXT = Shape.tokens(9, 7);
    private static final Shape CODES = Shape.categories(5, 3, 8);

    private record Case(String name, MultiTaskNetwork network) {
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

    static Stream<Case> layers() {
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
        return cases.stream();
    }

    static Stream<Case> activations() {
        return Stream.of(Activation.values())
                .map(activation -> network("activation " + activation, VECTOR, net -> net.dense("fc", 6)
                        .activation(activation)));
    }

    static Stream<Case> softmaxOfManyNumbers() {
        return Stream.of(
                layer("softmax of images", IMAGE, new Activate(Activation.SOFTMAX)),
                layer("softmax in a convolution", IMAGE, Convolution.of(3, 2).withActivation(Activation.SOFTMAX)),
                layers("softmax of sequences", SEQUENCE, net -> net.layer("softmax", new Activate(Activation.SOFTMAX))
                        .lastStep()));
    }

    static Stream<Case> sharing() {
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

    static Stream<Case> experts() {
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

    @ParameterizedTest
    @MethodSource({"layers", "activations", "softmaxOfManyNumbers", "sharing", "experts"})
    void onnx_runtime_answers_as_the_model_does(Case each) throws OrtException {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            Dl4jModel model = OnnxAnswers.drawn(each.network(), type);
            OnnxAnswers.assertAlike(model, model, OnnxAnswers.ROUNDING);
        }
        Dl4jModel half = OnnxAnswers.drawn(each.network(), DataType.HALF);
        OnnxAnswers.assertAlike(half, half.withPlan(half.plan().withDataType(DataType.FLOAT)), OnnxAnswers.ROUNDING);
        OnnxAnswers.assertAlike(half, half, OnnxAnswers.HALF_ROUNDING);
    }
}
