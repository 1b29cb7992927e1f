package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.task.Task;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Fully connected layers, hidden and of tasks, against Deeplearning4j's own, on one thread. Kernels may add up in
 * another order for another layout of the same product, so that numbers agree to rounding, not to the bit.
 */
class DensePassTest {
    /** A hundred roundings of single precision, of numbers whose sums are of this size. */
    private static final float ROUNDING = 1e-5f;

    private static final int INPUTS = 13;
    private static final int OUTPUTS = 4;

    /** What a hidden layer is; null for what is left out. */
    record Setting(Activation activation, boolean bias, boolean normalized, Double dropout, boolean noise, int units) {
        DenseLayer stock() {
            DenseLayer.Builder layer = new DenseLayer.Builder()
                    .nOut(units)
                    .activation(activation)
                    .hasBias(bias)
                    .hasLayerNorm(normalized)
                    .biasInit(0.1);
            if (dropout != null) {
                layer.dropOut(dropout);
            }
            if (noise) {
                layer.weightNoise(new DropConnect(0.8));
            }
            return layer.build();
        }
    }

    static Stream<Setting> settings() {
        return Stream.of(
                new Setting(Activation.RELU, true, false, null, false, 21),
                new Setting(Activation.IDENTITY, true, false, null, false, 21),
                new Setting(Activation.RELU, false, false, null, false, 21),
                new Setting(Activation.RELU, true, false, 0.7, false, 21),
                // the stock code's, each for another reason
                new Setting(Activation.TANH, true, false, null, false, 21),
                new Setting(Activation.RELU, true, true, null, false, 21),
                new Setting(Activation.RELU, true, false, null, true, 21),
                new Setting(Activation.RELU, true, false, null, false, 1));
    }

    @BeforeEach
    void seedTheBatches() {
        Nd4j.getRandom().setSeed(7);
    }

    @ParameterizedTest
    @MethodSource("settings")
    void hidden_layers_learn_as_stock_layers_do(Setting setting) {
        ComputationGraph stock = graph(setting.stock(), setting.stock(), output());
        ComputationGraph safe = graph(SafeDenseLayer.of(setting.stock()), SafeDenseLayer.of(setting.stock()), output());
        learnsTheSame(stock, safe, Nd4j.rand(DataType.FLOAT, 9, OUTPUTS));
    }

    /** Rows are finished some at a time where nobody keeps them, and all at once where a backward pass follows. */
    @ParameterizedTest
    @CsvSource({"RELU, true", "RELU, false", "IDENTITY, true", "IDENTITY, false"})
    void outputs_that_are_kept_are_those_that_are_not(Activation activation, boolean bias) {
        Setting setting = new Setting(activation, bias, false, null, false, 21);
        ComputationGraph graph =
                graph(SafeDenseLayer.of(setting.stock()), SafeDenseLayer.of(setting.stock()), output());
        INDArray features = Nd4j.rand(DataType.FLOAT, 210, INPUTS).subi(0.5);
        for (String layer : List.of("first", "second")) {
            INDArray kept = graph.feedForward(features, true).get(layer).dup();
            INDArray passing = graph.feedForward(features, false).get(layer).dup();
            assertThat(kept.maxNumber().floatValue()).isPositive();
            assertThat(passing.data().asFloat()).containsExactly(kept.data().asFloat());
        }
    }

    /** The mean of squared errors is what a task of numbers has for its loss, too. */
    @Test
    void output_layers_learn_as_stock_layers_do() {
        Setting hidden = new Setting(Activation.RELU, true, false, null, false, 21);
        ComputationGraph stock = graph(hidden.stock(), hidden.stock(), output());
        ComputationGraph task = graph(
                hidden.stock(),
                hidden.stock(),
                TaskOutputLayer.of(Task.regression("out", OUTPUTS))
                        .biasInit(0.1)
                        .build());
        learnsTheSame(stock, task, Nd4j.rand(DataType.FLOAT, 9, OUTPUTS));
    }

    private static OutputLayer output() {
        return new OutputLayer.Builder(LossFunction.MSE)
                .nOut(OUTPUTS)
                .activation(Activation.IDENTITY)
                .biasInit(0.1)
                .build();
    }

    private static ComputationGraph graph(Layer... layers) {
        GraphBuilder builder = new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Sgd(0.1))
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.feedForward(INPUTS));
        String before = "in";
        for (String name : List.of("first", "second", "out")) {
            builder.addLayer(name, layers[name.equals("first") ? 0 : name.equals("second") ? 1 : 2], before);
            before = name;
        }
        ComputationGraph graph = new ComputationGraph(builder.setOutputs("out").build());
        graph.init();
        return graph;
    }

    private static void learnsTheSame(ComputationGraph stock, ComputationGraph other, INDArray labels) {
        other.params().assign(stock.params());
        INDArray features = Nd4j.rand(DataType.FLOAT, labels.size(0), INPUTS).subi(0.5);
        MultiDataSet batch = new MultiDataSet(features, labels);
        for (int step = 0; step < 4; step++) {
            fit(stock, batch, step);
            fit(other, batch, step);
            close(stock.getGradientsViewArray(), other.getGradientsViewArray());
            close(stock.params(), other.params());
            close(stock.outputSingle(features), other.outputSingle(features));
            assertThat(other.score(batch, false)).isCloseTo(stock.score(batch, false), withinPercentage(1e-3));
            assertThat(other.score()).isCloseTo(stock.score(), withinPercentage(1e-3));
            other.params().assign(stock.params()); // differences of rounding must not add up
        }
    }

    /** Compares numbers by the largest of them: each is a sum of terms of about that size. */
    private static void close(INDArray expected, INDArray actual) {
        float largest = expected.amaxNumber().floatValue();
        assertThat(largest).isPositive();
        assertThat(actual.shape()).isEqualTo(expected.shape());
        assertThat(actual.dup('c').data().asFloat())
                .usingComparatorWithPrecision(ROUNDING * largest)
                .containsExactly(expected.dup('c').data().asFloat());
    }

    private static void fit(ComputationGraph graph, MultiDataSet batch, int step) {
        Nd4j.getRandom().setSeed(step + 1); // of dropout
        HostThreads.withOne(() -> {
            graph.fit(batch);
            return null;
        });
    }
}
