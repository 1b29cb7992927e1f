package org.mtl4j.dl4j.vertex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Concatenation along dimension 1, with numbers worked out by hand. */
class JoinVertexTest {
    private static ComputationGraph graph(InputType a, InputType b) {
        ComputationGraphConfiguration configuration = new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .graphBuilder()
                .addInputs("a", "b")
                .setInputTypes(a, b)
                .addVertex("join", new JoinVertex(), "a", "b")
                .addLayer(
                        "out",
                        new ActivationLayer.Builder()
                                .activation(Activation.IDENTITY)
                                .build(),
                        "join")
                .setOutputs("out")
                .build();
        // as a file has it
        ComputationGraph graph = new ComputationGraph(ComputationGraphConfiguration.fromJson(configuration.toJson()));
        graph.init();
        return graph;
    }

    private static INDArray numbers(double first, long... shape) {
        return Nd4j.linspace(DataType.DOUBLE, first, 1, product(shape)).reshape('c', shape);
    }

    private static long product(long... shape) {
        long product = 1;
        for (long size : shape) {
            product *= size;
        }
        return product;
    }

    private static double[] flat(INDArray array) {
        return array.dup('c').data().asDouble();
    }

    @Test
    void vectors_images_and_sequences_are_joined_behind_the_batch() {
        // rows [1 2] and [3 4], with [10 11 12] and [13 14 15]
        INDArray vectors = graph(InputType.feedForward(2), InputType.feedForward(3))
                .outputSingle(numbers(1, 2, 2), numbers(10, 2, 3));
        assertThat(vectors.shape()).containsExactly(2, 5);
        assertThat(flat(vectors)).containsExactly(1, 2, 10, 11, 12, 3, 4, 13, 14, 15);

        INDArray images = graph(InputType.convolutional(1, 2, 1), InputType.convolutional(1, 2, 2))
                .outputSingle(numbers(1, 2, 1, 1, 2), numbers(10, 2, 2, 1, 2));
        assertThat(images.shape()).containsExactly(2, 3, 1, 2);
        assertThat(flat(images)).containsExactly(1, 2, 10, 11, 12, 13, 3, 4, 14, 15, 16, 17);

        INDArray sequences = graph(InputType.recurrent(1, 2), InputType.recurrent(2, 2))
                .outputSingle(numbers(1, 1, 1, 2), numbers(10, 1, 2, 2));
        assertThat(sequences.shape()).containsExactly(1, 3, 2);
        assertThat(flat(sequences)).containsExactly(1, 2, 10, 11, 12, 13);
    }

    @Test
    void a_step_is_there_where_an_input_has_it_and_0_where_the_other_has_not() {
        ComputationGraph graph = graph(InputType.recurrent(1, 3), InputType.recurrent(2, 3));
        INDArray[] inputs = {numbers(1, 2, 1, 3), numbers(10, 2, 2, 3)};
        INDArray[] masks = {
            Nd4j.createFromArray(new double[][] {{1, 0, 0}, {1, 1, 1}}),
            Nd4j.createFromArray(new double[][] {{1, 1, 0}, {0, 1, 0}})
        };
        INDArray joined = graph.output(false, inputs, masks, null)[0];
        assertThat(flat(joined)).containsExactly(1, 0, 0, 10, 11, 0, 13, 14, 0, 4, 5, 6, 0, 17, 0, 0, 20, 0);
        graph.setLayerMaskArrays(masks, null);
        assertThat(flat(graph.getLayer("out").getMaskArray())).containsExactly(1, 1, 0, 1, 1, 1);
        graph.clearLayerMaskArrays();
        // an input without a mask has all steps
        graph.setLayerMaskArrays(new INDArray[] {masks[0], null}, null);
        assertThat(graph.getLayer("out").getMaskArray()).isNull();
        graph.clearLayerMaskArrays();
        // masks are those of one batch
        assertThat(flat(graph.outputSingle(inputs)))
                .containsExactly(1, 2, 3, 10, 11, 12, 13, 14, 15, 4, 5, 6, 16, 17, 18, 19, 20, 21);
    }

    @Test
    void each_input_gets_its_part_of_the_gradient() {
        ComputationGraph graph = graph(InputType.recurrent(1, 3), InputType.recurrent(2, 3));
        INDArray[] inputs = {numbers(1, 1, 1, 3), numbers(10, 1, 2, 3)};
        org.deeplearning4j.nn.graph.vertex.GraphVertex join = graph.getVertex("join");
        INDArray[] masks = {null, Nd4j.createFromArray(new double[][] {{1, 1, 0}})};
        graph.setLayerMaskArrays(masks, null);
        LayerWorkspaceMgr none = LayerWorkspaceMgr.noWorkspaces();
        for (int i = 0; i < inputs.length; i++) {
            join.setInput(i, inputs[i], none);
        }
        join.doForward(true, none);
        join.setEpsilon(numbers(1, 1, 3, 3));
        INDArray[] gradients = join.doBackward(false, none).getSecond();
        assertThat(flat(gradients[0])).containsExactly(1, 2, 3);
        assertThat(flat(gradients[1])).containsExactly(4, 5, 0, 7, 8, 0); // nothing at the step that is not there
    }

    @Test
    void what_does_not_fit_is_refused() {
        JoinVertex vertex = new JoinVertex();
        assertThat(vertex.getOutputType(0, InputType.convolutional(4, 5, 2), InputType.convolutional(4, 5, 3)))
                .isEqualTo(InputType.convolutional(4, 5, 5));
        assertThatThrownBy(() -> vertex.getOutputType(0, InputType.recurrent(2, 4), InputType.recurrent(2, 5)))
                .isInstanceOf(InvalidInputTypeException.class)
                .hasMessageStartingWith(
                        "JoinVertex: only vectors, images of equal height and width, and sequences of as"
                                + " many steps can be joined, got [");
        assertThatThrownBy(() -> vertex.getOutputType(0, InputType.convolutional3D(1, 2, 3, 4)))
                .isInstanceOf(InvalidInputTypeException.class)
                .hasMessageStartingWith("JoinVertex: vectors, images and sequences can be joined, got ");
    }
}
