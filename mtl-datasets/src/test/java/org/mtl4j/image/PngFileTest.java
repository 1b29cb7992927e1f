package org.mtl4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PngFileTest {
    private static final int HEADER_END = 8 + 25;
    private static final int LAST_CHUNK = 12;

    private static byte[] png() throws IOException {
        BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_3BYTE_BGR);
        Random random = new Random(2);
        for (int i = 0; i < 1200; i++) {
            image.setRGB(i % 40, i / 40, random.nextInt(0x1000000));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    private static GrayImage read(byte[]... parts) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return ImageDecoder.standard().decode(new ByteArrayInputStream(out.toByteArray()), "p.png");
    }

    private static byte[] part(byte[] bytes, int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }

    private static byte[] chunk(String type, byte[] content) {
        CRC32 crc = new CRC32();
        crc.update(type.getBytes(StandardCharsets.US_ASCII));
        crc.update(content);
        return ByteBuffer.allocate(content.length + 12)
                .putInt(content.length)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .put(content)
                .putInt((int) crc.getValue())
                .array();
    }

    @Test
    void a_bit_of_the_pixels_that_has_flipped_is_damage() throws IOException {
        byte[] png = png();
        Random random = new Random(1);
        for (int round = 0; round < 60; round++) {
            byte[] flipped = png.clone();
            flipped[HEADER_END + 8 + random.nextInt(png.length - HEADER_END - 12 - LAST_CHUNK)] ^=
                    (byte) (1 << random.nextInt(8));
            assertThatIOException()
                    .isThrownBy(() -> read(flipped))
                    .withMessage("p.png: a damaged image: its chunk IDAT differs from its check sum");
        }
    }

    @Test
    void what_is_for_people_and_what_is_behind_the_end_does_no_harm() throws IOException {
        byte[] png = png();
        GrayImage alone = read(png);
        byte[] text = chunk("tEXt", "Comment\0hello".getBytes(StandardCharsets.US_ASCII));
        text[text.length - 1] ^= 1; // its check sum
        assertThat(read(part(png, 0, HEADER_END), text, part(png, HEADER_END, png.length)))
                .isEqualTo(alone);
        assertThat(read(png, "IDAT and more".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(alone);
        byte[] frame = chunk("fdAT", part(png, HEADER_END + 8, HEADER_END + 200)); // of an animation
        assertThat(read(part(png, 0, png.length - LAST_CHUNK), frame, part(png, png.length - LAST_CHUNK, png.length)))
                .isEqualTo(alone);
    }

    @Test
    void pixels_that_are_missing_are_damage_also_where_all_check_sums_are_right() throws IOException {
        byte[] png = png();
        byte[] pixels = part(png, HEADER_END + 8, png.length - LAST_CHUNK - 4);
        assertThat(read(part(png, 0, HEADER_END), chunk("IDAT", pixels), chunk("IEND", new byte[0])))
                .isEqualTo(read(png));
        byte[] fewer = chunk("IDAT", part(pixels, 0, pixels.length / 2));
        assertThatIOException()
                .isThrownBy(() -> read(part(png, 0, HEADER_END), fewer, chunk("IEND", new byte[0])))
                .withMessageStartingWith("p.png: ");
    }
}
