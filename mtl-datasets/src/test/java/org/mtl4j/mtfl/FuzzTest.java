package org.mtl4j.mtfl;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.SkipReport;
import org.mtl4j.image.ImageDecoder;

/**
 * Random damage to valid lists and images: nothing may come out but what is documented. The seed and the number of
 * rounds are fixed; for longer runs give {@code -Dmtl.fuzz.rounds=1000000} and {@code -Dmtl.fuzz.seed=2}.
 */
class FuzzTest {

    private static final int ROUNDS = Integer.getInteger("mtl.fuzz.rounds", 4000);
    private static final long SEED = Long.getLong("mtl.fuzz.seed", 1);
    private static final byte[] LETTERS =
            " \t\r\n.\\/:-+eE0123456789aN\u0000\u00e9\u2028".getBytes(StandardCharsets.UTF_8);
    private static final String[] WORDS = {
        "NaN",
        "1e99",
        "-1e-99",
        "../",
        "..\\",
        "/",
        "C:",
        "\r\n",
        "\uFEFF",
        "0x1p9",
        "99999999999999999999",
        "1.",
        ".5",
        "%s%n"
    };

    @TempDir
    private Path folder;

    private static byte[] damaged(byte[] whole, byte[] other, Random random, boolean text) {
        byte[] bytes = whole.clone();
        for (int i = random.nextInt(text ? 2 : 4); i >= 0 && bytes.length > 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(7)) {
                case 0 -> bytes[at] = (byte) (text ? '0' + random.nextInt(10) : random.nextInt());
                case 1 ->
                    bytes[at] = text
                            ? LETTERS[random.nextInt(LETTERS.length)]
                            : (byte) (bytes[at] ^ 1 << random.nextInt(8));
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                case 3 -> { // a part twice, or missing
                    int from = random.nextInt(bytes.length);
                    bytes = joined(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, from, bytes.length));
                }
                case 4 -> { // a part of another one
                    int from = random.nextInt(other.length);
                    int to = Math.min(other.length, from + 1 + random.nextInt(60));
                    bytes = joined(
                            joined(Arrays.copyOf(bytes, at), Arrays.copyOfRange(other, from, to)),
                            Arrays.copyOfRange(bytes, at, bytes.length));
                }
                case 5 -> { // a number field gets an extreme value
                    int length = Math.min(1 + random.nextInt(4), bytes.length - at);
                    Arrays.fill(bytes, at, at + length, random.nextBoolean() ? (byte) 0xff : 0);
                }
                default -> {
                    byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.UTF_8);
                    bytes = joined(joined(Arrays.copyOf(bytes, at), word), Arrays.copyOfRange(bytes, at, bytes.length));
                }
            }
        }
        return bytes;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    @Tag("slow")
    @Test
    void damaged_lists_are_read_or_refused() throws IOException {
        byte[] mtfl = """
                 d\\a.jpg 11.25 31.5 21 12 30 41 42 51 61 62 2 1 2 4\r
                 d\\b.jpg 1 2 3 4 5 6 7 8 9 10 1 2 1 5\r
                 c.jpg 9 2 3 4 5 6 7 8 9 10 2 2 1 3\r
                """.getBytes(StandardCharsets.UTF_8);
        byte[] cuhk = """
                d\\a.jpg 5 40 35 70 10.25 40 30.5 41 20 50 11 60 29 61
                d/c.jpg 6 40 35 70 10.25 40 30.5 41 20 50 11 60 29 61
                """.getBytes(StandardCharsets.UTF_8);
        Random random = new Random(SEED);
        Path file = folder.resolve("list.txt");
        int read = 0;
        long skipped = 0;
        for (int round = 0; round < ROUNDS; round++) {
            boolean first = random.nextBoolean();
            byte[] bytes = damaged(first ? mtfl : cuhk, first ? cuhk : mtfl, random, true);
            Files.write(file, bytes);
            List<FaceSample> faces = new ArrayList<>();
            try {
                faces.addAll(MtflCorpus.read(folder, file).samples());
                read++;
            } catch (MtflFormatException e) {
                assertThat(e).hasMessageStartingWith(file.toString());
                assertThat(e.getMessage().length()).isLessThan(1000);
            }
            SkipReport report = new SkipReport();
            try {
                FaceCorpus rest = MtflReader.standard().withSkipReport(report).read(folder, file);
                assertThat(rest.size()).isPositive();
                assertThat(report.count() == 0).isEqualTo(!faces.isEmpty());
                faces.addAll(rest.samples());
            } catch (MtflFormatException e) {
                assertThat(faces).isEmpty();
            }
            skipped += report.count();
            for (FaceSample face : faces) {
                Path image = folder.resolve(face.id()).normalize();
                assertThat(image.startsWith(folder) && !image.equals(folder))
                        .as(face.id())
                        .isTrue();
                for (double coordinate : face.landmarks().orElseThrow().toArray()) {
                    assertThat(coordinate).isBetween(-100_001.0, 100_001.0);
                }
            }
        }
        assertThat(read).isBetween(ROUNDS / 20, ROUNDS / 2); // neither all nor nothing
        assertThat(skipped).isGreaterThan(ROUNDS / 5);
    }

    private static byte[] encoded(BufferedImage image, String format, boolean progressive) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ImageWriteParam parameters = writer.getDefaultWriteParam();
        if (progressive) {
            parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (var stream = new MemoryCacheImageOutputStream(out)) {
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), parameters);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    /** Every kind of image that is read. */
    private static List<byte[]> images() throws IOException {
        List<byte[]> images = new ArrayList<>();
        for (int type : new int[] {
            BufferedImage.TYPE_INT_RGB,
            BufferedImage.TYPE_BYTE_GRAY,
            BufferedImage.TYPE_USHORT_GRAY,
            BufferedImage.TYPE_INT_ARGB,
            BufferedImage.TYPE_BYTE_INDEXED,
            BufferedImage.TYPE_BYTE_BINARY
        }) {
            BufferedImage image = new BufferedImage(33, 27, type);
            for (int y = 0; y < 27; y++) {
                for (int x = 0; x < 33; x++) {
                    image.setRGB(x, y, ((x * y & 7) << 29) | (7 * x << 16) | (9 * y << 8) | (x * y & 0xff));
                }
            }
            for (boolean progressive : new boolean[] {false, true}) {
                images.add(encoded(image, "png", progressive));
                if (type == BufferedImage.TYPE_INT_RGB || type == BufferedImage.TYPE_BYTE_GRAY) {
                    images.add(encoded(image, "jpeg", progressive));
                }
            }
        }
        return images;
    }

    @Test
    void damaged_images_are_read_or_refused() throws IOException {
        List<byte[]> images = images();
        assertThat(images).hasSize(16);
        ImageDecoder decoder = new ImageDecoder(1 << 20, 1 << 16);
        Random random = new Random(SEED);
        int read = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] whole = images.get(random.nextInt(images.size()));
            byte[] bytes = damaged(whole, images.get(random.nextInt(images.size())), random, false);
            try {
                var image = decoder.decode(new ByteArrayInputStream(bytes), "face");
                assertThat((long) image.width() * image.height()).isBetween(1L, 1L << 20);
                read++;
            } catch (IOException e) {
                assertThat(e).hasMessageStartingWith("face: ");
            }
        }
        assertThat(read).isBetween(ROUNDS / 50, ROUNDS / 2);
    }

    @Test
    void damaged_corpora_are_read_or_refused_and_the_rest_is_cut_out() throws IOException {
        byte[] list = """
                a.png 5 30 5 25 12 15 24 15 18 20 13 24 23 24
                b.png 5 30 5 25 12 15 24 15 18 20 13 24 23 24
                c.png 5 30 5 25 12 15 24 15 18 20 13 24 23 24
                """.getBytes(StandardCharsets.UTF_8);
        List<byte[]> images = images();
        Random random = new Random(SEED);
        int cut = 0;
        int skipped = 0;
        for (int round = 0; round < ROUNDS / 20; round++) {
            Files.write(
                    folder.resolve("trainImageList.txt"),
                    random.nextBoolean() ? list : damaged(list, list, random, true));
            for (String name : new String[] {"a.png", "b.png", "c.png"}) {
                byte[] image = images.get(random.nextInt(images.size()));
                Files.write(
                        folder.resolve(name),
                        random.nextBoolean() ? image : damaged(image, images.get(0), random, false));
            }
            SkipReport report = new SkipReport();
            try {
                FaceCorpus corpus = MtflReader.standard()
                        .withDecoder(new ImageDecoder(1 << 20, 1 << 16))
                        .withSkipReport(report)
                        .load(folder)
                        .training();
                FaceCrops crops =
                        corpus.cropping(FaceCrop.of(7)).skipReport(report).cut();
                assertThat(crops.size()).isPositive();
                cut += crops.size();
            } catch (IOException e) {
                assertThat(e)
                        .hasMessageMatching("(?s)(\\Q%s\\E.*|\\d of \\d faces cannot be cut out.*)".formatted(folder));
            }
            skipped += (int) report.count();
        }
        assertThat(cut).isGreaterThan(ROUNDS / 20);
        assertThat(skipped).isGreaterThan(ROUNDS / 40);
    }
}
