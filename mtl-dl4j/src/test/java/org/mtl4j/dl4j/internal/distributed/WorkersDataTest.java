package org.mtl4j.dl4j.internal.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.distributed.Workers;
import org.mtl4j.dl4j.testing.SerialWorkers;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.StandardMetric;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.stopping.EarlyStopping;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** What workers measure is what one process measures on the same batches, to the bit. */
class WorkersDataTest {
    private static Dl4jModel model() {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(5))
                .tower(
                        "all",
                        SplitHead.of(
                                Task.classification("kind", "a", "b", "c"),
                                Task.regression("number", 2),
                                Task.multiLabel("tags", "x", "y")))
                .dense("fc", 8)
                .build();
        return Dl4jModel.create(network, TrainingPlan.adam(0.02).withSeed(3));
    }

    private static List<MultiDataSet> batches(int seed, int... sizes) {
        List<MultiDataSet> batches = new ArrayList<>();
        Random random = Nd4j.getRandomFactory().getNewRandomInstance(seed);
        for (int size : sizes) {
            INDArray features = Nd4j.randn(new long[] {size, 5}, random);
            INDArray kinds = Nd4j.zeros(size, 3);
            INDArray tags = Nd4j.zeros(size, 2);
            INDArray mask = Nd4j.ones(size, 2);
            for (int row = 0; row < size; row++) {
                kinds.putScalar(row, features.getDouble(row, 0) > 0.3 ? 0 : features.getDouble(row, 1) > 0 ? 1 : 2, 1);
                tags.putScalar(row, 0, features.getDouble(row, 2) > 0 ? 1 : 0);
                tags.putScalar(row, 1, features.getDouble(row, 3) > 0.5 ? 1 : 0);
                mask.putScalar(row, row % 2, row % 3 == 0 ? 0 : 1);
            }
            INDArray numbers = Nd4j.randn(new long[] {size, 2}, random).addi(3);
            batches.add(new MultiDataSet(
                    new INDArray[] {features}, new INDArray[] {kinds, numbers, tags}, null, new INDArray[] {
                        null, null, mask
                    }));
        }
        return batches;
    }

    private static Workers workers(Dl4jModel model, List<MultiDataSet> first, List<MultiDataSet> second)
            throws IOException {
        return new SerialWorkers(model, List.of(TrainingShard.of(first), TrainingShard.of(second))).twice(0);
    }

    private static ListBatches together(List<MultiDataSet> first, List<MultiDataSet> second) {
        List<MultiDataSet> all = new ArrayList<>(first);
        all.addAll(second);
        return ListBatches.of(all);
    }

    @Test
    void scores_metrics_and_losses_are_those_of_one_process() throws IOException {
        List<MultiDataSet> first = batches(1, 20, 17, 1);
        List<MultiDataSet> second = batches(2, 30);
        Dl4jModel model = model();
        Workers workers = workers(model, first, second); // copies of before the training: the question has the state
        model.fit(together(first, second), 2);

        assertThat(model.evaluate(workers)).isEqualTo(model.evaluate(together(first, second)));
        assertThat(model.losses(workers)).isEqualTo(model.losses(together(first, second)));
        assertThat(model.measure(workers, StandardMetric.ROC_AUC, StandardMetric.R2))
                .isEqualTo(model.measure(together(first, second), StandardMetric.ROC_AUC, StandardMetric.R2));
        assertThat(model.evaluate(workers)).isNotEqualTo(model().evaluate(together(first, second)));
    }

    @Test
    void a_run_stops_by_what_workers_measure_as_by_what_it_measures_itself() throws IOException {
        List<MultiDataSet> first = batches(1, 20, 20);
        List<MultiDataSet> second = batches(2, 20, 20);
        List<MultiDataSet> held = batches(5, 16);
        List<MultiDataSet> more = batches(6, 9);
        FitOptions options = FitOptions.epochs(12)
                .withMetrics("kind", StandardMetric.ROC_AUC)
                .withParameterAveraging(0.9)
                .withEarlyStopping(EarlyStopping.on("number", 2));
        Dl4jModel here = model();
        here.fit(workers(here, first, second), Averaging.gradients(), options.withValidation(together(held, more)));
        Dl4jModel there = model();
        there.fit(workers(there, first, second), Averaging.gradients(), workers(there, held, more), options);

        assertThat(there.history().epochs()).isEqualTo(here.history().epochs());
        assertThat(there.history().last().validationMetrics().get("kind")).containsKey("ROC_AUC");
        assertThat(there.graph().params()).isEqualTo(here.graph().params());
    }

    @Test
    void validation_data_are_in_one_place() throws IOException {
        List<MultiDataSet> some = batches(1, 4);
        Dl4jModel model = model();
        Workers workers = workers(model, some, some);
        FitOptions options = FitOptions.epochs(1).withValidation(ListBatches.of(some));
        assertThatThrownBy(() -> model.fit(workers, Averaging.gradients(), workers, options))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give one of them");
        Workers none = new SerialWorkers(model, List.of());
        assertThatThrownBy(() -> model.evaluate(none))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one shard of the data to be measured on");
    }
}
