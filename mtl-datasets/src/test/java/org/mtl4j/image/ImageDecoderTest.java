package org.mtl4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageDecoderTest {

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("face.img");
    }

    private GrayImage decoded(BufferedImage image, String format) throws IOException {
        Files.write(file, encoded(image, format));
        return ImageDecoder.standard().decode(file);
    }

    private static byte[] encoded(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, out)).isTrue();
        return out.toByteArray();
    }

    /** 64 x 48 pixels of smooth colour: red 4 x, green 5 y, blue 100. */
    private static BufferedImage colours(int type) {
        BufferedImage image = new BufferedImage(64, 48, type);
        for (int y = 0; y < 48; y++) {
            for (int x = 0; x < 64; x++) {
                image.setRGB(x, y, 0xff000000 | (4 * x << 16) | (5 * y << 8) | 100);
            }
        }
        return image;
    }

    @Test
    void colours_become_luma() throws IOException {
        GrayImage png = decoded(colours(BufferedImage.TYPE_INT_RGB), "png");
        assertThat(png.width()).isEqualTo(64);
        assertThat(png.height()).isEqualTo(48);
        assertThat(png.at(50, 40)).isEqualTo(189); // 0.299 * 200 + 0.587 * 200 + 0.114 * 100 = 188.6
        GrayImage jpeg = decoded(colours(BufferedImage.TYPE_INT_RGB), "jpg");
        for (int x = 0; x < 64; x += 7) {
            assertThat((double) jpeg.at(x, 30)).isCloseTo(png.at(x, 30), within(4.0)); // JPEG at quality 0.75
        }
    }

    @Test
    void gray_is_kept_as_it_is() throws IOException {
        BufferedImage gray = new BufferedImage(256, 2, BufferedImage.TYPE_BYTE_GRAY);
        WritableRaster raster = gray.getRaster();
        for (int x = 0; x < 256; x++) {
            raster.setSample(x, 0, 0, x);
            raster.setSample(x, 1, 0, x);
        }
        GrayImage png = decoded(gray, "png");
        GrayImage jpeg = decoded(gray, "jpg");
        for (int x = 0; x < 256; x++) {
            assertThat(png.at(x, 1)).isEqualTo(x);
            assertThat((double) jpeg.at(x, 1)).isCloseTo(x, within(3.0));
        }
    }

    @Test
    void sixteen_bits_are_scaled_to_eight() throws IOException {
        BufferedImage gray = new BufferedImage(3, 1, BufferedImage.TYPE_USHORT_GRAY);
        gray.getRaster().setSample(0, 0, 0, 65535);
        gray.getRaster().setSample(1, 0, 0, 257 * 77);
        GrayImage image = decoded(gray, "png");
        assertThat(image.toBytes()).containsExactly((byte) 255, 77, 0);
    }

    @Test
    void palettes_and_single_bits_are_looked_up() throws IOException {
        byte[] red = {(byte) 255, 0};
        byte[] green = {0, (byte) 255};
        byte[] blue = {0, 0};
        BufferedImage palette =
                new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY, new IndexColorModel(1, 2, red, green, blue));
        palette.getRaster().setSample(1, 0, 0, 1);
        assertThat(decoded(palette, "png").toBytes()).containsExactly(76, (byte) 150);
        BufferedImage bits = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY);
        bits.setRGB(1, 0, 0xffffffff);
        assertThat(decoded(bits, "png").toBytes()).containsExactly(0, (byte) 255);
    }

    @Test
    void transparent_pixels_lie_on_white() throws IOException {
        BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0x00000000);
        image.setRGB(1, 0, 0x80000000); // black, half there: 255 * (1 - 128 / 255) = 127
        image.setRGB(2, 0, 0xff000000);
        assertThat(decoded(image, "png").toBytes()).containsExactly((byte) 255, 127, 0);
    }

    @Test
    void a_png_that_claims_a_huge_size_is_refused_by_its_header() throws IOException {
        // only the header: decoding it would take 1.2 GB
        ByteBuffer png = ByteBuffer.allocate(33);
        png.putLong(0x89504e470d0a1a0aL).putInt(13).put("IHDR".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        png.putInt(20_000).putInt(20_000).put((byte) 8).put((byte) 2).put(new byte[3]);
        CRC32 crc = new CRC32();
        crc.update(png.array(), 12, 17);
        png.putInt((int) crc.getValue());
        Files.write(file, png.array());
        assertThatIOException()
                .isThrownBy(() -> ImageDecoder.standard().decode(file))
                .withMessage("%s: 20000 x 20000 pixels, the limit is 67108864 in all", file);
    }

    /** Java's reader of PNG files makes an exception of its own of an error, which is not one of the file. */
    @Test
    void a_png_that_does_not_fit_into_memory_is_not_called_damaged() throws IOException {
        assumeThat(Runtime.getRuntime().maxMemory()).as("Java's memory").isLessThan(4_200_000_000L);
        byte[] png = encoded(new BufferedImage(8, 8, BufferedImage.TYPE_USHORT_GRAY), "png");
        ByteBuffer.wrap(png).putInt(16, 46_000).putInt(20, 46_000); // width and height, 4.2 GB in one array
        CRC32 crc = new CRC32();
        crc.update(png, 12, 17);
        ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
        Files.write(file, png);
        assertThatExceptionOfType(ImageMemoryException.class)
                .isThrownBy(() -> new ImageDecoder(Long.MAX_VALUE, Long.MAX_VALUE).decode(file))
                .withMessageStartingWith(
                        "%s: 46000 x 46000 pixels do not fit into Java's memory: to decode them takes"
                                + " about 6053 MB, and the heap has ",
                        file)
                .withCauseInstanceOf(OutOfMemoryError.class);
    }

    @Test
    void the_limits_are_sharp() throws IOException {
        byte[] png = encoded(colours(BufferedImage.TYPE_INT_RGB), "png");
        Files.write(file, png);
        assertThat(new ImageDecoder(64 * 48, png.length).decode(file).width()).isEqualTo(64);
        assertThat(new ImageDecoder(Long.MAX_VALUE, Long.MAX_VALUE).decode(file).width())
                .isEqualTo(64);
        assertThatIOException()
                .isThrownBy(() -> new ImageDecoder(64 * 48 - 1, png.length).decode(file))
                .withMessage("%s: 64 x 48 pixels, the limit is 3071 in all", file);
        assertThatIOException()
                .isThrownBy(() -> new ImageDecoder(64 * 48, png.length - 1).decode(file))
                .withMessage("%s: longer than the limit of %d bytes", file, png.length - 1);
    }

    @Test
    void what_is_no_image_is_refused() throws IOException {
        assertThatIOException()
                .isThrownBy(() -> ImageDecoder.standard().decode(file))
                .withMessage("%s: there is no such image file", file);
        assertThatIOException()
                .isThrownBy(() -> ImageDecoder.standard().decode(folder))
                .withMessage("%s: not a regular file", folder);
        Files.writeString(file, "path 1 2 3");
        assertThatIOException()
                .isThrownBy(() -> ImageDecoder.standard().decode(file))
                .withMessage("%s: not a JPEG or PNG image", file);
        Files.write(file, new byte[0]);
        assertThatIOException().isThrownBy(() -> ImageDecoder.standard().decode(file));
        Files.write(file, encoded(colours(BufferedImage.TYPE_INT_RGB), "bmp"));
        assertThatIOException()
                .isThrownBy(() -> ImageDecoder.standard().decode(file))
                .withMessage("%s: not a JPEG or PNG image: it is a BMP image", file);
    }

    @ParameterizedTest
    @CsvSource({
        "524946461000000057454250565038, it is a WebP image",
        "00000020667479706176696600000000, it is an AVIF image",
        "0000001c667479706d696631, 'it is a HEIF image, as telephones write'",
        "0000001866747970686569630000, 'it is a HEIF image, as telephones write'",
        "ff0afa7f0190, it is a JPEG XL image",
        "0000000c6a502020, it is a JPEG 2000 image",
        "474946383961, it is a GIF image",
        "49492a0008000000, 'it is a TIFF image, or of a camera''s raw form'",
        "424d36900000000000003600, it is a BMP image",
        "50360a3634, 'it is a PBM, PGM or PPM image'",
        "255044462d312e37, it is a PDF document",
        "504b030414, it is a ZIP archive",
        "1f8b0800, it is compressed by gzip",
        "76657273696f6e2068747470733a2f2f6769742d6c6673, 'it is a pointer of Git LFS, not its file'",
        "3c737667, it is an SVG drawing",
        "3c21444f43545950452068746d6c3e, it is a page of HTML",
        "'', it is empty",
    })
    void what_is_no_jpeg_or_png_is_named(String first, String what) throws IOException {
        Files.write(file, HexFormat.of().parseHex(first));
        assertThatIOException()
                .isThrownBy(() -> ImageDecoder.standard().decode(file))
                .withMessage("%s: not a JPEG or PNG image: %s", file, what);
    }

    @Test
    void an_image_that_is_cut_off_is_refused_or_whole() throws IOException {
        BufferedImage image = colours(BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.drawString("face", 10, 30);
        graphics.dispose();
        for (String format : new String[] {"jpg", "png"}) {
            GrayImage expected = decoded(image, format);
            byte[] whole = encoded(image, format);
            for (int length = whole.length - 1; length >= 0; length -= 7) {
                Files.write(file, Arrays.copyOf(whole, length));
                try {
                    // a PNG may lack its closing chunk and checksums; a JPEG may lack nothing
                    assertThat(ImageDecoder.standard().decode(file)).isEqualTo(expected);
                    assertThat(format).isEqualTo("png");
                    assertThat(length).isGreaterThan(whole.length - 24);
                } catch (IOException e) {
                    assertThat(e).hasMessageStartingWith(file + ": ");
                }
            }
        }
    }

    @Test
    void damaged_images_are_read_or_refused_but_nothing_else() throws IOException {
        Random random = new Random(11);
        for (String format : new String[] {"jpg", "png"}) {
            byte[] whole = encoded(colours(BufferedImage.TYPE_INT_RGB), format);
            int refused = 0;
            for (int round = 0; round < 300; round++) {
                byte[] damaged = whole.clone();
                for (int i = 0; i < 4; i++) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
                }
                Files.write(file, damaged);
                try {
                    assertThat(ImageDecoder.standard().decode(file).width()).isPositive();
                } catch (IOException e) {
                    refused++;
                    assertThat(e).hasMessageStartingWith(file + ": ");
                }
            }
            assertThat(refused).as(format).isGreaterThan(30);
        }
    }
}
