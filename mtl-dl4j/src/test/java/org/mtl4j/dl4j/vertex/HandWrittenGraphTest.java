package org.mtl4j.dl4j.vertex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.internal.layer.RelatednessPenalty;
import org.mtl4j.dl4j.testing.Closeness;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.sharing.CrossStitchUnit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Units and the regularizer in a graph that somebody wrote with Deeplearning4j alone, its own file format included. */
class HandWrittenGraphTest {
    /** Of single precision. */
    private static final double UNIT = 0x1p-24;

    private static final double STRENGTH = 0.25;

    @TempDir
    private Path directory;

    private static GraphBuilder settings() {
        return new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Sgd(0.1))
                .graphBuilder()
                .addInputs("input")
                .setInputTypes(InputType.feedForward(3));
    }

    private static WeightRelatednessVertex related(Relatedness r) {
        return new WeightRelatednessVertex(List.of(new WeightTie("a", "b")), r, STRENGTH, new Sgd(0.1), 1);
    }

    private static DenseLayer dense(int size) {
        return new DenseLayer.Builder().nOut(size).activation(Activation.TANH).build();
    }

    private static OutputLayer output(int size) {
        return new OutputLayer.Builder(LossFunction.MSE)
                .nOut(size)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static ComputationGraph graph(Relatedness r) {
        GraphBuilder graph = settings()
                .addVertex("related", related(r), "input")
                .addLayer("a", dense(4), "related")
                .addLayer("b", dense(4), "related");
        List<String> mixed =
                CrossStitchVertex.join(graph, "stitch", CrossStitchUnit.perChannel(0.8), new Adam(1e-2), "a", "b");
        assertThat(mixed).containsExactly("stitch-0", "stitch-1");
        graph.addLayer("x", output(1), mixed.get(0))
                .addLayer("y", output(2), mixed.get(1))
                .setOutputs("x", "y");
        ComputationGraph built = new ComputationGraph(graph.build());
        built.init();
        return built;
    }

    private static MultiDataSet batch() {
        return new MultiDataSet(
                new INDArray[] {Nd4j.createFromArray(new float[][] {{1, -1, 0.5f}, {0.3f, 2, -1}})}, new INDArray[] {
                    Nd4j.createFromArray(new float[][] {{1}, {-1}}),
                    Nd4j.createFromArray(new float[][] {{0, 1}, {1, 0}})
                });
    }

    @Test
    void a_stitched_output_is_the_mixture_of_the_layers() {
        ComputationGraph graph = graph(Relatedness.l2());
        var activations = graph.feedForward(batch().getFeatures(0), false);
        INDArray expected =
                activations.get("a").mul(0.8).addi(activations.get("b").mul(0.2));
        // the norm of 8 sums of two products
        assertThat(activations.get("stitch-0").distance2(expected))
                .isLessThan(4 * UNIT * Math.sqrt(8) * Closeness.size(expected));
        assertThat(activations.get("a").distance2(activations.get("b"))).isGreaterThan(0.1);
    }

    @Test
    void the_score_has_the_term_and_sgd_steps_down_its_gradient() {
        ComputationGraph graph = graph(Relatedness.l2());
        INDArray before = graph.getLayer("a").getParam("W").dup();
        INDArray difference = before.sub(graph.getLayer("b").getParam("W"));
        double q = difference.norm2Number().doubleValue()
                * difference.norm2Number().doubleValue();
        assertThat(RelatednessPenalty.of(graph, "related").states().get(0).value())
                .isCloseTo(q, within(24 * UNIT * q)); // 12 squares of rounded differences

        ComputationGraph plain = graphWithoutTerm();
        double score = plain.score(batch()) + STRENGTH * q;
        assertThat(graph.score(batch()))
                .isCloseTo(score, within(40 * UNIT * score)); // and outputs of 3 + 4 + 2 products

        // the term's part of an SGD step is -rate * strength * 2 (θ1 - θ2), whatever the size of the batch
        graph.fit(batch());
        plain.fit(batch());
        INDArray pull =
                graph.getLayer("a").getParam("W").sub(plain.getLayer("a").getParam("W"));
        assertThat(pull.distance2(difference.mul(-0.1 * STRENGTH * 2))).isLessThan(1e-5);
    }

    private static ComputationGraph graphWithoutTerm() {
        ComputationGraph tied = graph(Relatedness.l2());
        GraphBuilder graph = settings().addLayer("a", dense(4), "input").addLayer("b", dense(4), "input");
        List<String> mixed =
                CrossStitchVertex.join(graph, "stitch", CrossStitchUnit.perChannel(0.8), new Adam(1e-2), "a", "b");
        graph.addLayer("x", output(1), mixed.get(0))
                .addLayer("y", output(2), mixed.get(1))
                .setOutputs("x", "y");
        ComputationGraph plain = new ComputationGraph(graph.build());
        plain.init();
        for (String layer : List.of("a", "b", "x", "y")) {
            plain.getLayer(layer).setParams(tied.getLayer(layer).params().dup());
        }
        return plain;
    }

    @Test
    void deeplearning4j_saves_and_restores_it_by_itself() throws IOException {
        ComputationGraph graph = graph(Relatedness.l2Linear());
        graph.fit(batch());
        Path file = directory.resolve("graph.zip");
        ModelSerializer.writeModel(graph, file.toFile(), true);
        ComputationGraph restored = ModelSerializer.restoreComputationGraph(file.toFile(), true);
        graph.fit(batch());
        restored.fit(batch());
        assertThat(restored.params()).isEqualTo(graph.params());
        assertThat(restored.getUpdater().getStateViewArray())
                .isEqualTo(graph.getUpdater().getStateViewArray());
        assertThat(graph.summary()).contains("stitch-1", "related");
    }

    @Test
    void a_clone_trains_like_its_original_and_apart_from_it() {
        ComputationGraph graph = graph(Relatedness.l2Linear());
        ComputationGraph clone = graph.clone();
        clone.fit(batch());
        assertThat(clone.params()).isNotEqualTo(graph.params());
        graph.fit(batch());
        assertThat(clone.params()).isEqualTo(graph.params());
    }

    @Test
    void dropout_behind_the_term_leaves_the_data_as_they_were() {
        DenseLayer first = dense(4);
        first.setIDropout(new Dropout(0.5));
        DenseLayer second = dense(4);
        second.setIDropout(new Dropout(0.5));
        ComputationGraph graph = new ComputationGraph(settings()
                .addVertex("related", related(Relatedness.l2()), "input")
                .addLayer("a", first, "related")
                .addLayer("b", second, "related")
                .addLayer("x", output(1), "a")
                .addLayer("y", output(2), "b")
                .setOutputs("x", "y")
                .build());
        graph.init();
        MultiDataSet data = batch();
        graph.fit(data);
        assertThat(data.getFeatures(0)).isEqualTo(batch().getFeatures(0));
    }

    @Test
    void a_term_behind_its_layers_is_refused() {
        GraphBuilder graph = settings()
                .addLayer("a", dense(3), "input")
                .addLayer("b", dense(3), "a")
                .addVertex("related", related(Relatedness.l2()), "b")
                .addLayer("x", output(1), "related")
                .setOutputs("x");
        ComputationGraph built = new ComputationGraph(graph.build());
        built.init();
        MultiDataSet one =
                new MultiDataSet(new INDArray[] {batch().getFeatures(0)}, new INDArray[] {batch().getLabels(0)});
        assertThatIllegalStateException()
                .isThrownBy(() -> built.fit(one))
                .withMessageContainingAll("'related' comes after layer", "right behind the network's input");
    }

    @Test
    void unequal_shapes_are_refused_with_both_shapes() {
        GraphBuilder graph = settings().addLayer("a", dense(4), "input").addLayer("b", dense(5), "input");
        List<String> mixed =
                CrossStitchVertex.join(graph, "stitch", CrossStitchUnit.perLayer(), new Sgd(0.1), "a", "b");
        graph.addLayer("x", output(1), mixed.get(0))
                .addLayer("y", output(2), mixed.get(1))
                .setOutputs("x", "y");
        assertThatThrownBy(graph::build)
                .isInstanceOf(InvalidInputTypeException.class)
                .hasMessageContainingAll("inputs must agree in shape", "(4)", "(5)");
    }
}
