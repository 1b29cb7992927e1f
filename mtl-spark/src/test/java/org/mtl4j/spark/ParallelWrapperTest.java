package org.mtl4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.AbstractBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * Deeplearning4j's own workers within one process. (FitOptions.withWorkers does the same with less: parameters are
 * shared and gradients added, with any updater.)
 */
class ParallelWrapperTest {
    private static final int PART = 8;

    private static Dl4jModel model() {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.image(1, 10, 10))
                .tower(
                        "a",
                        SplitHead.of(Task.regression("points", 4).withWeight(2).withStart(OutputStart.RANDOM)))
                .tower("b", SplitHead.of(Task.classification("kind", 3).withStart(OutputStart.RANDOM)))
                .convolution("conv", 4, 3)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc", 8)
                .stitch(CrossStitchUnit.perLayer())
                .regularize(WeightRelatednessRegularizer.over("conv", "fc")
                        .withRelatedness(Relatedness.l2Linear())
                        .withStrength(1e-2))
                .build();
        return Dl4jModel.create(
                network,
                TrainingPlan.of(new Sgd(0.01)).withDataType(DataType.DOUBLE).withSeed(5));
    }

    private static List<MultiDataSet> batches(int count) {
        List<MultiDataSet> batches = new ArrayList<>();
        for (int b = 0; b < count; b++) {
            Random random = new Random(b);
            INDArray kinds = Nd4j.zeros(DataType.DOUBLE, PART, 3);
            for (int row = 0; row < PART; row++) {
                kinds.putScalar(row, random.nextInt(3), 1);
            }
            batches.add(new MultiDataSet(
                    new INDArray[] {
                        Nd4j.createFromArray(random.doubles(PART * 100, -1, 1).toArray())
                                .reshape(PART, 1, 10, 10)
                    },
                    new INDArray[] {
                        Nd4j.createFromArray(random.doubles(PART * 4, -1, 1).toArray())
                                .reshape(PART, 4),
                        kinds
                    }));
        }
        return batches;
    }

    /**
     * Batch 2k goes to one worker, batch 2k + 1 to the other, and the mean of both is taken: a step with both batches.
     */
    @Test
    void two_workers_averaged_after_each_step_are_one_with_twice_the_batch() throws Exception {
        List<MultiDataSet> batches = batches(6);
        Dl4jModel wrapped = model();
        try (ParallelWrapper wrapper = new ParallelWrapper.Builder<>(wrapped.graph())
                .workers(2)
                .averagingFrequency(1)
                .averageUpdaters(true)
                .prefetchBuffer(0)
                .trainingMode(ParallelWrapper.TrainingMode.AVERAGING)
                .build()) {
            wrapper.setListeners(new BaseTrainingListener() {});
            wrapper.fit(new HeldBack(TrainingShard.joined(List.of(TrainingShard.of(batches))), wrapper));
        }

        ComputationGraph alone = model().graph();
        for (int step = 0; step < 3; step++) {
            alone.fit(MultiDataSet.merge(batches.subList(2 * step, 2 * step + 2)));
        }
        // doubles; sums of some thousand products in another order, over three steps
        assertThat(wrapped.graph().params().distance2(alone.params())).isLessThan(1e-11);
        assertThat(alone.params().distance2(model().graph().params())).isGreaterThan(1e-2);
        assertThat(wrapped.relatedness().get(0).coefficients().get("a")).isNotEqualTo(1.0);

        // what is known of each task afterwards is that of the trained model
        MultiDataSet probe = batches(1).get(0);
        wrapped.graph().score(probe, false);
        alone.score(probe, false);
        for (String task : List.of("points", "kind")) {
            double expected = TaskLoss.of(alone, task).value();
            assertThat(TaskLoss.of(wrapped.graph(), task).value() / expected).isBetween(1 - 1e-10, 1 + 1e-10);
            assertThat(expected).isPositive();
        }
    }

    /**
     * Data that wait until all workers have copied the model. ParallelWrapper of 1.0.0-M2.1 does not: its first worker
     * trains the model itself, and another one that starts late copies what has already been trained. So without this
     * the first round of each call of fit may come out differently each time, if not wrongly: all workers have the same
     * parameters from the first average on.
     */
    private static final class HeldBack extends AbstractBatches {
        private static final long serialVersionUID = 1L;
        private static final long MOST_SECONDS = 60;

        private final transient MultiDataSetIterator data;
        private final transient ParallelWrapper wrapper;

        HeldBack(MultiDataSetIterator data, ParallelWrapper wrapper) {
            this.data = data;
            this.wrapper = wrapper;
        }

        /** Workers have the model itself at first, all but one a copy later, and then, last of all, their listeners. */
        private boolean ready() {
            List<ComputationGraph> graphs = Arrays.stream(wrapper.getZoo())
                    .map(trainer -> (ComputationGraph) trainer.getModel())
                    .toList();
            return graphs.stream().map(System::identityHashCode).distinct().count() == graphs.size()
                    && graphs.stream().noneMatch(graph -> graph.getListeners().isEmpty());
        }

        @Override
        protected org.nd4j.linalg.dataset.api.MultiDataSet read() {
            long start = System.nanoTime();
            while (!ready()) {
                assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(MOST_SECONDS));
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
            return data.next();
        }

        @Override
        public boolean hasNext() {
            return data.hasNext();
        }

        @Override
        public void reset() {
            data.reset();
        }
    }
}
