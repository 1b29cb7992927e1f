package org.mtl4j.dl4j.internal.distributed;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Holds the numbers of an array as they are sent to other processes: single precision, or double where the array has
 * it. Exact for all types that models have.
 */
final class ArrayValues implements Serializable {
    private static final long serialVersionUID = 1L;

    private final float @Nullable [] floats;
    private final double @Nullable [] doubles;

    private ArrayValues(float @Nullable [] floats, double @Nullable [] doubles) {
        this.floats = floats;
        this.doubles = doubles;
    }

    /** {@return a copy of the numbers; null for null} */
    static @Nullable ArrayValues of(@Nullable INDArray array) {
        if (array == null) {
            return null;
        }
        INDArray row = array.reshape(array.length());
        return row.dataType() == DataType.DOUBLE
                ? new ArrayValues(null, row.toDoubleVector())
                : new ArrayValues(row.castTo(DataType.FLOAT).toFloatVector(), null);
    }

    /** {@return a new array {@code [1, length]} of this type} */
    INDArray toArray(DataType type) {
        INDArray array = floats == null ? Nd4j.createFromArray(doubles) : Nd4j.createFromArray(floats);
        return array.castTo(type).reshape(1, array.length());
    }

    /** Writes them over an array of as many. */
    void copyTo(INDArray array) {
        array.assign(toArray(array.dataType()).reshape(array.shape()));
    }
}
