package org.mtl4j.dl4j.internal.io;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Reads a row of numbers as {@code Nd4j.write} writes it, without trusting it: ND4J's own reader takes lengths, strides
 * and offsets from the file, and with wrong ones goes where there is no memory. The form is twice a name of how it was
 * allocated, a number of entries, a data type and the entries, once for the shape and once for the numbers.
 */
final class ArrayEntry {
    private static final String MODE = "MIXED_DATA_TYPES";
    private static final int LONGEST_SHAPE = 64;

    private ArrayEntry() {}

    /**
     * Reads a row {@code [1, n]}.
     *
     * @param type as which the numbers must have been written, a floating-point one
     * @param most largest n that is accepted
     * @throws IOException if it is something else, or ends early; the message does not name the file
     */
    static INDArray readRow(InputStream stream, DataType type, long most) throws IOException {
        DataInputStream in = new DataInputStream(stream);
        try {
            long shapeLength = header(in, DataType.LONG);
            if (shapeLength < 4 || shapeLength > LONGEST_SHAPE) {
                throw new IOException("a shape of %d numbers".formatted(shapeLength));
            }
            for (long i = 0; i < shapeLength; i++) {
                in.readLong(); // sizes and strides, which say nothing new of a row
            }
            long length = header(in, type);
            if (length < 0 || length > Math.min(most, Integer.MAX_VALUE - 8)) {
                throw new IOException("%d numbers, its network has at most %d".formatted(length, most));
            }
            return row(in, type, (int) length);
        } catch (EOFException e) {
            throw new IOException("it ends early", e);
        }
    }

    private static long header(DataInputStream in, DataType expected) throws IOException {
        String mode = in.readUTF();
        if (!mode.equals(MODE)) {
            throw new IOException("allocation mode '%s', expected %s".formatted(mode, MODE));
        }
        long length = in.readLong();
        String type = in.readUTF();
        if (!type.equals(expected.name())) {
            throw new IOException("numbers of type '%s', expected %s".formatted(type, expected));
        }
        return length;
    }

    private static INDArray row(DataInputStream in, DataType type, int length) throws IOException {
        if (type == DataType.DOUBLE) {
            double[] numbers = new double[length];
            for (int i = 0; i < length; i++) {
                numbers[i] = in.readDouble();
            }
            return Nd4j.createFromArray(numbers).reshape(1, length);
        }
        float[] numbers = new float[length];
        for (int i = 0; i < length; i++) {
            numbers[i] = switch (type) {
                case FLOAT -> in.readFloat();
                case HALF -> NumPyArray.ofHalf(in.readUnsignedShort());
                default -> throw new IOException("numbers of type " + type);
            };
        }
        return Nd4j.createFromArray(numbers).reshape(1, length).castTo(type);
    }
}
