package org.mtl4j.dl4j.internal.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Several batches at once have a graph each, also of a model that has not been asked for a large batch before. */
class SeveralBatchesTest {
    private static final int SECONDS = 20;

    @Test
    void as_many_as_there_are_threads_are_computed_at_the_same_time() {
        assumeThat(Replicas.best()).as("threads of ND4J").isGreaterThan(1);
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(4))
                .tower("a", SplitHead.of(Task.regression("y", 1)))
                .dense("fc", 4)
                .build();
        BatchDivision division = new BatchDivision(ModelState.create(network, TrainingPlan.adam(1e-3)));
        INDArray[] features = {Nd4j.ones(DataType.FLOAT, 2, 4)};
        CountDownLatch both = new CountDownLatch(2);
        AtomicInteger met = new AtomicInteger();
        try (BatchesAtOnce several = division.severalBatches()) {
            for (int batch = 0; batch < 2; batch++) {
                several.run(() -> division.divide(features, null, (graph, rows, from, to) -> {
                    both.countDown();
                    met.addAndGet(awaited(both) ? 1 : 0);
                    return List.of();
                }));
            }
            several.finish();
        }
        assertThat(met).hasValue(2);
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
