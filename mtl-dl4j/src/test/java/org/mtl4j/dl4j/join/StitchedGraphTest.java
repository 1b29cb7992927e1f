package org.mtl4j.dl4j.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.mtl4j.dl4j.join.Trained.EXAMPLES;
import static org.mtl4j.dl4j.join.Trained.IMAGE;
import static org.mtl4j.dl4j.join.Trained.bits;
import static org.mtl4j.dl4j.join.Trained.dense;
import static org.mtl4j.dl4j.join.Trained.oneHot;
import static org.mtl4j.dl4j.join.Trained.points;
import static org.mtl4j.dl4j.join.Trained.random;
import static org.mtl4j.dl4j.join.Trained.targets;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.internal.layer.RelatednessPenalty;
import org.mtl4j.dl4j.vertex.WeightTie;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.Granularity;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;

/** Networks that were trained apart, joined and taken apart again. */
class StitchedGraphTest {
    private static final CrossStitchUnit IDENTITY = CrossStitchUnit.identity(Granularity.PER_CHANNEL);

    private static final InputType LAST = InputType.convolutional(4, 3, 1, CNN2DFormat.NHWC);

    @TempDir
    private Path directory;

    private static StitchedGraph.Builder imagesAndStack() {
        return StitchedGraph.builder()
                .network("landmarks", Trained.images())
                .network("attributes", Trained.stack())
                .sharedInput("image", IMAGE);
    }

    @Test
    void at_the_identity_a_graph_and_a_multi_layer_network_give_their_own_outputs_to_the_bit() {
        ComputationGraph joined = imagesAndStack()
                .stitch(CrossStitchUnit.perChannel(1.0), "pool1", "maxpool_1")
                .stitch(CrossStitchUnit.perLayer(1.0), "fc", "layer2")
                .build()
                .graph();
        INDArray images = Trained.images(20);
        INDArray[] outputs = joined.output(images);
        assertThat(bits(outputs[0])).isEqualTo(bits(Trained.images().outputSingle(images)));
        assertThat(bits(outputs[1])).isEqualTo(bits(Trained.stack().output(images)));
        assertThat(joined.getConfiguration().getNetworkInputs()).containsExactly("image");
        assertThat(joined.getConfiguration().getNetworkOutputs())
                .containsExactly("landmarks/points", "attributes/layer3");
        assertThat(joined.getConfiguration().getVertexInputs().get("attributes/layer2"))
                .containsExactly("attributes/maxpool_1:stitch");
    }

    @Test
    void at_the_identity_three_networks_with_normalisation_and_a_residual_block_give_their_own_outputs_to_the_bit() {
        ComputationGraph joined = StitchedGraph.builder()
                .network("a", Trained.images())
                .network("b", Trained.residual())
                .network("c", Trained.stack())
                .sharedInput("image", IMAGE)
                .stitch(IDENTITY.withTowers("a", "b"), "conv1", "block")
                .stitch(IDENTITY, "pool1", "pool", "maxpool_1")
                .build()
                .graph();
        INDArray images = Trained.images(21);
        INDArray[] outputs = joined.output(images);
        assertThat(bits(outputs[0])).isEqualTo(bits(Trained.images().outputSingle(images)));
        assertThat(bits(outputs[1])).isEqualTo(bits(Trained.residual().outputSingle(images)));
        assertThat(bits(outputs[2])).isEqualTo(bits(Trained.stack().output(images)));
    }

    @Test
    void networks_keep_inputs_of_their_own_unless_they_share_one() {
        ComputationGraph joined = StitchedGraph.builder()
                .network("a", Trained.vectors(5, "x"))
                .network("b", Trained.vectors(6, "y"))
                .stitch(IDENTITY, "first")
                .stitch(IDENTITY, "second")
                .build()
                .graph();
        assertThat(joined.getConfiguration().getNetworkInputs()).containsExactly("a/x", "b/y");
        INDArray x = random(22, EXAMPLES, 4);
        INDArray y = random(23, EXAMPLES, 4);
        INDArray[] outputs = joined.output(x, y);
        assertThat(bits(outputs[0])).isEqualTo(bits(Trained.vectors(5, "x").outputSingle(x)));
        assertThat(bits(outputs[1])).isEqualTo(bits(Trained.vectors(6, "y").outputSingle(y)));
    }

    @Test
    void some_networks_can_share_an_input_that_others_do_not_read() {
        ComputationGraph joined = StitchedGraph.builder()
                .network("a", Trained.images())
                .network("b", Trained.vectors(6, "y"))
                .network("c", Trained.stack())
                .sharedInput("image", IMAGE, "c", "a/in")
                .stitch(IDENTITY.withTowers("a", "c"), "fc", "layer2")
                .build()
                .graph();
        assertThat(joined.getConfiguration().getNetworkInputs()).containsExactly("image", "b/y");
    }

    @Test
    void a_unit_mixes_by_its_rows_which_are_in_the_order_of_the_networks() {
        CrossStitchUnit unit = CrossStitchUnit.perLayer(new double[][] {{0.7, 0.3}, {0.25, 0.75}});
        ComputationGraph joined =
                imagesAndStack().stitch(unit, "pool1", "maxpool_1").build().graph();
        Map<String, INDArray> made = joined.feedForward(Trained.images(24), false);
        INDArray own = made.get("landmarks/pool1");
        INDArray other = made.get("attributes/maxpool_1");
        // float, 320 values below 1
        assertThat(made.get("landmarks/pool1:stitch").distance2(own.mul(0.7).addi(other.mul(0.3))))
                .isLessThan(1e-5);
        assertThat(made.get("attributes/maxpool_1:stitch")
                        .distance2(own.mul(0.25).addi(other.mul(0.75))))
                .isLessThan(1e-5);
    }

    @Test
    void from_the_identity_the_first_step_moves_each_network_as_if_it_were_alone_and_alpha_besides() {
        ComputationGraph joined =
                imagesAndStack().stitch(IDENTITY, "pool1", "maxpool_1").build().graph();
        INDArray images = Trained.images(25);
        INDArray where = targets(3, 26);
        INDArray which = oneHot(2, 27);
        joined.fit(new MultiDataSet(new INDArray[] {images}, new INDArray[] {where, which}));

        ComputationGraph graph = Trained.images();
        graph.fit(new DataSet(images, where));
        MultiLayerNetwork stack = Trained.stack();
        stack.fit(new DataSet(images, which));
        for (String layer : List.of("conv1", "fc", "points")) {
            assertThat(bits(joined.getLayer("landmarks/" + layer).params()))
                    .isEqualTo(bits(graph.getLayer(layer).params()));
        }
        assertThat(bits(joined.getLayer("attributes/conv").params()))
                .isEqualTo(bits(stack.getLayer(0).params()));

        float[] alpha = bits(joined.getVertex("landmarks/pool1:stitch").params());
        assertThat(alpha).hasSize(8); // two networks, four channels
        assertThat(alpha[0]).isNotEqualTo(1f).isCloseTo(1f, within(0.1f)); // one step of rate 0.1
        assertThat(alpha[4]).isNotEqualTo(0f).isCloseTo(0f, within(0.1f));
    }

    @Test
    void the_networks_that_went_in_stay_as_they_were() {
        ComputationGraph graph = Trained.images();
        MultiLayerNetwork stack = Trained.stack();
        String graphBefore = graph.getConfiguration().toJson();
        String stackBefore = stack.getLayerWiseConfigurations().toJson();
        StitchedGraph joined = StitchedGraph.builder()
                .network("a", graph)
                .network("b", stack)
                .sharedInput("image", IMAGE)
                .stitch(CrossStitchUnit.perChannel(), "pool1", "maxpool_1")
                .build();
        joined.graph()
                .fit(new MultiDataSet(
                        new INDArray[] {Trained.images(28)}, new INDArray[] {targets(3, 29), oneHot(2, 30)}));
        assertThat(graph.getConfiguration().toJson()).isEqualTo(graphBefore);
        assertThat(stack.getLayerWiseConfigurations().toJson()).isEqualTo(stackBefore);
        assertThat(bits(graph.params())).isEqualTo(bits(Trained.images().params()));
        assertThat(bits(stack.params())).isEqualTo(bits(Trained.stack().params()));
    }

    @Test
    void deeplearning4j_saves_and_restores_it_and_it_goes_on_training_alike() throws IOException {
        ComputationGraph joined = imagesAndStack()
                .stitch(CrossStitchUnit.perChannel(), "pool1", "maxpool_1")
                .relate(Relatedness.l2Linear(), 1e-2, new WeightTie("landmarks/conv1", "attributes/conv"))
                .updater(new Adam(1e-3))
                .build()
                .graph();
        MultiDataSet batch =
                new MultiDataSet(new INDArray[] {Trained.images(31)}, new INDArray[] {targets(3, 32), oneHot(2, 33)});
        joined.fit(batch);
        Path file = directory.resolve("joined.zip");
        ModelSerializer.writeModel(joined, file.toFile(), true);
        ComputationGraph restored = ModelSerializer.restoreComputationGraph(file.toFile(), true);
        joined.fit(batch);
        restored.fit(batch);
        assertThat(bits(restored.params())).isEqualTo(bits(joined.params()));
        StitchedGraph again = StitchedGraph.of(restored);
        assertThat(again.networks()).containsExactly("landmarks", "attributes");
        assertThat(bits(again.tower("attributes").getLayer("conv").params()))
                .isEqualTo(bits(joined.getLayer("attributes/conv").params()));
    }

    @Test
    void a_tower_is_the_network_with_its_own_names_and_the_present_weights() {
        StitchedGraph joined = imagesAndStack()
                .stitch(CrossStitchUnit.perChannel(), "pool1", "maxpool_1")
                .stitch(IDENTITY, "fc", "layer2")
                .relate(Relatedness.l2(), 1e-2, new WeightTie("landmarks/conv1", "attributes/conv"))
                .build();
        joined.graph()
                .fit(new MultiDataSet(
                        new INDArray[] {Trained.images(34)}, new INDArray[] {targets(3, 35), oneHot(2, 36)}));
        ComputationGraph tower = joined.tower("landmarks");
        assertThat(tower.getConfiguration().getVertices().keySet()).containsExactly("conv1", "pool1", "fc", "points");
        assertThat(tower.getConfiguration().getNetworkInputs()).containsExactly("image");
        for (String layer : List.of("conv1", "fc", "points")) {
            assertThat(bits(tower.getLayer(layer).params()))
                    .isEqualTo(
                            bits(joined.graph().getLayer("landmarks/" + layer).params()));
        }
        // the original network with these weights is the same function
        ComputationGraph original = Trained.images();
        original.setParams(tower.params());
        INDArray images = Trained.images(37);
        assertThat(bits(tower.outputSingle(images))).isEqualTo(bits(original.outputSingle(images)));
        tower.fit(new DataSet(images, targets(3, 38)));
        assertThat(bits(tower.params())).isNotEqualTo(bits(original.params()));
    }

    @Test
    void at_the_identity_a_tower_gives_the_outputs_of_the_joined_graph() {
        StitchedGraph joined = StitchedGraph.builder()
                .network("a", Trained.images(), IMAGE)
                .network("b", Trained.residual(), IMAGE)
                .stitch(IDENTITY, "pool1", "pool")
                .build();
        INDArray images = Trained.images(39);
        ComputationGraph tower = joined.tower("b");
        assertThat(bits(tower.outputSingle(images)))
                .isEqualTo(bits(joined.graph().output(Trained.images(40), images)[1]));
        assertThat(tower.getConfiguration().getNetworkInputs()).containsExactly("picture");
    }

    @Test
    void layers_of_one_name_are_related_pair_by_pair() {
        StitchedGraph joined = StitchedGraph.builder()
                .network("a", Trained.vectors(5, "x"))
                .network("b", Trained.vectors(6, "y"))
                .network("c", Trained.vectors(7, "z"))
                .relate(WeightRelatednessRegularizer.over("second").withStrength(0.5))
                .build();
        ComputationGraph graph = joined.graph();
        List<RelatednessPenalty.State> states =
                RelatednessPenalty.of(graph, "relatedness").states();
        assertThat(states)
                .extracting(state -> new WeightTie(state.first(), state.second()))
                .containsExactly(
                        new WeightTie("a/second", "b/second"),
                        new WeightTie("a/second", "c/second"),
                        new WeightTie("b/second", "c/second"));
        INDArray first = graph.getLayer("a/second").getParam("W");
        INDArray second = graph.getLayer("b/second").getParam("W");
        double q = first.squaredDistance(second);
        assertThat(states.get(0).value()).isCloseTo(q, within(1e-5));

        // alone, a step of b would not see a's weights: what it moves besides is -rate * strength * 2 (θ2 - θ1) of its
        // two pairs
        INDArray third = graph.getLayer("c/second").getParam("W");
        INDArray pull = second.mul(2).subi(first).subi(third).muli(-0.1 * 0.5 * 2);
        ComputationGraph alone = Trained.vectors(6, "y");
        alone.fit(new DataSet(random(51, EXAMPLES, 4), targets(2, 52)));
        graph.fit(new MultiDataSet(
                new INDArray[] {random(50, EXAMPLES, 4), random(51, EXAMPLES, 4), random(53, EXAMPLES, 4)},
                new INDArray[] {targets(2, 54), targets(2, 52), targets(2, 55)}));
        INDArray moved = graph.getLayer("b/second")
                .getParam("W")
                .sub(alone.getLayer("second").getParam("W"));
        assertThat(moved.distance2(pull)).isLessThan(1e-5);
        assertThat(pull.norm2Number().doubleValue()).isGreaterThan(0.1);
    }

    @Test
    void a_network_that_was_stitched_before_keeps_its_units_and_its_relatedness() {
        ComputationGraph inner = StitchedGraph.builder()
                .network("x", Trained.vectors(5, "in"))
                .network("y", Trained.vectors(6, "in"))
                .sharedInput("data", InputType.feedForward(4))
                .stitch(CrossStitchUnit.perChannel(0.8), "first")
                .relate(WeightRelatednessRegularizer.over("second"))
                .build()
                .graph();
        StitchedGraph outer = StitchedGraph.builder()
                .network("old", inner)
                .network("new", Trained.vectors(7, "in"))
                .sharedInput("data", InputType.feedForward(4))
                .stitch(IDENTITY, "x/first", "first")
                .relate(Relatedness.l2(), 1e-3, new WeightTie("old/x/second", "new/second"))
                .build();
        INDArray data = random(56, EXAMPLES, 4);
        INDArray[] before = inner.output(data);
        INDArray[] joined = outer.graph().output(data);
        INDArray[] apart = outer.tower("old").output(data);
        for (int i = 0; i < 2; i++) {
            assertThat(bits(joined[i])).isEqualTo(bits(before[i]));
            assertThat(bits(apart[i])).isEqualTo(bits(before[i]));
        }
        assertThat(outer.tower("old").getConfiguration().getVertices().keySet())
                .containsExactlyElementsOf(
                        inner.getConfiguration().getVertices().keySet());
        INDArray two = targets(2, 57);
        outer.graph().fit(new MultiDataSet(new INDArray[] {data}, new INDArray[] {two, two, two}));
        assertThat(bits(outer.graph().getVertex("old/x/first:stitch:stitch").params()))
                .isNotEqualTo(new float[] {1, 1, 1, 1, 1, 0, 0, 0, 0, 0});
    }

    @Test
    void vertices_that_name_an_input_name_it_by_its_new_name() {
        StitchedGraph joined = StitchedGraph.builder()
                .network("a", sequences(1, false))
                .network("b", sequences(2, true))
                .stitch(IDENTITY, "lstm")
                .build();
        INDArray x = random(60, EXAMPLES, 3, 6);
        INDArray mask = Nd4j.ones(EXAMPLES, 6);
        mask.putScalar(0, 5, 0).putScalar(0, 4, 0); // the last time step of the first example is its fourth
        INDArray[] outputs = joined.graph().output(false, new INDArray[] {x, x}, new INDArray[] {mask, mask});
        assertThat(bits(outputs[0])).isEqualTo(bits(masked(sequences(1, false), x, mask)));
        assertThat(bits(outputs[1])).isEqualTo(bits(masked(sequences(2, true), x, mask)));
        assertThat(bits(masked(joined.tower("a"), x, mask))).isEqualTo(bits(outputs[0]));

        // and one that only the second has
        INDArray[] second = joined.graph().output(false, new INDArray[] {x, x}, new INDArray[] {null, mask});
        assertThat(bits(second[0])).isEqualTo(bits(sequences(1, false).outputSingle(x)));
        assertThat(bits(second[1])).isEqualTo(bits(masked(sequences(2, true), x, mask)));
    }

    /** lstm [4, any], last [4], out; the last time step as a vertex of its own or as a layer around another LSTM. */
    private static ComputationGraph sequences(int seed, boolean wrapped) {
        var graph = Trained.settings(seed)
                .graphBuilder()
                .addInputs("steps")
                .setInputTypes(InputType.recurrent(3))
                .addLayer("lstm", new LSTM.Builder().nOut(4).build(), "steps");
        if (wrapped) {
            graph.addLayer("last", new LastTimeStep(new LSTM.Builder().nOut(4).build()), "lstm");
        } else {
            graph.addVertex("last", new LastTimeStepVertex("steps"), "lstm");
        }
        ComputationGraph built = new ComputationGraph(
                graph.addLayer("out", points(2), "last").setOutputs("out").build());
        built.init();
        return built;
    }

    private static INDArray masked(ComputationGraph graph, INDArray x, INDArray mask) {
        return graph.output(false, new INDArray[] {x}, new INDArray[] {mask})[0];
    }

    /** As networks that come from Keras have them, with their dropout of nothing. */
    @Test
    void channels_may_come_last() {
        double[][][] alpha = {{{0.9, 0.5}, {0.1, 0.25}}, {{0, 0}, {1, 1}}}; // [to][from][channel]
        StitchedGraph joined = StitchedGraph.builder()
                .network("a", channelsLast(1), LAST)
                .network("b", channelsLast(2), LAST)
                .sharedInput("image", LAST)
                .stitch(CrossStitchUnit.perChannel(alpha), "conv")
                .build();
        INDArray images = random(64, EXAMPLES, 4, 3, 1);
        INDArray[] outputs = joined.graph().output(images);
        Map<String, INDArray> made = joined.graph().feedForward(images, false);
        INDArray first = made.get("a/conv").dup();
        INDArray second = made.get("b/conv").dup();
        assertThat(first.shape()).containsExactly(EXAMPLES, 3, 2, 2);
        INDArray mixed = made.get("a/conv:stitch");
        for (int channel = 0; channel < 2; channel++) {
            for (int column = 0; column < 2; column++) {
                assertThat(mixed.getDouble(3, 2, column, channel))
                        .isCloseTo(
                                alpha[0][0][channel] * first.getDouble(3, 2, column, channel)
                                        + alpha[0][1][channel] * second.getDouble(3, 2, column, channel),
                                within(1e-6));
            }
        }
        // the second network's rows of α are those of the identity
        assertThat(bits(outputs[1])).isEqualTo(bits(channelsLast(2).outputSingle(images)));
        INDArray labels = targets(2, 65);
        joined.graph().fit(new MultiDataSet(new INDArray[] {images}, new INDArray[] {labels, labels}));
        assertThat(bits(joined.tower("b").getLayer("conv").params()))
                .isNotEqualTo(bits(channelsLast(2).getLayer("conv").params()));
    }

    private static ComputationGraph channelsLast(int seed) {
        ComputationGraph graph = new ComputationGraph(Trained.settings(seed)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(LAST)
                .addLayer(
                        "conv",
                        new ConvolutionLayer.Builder(2, 2)
                                .nOut(2)
                                .dataFormat(CNN2DFormat.NHWC)
                                .dropOut(1.0)
                                .activation(Activation.TANH)
                                .build(),
                        "in")
                .addLayer("out", points(2), "conv")
                .setOutputs("out")
                .build());
        graph.init();
        return graph;
    }

    @Test
    void frozen_layers_stay_frozen() {
        MultiLayerNetwork frozen = new TransferLearning.Builder(Trained.stack())
                .setFeatureExtractor(1)
                .build();
        ComputationGraph joined = StitchedGraph.builder()
                .network("landmarks", Trained.images())
                .network("attributes", frozen)
                .sharedInput("image", IMAGE)
                .stitch(IDENTITY, "pool1", "maxpool_1")
                .build()
                .graph();
        assertThat(joined.getLayer("attributes/conv")).isInstanceOf(FrozenLayer.class);
        float[] before = bits(joined.getLayer("attributes/conv").params());
        joined.fit(
                new MultiDataSet(new INDArray[] {Trained.images(61)}, new INDArray[] {targets(3, 62), oneHot(2, 63)}));
        assertThat(bits(joined.getLayer("attributes/conv").params())).isEqualTo(before);
        assertThat(bits(joined.getLayer("attributes/layer2").params()))
                .isNotEqualTo(bits(frozen.getLayer(2).params()));
    }

    @Test
    void layers_have_their_own_updaters_and_units_the_given_one_or_that_of_their_network() {
        var other = Trained.settings(8)
                .updater(new Adam(0.02))
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.feedForward(4))
                .addLayer("first", dense(5), "in")
                .addLayer("out", points(2), "first")
                .setOutputs("out");
        ComputationGraph adam = new ComputationGraph(other.build());
        adam.init();
        StitchedGraph.Builder builder = StitchedGraph.builder()
                .network("a", Trained.vectors(5, "in"))
                .network("b", adam)
                .stitch(IDENTITY, "first");
        ComputationGraph joined = builder.build().graph();
        assertThat(updater(joined, "a/first", "W")).isEqualTo(new Sgd(0.1));
        assertThat(updater(joined, "b/first", "W")).isEqualTo(new Adam(0.02));
        assertThat(updater(joined, "a/first:stitch", "alpha")).isEqualTo(new Sgd(0.1));
        assertThat(updater(joined, "b/first:stitch", "alpha")).isEqualTo(new Adam(0.02));
        assertThat(updater(builder.updater(new Sgd(3)).build().graph(), "b/first:stitch", "alpha"))
                .isEqualTo(new Sgd(3));
    }

    private static Object updater(ComputationGraph graph, String vertex, String parameter) {
        return graph.getVertex(vertex).getConfig().getUpdaterByParam(parameter);
    }
}
