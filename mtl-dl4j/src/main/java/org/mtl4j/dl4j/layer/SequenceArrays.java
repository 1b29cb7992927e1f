package org.mtl4j.dl4j.layer;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Lays sequences out for matrix products, and masks beside them. */
final class SequenceArrays {
    private SequenceArrays() {}

    /** {@return a mask {@code [batch, steps]} as a column with a row for each example and step, examples first} */
    static @Nullable INDArray byExample(@Nullable INDArray mask, DataType type) {
        return mask == null ? null : mask.castTo(type).dup('c').reshape('c', mask.length(), 1);
    }

    /** {@return a mask {@code [batch, steps]} as a column with a row for each step and example, steps first} */
    static @Nullable INDArray byStep(@Nullable INDArray mask, DataType type) {
        return mask == null ? null : mask.castTo(type).permute(1, 0).dup('c').reshape('c', mask.length(), 1);
    }

    /** {@return some rows of a matrix} */
    static INDArray rows(INDArray matrix, long from, long to) {
        return matrix.get(NDArrayIndex.interval(from, to), NDArrayIndex.all());
    }

    /** {@return some columns of a matrix} */
    static INDArray columns(INDArray matrix, long from, long to) {
        return matrix.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to));
    }
}
