package org.mtl4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;

class JpegFileTest {
    private static final byte[] SCAN = {(byte) 0xff, (byte) 0xda};
    private static final byte[] PLAIN = jpeg(picture(3), false);
    private static final byte[] PROGRESSIVE = jpeg(picture(3), true);
    private static final byte[] GRAY = jpeg(picture(1), false);

    /** 96 x 64 pixels with edges, so that each block has many coefficients. */
    private static BufferedImage picture(int bands) {
        BufferedImage image =
                new BufferedImage(96, 64, bands == 3 ? BufferedImage.TYPE_3BYTE_BGR : BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D graphics = image.createGraphics();
        Random random = new Random(3);
        for (int i = 0; i < 60; i++) {
            graphics.setColor(new Color(random.nextInt(0x1000000)));
            graphics.fillOval(random.nextInt(96) - 10, random.nextInt(64) - 10, 5 + i % 20, 5 + i % 15);
        }
        graphics.dispose();
        return image;
    }

    private static byte[] jpeg(BufferedImage image, boolean progressive) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
            ImageWriteParam settings = writer.getDefaultWriteParam();
            settings.setProgressiveMode(progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), settings);
        } catch (IOException e) {
            throw new AssertionError(e);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    private static GrayImage read(byte[]... parts) throws IOException {
        return ImageDecoder.standard().decode(new ByteArrayInputStream(joined(parts)), "p.jpg");
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] part(byte[] bytes, int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    /** A segment with this content. */
    private static byte[] segment(int marker, byte[] content) {
        int length = content.length + 2;
        return joined(bytes(0xff, marker, length >> 8, length & 0xff), content);
    }

    /** A file with something put behind its first two bytes. */
    private static byte[] with(byte[] file, byte[] inserted) {
        return joined(part(file, 0, 2), inserted, part(file, 2, file.length));
    }

    /** Where the coded pixels of the last scan are. */
    private static int[] coded(byte[] file) {
        JpegSegments segments = new JpegSegments(file);
        int[] place = new int[2];
        while (segments.next()) {
            if (segments.marker() == JpegSegments.SCAN) {
                place = new int[] {segments.end(), segments.position()};
            }
        }
        return place;
    }

    private static byte[] scans(int count) {
        byte[] all = new byte[2 * count];
        for (int i = 0; i < all.length; i++) {
            all[i] = SCAN[i % 2];
        }
        return all;
    }

    @Test
    void what_is_behind_the_picture_is_no_part_of_it() throws IOException {
        for (byte[] file : new byte[][] {PLAIN, PROGRESSIVE, GRAY}) {
            GrayImage alone = read(file);
            assertThat(read(file, scans(500))).isEqualTo(alone); // the film of a motion photo
            assertThat(read(file, GRAY, PROGRESSIVE)).isEqualTo(alone); // several pictures
            assertThat(read(file, bytes(0xff, 0xd8, 0xff))).isEqualTo(alone);
            assertThat(read(file, part(file, 0, file.length / 2))).isEqualTo(alone);
        }
    }

    @Test
    void what_is_in_a_segment_is_no_scan() throws IOException {
        GrayImage alone = read(PLAIN);
        assertThat(read(with(PLAIN, segment(0xef, scans(300))))).isEqualTo(alone);
        assertThat(read(with(PLAIN, segment(0xfe, scans(300))))).isEqualTo(alone);
        byte[] thumbnail = joined("Exif\0\0MM\0*".getBytes(StandardCharsets.US_ASCII), PROGRESSIVE, scans(200));
        assertThat(read(with(PLAIN, segment(0xe1, thumbnail)))).isEqualTo(alone);
        assertThat(read(with(PLAIN, segment(0xe3, new byte[0])))).isEqualTo(alone);
    }

    @Test
    void a_picture_of_too_many_scans_is_refused_wherever_they_are() throws IOException {
        int scan = 0;
        JpegSegments segments = new JpegSegments(PROGRESSIVE);
        while (segments.next() && segments.marker() != JpegSegments.SCAN) {
            scan = segments.end();
        }
        int end = segments.position();
        byte[] one = part(PROGRESSIVE, scan, end);
        byte[] rest = part(PROGRESSIVE, end, PROGRESSIVE.length);
        byte[] start = part(PROGRESSIVE, 0, end);
        int own = 0;
        JpegSegments all = new JpegSegments(PROGRESSIVE);
        while (all.next()) {
            own += all.marker() == JpegSegments.SCAN ? 1 : 0;
        }
        byte[] many = start;
        for (int i = own; i < 101; i++) {
            many = joined(many, i % 7 == 0 ? bytes(0xff, 0xff) : bytes(1, 2), one);
        }
        byte[] bomb = joined(many, rest);
        assertThatIOException().isThrownBy(() -> read(bomb)).withMessage("p.jpg: a JPEG image of more than 100 scans");
        assertThatIOException()
                .isThrownBy(() -> read(with(bomb, segment(0xe5, bytes(0xff, 0xd9)))))
                .withMessage("p.jpg: a JPEG image of more than 100 scans");
    }

    @Test
    void bytes_between_segments_do_no_harm() throws IOException {
        GrayImage alone = read(PLAIN);
        assertThat(read(with(PLAIN, bytes(0, 1, 2, 0xff, 0xff, 0xff)))).isEqualTo(alone);
        int end = coded(PLAIN)[1];
        byte[] stray = joined(part(PLAIN, 0, end), bytes(0x12, 0x34, 0x56), part(PLAIN, end, PLAIN.length));
        assertThat(read(stray)).isEqualTo(alone);
        assertThat(JpegCoding.damage(stray)).isEmpty();
        byte[] filled = joined(part(PLAIN, 0, end), bytes(0xff, 0xff, 0xff), part(PLAIN, end, PLAIN.length));
        assertThat(read(filled)).isEqualTo(alone);
    }

    /** A decoder tells the first of its warnings only. */
    @Test
    void bytes_between_segments_do_not_hide_damage() {
        for (byte[] file : new byte[][] {PLAIN, PROGRESSIVE, GRAY}) {
            int[] place = coded(file);
            int middle = (place[0] + place[1]) / 2;
            byte[] cut = joined(part(file, 0, middle), part(file, place[1], file.length));
            byte[] both = with(cut, bytes(1, 2, 3));
            assertThatIOException().isThrownBy(() -> read(cut)).withMessageStartingWith("p.jpg: a damaged image: ");
            assertThatIOException().isThrownBy(() -> read(both)).withMessageStartingWith("p.jpg: a damaged image: ");
            byte[] longer = joined(part(file, 0, middle), bytes(0x55, 0x1a, 0x99), part(file, middle, file.length));
            assertThat(JpegCoding.damage(longer))
                    .as("bytes among the coded pixels")
                    .isPresent();
        }
    }

    @Test
    void a_picture_without_its_end_is_cut_off() {
        for (byte[] file : new byte[][] {PLAIN, PROGRESSIVE, GRAY}) {
            for (int length = file.length - 1; length > 2; length -= 37) {
                byte[] cut = part(file, 0, length);
                assertThatIOException()
                        .isThrownBy(() -> read(cut))
                        .withMessage("p.jpg: a damaged image: it is cut off, its end is missing");
            }
        }
    }

    /** A profile of colours, with a word in it that decoders say of damaged pixels. */
    @Test
    void a_broken_profile_does_no_harm_in_any_language() throws IOException {
        byte[] profile = joined(
                "ICC_PROFILE\0".getBytes(StandardCharsets.US_ASCII),
                bytes(1, 1),
                "corrupt premature end truncated".getBytes(StandardCharsets.US_ASCII));
        Locale usual = Locale.getDefault();
        try {
            for (String language : new String[] {"en", "de", "ja", "tr"}) {
                Locale.setDefault(Locale.forLanguageTag(language));
                GrayImage image = read(with(PLAIN, segment(0xe2, profile)));
                assertThat(image).isEqualTo(read(PLAIN));
                int[] place = coded(PLAIN);
                byte[] cut = joined(part(PLAIN, 0, place[1] - 90), part(PLAIN, place[1], PLAIN.length));
                assertThatIOException()
                        .isThrownBy(() -> read(cut))
                        .withMessage("p.jpg: a damaged image: coded pixels are missing");
            }
        } finally {
            Locale.setDefault(usual);
        }
    }

    /** Strips of 8 rows, each of which begins anew: what stands between restarts is exactly that. */
    private static byte[] withRestarts(int... numbers) {
        BufferedImage whole = picture(1);
        byte[] file = new byte[0];
        for (int strip = 0; strip < 8; strip++) {
            byte[] rows = jpeg(whole.getSubimage(0, 8 * strip, 96, 8), false);
            int[] place = coded(rows);
            if (strip == 0) {
                byte[] head = part(rows, 0, place[0]);
                JpegSegments segments = new JpegSegments(head);
                while (segments.next()) {
                    if (segments.marker() == 0xc0) {
                        head[segments.start() + 2] = 64; // rows
                    }
                }
                file = with(head, segment(0xdd, bytes(0, 12))); // blocks between restarts
            } else {
                file = joined(file, bytes(0xff, 0xd0 + numbers[strip - 1]));
            }
            file = joined(file, part(rows, place[0], place[1]));
        }
        return joined(file, bytes(0xff, 0xd9));
    }

    @Test
    void restarts_are_read_and_are_in_order() throws IOException {
        byte[] good = withRestarts(0, 1, 2, 3, 4, 5, 6);
        GrayImage image = read(good);
        assertThat(JpegCoding.damage(good)).isEmpty();
        assertThat(image.height()).isEqualTo(64);
        assertThat(read(with(good, bytes(7)))).isEqualTo(image);
        byte[] other = with(withRestarts(0, 1, 3, 2, 4, 5, 6), bytes(7));
        assertThatIOException()
                .isThrownBy(() -> read(other))
                .withMessage("p.jpg: a damaged image: a restart of its coded pixels is missing or another one than"
                        + " expected");
    }

    @Test
    void good_pictures_have_no_damage_and_whatever_is_done_to_them_ends_as_it_should() {
        Random random = new Random(8);
        for (byte[] file : new byte[][] {PLAIN, PROGRESSIVE, GRAY, withRestarts(0, 1, 2, 3, 4, 5, 6)}) {
            assertThat(JpegCoding.damage(file)).isEmpty();
            int refused = 0;
            for (int round = 0; round < 300; round++) {
                byte[] changed = file.clone();
                changed[2 + random.nextInt(file.length - 2)] ^= (byte) (1 << random.nextInt(8));
                JpegCoding.damage(changed); // no exception
                try {
                    assertThat(read(changed).width()).isPositive();
                } catch (IOException e) {
                    refused++;
                    assertThat(e).hasMessageStartingWith("p.jpg: ");
                }
            }
            assertThat(refused).isGreaterThan(20);
        }
    }

    @Test
    void bytes_put_among_the_coded_pixels_are_damage_and_behind_them_are_not() {
        Random random = new Random(9);
        for (byte[] file : new byte[][] {PLAIN, PROGRESSIVE, GRAY}) {
            int[] place = coded(file);
            int among = 0;
            int behind = 0;
            for (int round = 0; round < 100; round++) {
                byte[] stray = new byte[2 + random.nextInt(4)];
                random.nextBytes(stray);
                for (int i = 0; i < stray.length; i++) {
                    stray[i] &= 0x7f; // no marker
                }
                int at = place[0] + random.nextInt((place[1] - place[0]) / 2);
                among += JpegCoding.damage(joined(part(file, 0, at), stray, part(file, at, file.length)))
                        .map(what -> 1)
                        .orElse(0);
                behind += JpegCoding.damage(joined(part(file, 0, place[1]), stray, part(file, place[1], file.length)))
                        .map(what -> 1)
                        .orElse(0);
            }
            // not all can be told: codes fall into step again, and bytes may look like pixels
            assertThat(among).isGreaterThan(50);
            assertThat(behind).isLessThan(20);
        }
    }
}
