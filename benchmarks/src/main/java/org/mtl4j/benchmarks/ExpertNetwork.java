package org.mtl4j.benchmarks;

import org.mtl4j.layer.Shape;
import org.mtl4j.network.Attention;
import org.mtl4j.network.Branching;
import org.mtl4j.network.Experts;
import org.mtl4j.network.Gate;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.batches.ArrayBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Networks of about as many weights, and as many multiplications for an example, for two labels of a table: 149
 * numbers, eight experts of 64 and 64 units or what comes to the same, two towers of 32 and 32; batches of 256.
 */
public enum ExpertNetwork {
    /** A trunk of 512 and 69 units: the arithmetic of eight experts and their gates in fully connected layers. */
    HARD_SHARING,
    ONE_GATE,
    MMOE,
    MMOE_DSELECT_2,
    CGC,
    PLE,
    ATTENTION,
    BRANCHES;

    static final int BATCH = 256;
    private static final int INPUTS = 149;
    private static final int UNITS = 64;

    MultiTaskNetwork network() {
        NetworkBuilder towers = MultiTaskNetwork.builder(Shape.vector(INPUTS))
                .tower("left", SplitHead.of(Task.multiLabel("first", 1)))
                .tower("right", SplitHead.of(Task.multiLabel("second", 1)))
                .dense("fc1", 32)
                .dense("fc2", 32);
        Experts mmoe = Experts.mmoe(8, e -> e.dense(UNITS).dense(UNITS));
        NetworkBuilder whole =
                switch (this) {
                    case HARD_SHARING ->
                        towers.trunk(t -> t.dense("trunk1", 512).dense("trunk2", 69));
                    case ONE_GATE ->
                        towers.experts(Experts.oneGate(8, e -> e.dense(UNITS).dense(UNITS)));
                    case MMOE -> towers.experts(mmoe);
                    case MMOE_DSELECT_2 -> towers.experts(mmoe.withGate(Gate.dselect(2)));
                    case CGC ->
                        towers.experts(Experts.cgc(4, 2, e -> e.dense(UNITS).dense(UNITS)));
                    case PLE -> towers.experts(Experts.ple(2, 4, 2, e -> e.dense(UNITS)));
                    case ATTENTION ->
                        towers.attention(Attention.block("block1", b -> b.dense(256), b -> b.dense(UNITS), b -> {})
                                .then("block2", b -> b.dense(UNITS), b -> b.dense(UNITS), b -> {})
                                .withoutNormalization());
                    case BRANCHES ->
                        towers.branching(
                                Branching.level(4, n -> n.dense(2 * UNITS)).then(4, n -> n.dense(UNITS)));
                };
        return whole.build();
    }

    /** So many batches of noise. */
    static ArrayBatches noise(int batches) {
        int examples = batches * BATCH;
        return ArrayBatches.of(
                        Nd4j.rand(DataType.FLOAT, examples, INPUTS),
                        Nd4j.rand(DataType.FLOAT, examples, 1).gt(0.5).castTo(DataType.FLOAT),
                        Nd4j.rand(DataType.FLOAT, examples, 1).gt(0.5).castTo(DataType.FLOAT))
                .withBatchSize(BATCH);
    }
}
