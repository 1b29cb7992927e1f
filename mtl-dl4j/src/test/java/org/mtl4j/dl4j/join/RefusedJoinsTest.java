package org.mtl4j.dl4j.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.mtl4j.dl4j.join.Trained.IMAGE;
import static org.mtl4j.dl4j.join.Trained.dense;
import static org.mtl4j.dl4j.join.Trained.points;

import java.util.function.UnaryOperator;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.vertex.WeightTie;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.RelatednessOverflowException;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** What cannot be joined, and what the caller is told about it. */
class RefusedJoinsTest {
    private static final CrossStitchUnit UNIT = CrossStitchUnit.perChannel(1.0);

    private static StitchedGraph.Builder imagesAndStack() {
        return StitchedGraph.builder().network("a", Trained.images(), IMAGE).network("b", Trained.stack(), IMAGE);
    }

    private static StitchedGraph.Builder vectors() {
        return StitchedGraph.builder().network("a", Trained.vectors(5, "in")).network("b", Trained.vectors(6, "in"));
    }

    private static ThrowableAssertAlternative<IllegalArgumentException> refused(StitchedGraph.Builder builder) {
        return assertThatIllegalArgumentException().isThrownBy(builder::build);
    }

    private static ComputationGraph vectorGraph(UnaryOperator<NeuralNetConfiguration.Builder> settings) {
        ComputationGraph graph = new ComputationGraph(
                layered(settings.apply(Trained.settings(9)).graphBuilder()).build());
        graph.init();
        return graph;
    }

    private static GraphBuilder layered(GraphBuilder graph) {
        return graph.addInputs("in")
                .setInputTypes(InputType.feedForward(4))
                .addLayer("first", dense(5), "in")
                .addLayer("out", points(2), "first")
                .setOutputs("out");
    }

    @Test
    void unequal_shapes_are_refused_with_all_that_fits_together() {
        refused(imagesAndStack().stitch(UNIT, "pool1", "layer2"))
                .withMessage(String.join(
                        System.lineSeparator(),
                        "'pool1' of 'a' with 'layer2' of 'b' cannot be stitched: the outputs are [4, 4, 4] and [6].",
                        "What fits together:",
                        "  [4, 8, 8]: 'conv1' of 'a' with 'conv' of 'b'",
                        "  [4, 4, 4]: 'pool1' of 'a' with 'maxpool_1' of 'b'",
                        "  [6]: 'fc' of 'a' with 'layer2' of 'b'",
                        "All layers:",
                        "  'a': conv1 [4, 8, 8], pool1 [4, 4, 4], fc [6]",
                        "  'b': conv [4, 8, 8], maxpool_1 [4, 4, 4], layer2 [6]"));
    }

    @Test
    void networks_without_anything_in_common_are_refused_with_what_they_have() {
        refused(StitchedGraph.builder()
                        .network("a", Trained.images(), IMAGE)
                        .network("b", Trained.vectors(6, "in"))
                        .stitch(UNIT, "fc", "first"))
                .withMessageContainingAll(
                        "the outputs are [6] and [5]",
                        "Nothing fits together",
                        "'a': conv1 [4, 8, 8], pool1 [4, 4, 4], fc [6]",
                        "'b': first [5], second [5]");
    }

    @Test
    void the_shape_of_images_must_be_told_if_only_convolutions_read_them() {
        refused(StitchedGraph.builder()
                        .network("a", Trained.images())
                        .network("b", Trained.stack())
                        .stitch(UNIT, "pool1", "maxpool_1"))
                .withMessageContainingAll(
                        "'pool1' of 'a' with 'maxpool_1' of 'b'",
                        "the shape of input 'in' is not in the configuration",
                        "network(\"a\", ..., InputType.convolutional(height, width, channels))");
    }

    @Test
    void input_types_must_fit_the_weights_and_the_inputs() {
        refused(StitchedGraph.builder()
                        .network("a", Trained.images(), InputType.convolutional(9, 9, 3))
                        .network("b", Trained.stack(), IMAGE)
                        .stitch(UNIT, "pool1", "maxpool_1"))
                .withMessageContainingAll(
                        "network 'a': layer 'conv1' has weights for 2 inputs, but gets 3", "[3, 9, 9]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StitchedGraph.builder().network("a", Trained.images(), IMAGE, IMAGE))
                .withMessageContainingAll("network 'a' has the inputs [in], but 2 input types");
    }

    @Test
    void layers_must_exist_and_not_be_outputs() {
        refused(imagesAndStack().stitch(UNIT, "pool1"))
                .withMessageContainingAll("network 'b' has no layer 'pool1'", "[conv, maxpool_1, layer2, layer3]");
        refused(vectors().stitch(UNIT, "out")).withMessageContainingAll("'out' is an output of network 'a'");
        refused(vectors().stitch(UNIT, "first", "first", "first"))
                .withMessageContainingAll("a unit between [a, b] needs one layer of each", "[first, first, first]");
        refused(vectors().stitch(UNIT.withTowers("a", "z"), "first"))
                .withMessageContainingAll("a unit joins [a, z], but the networks are [a, b]");
    }

    @Test
    void a_start_for_another_number_of_networks_or_channels_is_refused() {
        refused(vectors().stitch(CrossStitchUnit.perLayer(new double[3][3]), "first"))
                .withMessageContainingAll("given for 3 towers, the unit joins 2");
        refused(vectors().stitch(CrossStitchUnit.perChannel(new double[2][2][7]), "first"))
                .withMessageContainingAll("given for 7 channels, the layer has 5");
    }

    @Test
    void units_that_wait_for_each_other_are_refused() {
        refused(vectors().stitch(UNIT, "first", "second").stitch(UNIT, "second", "first"))
                .withMessageContainingAll(
                        "these units need each other's outputs",
                        "'first' of 'a' with 'second' of 'b'",
                        "'second' of 'a' with 'first' of 'b'");
        refused(vectors().stitch(UNIT, "first").stitch(UNIT, "second", "first"))
                .withMessageContainingAll("'first' of network 'b' is stitched twice");
    }

    @Test
    void settings_that_a_graph_has_once_must_agree() {
        ComputationGraph exact = vectorGraph(settings -> settings.dataType(DataType.DOUBLE));
        refused(StitchedGraph.builder().network("a", Trained.vectors(5, "in")).network("b", exact))
                .withMessageContainingAll("'data type'", "'a' has FLOAT", "'b' has DOUBLE");
        ComputationGraph summed = vectorGraph(settings -> settings.miniBatch(false));
        refused(StitchedGraph.builder().network("a", Trained.vectors(5, "in")).network("b", summed))
                .withMessageContainingAll("'miniBatch'", "'a' has true", "'b' has false");
        refused(StitchedGraph.builder().network("a", steps(4)).network("b", steps(8)))
                .withMessageContainingAll(
                        "'backpropagation'",
                        "'a' has truncated after 4 steps forward, 4 back",
                        "'b' has truncated after 8");
    }

    private static ComputationGraph steps(int truncated) {
        ComputationGraph graph = new ComputationGraph(Trained.settings(3)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.recurrent(3))
                .addLayer("lstm", new LSTM.Builder().nOut(2).build(), "in")
                .addLayer(
                        "out",
                        new RnnOutputLayer.Builder(LossFunction.MSE)
                                .nOut(1)
                                .activation(Activation.IDENTITY)
                                .build(),
                        "lstm")
                .setOutputs("out")
                .backpropType(BackpropType.TruncatedBPTT)
                .tBPTTLength(truncated)
                .build());
        graph.init();
        return graph;
    }

    @Test
    void names_must_be_plain_and_taken_once() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StitchedGraph.builder().network("a/b", Trained.vectors(5, "in")))
                .withMessageContainingAll("have no '/'", "'a/b'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> vectors().network("a", Trained.vectors(7, "in")))
                .withMessage("there are two networks called 'a'");
        refused(StitchedGraph.builder().network("a", Trained.vectors(5, "in")))
                .withMessageContainingAll("at least 2 networks", "[a]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StitchedGraph.of(Trained.vectors(5, "in")))
                .withMessageContainingAll("not a stitched graph", "[out]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> vectors().build().tower("c"))
                .withMessage("there is no network 'c'; there are [a, b]");
    }

    @Test
    void shared_inputs_must_have_readers_and_names_of_their_own() {
        InputType four = InputType.feedForward(4);
        refused(vectors().sharedInput("data", four, "a", "z"))
                .withMessageContainingAll("shared input 'data' is read by 'z'", "[a, b]");
        refused(vectors().sharedInput("data", four, "a/x"))
                .withMessageContainingAll("network 'a' has the inputs [in]", "'a/in'", "got 'a/x'");
        refused(vectors().sharedInput("data", four).sharedInput("more", four, "a"))
                .withMessageContainingAll("input 'in' of network 'a' is shared twice");
        refused(vectors().sharedInput("first", four))
                .withMessageContainingAll("network 'a' has a layer called 'first'");
        refused(vectors().sharedInput("relatedness", four)).withMessageContainingAll("called 'relatedness'");
    }

    @Test
    void networks_must_have_weights() {
        ComputationGraph empty =
                new ComputationGraph(layered(Trained.settings(1).graphBuilder()).build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StitchedGraph.builder().network("a", empty))
                .withMessageContainingAll("network 'a' has no weights", "init()");
    }

    @Test
    void units_need_an_updater() {
        ComputationGraph still = vectorGraph(settings -> settings.updater(new NoOp()));
        StitchedGraph.Builder builder = StitchedGraph.builder()
                .network("a", Trained.vectors(5, "in"))
                .network("b", still)
                .stitch(UNIT, "first");
        refused(builder).withMessageContainingAll("no layer of network 'b' has an updater", "updater(...)");
        assertThat(builder.updater(new NoOp()).build().networks()).containsExactly("a", "b");
    }

    @Test
    void related_layers_must_exist_and_have_weights_of_one_shape() {
        refused(vectors().relate(Relatedness.l2(), 1, new WeightTie("a/first", "b/third")))
                .withMessageContainingAll("called network/layer", "'b/third'", "'b' has [first, second, out]");
        refused(vectors().relate(Relatedness.l2(), 1, new WeightTie("first", "b/first")))
                .withMessageContainingAll("got 'first'", "the networks are [a, b]");
        refused(vectors().relate(Relatedness.l2(), 1, new WeightTie("a/first", "b/second")))
                .withMessageContainingAll(
                        "weights 'W' of layer 'a/first' have shape [4, 5], those of 'b/second' [5, 5]");
        refused(vectors().relate(WeightRelatednessRegularizer.over("first").withPair("a", "c")))
                .withMessageContainingAll("'c/first'", "the networks are [a, b]");
    }

    @Test
    void relatedness_that_overflows_at_once_is_an_error_that_names_the_layers() {
        ComputationGraph far = Trained.vectors(6, "in");
        far.getLayer("first").getParam("W").addi(10); // 20 weights, so q is about 2000, and exp(q) no number
        Assertions.assertThatExceptionOfType(RelatednessOverflowException.class)
                .isThrownBy(() -> StitchedGraph.builder()
                        .network("a", Trained.vectors(5, "in"))
                        .network("b", far)
                        .relate(Relatedness.exponential(), 1, new WeightTie("a/first", "b/first"))
                        .build())
                .withMessageContainingAll("'a/first'", "'b/first'");
    }

    @Test
    void what_units_do_not_mix_is_refused() {
        GraphBuilder volumes = Trained.settings(1)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, 3, 3, 3, 1))
                .addLayer("conv", new Convolution3D.Builder(2, 2, 2).nOut(2).build(), "in")
                .addLayer("out", points(1), "conv")
                .setOutputs("out");
        ComputationGraph graph = new ComputationGraph(volumes.build());
        graph.init();
        InputType type = InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, 3, 3, 3, 1);
        refused(StitchedGraph.builder()
                        .network("a", graph, type)
                        .network("b", graph, type)
                        .stitch(UNIT, "conv"))
                .withMessageContainingAll("cannot be stitched", "Nothing fits together", "'a': ", "'b': ");
    }
}
