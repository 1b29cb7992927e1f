package org.mtl4j.dl4j.internal.inference;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Takes a part out of one batch after the other, as {@link BatchSlices} does, but copies what is small into memory that
 * it keeps: that takes a fraction of the time in which ND4J makes a view. What it gives holds until it is asked for the
 * next; of use to one thread at a time.
 */
public final class KeptRows {
    /** Most numbers that are copied, of an array: some microseconds, as a view takes. */
    private static final int MOST_COPIED = 1 << 14;

    private @Nullable INDArray[] kept = new INDArray[0];
    private int used;

    /** {@return the examples from {@code from} to before {@code to} of a batch without masks of features} */
    public MultiDataSet of(MultiDataSet batch, long from, long to) {
        used = 0;
        return BatchSlices.of(batch, array -> of(array, from, to));
    }

    private INDArray of(INDArray whole, long from, long to) {
        long width = whole.isEmpty() ? 0 : whole.length() / whole.size(0);
        long count = (to - from) * width;
        if (count == 0 || count > MOST_COPIED || count == whole.length() || !HostMemory.isContiguous(whole)) {
            return BatchSlices.slice(whole, from, to);
        }
        INDArray rows = next(whole, to - from);
        HostMemory.floats(rows).put(0, HostMemory.floats(whole), Math.toIntExact(from * width), Math.toIntExact(count));
        HostMemory.reachabilityFence(whole, rows);
        return rows;
    }

    /**
     * {@return memory for some rows of an array: that of the array in the same place of the batch before, if it fits}
     */
    private INDArray next(INDArray whole, long rows) {
        if (used == kept.length) {
            kept = Arrays.copyOf(kept, used + 1);
        }
        INDArray present = kept[used];
        if (present == null || !fits(present, whole, rows)) {
            long[] shape = whole.shape().clone();
            shape[0] = rows;
            try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                present = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
            }
            kept[used] = present;
        }
        used++;
        return present;
    }

    private static boolean fits(INDArray present, INDArray whole, long rows) {
        if (present.rank() != whole.rank() || present.size(0) != rows) {
            return false;
        }
        for (int d = 1; d < present.rank(); d++) {
            if (present.size(d) != whole.size(d)) {
                return false;
            }
        }
        return true;
    }
}
