package org.mtl4j.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OrientationTest {
    /** Rows 1 2 3 and 4 5 6, as they are stored. */
    private static final GrayImage STORED = GrayImage.of(3, 2, new byte[] {1, 2, 3, 4, 5, 6});

    /** EXIF 2.3, table 6: which sides of the picture the first stored row and the first stored column are. */
    @ParameterizedTest(name = "{0}: {1} pixels wide, {2}")
    @CsvSource({
        "0, 3, 123456", // not known
        "1, 3, 123456", // first row above, first column left
        "2, 3, 321654", // above, right
        "3, 3, 654321", // below, right
        "4, 3, 456123", // below, left
        "5, 2, 142536", // left, above
        "6, 2, 415263", // right, above
        "7, 2, 635241", // right, below
        "8, 2, 362514" // left, below
    })
    void each_of_them_is_turned_pixel_for_pixel(int code, int width, String pixels) {
        Orientation orientation = Orientation.ofCode(code);
        GrayImage turned = orientation.turn(STORED);
        byte[] expected = new byte[6];
        for (int i = 0; i < 6; i++) {
            expected[i] = (byte) (pixels.charAt(i) - '0');
        }
        assertThat(turned).isEqualTo(GrayImage.of(width, 6 / width, expected));
        assertThat(orientation.code()).isEqualTo(code);
        assertThat(orientation.exchangesSides()).isEqualTo(width == 2);
        assertThat(orientation.isUpright()).isEqualTo(code < 2);
    }

    @Test
    void other_codes_say_nothing() {
        assertThat(Orientation.ofCode(9)).isEqualTo(Orientation.UNKNOWN);
        assertThat(Orientation.ofCode(-1)).isEqualTo(Orientation.UNKNOWN);
    }

    private static byte[] image(String format) throws IOException {
        BufferedImage image = new BufferedImage(24, 16, BufferedImage.TYPE_BYTE_GRAY);
        for (int x = 0; x < 24; x++) {
            image.getRaster().setSample(x, 3, 0, 10 * x);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, format, out);
        return out.toByteArray();
    }

    /** EXIF data with another entry before the orientation. */
    private static byte[] tiff(ByteOrder order, int type, int code) {
        ByteBuffer tiff = ByteBuffer.allocate(60).order(order);
        tiff.putShort((short) (order == ByteOrder.BIG_ENDIAN ? 0x4d4d : 0x4949))
                .putShort((short) 42)
                .putInt(10);
        tiff.putShort((short) 0).putShort((short) 2);
        tiff.putShort((short) 0x0100).putShort((short) 4).putInt(1).putInt(4000);
        tiff.putShort((short) 0x0112).putShort((short) type).putInt(1);
        if (type == 3) {
            tiff.putShort((short) code);
        } else {
            tiff.putInt(code);
        }
        return tiff.array();
    }

    private static byte[] app1(byte[] content) {
        return ByteBuffer.allocate(content.length + 4)
                .putShort((short) 0xffe1)
                .putShort((short) (content.length + 2))
                .put(content)
                .array();
    }

    private static byte[] exif(byte[] tiff) {
        return ByteBuffer.allocate(tiff.length + 6)
                .put("Exif\0\0".getBytes(StandardCharsets.US_ASCII))
                .put(tiff)
                .array();
    }

    /** Puts segments behind those that are there before the tables: not the first ones. */
    private static byte[] jpeg(byte[]... segments) throws IOException {
        byte[] plain = image("jpeg");
        int behindJfif = 4 + (plain[5] & 0xff);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(plain, 0, behindJfif);
        for (byte[] segment : segments) {
            out.writeBytes(segment);
        }
        out.write(plain, behindJfif, plain.length - behindJfif);
        return out.toByteArray();
    }

    private static Orientation of(byte[] file) throws IOException {
        Photo photo = ImageDecoder.standard().photo(new ByteArrayInputStream(file), "p");
        assertThat(photo.image().width()).as("as the pixels are stored").isEqualTo(24);
        return photo.orientation();
    }

    @Test
    void exif_is_found_in_both_orders_of_bytes_and_behind_other_segments() throws IOException {
        byte[] xmp = app1("http://ns.adobe.com/xap/1.0/\0<x/>".getBytes(StandardCharsets.US_ASCII));
        for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
            for (int code = 1; code <= 8; code++) {
                byte[] exif = app1(exif(tiff(order, 3, code)));
                assertThat(of(jpeg(exif)).code()).isEqualTo(code);
                assertThat(of(jpeg(xmp, exif, xmp)).code()).isEqualTo(code);
            }
            assertThat(of(jpeg(app1(exif(tiff(order, 4, 6)))))).isEqualTo(Orientation.QUARTER_TURN_RIGHT);
        }
        byte[] broken = app1(exif(new byte[] {'M', 'M', 0, 42, 0, 0, 0, 99}));
        assertThat(of(jpeg(broken, app1(exif(tiff(ByteOrder.BIG_ENDIAN, 3, 8))))))
                .isEqualTo(Orientation.QUARTER_TURN_LEFT);
    }

    @Test
    void broken_exif_says_nothing_and_does_no_harm() throws IOException {
        byte[] good = tiff(ByteOrder.LITTLE_ENDIAN, 3, 6);
        for (int length = 0; length < 34; length++) {
            assertThat(of(jpeg(app1(exif(Arrays.copyOf(good, length)))))).isEqualTo(Orientation.UNKNOWN);
        }
        assertThat(of(jpeg(app1(exif(tiff(ByteOrder.BIG_ENDIAN, 3, 9)))))).isEqualTo(Orientation.UNKNOWN);
        assertThat(of(jpeg(app1(exif(tiff(ByteOrder.BIG_ENDIAN, 2, 6)))))).isEqualTo(Orientation.UNKNOWN);
        for (int at = 0; at < good.length; at++) {
            for (int value : new int[] {0, 0x7f, 0xff}) {
                byte[] changed = good.clone();
                changed[at] = (byte) value;
                assertThat(of(jpeg(app1(exif(changed))))).isNotNull();
            }
        }
        assertThat(of(image("jpeg"))).isEqualTo(Orientation.UNKNOWN);
    }

    @Test
    void png_files_have_it_in_a_chunk_of_their_own() throws IOException {
        byte[] png = image("png");
        byte[] tiff = tiff(ByteOrder.BIG_ENDIAN, 3, 3);
        CRC32 crc = new CRC32();
        crc.update("eXIf".getBytes(StandardCharsets.US_ASCII));
        crc.update(tiff);
        int behindHeader = 8 + 25;
        byte[] file = ByteBuffer.allocate(png.length + tiff.length + 12)
                .put(png, 0, behindHeader)
                .putInt(tiff.length)
                .put("eXIf".getBytes(StandardCharsets.US_ASCII))
                .put(tiff)
                .putInt((int) crc.getValue())
                .put(png, behindHeader, png.length - behindHeader)
                .array();
        assertThat(of(file)).isEqualTo(Orientation.UPSIDE_DOWN);
        GrayImage turned = ImageDecoder.standard().withUpright().decode(new ByteArrayInputStream(file), "p");
        for (int x = 0; x < 24; x++) {
            assertThat(turned.at(23 - x, 12)).isEqualTo(10 * x);
        }
    }

    @Test
    void a_decoder_turns_if_it_is_asked_to() throws IOException {
        byte[] file = jpeg(app1(exif(tiff(ByteOrder.LITTLE_ENDIAN, 3, 6))));
        Photo stored = ImageDecoder.standard().photo(new ByteArrayInputStream(file), "p");
        Photo turned = ImageDecoder.standard().withUpright().photo(new ByteArrayInputStream(file), "p");
        assertThat(turned.orientation()).isEqualTo(Orientation.UPRIGHT);
        assertThat(turned.image()).isEqualTo(Orientation.QUARTER_TURN_RIGHT.turn(stored.image()));
        assertThat(turned.image().width()).isEqualTo(16);
        assertThat(new ImageDecoder(1000, 5000)).isEqualTo(new ImageDecoder(1000, 5000, false));
    }
}
