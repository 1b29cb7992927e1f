package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;
import org.mtl4j.dl4j.internal.cpu.FlatArrays.AdamFactors;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.AdamUpdater;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** Compares with Deeplearning4j's updater and ND4J's operations, to the bit. */
class HostUpdaterTest {
    /** No multiple of the pieces, and more than one of them. */
    private static final int LENGTH = 5003;

    /** Later numbers are of steps whose corrections differ in a bit if Java computes the powers. */
    @ParameterizedTest
    @CsvSource({"0, 0.9, 0.999", "1, 0.9, 0.999", "684, 0.9, 0.999", "872, 0.9, 0.999", "348, 0.99, 0.98"})
    void adam_is_the_operation_of_nd4j(int iteration, double beta1, double beta2) {
        Adam adam = new Adam(1e-3, beta1, beta2, 1e-8);
        AdamUpdater stock = adam(adam);
        HostAdam host = new HostAdam(adam(adam));
        for (int step = 0; step < 3; step++) {
            INDArray gradient = random(step + 10).muli(1e-2);
            INDArray same = gradient.dup();
            stock.applyUpdater(gradient, iteration + step, 0);
            host.applyUpdater(same, iteration + step, 0);
            assertThat(same.toFloatVector()).isEqualTo(gradient.toFloatVector());
            assertThat(host.getM().toFloatVector()).isEqualTo(stock.getM().toFloatVector());
            assertThat(host.getV().toFloatVector()).isEqualTo(stock.getV().toFloatVector());
        }
    }

    private static AdamUpdater adam(Adam configuration) {
        AdamUpdater updater = new AdamUpdater(configuration);
        updater.setM(random(1).muli(1e-3));
        updater.setV(random(2).muli(random(2)).muli(1e-5));
        updater.setGradientReshapeOrder('f');
        return updater;
    }

    private static INDArray random(long seed) {
        return random(Nd4j.getRandomFactory().getNewRandomInstance(seed), 1, LENGTH);
    }

    private static INDArray random(Random random, long... shape) {
        return Nd4j.rand(-1.0, 1.0, random, shape).castTo(DataType.FLOAT);
    }

    @Test
    void sums_differences_and_quotients_are_those_of_nd4j() {
        INDArray a = random(1);
        INDArray b = random(2);
        INDArray sum = a.dup();
        FlatArrays.add(sum, b);
        assertThat(sum.toFloatVector()).isEqualTo(a.add(b).toFloatVector());
        INDArray difference = a.dup();
        FlatArrays.subtract(difference, b);
        assertThat(difference.toFloatVector()).isEqualTo(a.sub(b).toFloatVector());
        INDArray quotient = a.dup();
        FlatArrays.divide(quotient, 20);
        assertThat(quotient.toFloatVector()).isEqualTo(a.div(20).toFloatVector());
    }

    /** Long arrays are divided among threads. */
    @Test
    void long_arrays_come_out_the_same() {
        int length = (1 << 20) + 77;
        INDArray gradient = Nd4j.rand(DataType.FLOAT, 1, length);
        INDArray first = Nd4j.zeros(DataType.FLOAT, 1, length);
        INDArray second = Nd4j.zeros(DataType.FLOAT, 1, length);
        FlatArrays.adam(gradient, first, second, new AdamFactors(0, 0, 1, 0)); // g / |g|
        assertThat(gradient.minNumber().floatValue()).isEqualTo(1);
        assertThat(gradient.maxNumber().floatValue()).isEqualTo(1);
        FlatArrays.divide(gradient, 4);
        FlatArrays.add(gradient, gradient.dup());
        FlatArrays.subtract(gradient, Nd4j.ones(DataType.FLOAT, 1, length));
        assertThat(gradient.minNumber().floatValue()).isEqualTo(-0.5f);
        assertThat(gradient.maxNumber().floatValue()).isEqualTo(-0.5f);
    }

    @Test
    void arrays_with_gaps_and_other_types_are_left_to_nd4j() {
        assertThat(FlatArrays.supports(random(1), random(2))).isTrue();
        assertThat(FlatArrays.supports(random(1), Nd4j.rand(DataType.FLOAT, 1, 3)))
                .isFalse();
        assertThat(FlatArrays.supports(Nd4j.rand(DataType.DOUBLE, 1, 3))).isFalse();
        INDArray all = Nd4j.rand(DataType.FLOAT, 4, 3);
        INDArray column = all.getColumn(1);
        assertThat(FlatArrays.supports(column)).isFalse();
        assertThat(all.rows()).isEqualTo(4); // and lives so long
    }

    static Stream<IUpdater> updaters() {
        return Stream.of(
                new Adam(1e-2),
                new Adam(new ExponentialSchedule(ScheduleType.ITERATION, 1e-2, 0.9)),
                new Nesterovs(1e-2, 0.9),
                new Sgd(1e-2));
    }

    /** With several blocks, decay before and after the updater, clipping, statistics of batches, and constraints. */
    @ParameterizedTest
    @MethodSource("updaters")
    void graphs_learn_the_same(IUpdater updater) {
        learnsTheSame(graph(updater, GradientNormalization.ClipL2PerLayer));
        learnsTheSame(graph(updater, GradientNormalization.None));
    }

    private static void learnsTheSame(ComputationGraph stock) {
        ComputationGraph host = stock.clone();
        for (int step = 0; step < 8; step++) {
            MultiDataSet batch = batch(step);
            stock.fit(batch);
            HostUpdater.install(host);
            host.fit(batch);
            assertThat(host.params().toFloatVector()).isEqualTo(stock.params().toFloatVector());
            assertThat(host.score()).isEqualTo(stock.score());
            assertThat(host.getGradientsViewArray().toFloatVector())
                    .isEqualTo(stock.getGradientsViewArray().toFloatVector());
        }
        if (stock.getUpdater(true).getStateViewArray() != null) {
            assertThat(host.getUpdater(true).getStateViewArray().toFloatVector())
                    .isEqualTo(stock.getUpdater(true).getStateViewArray().toFloatVector());
        }
    }

    /** With a divisor or none, in the middle of an array of parameters, on one thread and on several. */
    @ParameterizedTest
    @CsvSource({"5003, 1", "5003, 12", "70001, 12"})
    void a_step_in_one_pass_is_one_in_several(int length, int divisor) {
        Random random = Nd4j.getRandomFactory().getNewRandomInstance(4);
        INDArray gradient = random(random, 1, length);
        INDArray first = random(random, 1, length).muli(1e-3);
        INDArray second = Nd4j.rand(0.0, 1e-5, random, 1, length).castTo(DataType.FLOAT);
        INDArray parameters = random(random, 1, length + 100);
        AdamFactors factors = new AdamFactors(0.9f, 0.999f, 1e-3f, 1e-8f);
        List<INDArray> copies = Stream.of(gradient, first, second, parameters)
                .map(INDArray::dup)
                .toList();
        FlatArrays.adam(gradient, divisor, first, second, factors, parameters, 60);

        FlatArrays.divide(copies.get(0), divisor);
        FlatArrays.adam(copies.get(0), copies.get(1), copies.get(2), factors);
        INDArray steps = Nd4j.zeros(DataType.FLOAT, 1, length + 100);
        INDArray inTheMiddle = steps.get(NDArrayIndex.all(), NDArrayIndex.interval(60, length + 60));
        inTheMiddle.assign(copies.get(0));
        copies.get(3).subi(steps);
        assertThat(gradient.toFloatVector()).isEqualTo(copies.get(0).toFloatVector());
        assertThat(first.toFloatVector()).isEqualTo(copies.get(1).toFloatVector());
        assertThat(second.toFloatVector()).isEqualTo(copies.get(2).toFloatVector());
        assertThat(parameters.toFloatVector()).isEqualTo(copies.get(3).toFloatVector());
    }

    @ParameterizedTest
    @MethodSource("updaters")
    void steps_of_gradients_are_those_of_fit(IUpdater updater) {
        stepsAreThoseOfFit(graph(updater, GradientNormalization.ClipL2PerLayer), false);
        stepsAreThoseOfFit(graph(updater, GradientNormalization.None), false);
        stepsAreThoseOfFit(plainGraph(updater), updater instanceof Adam);
    }

    /** @param atOnce whether it is a case in which everything is read and written once */
    private static void stepsAreThoseOfFit(ComputationGraph stock, boolean atOnce) {
        ComputationGraph host = stock.clone();
        HostUpdater.install(host);
        for (int step = 0; step < 8; step++) {
            MultiDataSet batch = batch(step);
            stock.fit(batch);
            host.setInputs(batch.getFeatures());
            host.setLabels(batch.getLabels());
            host.computeGradientAndScore();
            int examples = (int) batch.getFeatures(0).size(0);
            if (host.getUpdater() instanceof HostUpdater updater) {
                boolean done = updater.stepsAtOnce(step, 0, examples);
                assertThat(done).isEqualTo(atOnce);
                if (!done) {
                    HostUpdater.step(host, step, examples);
                }
            } else {
                return; // has no state, and so nothing that could be made faster
            }
            host.applyConstraints(step + 1, 0);
            host.getConfiguration().setIterationCount(step + 1);
            assertThat(host.params().toFloatVector()).isEqualTo(stock.params().toFloatVector());
            assertThat(host.getGradientsViewArray().toFloatVector())
                    .isEqualTo(stock.getGradientsViewArray().toFloatVector());
            assertThat(host.getUpdater(true).getStateViewArray().toFloatVector())
                    .isEqualTo(stock.getUpdater(true).getStateViewArray().toFloatVector());
        }
    }

    /** A decay that is set while the graph is trained counts from the next step on. */
    @Test
    void penalties_that_come_later_are_seen() {
        ComputationGraph graph = plainGraph(new Adam(1e-2));
        HostUpdater.install(graph);
        graph.fit(batch(0));
        HostUpdater updater = (HostUpdater) graph.getUpdater();
        assertThat(updater.stepsAtOnce(1, 0, 12)).isTrue();
        ((DenseLayer) graph.getLayer("first").conf().getLayer()).setRegularization(List.of(new WeightDecay(0.1, true)));
        assertThat(updater.stepsAtOnce(2, 0, 12)).isFalse();
    }

    /** Two blocks of parameters that are plain steps of Adam. */
    private static ComputationGraph plainGraph(IUpdater updater) {
        ComputationGraphConfiguration configuration = new NeuralNetConfiguration.Builder()
                .seed(7)
                .updater(updater)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.feedForward(5))
                .addLayer("first", new DenseLayer.Builder().nOut(7).build(), "in")
                .addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunction.MSE)
                                .nOut(3)
                                .updater(updater instanceof Adam ? new Adam(1e-3) : updater)
                                .build(),
                        "first")
                .setOutputs("out")
                .build();
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init();
        return graph;
    }

    @Test
    void adam_in_single_precision_is_made_here() {
        ComputationGraph graph = graph(new Adam(1e-2), GradientNormalization.None);
        HostUpdater.install(graph);
        graph.fit(batch(0));
        assertThat(graph.getUpdater(true).getUpdaterBlocks())
                .extracting(UpdaterBlock::getGradientUpdater)
                .hasAtLeastOneElementOfType(HostAdam.class);
    }

    private static ComputationGraph graph(IUpdater updater, GradientNormalization normalization) {
        ComputationGraphConfiguration configuration = new NeuralNetConfiguration.Builder()
                .seed(7)
                .updater(updater)
                .l1(1e-3)
                .weightDecay(1e-2)
                .gradientNormalization(normalization)
                .gradientNormalizationThreshold(0.05)
                .constrainWeights(new MaxNormConstraint(1.5, 1))
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.feedForward(5))
                .addLayer("first", new DenseLayer.Builder().nOut(7).build(), "in")
                .addLayer("norm", new BatchNormalization(), "first")
                .addLayer(
                        "second",
                        new DenseLayer.Builder().nOut(6).updater(new Sgd(1e-2)).build(),
                        "norm")
                .addLayer(
                        "out", new OutputLayer.Builder(LossFunction.MSE).nOut(3).build(), "second")
                .setOutputs("out")
                .build();
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init();
        return graph;
    }

    private static MultiDataSet batch(int step) {
        Random random = Nd4j.getRandomFactory().getNewRandomInstance(step);
        return new MultiDataSet(random(random, 12, 5), random(random, 12, 3));
    }
}
