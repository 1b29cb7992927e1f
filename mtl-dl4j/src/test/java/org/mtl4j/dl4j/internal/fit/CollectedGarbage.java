package org.mtl4j.dl4j.internal.fit;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Trains networks of fully connected layers on several threads while another has garbage collected all the time. */
final class CollectedGarbage {
    private static final int THREADS = 6;
    private static final int STEPS = 500;
    private static final int LEAST_STEPS = 20;
    private static final long SECONDS = 40;

    private CollectedGarbage() {}

    public static void main(String[] arguments) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        AtomicInteger done = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            int seed = t;
            threads.add(new Thread(() -> {
                train(seed, end);
                done.incrementAndGet();
            }));
        }
        threads.forEach(Thread::start);
        int collections = 0;
        while (threads.stream().anyMatch(Thread::isAlive)) {
            System.gc();
            collections++;
            Thread.sleep(1);
        }
        System.out.println(done.get() == THREADS ? "done, " + collections + " collections" : "failed");
    }

    /** Trains until the end, or where collections are quick, for so many steps; at least for some. */
    private static void train(int seed, long end) {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(8))
                .tower("t", SplitHead.of(Task.regression("points", 4), Task.multiLabel("smiles", 1)))
                .dense("one", 16)
                .dense("two", 16)
                .dense("three", 16)
                .build();
        ComputationGraph graph = Dl4jModel.create(
                        network, TrainingPlan.adam(1e-3).withSeed(seed))
                .graph();
        Random random = new Random(seed);
        INDArray mask = Nd4j.zeros(DataType.FLOAT, 16, 1);
        for (int row = 0; row < 16; row++) {
            mask.putScalar(row, 0, random.nextInt(2));
        }
        MultiDataSet batch = new MultiDataSet(
                new INDArray[] {Nd4j.rand(DataType.FLOAT, 16, 8)},
                new INDArray[] {Nd4j.rand(DataType.FLOAT, 16, 4), Nd4j.ones(DataType.FLOAT, 16, 1)},
                null,
                new INDArray[] {null, mask});
        for (int step = 0; step < STEPS && (step < LEAST_STEPS || System.nanoTime() < end); step++) {
            graph.fit(batch);
        }
    }
}
