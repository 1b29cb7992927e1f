package org.mtl4j.dl4j.internal.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.dl4j.testing.CheckpointedRun;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.history.TrainingHistory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/** A batch divided among threads gives what one thread gives: with SGD the steps are the gradients. */
class ReplicasTest {
    private static MultiTaskNetwork network() {
        return MultiTaskNetwork.builder(Shape.image(1, 10, 10))
                .tower("a", SplitHead.of(Task.regression("points", 4).withWeight(10)))
                .tower("b", SplitHead.of(Task.classification("kind", 3)))
                .convolution("conv", 4, 3)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc", 8)
                .regularize(WeightRelatednessRegularizer.over("conv", "fc")
                        .withRelatedness(Relatedness.l2Linear())
                        .withStrength(1e-2))
                .build();
    }

    private static ListBatches data(int... sizes) {
        MultiDataSet[] batches = new MultiDataSet[sizes.length];
        for (int i = 0; i < sizes.length; i++) {
            INDArray kinds = Nd4j.zeros(DataType.DOUBLE, sizes[i], 3);
            for (int row = 0; row < sizes[i]; row++) {
                kinds.putScalar(row, (row * 7 + i) % 3, 1);
            }
            Random random = new Random(i);
            INDArray images = Nd4j.createFromArray(
                            random.doubles(sizes[i] * 100L, -1, 1).toArray())
                    .reshape(sizes[i], 1, 10, 10);
            INDArray points = Nd4j.createFromArray(
                            random.doubles(sizes[i] * 4L, -1, 1).toArray())
                    .reshape(sizes[i], 4);
            batches[i] = new MultiDataSet(new INDArray[] {images}, new INDArray[] {points, kinds});
        }
        return ListBatches.of(List.of(batches));
    }

    private static Dl4jModel trained(int workers, int... sizes) {
        Dl4jModel model = Dl4jModel.create(
                network(),
                TrainingPlan.of(new Sgd(0.05)).withDataType(DataType.DOUBLE).withSeed(5));
        model.fit(data(sizes), FitOptions.epochs(2).withWorkers(workers));
        return model;
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2})
    void dropout_is_the_same_in_every_run_on_every_thread(int workers) throws InterruptedException {
        INDArray[] parameters = new INDArray[2];
        for (int run = 0; run < 2; run++) {
            int which = run;
            Nd4j.getRandom().setSeed(100 + run); // whatever was done before
            Dl4jModel model = CheckpointedRun.create();
            Thread other = new Thread(() -> {
                model.fit(new CheckpointedRun.Shuffled(), FitOptions.epochs(2).withWorkers(workers));
                parameters[which] = model.graph().params().dup();
            });
            other.start();
            other.join();
        }
        assertThat(parameters[1]).isNotNull().isEqualTo(parameters[0]);
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {2, 3})
    void dividing_changes_nothing_but_rounding(int workers) {
        int[] sizes = {64, 51, 5}; // the last is too small to be divided
        Dl4jModel one = trained(1, sizes);
        Dl4jModel many = trained(workers, sizes);
        // doubles; sums of some thousand products in another order, over six steps
        assertThat(many.graph().params().distance2(one.graph().params())).isLessThan(1e-11);
        assertThat(many.graph().getIterationCount()).isEqualTo(6);
        assertThat(many.graph().score()).isCloseTo(one.graph().score(), within(1e-11));
        TrainingHistory expected = one.history();
        TrainingHistory found = many.history();
        for (int epoch = 0; epoch < 2; epoch++) {
            for (String task : List.of("points", "kind")) {
                assertThat(found.epochs().get(epoch).trainingLoss().get(task))
                        .isCloseTo(expected.epochs().get(epoch).trainingLoss().get(task), within(1e-11));
            }
        }
        one.relatedness().forEach(state -> assertThat(many.relatedness())
                .anySatisfy(other -> assertThat(other.value()).isCloseTo(state.value(), within(1e-11))));
        assertThat(one.relatedness().get(0).coefficients().get("a")).isNotEqualTo(1.0);
    }

    /** Ties and examples are divided unevenly here, and still each counts once. */
    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {2, 3})
    void the_score_of_a_divided_batch_is_that_of_the_whole(int workers) {
        double whole = trained(1, 51).graph().score();
        assertThat(trained(workers, 51).graph().score()).isCloseTo(whole, within(1e-11));
    }

    /** Parts that wait for nobody are done by the caller, too; whoever does them, the results are theirs. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void parts_come_back_in_order_and_leave_the_caller_as_it_was(boolean apart) {
        Replicas replicas = new Replicas(trained(1, 4).graph(), 3);
        int threadsOfOperations = HostThreads.available();
        ClassLoader loader = new ClassLoader(getClass().getClassLoader()) {};
        Thread caller = Thread.currentThread();
        ClassLoader before = caller.getContextClassLoader();
        caller.setContextClassLoader(loader);
        try {
            for (int call = 0; call < 50; call++) {
                List<String> parts = replicas.divide(10, apart, (graph, part, from, to) -> {
                    assertThat(graph).isSameAs(replicas.graph(part));
                    assertThat(HostThreads.available()).isEqualTo(1);
                    if (!apart) {
                        assertThat(Thread.currentThread().getContextClassLoader())
                                .isSameAs(loader);
                    }
                    return part + ": " + from + " to " + to;
                });
                assertThat(parts).containsExactly("0: 0 to 3", "1: 3 to 6", "2: 6 to 10");
            }
            assertThat(caller.getContextClassLoader()).isSameAs(loader);
        } finally {
            caller.setContextClassLoader(before);
        }
        assertThat(HostThreads.available()).isEqualTo(threadsOfOperations);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void what_a_part_throws_and_an_interrupt_come_to_the_caller(boolean apart) {
        Replicas replicas = new Replicas(trained(1, 4).graph(), 2);
        assertThatThrownBy(() -> replicas.divide(10, apart, (graph, part, from, to) -> {
                    if (part == 1) {
                        throw new IllegalArgumentException("part " + part);
                    }
                    return part;
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("part 1");
        AtomicInteger done = new AtomicInteger();
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> replicas.divide(10, apart, (graph, part, from, to) -> done.incrementAndGet()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("interrupted");
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            Thread.interrupted();
        }
        assertThat(done).hasValue(2);
    }

    @Test
    void the_same_number_of_workers_gives_the_same_bits() {
        assertThat(trained(2, 64, 48).graph().params())
                .isEqualTo(trained(2, 64, 48).graph().params());
    }

    @Test
    void predictions_do_not_depend_on_the_division() {
        Dl4jModel model = trained(2, 64);
        INDArray features = data(101).next().getFeatures(0);
        INDArray[] whole = model.graph().output(false, features);
        assertThat(model.predict(features).of("points").distance2(whole[0])).isLessThan(1e-12);
        assertThat(model.predict(features).of("kind").distance2(whole[1])).isLessThan(1e-12);
    }
}
