package org.mtl4j.dl4j.vertex;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.internal.cpu.BlasKernels;
import org.mtl4j.dl4j.internal.layer.FusedBackward;
import org.mtl4j.dl4j.layer.FastConvolutionLayer;
import org.mtl4j.dl4j.layer.MemoryLayout;
import org.mtl4j.sharing.CrossStitchUnit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Which layers do their backward pass while a unit computes their gradient; that they do it rightly is tested with the
 * layout.
 */
class StitchPartnersTest {
    private static final int EXAMPLES = 16;

    @Test
    void first_layers_that_pool_take_their_gradient_from_the_unit() {
        assertThat(taking(graph(first(false), first(false), false), EXAMPLES))
                .containsExactly(ownProducts(), ownProducts());
    }

    @Test
    void what_others_read_as_well_has_more_gradients_than_the_units() {
        assertThat(taking(graph(first(false), first(false), true), EXAMPLES)).containsExactly(false, ownProducts());
    }

    @Test
    void a_layer_with_an_input_gradient_must_be_handed_its_own() {
        assertThat(taking(graph(first(true), first(true), false), EXAMPLES)).containsExactly(false, false);
    }

    @Test
    void frozen_layers_want_no_gradient() {
        assertThat(taking(graph(new FrozenLayer(first(false)), first(false), false), EXAMPLES))
                .doesNotContain(true);
    }

    @Test
    void small_batches_do_not_lie_so() {
        assertThat(taking(graph(first(false), first(false), false), EXAMPLES - 1))
                .containsExactly(false, false);
    }

    @Test
    void a_vertex_without_a_graph_has_no_layers_before_it() {
        CrossStitchVertexImpl vertex =
                (CrossStitchVertexImpl) graph(first(false), first(false), false).getVertex("u-0");
        assertThat(new StitchPartners(vertex, null).fusedLayer(0)).isNull();
    }

    /** With kernels for processors without AVX, convolutions are left to oneDNN, which takes no gradient. */
    private static boolean ownProducts() {
        return BlasKernels.advice().isEmpty();
    }

    private static List<Boolean> taking(ComputationGraph graph, int examples) {
        graph.feedForward(new INDArray[] {Nd4j.ones(DataType.FLOAT, examples, 1, 12, 12)}, true, false);
        CrossStitchVertexImpl last = (CrossStitchVertexImpl) graph.getVertex("u-1");
        List<Boolean> taking = new ArrayList<>();
        for (int input = 0; input < 2; input++) {
            FusedBackward taker = new StitchPartners(last, graph).fusedLayer(input);
            taking.add(taker != null && taker.canFuseBackward());
        }
        return taking;
    }

    private static Layer first(boolean inputGradient) {
        return new FastConvolutionLayer.Builder(3, 3)
                .pooling(2, 2)
                .inputGradient(inputGradient)
                .nOut(4)
                .activation(Activation.RELU)
                .build();
    }

    /** @param readElsewhere whether a further head reads the first layer's result as it is */
    private static ComputationGraph graph(Layer a, Layer b, boolean readElsewhere) {
        GraphBuilder graph = new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("in")
                .addLayer("a", a, "in")
                .addLayer("b", b, "in");
        List<String> ends = new ArrayList<>(
                CrossStitchVertex.join(graph, "u", CrossStitchUnit.perChannel(), new Sgd(0.1), "a", "b"));
        if (readElsewhere) {
            ends.add("a");
        }
        List<String> outputs = new ArrayList<>();
        for (String end : ends) {
            String output = end + "-out";
            outputs.add(output);
            graph.addLayer(end + "-conv", convolution(), end).addLayer(output, output(), end + "-conv");
        }
        ComputationGraphConfiguration built = graph.setOutputs(outputs.toArray(String[]::new))
                .setInputTypes(InputType.convolutional(12, 12, 1))
                .build();
        MemoryLayout.prepare(built);
        ComputationGraph result = new ComputationGraph(built);
        result.init();
        return result;
    }

    private static Layer convolution() {
        return new FastConvolutionLayer.Builder(2, 2)
                .nOut(3)
                .activation(Activation.RELU)
                .build();
    }

    private static Layer output() {
        return new OutputLayer.Builder(LossFunction.MSE)
                .activation(Activation.IDENTITY)
                .nOut(2)
                .build();
    }
}
