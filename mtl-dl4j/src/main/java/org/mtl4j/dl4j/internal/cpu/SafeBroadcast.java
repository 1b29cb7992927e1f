package org.mtl4j.dl4j.internal.cpu;

import java.lang.ref.Reference;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BroadcastOp;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastAddOp;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastMulOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Broadcasts rows and columns without the crash of {@link INDArray#addiRowVector}, {@link INDArray#muliRowVector},
 * {@link INDArray#muliColumnVector} and their kind. In ND4J 1.0.0-M2.1 nothing refers to such an operation while it
 * runs, so that a garbage collection at that moment, caused by another thread, frees the array of its dimensions: the
 * JVM dies with SIGSEGV in {@code sd::DataBuffer::primary()}. With training on several threads and images prepared on
 * others that is a matter of time.
 */
public final class SafeBroadcast {
    private SafeBroadcast() {}

    /**
     * Adds a bias to each row.
     *
     * @param rows {@code [batch, outputs]}, changed
     * @param bias {@code [1, outputs]}
     */
    public static void addRow(INDArray rows, INDArray bias) {
        run(new BroadcastAddOp(rows, bias, rows, 1));
    }

    /**
     * Multiplies each row by its own factor.
     *
     * @param rows {@code [batch, outputs]}, changed
     * @param factors {@code [batch, 1]}, of any type
     */
    public static void multiplyColumn(INDArray rows, INDArray factors) {
        run(new BroadcastMulOp(rows, factors.castTo(rows.dataType()), rows, 0));
    }

    /**
     * Multiplies each column by its own factor.
     *
     * @param rows {@code [batch, outputs]}, changed
     * @param factors one for each output, of any type
     */
    public static void multiplyRow(INDArray rows, INDArray factors) {
        if (factors.length() == 1) {
            rows.muli(factors.getDouble(0));
        } else {
            run(new BroadcastMulOp(rows, factors.castTo(rows.dataType()), rows, 1));
        }
    }

    /**
     * Executes any broadcast, and keeps it meanwhile.
     *
     * @return its result
     */
    public static INDArray run(BroadcastOp operation) {
        INDArray result = Nd4j.getExecutioner().exec(operation);
        Reference.reachabilityFence(operation);
        return result;
    }
}
