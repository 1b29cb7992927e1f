package org.mtl4j.dl4j.internal.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Writes and reads arrays in the form of NumPy's files, version 1.0: floating-point numbers of 16, 32 or 64 bits,
 * little-endian, in C order. What is read is not trusted: type and shape must be those that are expected, and nothing
 * is asked of memory before.
 */
final class NumPyArray {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final int LENGTH_AT = MAGIC.length;
    private static final int HEADER_AT = LENGTH_AT + Short.BYTES;
    /** The numbers begin at a multiple of this. */
    private static final int ALIGNMENT = 64;

    private static final int LONGEST_HEADER = 1 << 10;

    private static final Pattern HEADER = Pattern.compile(
            "\\{'descr': '([<>|=]?[a-z][0-9]+)', 'fortran_order': (True|False), 'shape': \\(([0-9, ]*)\\), *} *\n");

    private NumPyArray() {}

    private static String typeName(DataType type) throws IOException {
        return switch (type) {
            case HALF -> "<f2";
            case FLOAT -> "<f4";
            case DOUBLE -> "<f8";
            default -> throw new IOException("numbers of type " + type + " cannot be written");
        };
    }

    /** How many bytes the numbers of an array have before they are packed. */
    static long bytes(DataType type, long length) {
        return length * type.width();
    }

    static void write(INDArray array, OutputStream out) throws IOException {
        out.write(header(typeName(array.dataType()), array.shape()));
        INDArray row = array.dup('c').reshape(array.length());
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(bytes(array.dataType(), array.length())))
                .order(ByteOrder.LITTLE_ENDIAN);
        switch (array.dataType()) {
            case DOUBLE -> bytes.asDoubleBuffer().put(row.toDoubleVector());
            case FLOAT -> bytes.asFloatBuffer().put(row.toFloatVector());
            default -> {
                for (float number : row.castTo(DataType.FLOAT).toFloatVector()) {
                    bytes.putShort((short) toHalf(number));
                }
            }
        }
        out.write(bytes.array());
    }

    private static byte[] header(String type, long[] shape) {
        String sizes = Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
        String text = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"
                .formatted(type, shape.length == 1 ? sizes + "," : sizes);
        int length = (HEADER_AT + text.length() + ALIGNMENT)
                / ALIGNMENT
                * ALIGNMENT; // at least one more, for the end of the line
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(MAGIC).putShort((short) (length - HEADER_AT)).put(text.getBytes(StandardCharsets.US_ASCII));
        while (bytes.remaining() > 1) {
            bytes.put((byte) ' ');
        }
        return bytes.put((byte) '\n').array();
    }

    /**
     * Reads an array.
     *
     * @param type which its numbers must have
     * @param shape which it must have
     * @return in C order
     * @throws IOException if it is something else, ends early or goes on; the message does not name the file
     */
    static INDArray read(InputStream in, DataType type, long[] shape) throws IOException {
        ByteBuffer start = read(in, HEADER_AT);
        if (!Arrays.equals(Arrays.copyOf(start.array(), MAGIC.length), MAGIC)) {
            throw new IOException("not an array in NumPy's format of version 1.0");
        }
        int length = Short.toUnsignedInt(start.getShort(LENGTH_AT));
        if (length > LONGEST_HEADER) {
            throw new IOException("a header of %d bytes".formatted(length));
        }
        String header = new String(read(in, length).array(), StandardCharsets.US_ASCII);
        Matcher matcher = HEADER.matcher(header);
        if (!matcher.matches()) {
            throw new IOException("a header that is not understood: " + header.strip());
        }
        if (!matcher.group(1).equals(typeName(type))) {
            throw new IOException("numbers of type '%s', expected '%s'".formatted(matcher.group(1), typeName(type)));
        }
        if (matcher.group(2).equals("True")) {
            throw new IOException("numbers in Fortran's order, expected C's");
        }
        String found = "[" + matcher.group(3).strip().replaceFirst(",$", "") + "]";
        if (!withoutOnes(found).equals(withoutOnes(Arrays.toString(shape)))) {
            throw new IOException("an array of the shape %s, expected %s".formatted(found, Arrays.toString(shape)));
        }
        INDArray array = numbers(in, type, Arrays.stream(shape).reduce(1, Math::multiplyExact))
                .reshape('c', shape);
        if (in.read() >= 0) {
            throw new IOException("it goes on behind its numbers");
        }
        return array;
    }

    private static INDArray numbers(InputStream in, DataType type, long length) throws IOException {
        ByteBuffer bytes = read(in, Math.toIntExact(bytes(type, length)));
        int count = (int) length;
        if (type == DataType.DOUBLE) {
            double[] numbers = new double[count];
            bytes.asDoubleBuffer().get(numbers);
            return Nd4j.createFromArray(numbers);
        }
        float[] numbers = new float[count];
        if (type == DataType.FLOAT) {
            bytes.asFloatBuffer().get(numbers);
            return Nd4j.createFromArray(numbers);
        }
        for (int i = 0; i < count; i++) {
            numbers[i] = ofHalf(Short.toUnsignedInt(bytes.getShort()));
        }
        return Nd4j.createFromArray(numbers).castTo(type);
    }

    private static ByteBuffer read(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length); // asks for memory as it comes in
        if (bytes.length < length) {
            throw new IOException("it ends early");
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** IEEE 754 binary16: a sign, five bits of exponent, ten of fraction. */
    static float ofHalf(int bits) {
        int exponent = (bits >> 10) & 0x1f;
        int fraction = bits & 0x3ff;
        float magnitude =
                switch (exponent) {
                    case 0 -> fraction * 0x1p-24f;
                    case 0x1f -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
                    default -> Float.intBitsToFloat((exponent + 112) << 23 | fraction << 13);
                };
        return (bits & 0x8000) == 0 ? magnitude : -magnitude;
    }

    /** The bits of a number that has 16 of them, exactly. */
    static int toHalf(float number) {
        int bits = Float.floatToRawIntBits(number);
        int sign = bits >>> 16 & 0x8000;
        float magnitude = Math.abs(number);
        if (Float.isNaN(number)) {
            return sign | 0x7e00;
        }
        if (Float.isInfinite(number)) {
            return sign | 0x7c00;
        }
        if (magnitude < 0x1p-14f) {
            return sign | (int) (magnitude * 0x1p24f);
        }
        return sign | (bits >>> 23 & 0xff) - 112 << 10 | bits >>> 13 & 0x3ff;
    }

    /** Leaves out dimensions of 1, which some layers of Deeplearning4j's have when they are new, and not later. */
    private static String withoutOnes(String shape) {
        return Arrays.stream(shape.substring(1, shape.length() - 1).split(",", -1))
                .map(String::strip)
                .filter(size -> !size.equals("1"))
                .toList()
                .toString();
    }
}
