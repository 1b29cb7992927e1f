package org.mtl4j.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.function.UnaryOperator;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;

/** Networks with several inputs, and with a trunk, as descriptions. */
class InputsTest {
    private static final Task SUM = Task.regression("sum", 1);
    private static final Task SIGN = Task.classification("sign", "no", "yes");

    private static NetworkBuilder two() {
        return MultiTaskNetwork.builder()
                .input("numbers", Shape.vector(3))
                .input("picture", Shape.image(1, 6, 6), layers -> layers.convolution("conv", 2, 3)
                        .maxPool(2)
                        .dense("code", 5))
                .tower("both", SplitHead.of(SUM))
                .tower("one", SplitHead.of(SIGN));
    }

    private static MultiTaskNetwork some() {
        return two().reads("one", "numbers")
                .dense("fc", 6)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc2", 4)
                .regularize(WeightRelatednessRegularizer.over("fc2"))
                .build();
    }

    private static MultiTaskNetwork trunk() {
        return two().trunk(layers -> layers.dense("t1", 7).dropout(0.25))
                .trunk(layers -> layers.dense("t2", 3))
                .dense("fc", 4)
                .build();
    }

    @Test
    void shapes_are_followed_from_the_inputs_to_the_towers() {
        MultiTaskNetwork network = some();
        assertThat(network.inputs().stream().map(Input::name)).containsExactly("numbers", "picture");
        assertThat(network.input("picture").shape()).isEqualTo(Shape.image(1, 6, 6));
        assertThat(network.input("picture").outputShape()).isEqualTo(Shape.vector(5));
        assertThat(network.inputsOf("both")).containsExactly("numbers", "picture");
        assertThat(network.inputsOf("one")).containsExactly("numbers");
        assertThat(network.shapeBeforeLayers("both")).isEqualTo(Shape.vector(3 + 5));
        assertThat(network.shapeBeforeLayers("one")).isEqualTo(Shape.vector(3));
        // conv 2*(9+1), code 5*(2*2*2+1), fc 6*(8+1) and 6*(3+1), alpha 2*2*6, fc2 2*4*(6+1), sum 4+1, sign 2*(4+1)
        assertThat(network.parameters()).isEqualTo(20 + 45 + 54 + 24 + 24 + 56 + 5 + 10);
        assertThat(network.placedLayers().stream().map(PlacedLayer::path))
                .containsExactly("conv", "pool1", "code", "fc", "fc2", "fc", "fc2");

        MultiTaskNetwork trunk = trunk();
        assertThat(trunk.shapeOfInputs("one")).isEqualTo(Shape.vector(8));
        assertThat(trunk.shapeBeforeLayers("one")).isEqualTo(Shape.vector(3));
        assertThat(trunk.trunk().stream().map(NamedLayer::name)).containsExactly("t1", "dropout1", "t2");
        // conv, code, t1 7*(8+1), t2 3*(7+1), fc 2*4*(3+1), sum, sign
        assertThat(trunk.parameters()).isEqualTo(20 + 45 + 63 + 24 + 32 + 5 + 10);
    }

    @Test
    void images_are_joined_by_channels_and_sequences_by_features() {
        Task task = Task.regression("y", 1);
        MultiTaskNetwork images = MultiTaskNetwork.builder()
                .input("left", Shape.image(1, 8, 6))
                .input("right", Shape.image(3, 8, 6))
                .tower("t", SplitHead.of(task))
                .convolution("conv", 2, 3)
                .build();
        assertThat(images.shapeBeforeLayers("t")).isEqualTo(Shape.image(4, 8, 6));
        MultiTaskNetwork sequences = MultiTaskNetwork.builder()
                .input("a", Shape.sequence(2, 9))
                .input("b", Shape.sequence(5, 9))
                .tower("t", SplitHead.of(task))
                .globalAveragePool()
                .build();
        assertThat(sequences.shapeBeforeLayers("t")).isEqualTo(Shape.sequence(7, 9));
    }

    @Test
    void the_table_shows_what_is_read() {
        assertThat(some().toString().lines().toList())
                .startsWith(
                        "MultiTaskNetwork: inputs numbers [3], picture [1, 6, 6], 238 parameters",
                        "tower          layer  what                               output     parameters",
                        "input picture  conv   conv 3x3, 2, relu                  [2, 4, 4]          20",
                        "input picture  pool1  max pool 2x2                       [2, 2, 2]           0",
                        "input picture  code   dense 5, relu                      [5]                45",
                        "both                  reads numbers, picture             [8]                 0",
                        "both           fc *   dense 6, relu                      [6]                54")
                .contains("one                   reads numbers                      [3]                 0");
        assertThat(trunk().toString().lines().filter(line -> line.startsWith("trunk")))
                .containsExactly(
                        "trunk                    reads numbers, picture         [8]                 0",
                        "trunk          t1        dense 7, relu                  [7]                63",
                        "trunk          dropout1  dropout 0.25                   [7]                 0",
                        "trunk          t2        dense 3, relu                  [3]                24");
    }

    @Test
    void a_description_is_read_as_it_was_written_and_built_on() {
        for (MultiTaskNetwork network : List.of(some(), trunk())) {
            MultiTaskNetwork read = MultiTaskNetwork.fromJson(network.toJson());
            assertThat(read).isEqualTo(network).hasSameHashCodeAs(network);
            assertThat(read.toString()).isEqualTo(network.toString());
            assertThat(network.toBuilder().build()).isEqualTo(network);
        }
        assertThat(some()).isNotEqualTo(two().dense("fc", 6).build()).isNotEqualTo(trunk());
        // a name that is made up goes on behind those that there are
        assertThat(trunk().toBuilder()
                        .trunk(layers -> layers.dropout(0.5))
                        .build()
                        .trunk())
                .last()
                .extracting(NamedLayer::name)
                .isEqualTo("dropout2");
    }

    @Test
    void one_input_of_the_usual_name_is_written_as_before() {
        MultiTaskNetwork before = MultiTaskNetwork.builder(Shape.vector(3))
                .tower("t", SplitHead.of(SUM))
                .build();
        MultiTaskNetwork named = MultiTaskNetwork.builder()
                .input("input", Shape.vector(3))
                .tower("t", SplitHead.of(SUM))
                .reads("t", "input")
                .build();
        assertThat(named).isEqualTo(before);
        assertThat(named.toJson())
                .isEqualTo(before.toJson())
                .contains("\"input\" : {")
                .doesNotContain("inputs", "reads");
        assertThat(before.input()).isEqualTo(Shape.vector(3));
        MultiTaskNetwork other = MultiTaskNetwork.builder()
                .input("row", Shape.vector(3))
                .tower("t", SplitHead.of(SUM))
                .build();
        assertThat(other.input()).isEqualTo(Shape.vector(3));
        assertThat(other.toString()).startsWith("MultiTaskNetwork: input row [3], ");
        assertThat(MultiTaskNetwork.fromJson(other.toJson())).isEqualTo(other);
    }

    @Test
    void a_tower_by_itself_has_the_inputs_that_it_reads_and_the_trunk() {
        MultiTaskNetwork one = some().alone("one");
        assertThat(one.inputs()).containsExactly(some().input("numbers"));
        assertThat(one.parameters()).isEqualTo(24 + 28 + 10);
        assertThat(trunk().alone("one").trunk()).isEqualTo(trunk().trunk());
    }

    private static AbstractStringAssert<?> message(UnaryOperator<NetworkBuilder> wrong) {
        return assertThatIllegalArgumentException()
                .isThrownBy(() -> wrong.apply(two()).build())
                .extracting(Throwable::getMessage)
                .asString();
    }

    @Test
    void what_does_not_fit_is_refused_by_name() {
        message(b -> b.reads("one", "numbers", "codes"))
                .isEqualTo("tower 'one' reads the input 'codes', which there is not; there are [numbers, picture]");
        message(b -> b.reads("three", "numbers"))
                .isEqualTo("inputs [numbers]: no tower 'three' that could read them; there are [both, one]");
        message(b -> b.reads("one")).isEqualTo("tower 'one': a tower reads at least one input");
        message(b -> b.reads("one", "numbers").reads("both", "numbers"))
                .isEqualTo("no tower reads the input 'picture'; the towers read {both=[numbers], one=[numbers]}");
        message(b -> b.input("numbers", Shape.vector(2))).isEqualTo("two inputs are called 'numbers'");
        message(b -> b.input("a/b", Shape.vector(2))).startsWith("Input name 'a/b': a name is made of letters");
        message(b -> b.input("sum", Shape.vector(2)))
                .isEqualTo("tower 'both': a task and an input are both called 'sum'; inputs and tasks need names of"
                        + " their own");
        message(b -> b.input("relatedness", Shape.vector(2)))
                .isEqualTo("an input cannot be called 'relatedness', which is reserved");
        message(b -> b.input("raw", Shape.image(1, 6, 6)))
                .startsWith("tower 'both' reads the inputs 'numbers' [3] and 'raw' [1, 6, 6], which cannot be joined:"
                        + " vectors are joined with vectors");
        message(b -> b.input("small", Shape.image(1, 2, 2), layers -> layers.convolution("conv", 4, 3)))
                .isEqualTo("input 'small', layer 'conv': Convolution: a window of 3 does not fit into 2"
                        + " positions of its input [1, 2, 2]");
        message(b -> b.input(
                        "twice", Shape.vector(2), layers -> layers.dense("a", 3).dense("a", 3)))
                .isEqualTo("input 'twice': two layers are called 'a'");
        message(b -> b.reads("one", "numbers").trunk(layers -> layers.dense("t", 3)))
                .isEqualTo("trunk: its layers are computed once for all towers, and so the towers must read the same"
                        + " inputs, but they read {both=[numbers, picture], one=[numbers]}");
        message(b -> b.trunk(layers -> layers.dense("t", 3).dense("t", 3)))
                .isEqualTo("trunk: two layers are called 't'");
        message(b -> b.trunk(layers -> layers.convolution("conv", 3, 3)))
                .startsWith("trunk, layer 'conv': ")
                .contains("[8]");
        message(b -> b.convolution("conv", 3, 3))
                .startsWith("tower 'both', layer 'conv': ")
                .contains("[8]");
        // layers of one name read inputs of unequal size
        message(b -> b.reads("one", "numbers").dense("fc", 4).regularize(WeightRelatednessRegularizer.over("fc")))
                .isEqualTo("WeightRelatednessRegularizer, layer 'fc': the weights differ in shape, tower 'both' has"
                        + " [8, 4], tower 'one' has [3, 4]");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        MultiTaskNetwork.builder().tower("t", SplitHead.of(SUM)).build())
                .withMessage("MultiTaskNetwork: a network has at least one input");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> some().input("codes"))
                .withMessage("no input 'codes'; there are [numbers, picture]");
        assertThatIllegalStateException()
                .isThrownBy(() -> some().input())
                .withMessage("the network has several inputs, [numbers, picture]; ask inputs() or input(name)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MultiTaskNetwork.fromJson(some().toJson().replace("\"reads\"", "\"read\"")))
                .withMessageContaining("'read' is not known here");
    }

    @Test
    void names_of_an_inputs_layers_are_its_own() {
        MultiTaskNetwork network = two().input("other", Shape.vector(2), layers -> layers.layer("code", Dense.of(3)))
                .dense("code", 4)
                .build();
        assertThat(network.shapeBeforeLayers("one")).isEqualTo(Shape.vector(3 + 5 + 3));
    }
}
