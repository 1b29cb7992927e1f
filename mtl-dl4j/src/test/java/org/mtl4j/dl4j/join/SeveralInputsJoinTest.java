package org.mtl4j.dl4j.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.mtl4j.dl4j.join.Trained.bits;
import static org.mtl4j.dl4j.join.Trained.random;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.Granularity;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/** Graphs of networks with several inputs and a trunk, joined and taken apart again. */
class SeveralInputsJoinTest {
    private static final int ROWS = 5;
    private static final InputType NUMBERS = InputType.feedForward(3);
    private static final InputType WORDS = InputType.recurrent(2, 4);

    /** Numbers, and a sequence that is pooled, joined before a trunk. */
    private static ComputationGraph graph(long seed, String task) {
        MultiTaskNetwork network = MultiTaskNetwork.builder()
                .input("numbers", Shape.vector(3))
                .input("words", Shape.sequence(2, 4), layers -> layers.layer(
                                "lstm", Dl4jLayer.of(new LSTM.Builder().nOut(3).build()))
                        .globalAveragePool())
                .trunk(layers -> layers.dense("t1", 4))
                .tower("t", SplitHead.of(Task.regression(task, 2)))
                .dense("fc", 3)
                .build();
        ComputationGraph graph = Dl4jModel.create(
                        network, TrainingPlan.of(new Sgd(0.1)).withSeed(seed).withDataType(DataType.DOUBLE))
                .graph();
        graph.getVertex(task).params().assign(0.25); // output layers begin with weights of 0
        return graph;
    }

    private static StitchedGraph.Builder two() {
        return StitchedGraph.builder()
                .network("a", graph(1, "x"))
                .network("b", graph(2, "y"))
                .sharedInput("numbers", NUMBERS, "a/numbers", "b/numbers");
    }

    @Test
    void at_the_identity_they_give_their_own_outputs_to_the_bit() {
        StitchedGraph joined = two().stitch(CrossStitchUnit.identity(Granularity.PER_CHANNEL), "t/fc")
                .stitch(CrossStitchUnit.identity(Granularity.PER_LAYER), "shared:trunk/t1")
                .relate(WeightRelatednessRegularizer.over("t/fc").withStrength(0.1))
                .build();
        assertThat(joined.graph().getConfiguration().getNetworkInputs())
                .containsExactly("numbers", "a/words", "b/words");
        INDArray[] inputs = {random(1, ROWS, 3), random(2, ROWS, 2, 4), random(3, ROWS, 2, 4)};
        INDArray[] masks = {null, mask(1), mask(2)};
        INDArray[] outputs = joined.graph().output(false, inputs, masks, null);
        INDArray a = own(graph(1, "x"), inputs[0], inputs[1], masks[1]);
        INDArray b = own(graph(2, "y"), inputs[0], inputs[2], masks[2]);
        assertThat(bits(outputs[0])).isEqualTo(bits(a));
        assertThat(bits(outputs[1])).isEqualTo(bits(b));
        assertThat(bits(own(joined.tower("b"), inputs[0], inputs[2], masks[2]))).isEqualTo(bits(b));

        INDArray before = joined.graph().getVertex("a/shared:trunk/t1").params().dup();
        joined.graph()
                .fit(new MultiDataSet(inputs, new INDArray[] {random(4, ROWS, 2), random(5, ROWS, 2)}, masks, null));
        assertThat(joined.graph().getVertex("a/shared:trunk/t1").params()).isNotEqualTo(before);
    }

    private static INDArray own(ComputationGraph graph, INDArray numbers, INDArray words, INDArray mask) {
        return graph.output(false, new INDArray[] {numbers, words}, new INDArray[] {null, mask}, null)[0];
    }

    private static INDArray mask(int shortest) {
        INDArray mask = Nd4j.ones(DataType.DOUBLE, ROWS, 4);
        for (int step = shortest; step < 4; step++) {
            mask.putScalar(1, step, 0);
        }
        return mask;
    }

    @Test
    void an_input_that_is_shared_says_which_it_is() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> two().sharedInput("text", WORDS, "a", "b").build())
                .withMessage("shared input 'text': network 'a' has the inputs [numbers, words]; say which, as in"
                        + " 'a/numbers', got 'a'");
    }
}
