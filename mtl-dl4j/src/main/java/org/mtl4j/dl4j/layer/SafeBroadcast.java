package org.mtl4j.dl4j.layer;

import java.lang.ref.Reference;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BroadcastOp;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastAddOp;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastMulOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What {@link INDArray#addiRowVector} and {@link INDArray#muliColumnVector} do, safely. In ND4J 1.0.0-M2.1 nothing refers to such
 * an operation any more while it runs, so a collection of garbage at that moment, for which it takes another thread, frees the array
 * that says along which dimension it goes: the JVM dies with SIGSEGV in {@code sd::DataBuffer::primary()}. With training on several
 * threads and faces prepared on others that is a matter of time.
 */
final class SafeBroadcast {
    private SafeBroadcast() {}

    /**
     * Adds a bias to each row.
     *
     * @param rows {@code [batch, outputs]}, changed
     * @param bias {@code [1, outputs]}
     */
    static void add(INDArray rows, INDArray bias) {
        run(new BroadcastAddOp(rows, bias, rows, 1));
    }

    /**
     * Multiplies each row by a number of its own.
     *
     * @param rows {@code [batch, outputs]}, changed
     * @param factors {@code [batch, 1]}, of any type
     */
    static void scale(INDArray rows, INDArray factors) {
        run(new BroadcastMulOp(rows, factors.castTo(rows.dataType()), rows, 0));
    }

    private static void run(BroadcastOp operation) {
        Nd4j.getExecutioner().exec(operation);
        Reference.reachabilityFence(operation);
    }
}
