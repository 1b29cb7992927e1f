package org.mtl4j.dl4j.internal.program;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Reads arrays of parameters. */
final class Weights {
    private Weights() {}

    /** {@return the numbers in c order, rounded to single precision where they are in another} */
    static float[] of(INDArray array) {
        INDArray own = array.dup('c');
        INDArray rounded = own.dataType() == DataType.FLOAT ? own : own.castTo(DataType.FLOAT);
        return rounded.data().asFloat();
    }

    /** {@return the numbers in c order, as they are} */
    static double[] exactly(INDArray array) {
        INDArray own = array.dup('c');
        INDArray wide = own.dataType() == DataType.DOUBLE ? own : own.castTo(DataType.DOUBLE);
        return wide.data().asDouble();
    }

    static float[] rounded(double[] numbers) {
        float[] floats = new float[numbers.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers[i];
        }
        return floats;
    }
}
