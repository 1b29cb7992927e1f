package org.mtl4j.dl4j.internal.cpu;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Keeps memory that a computation works in, for its next call: to make an array takes as long as a loop over a small
 * batch. For one thread at a time, and for what nobody needs any more when a call ends.
 */
public final class Scratch {
    private @Nullable INDArray array;

    /** {@return an array of so many numbers, or more, in single precision, with whatever is in it} */
    public INDArray of(long length) {
        INDArray present = array;
        if (present == null || present.length() < length) {
            present = Nd4j.createUninitializedDetached(DataType.FLOAT, length);
            array = present;
        }
        return present;
    }
}
