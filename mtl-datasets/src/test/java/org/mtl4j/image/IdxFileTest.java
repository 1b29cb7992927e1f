package org.mtl4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Files byte by byte, as http://yann.lecun.com/exdb/mnist describes them. */
class IdxFileTest {
    /** Two images of 2 rows and 3 columns. */
    private static final byte[] IMAGES =
            bytes(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6);

    private static final byte[] CLASSES = bytes(0, 0, 8, 1, 0, 0, 0, 3, 9, 0, 200);

    @TempDir
    private Path directory;

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private Path file(byte[] bytes) throws IOException {
        return Files.write(directory.resolve("data"), bytes);
    }

    private static byte[] compressed(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    @Test
    void images_and_classes_are_read_plain_and_compressed() throws IOException {
        for (byte[] bytes : new byte[][] {IMAGES, compressed(IMAGES)}) {
            IdxFile read = IdxFile.read(file(bytes));
            assertThat(read.shape()).containsExactly(2, 2, 3);
            INDArray images = read.images();
            assertThat(images.shape()).containsExactly(2, 1, 2, 3);
            assertThat(images.getDouble(0, 0, 0, 1)).isEqualTo(0.2f);
            assertThat(images.getDouble(0, 0, 1, 2)).isEqualTo(1);
            assertThat(images.getDouble(1, 0, 0, 2)).isEqualTo(3 / 255f);
            assertThat(read.first(1).images())
                    .isEqualTo(images.get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, 1)));
        }
        assertThat(IdxFile.read(file(compressed(CLASSES))).classes()).containsExactly(9, 0, 200);
        assertThat(IdxFile.read(file(CLASSES)).first(2).classes()).containsExactly(9, 0);
    }

    @ParameterizedTest(name = "byte {0} = {1}: {3}")
    @CsvSource(delimiter = '|', textBlock = """
                    0  | 80  | 0 | an IDX file begins with two zeros, got 0x5000; other formats are not read
                    2  | 13  | 2 | values of type 0xd; unsigned bytes, 0x8, are read
                    3  | 0   | 3 | 0 dimensions; 1 to 4 are read
                    3  | 5   | 3 | 5 dimensions; 1 to 4 are read
                    7  | 0   | 4 | size 0 of dimension 0; sizes are at least 1, and their product below 2^31
                    8  | 127 | 8 | size 2130706434 of dimension 1; sizes are at least 1, and their product below 2^31
                    4  | 255 | 4 | size 4278190082 of dimension 0; sizes are at least 1, and their product below 2^31
                    7  | 3   | 28 | the file ends here, 6 of 18 bytes of the values are missing
                    12 | 14  | 28 | the file ends here, 939524096 of 939524108 bytes of the values are missing
                    7  | 1   | 22 | the file goes on behind the 6 values that its sizes announce
                    """)
    void what_is_wrong_is_told_with_its_byte(int at, int value, long offset, String problem) throws IOException {
        byte[] bytes = IMAGES.clone();
        bytes[at] = (byte) value;
        Path file = file(bytes);
        assertThatThrownBy(() -> IdxFile.read(file))
                .isInstanceOf(IdxFormatException.class)
                .hasMessage("%s, byte %s: %s", file, offset, problem);
    }

    @Test
    void a_file_that_is_cut_off_anywhere_is_told_so() throws IOException {
        for (int length = 0; length < IMAGES.length; length++) {
            Path file = file(Arrays.copyOf(IMAGES, length));
            long end = length;
            assertThatThrownBy(() -> IdxFile.read(file))
                    .isInstanceOfSatisfying(IdxFormatException.class, e -> assertThat(e.offset())
                            .isEqualTo(end))
                    .hasMessageContaining("the file ends here, ");
        }
        byte[] compressed = compressed(IMAGES);
        for (int length = 2; length < compressed.length; length++) {
            Path file = file(Arrays.copyOf(compressed, length));
            assertThatThrownBy(() -> IdxFile.read(file)).isInstanceOf(IdxFormatException.class);
        }
        compressed[20] ^= 0x55;
        Path file = file(compressed);
        assertThatThrownBy(() -> IdxFile.read(file))
                .isInstanceOf(IdxFormatException.class)
                .hasMessageContaining("the compressed data are damaged or cut off");
    }

    /** Whatever comes, the error is one of the format, and nothing is allocated that a file only announces. */
    @Test
    void any_bytes_are_read_or_refused() throws IOException {
        Random random = new Random(3);
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = (round % 2 == 0 ? IMAGES : compressed(IMAGES)).clone();
            for (int change = 0; change < 1 + random.nextInt(3); change++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                IdxFile.read("data", new java.io.ByteArrayInputStream(bytes));
            } catch (IdxFormatException e) {
                assertThat(e).hasMessageStartingWith("data, byte " + e.offset());
            }
        }
    }

    @Test
    void what_is_no_image_or_class_says_so() throws IOException {
        IdxFile classes = IdxFile.read(file(CLASSES));
        assertThatIllegalArgumentException()
                .isThrownBy(classes::images)
                .withMessageContaining("images have examples, height and width, and the file has the shape [3]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> classes.first(4))
                .withMessageContaining("asked for the first 4 of 3 examples");
    }
}
