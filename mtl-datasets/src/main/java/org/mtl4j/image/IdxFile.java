package org.mtl4j.image;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.mtl4j.internal.data.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An array of bytes in the form in which MNIST and its successors are published, IDX, plain or compressed by gzip: two
 * zeros, the type of the values, the number of dimensions, the sizes (32 bits each, most significant byte first), and
 * the values, last dimension fastest. Only values of one unsigned byte are read, as images and classes have them.
 *
 * <pre>{@code
 * IdxFile pixels = IdxFile.read(Path.of("train-images-idx3-ubyte.gz"));
 * int[] classes = IdxFile.read(Path.of("train-labels-idx1-ubyte.gz")).classes();
 * INDArray images = pixels.images(); // [60000, 1, 28, 28], 0 to 1
 * }</pre>
 *
 * Immutable.
 */
public final class IdxFile {
    private static final int UNSIGNED_BYTE = 8;
    private static final int MOST_DIMENSIONS = 4;
    private static final int CHUNK = 1 << 16;

    private final String name;
    private final int[] shape;
    private final byte[] values;

    private IdxFile(String name, int[] shape, byte[] values) {
        this.name = name;
        this.shape = shape;
        this.values = values;
    }

    /**
     * Reads a file.
     *
     * @throws IdxFormatException if it is none of this form, or ends too early or too late; the message says at which
     *     byte
     * @throws IOException if it cannot be read
     */
    public static IdxFile read(Path file) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), CHUNK)) {
            return read(file.toString(), in);
        }
    }

    /**
     * Reads a stream, which is not closed.
     *
     * @param name what errors call it
     * @param in supports {@link InputStream#mark}
     * @throws IdxFormatException as of {@link #read(Path)}
     * @throws IOException if it cannot be read
     */
    static IdxFile read(String name, InputStream in) throws IOException {
        in.mark(2);
        boolean compressed = in.read() == 0x1f && in.read() == 0x8b;
        in.reset();
        Source source = new Source(name);
        source.in = compressed ? source.told(() -> new GZIPInputStream(in, CHUNK)) : in;
        int zeros = source.number(2, "the first two bytes of an IDX file");
        if (zeros != 0) {
            throw source.wrong(
                    0,
                    "an IDX file begins with two zeros, got 0x%s; other formats are not read"
                            .formatted(Integer.toHexString(zeros)));
        }
        int type = source.number(1, "the type of the values");
        if (type != UNSIGNED_BYTE) {
            throw source.wrong(
                    2, "values of type 0x%s; unsigned bytes, 0x8, are read".formatted(Integer.toHexString(type)));
        }
        int dimensions = source.number(1, "the number of dimensions");
        if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
            throw source.wrong(3, "%s dimensions; 1 to %s are read".formatted(dimensions, MOST_DIMENSIONS));
        }
        int[] shape = new int[dimensions];
        long length = 1;
        for (int d = 0; d < dimensions; d++) {
            long at = source.offset;
            int size = source.number(4, "the size of dimension " + d);
            length = size < 1 ? -1 : length * size;
            if (length < 1 || length > Integer.MAX_VALUE - 8) {
                throw source.wrong(
                        at,
                        "size %s of dimension %s; sizes are at least 1, and their product below 2^31"
                                .formatted(Integer.toUnsignedString(size), d));
            }
            shape[d] = size;
        }
        return new IdxFile(name, shape, source.rest((int) length));
    }

    /** Counts the bytes of a stream. */
    private static final class Source {
        private final String name;
        private InputStream in = InputStream.nullInputStream();
        private long offset;

        Source(String name) {
            this.name = name;
        }

        /** Has something read, and says where it went wrong. */
        <T> T told(Callable<T> reading) throws IOException {
            try {
                return reading.call();
            } catch (EOFException | ZipException e) {
                IdxFormatException wrong =
                        wrong(offset, "the compressed data are damaged or cut off: " + e.getMessage());
                wrong.initCause(e);
                throw wrong;
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e); // nothing else is thrown
            }
        }

        IdxFormatException wrong(long at, String problem) {
            return new IdxFormatException(name, at, problem);
        }

        int number(int bytes, String what) throws IOException {
            byte[] read = bytes(bytes, what);
            int number = 0;
            for (byte b : read) {
                number = number << 8 | b & 0xff;
            }
            return number;
        }

        private byte[] bytes(int count, String what) throws IOException {
            byte[] bytes = told(() -> in.readNBytes(count)); // takes memory as bytes come
            offset += bytes.length;
            if (bytes.length < count) {
                throw wrong(
                        offset,
                        "the file ends here, %s of %s bytes of %s are missing"
                                .formatted(count - bytes.length, count, what));
            }
            return bytes;
        }

        byte[] rest(int count) throws IOException {
            byte[] values = bytes(count, "the values");
            if (told(in::read) != -1) {
                throw wrong(offset, "the file goes on behind the %s values that its sizes announce".formatted(count));
            }
            return values;
        }
    }

    /** {@return the sizes of the dimensions, the first of which counts the examples} */
    public int[] shape() {
        return shape.clone();
    }

    /** {@return the number of examples} */
    public int size() {
        return shape[0];
    }

    /**
     * {@return the first examples}
     *
     * @throws IllegalArgumentException if there are fewer, or the count is below 1
     */
    public IdxFile first(int count) {
        if (count < 1 || count > shape[0]) {
            throw new IllegalArgumentException(
                    "%s: asked for the first %s of %s examples".formatted(name, count, shape[0]));
        }
        int[] fewer = shape.clone();
        fewer[0] = count;
        return new IdxFile(name, fewer, Arrays.copyOf(values, values.length / shape[0] * count));
    }

    /**
     * {@return gray images {@code [examples, 1, height, width]}, 0 for 0 and 1 for 255}
     *
     * @throws IllegalArgumentException if there are not three dimensions
     */
    public INDArray images() {
        requireDimensions(3, "images have examples, height and width");
        float[] pixels = new float[values.length];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (values[i] & 0xff) / 255f;
        }
        return Rows.array(pixels, shape[0], 1, shape[1], shape[2]);
    }

    /**
     * {@return by example the number of its class}
     *
     * @throws IllegalArgumentException if there is not one dimension
     */
    public int[] classes() {
        requireDimensions(1, "classes have one number for each example");
        int[] classes = new int[values.length];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = values[i] & 0xff;
        }
        return classes;
    }

    private void requireDimensions(int count, String why) {
        if (shape.length != count) {
            throw new IllegalArgumentException(
                    "%s: %s, and the file has the shape %s".formatted(name, why, Arrays.toString(shape)));
        }
    }

    @Override
    public String toString() {
        return "IdxFile[" + name + ", " + Arrays.toString(shape) + "]";
    }
}
