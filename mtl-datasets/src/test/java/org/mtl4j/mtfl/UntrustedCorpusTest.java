package org.mtl4j.mtfl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.SkipReport;
import org.mtl4j.image.ImageDecoder;

/**
 * A corpus of three faces of which the second is broken, in every way that is known: the fault is named with its file
 * and line, or left out and counted, and the other two faces are read.
 */
class UntrustedCorpusTest {

    private static final String POINTS = " 12 15 24 15 18 20 13 26 23 26";
    private static final String GOOD = "%s 5 30 5 30" + POINTS;
    private static final FaceCrop CROP = FaceCrop.of(8);

    @TempDir
    private Path temporary;

    private Path folder;

    @BeforeEach
    void makeCorpus() throws IOException {
        folder = Files.createDirectories(temporary.resolve("corpus"));
        for (String name : new String[] {"a.jpg", "b.jpg", "c.jpg"}) {
            Files.write(folder.resolve(name), image("jpg"));
        }
    }

    private static byte[] image(String format) throws IOException {
        BufferedImage image = new BufferedImage(40, 36, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 36; y++) {
            for (int x = 0; x < 40; x++) {
                image.setRGB(x, y, 0xff000000 | (6 * x << 16) | (7 * y << 8) | (x * y & 0xff));
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, out)).isTrue();
        return out.toByteArray();
    }

    private void writeList(String faulty) throws IOException {
        Files.writeString(
                folder.resolve("trainImageList.txt"),
                String.join("\n", GOOD.formatted("a.jpg"), faulty, GOOD.formatted("c.jpg"), ""));
    }

    /** Reads the corpus in all three ways. */
    private void assertNamedAndSkipped(String problem) throws IOException {
        String line = folder.resolve("trainImageList.txt") + " line 2";
        assertThatIOException()
                .isThrownBy(() -> MtflCorpus.load(folder).training().crops(CROP))
                .withMessageContaining(problem)
                .withMessageContaining(line);
        SkipReport report = new SkipReport();
        FaceCorpus corpus =
                MtflReader.standard().withSkipReport(report).load(folder).training();
        FaceCrops crops = corpus.cropping(CROP).skipReport(report).cut();
        assertThat(report.count()).isEqualTo(1);
        assertThat(report.skipped().get(0).place()).contains(line);
        assertThat(report.skipped().get(0).problem()).contains(problem);
        assertThat(report).asString().startsWith("1 skipped\n");
        assertThat(crops.size()).isEqualTo(2);
        assertThat(crops.corpus().samples()).extracting(face -> face.id()).containsExactly("a.jpg", "c.jpg");
    }

    static Stream<Arguments> lines() {
        return Stream.of(
                line("too few fields", "b.jpg 5 30 5 30 12 15", "expected 15 fields, path, left, right, top"),
                line("too many fields", GOOD.formatted("b.jpg") + " 7", "expected 15 fields"),
                line("a word", GOOD.formatted("b.jpg").replace(" 18 ", " nose "), "x3 (field 10) must be a number"),
                line("not a number", GOOD.formatted("b.jpg").replace(" 18 ", " NaN "), "must be a number, got 'NaN'"),
                line("infinite", GOOD.formatted("b.jpg").replace(" 18 ", " Infinity "), "got 'Infinity'"),
                line("huge", GOOD.formatted("b.jpg").replace(" 18 ", " 1e30 "), "must be at most 100000, got 1e30"),
                line("box inside out", "b.jpg 30 5 5 30" + POINTS, "a box is at least 1 pixel wide and high"),
                line("box of no size", "b.jpg 5 5 5 30" + POINTS, "a box is at least 1 pixel wide and high"),
                line("box outside", "b.jpg 500 530 5 30" + POINTS, "lies outside the image of 40 x 36 pixels"),
                line("box above", "b.jpg 5 30 -99 -9" + POINTS, "lies outside the image of 40 x 36 pixels"),
                line(
                        "box of everything",
                        "b.jpg -90000 90000 -90000 90000" + POINTS,
                        "is more than 10 times as large as the image of 40 x 36 pixels"),
                line("parent", GOOD.formatted("../corpus/b.jpg"), "without '..'"),
                line("hidden parent", GOOD.formatted("x\\..\\..\\b.jpg"), "without '..'"),
                line("absolute", GOOD.formatted("/etc/passwd"), "the path of an image is relative"),
                line("drive", GOOD.formatted("C:\\b.jpg"), "the path of an image is relative"),
                line("no path", GOOD.formatted("./."), "the path of an image is relative"),
                line("long path", GOOD.formatted("b/".repeat(3000)), "a path of more than 4096 characters: 'b/b/"),
                line("twice", GOOD.formatted("a.jpg"), "'a.jpg' is in line 1 already"),
                line("missing image", GOOD.formatted("none.jpg"), "none.jpg: there is no such image file"));
    }

    private static Arguments line(String name, String line, String problem) {
        return Arguments.of(name, line, problem);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lines")
    void a_broken_line_is_named_or_skipped(String name, String line, String problem) throws IOException {
        writeList(line);
        assertNamedAndSkipped(problem);
    }

    /** Puts something broken where the image of the second face should be. */
    private interface Spoiler {
        void spoil(Path file) throws Exception;
    }

    static Stream<Arguments> images() {
        return Stream.of(
                image("empty", file -> Files.write(file, new byte[0]), "b.jpg: not a JPEG or PNG image: it is empty"),
                image("text", file -> Files.writeString(file, "hello"), "b.jpg: not a JPEG or PNG image"),
                image(
                        "gif",
                        file -> Files.write(file, image("gif")),
                        "b.jpg: not a JPEG or PNG image: it is a GIF image"),
                image("cut off", file -> Files.write(file, cutOff(image("jpg"))), "b.jpg: "),
                image("header only", file -> Files.write(file, Arrays.copyOf(image("jpg"), 30)), "b.jpg: "),
                image("cut off PNG", file -> Files.write(file, cutOff(image("png"))), "b.jpg: not a readable image"),
                image("corrupt", file -> Files.write(file, corrupt(image("jpg"))), "b.jpg: "),
                image(
                        "20,000 x 20,000",
                        file -> Files.write(file, huge(image("jpg"))),
                        "b.jpg: 20000 x 20000 pixels, the limit is 67108864 in all"),
                image(
                        "millions of scans",
                        file -> Files.write(file, scans(image("jpg"), 101)),
                        "b.jpg: a JPEG image of more than 100 scans"),
                image(
                        "one pixel",
                        file -> ImageIO.write(
                                new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY), "png", file.toFile()),
                        "lies outside the image of 1 x 1 pixels"),
                image("a folder", Files::createDirectory, "b.jpg: not a regular file"),
                image(
                        "a link out",
                        file -> {
                            Path outside = Files.write(file.getParent().resolveSibling("outside.jpg"), image("jpg"));
                            Files.createSymbolicLink(file, outside);
                        },
                        "b.jpg: a link leads out of the corpus"),
                image(
                        "a link to itself",
                        file -> Files.createSymbolicLink(file, file),
                        "b.jpg: there is no such image file"),
                image("a pipe", UntrustedCorpusTest::makePipe, "b.jpg: not a regular file"));
    }

    private static Arguments image(String name, Spoiler spoiler, String problem) {
        return Arguments.of(name, spoiler, problem);
    }

    private static void makePipe(Path file) throws Exception {
        int code;
        try {
            code = new ProcessBuilder("mkfifo", file.toString()).start().waitFor();
        } catch (IOException e) {
            code = -1;
        }
        assumeTrue(code == 0, "this system has no mkfifo");
    }

    private static byte[] cutOff(byte[] bytes) {
        return Arrays.copyOf(bytes, bytes.length * 2 / 3);
    }

    /** Spoils the coded pixels, with a marker that does not belong there. */
    private static byte[] corrupt(byte[] jpeg) {
        byte[] result = jpeg.clone();
        for (int i = jpeg.length - 60; i < jpeg.length - 20; i += 2) {
            result[i] = (byte) 0xff;
            result[i + 1] = (byte) 0xc4;
        }
        return result;
    }

    /** Says 20,000 in the two size fields of the frame header. */
    private static byte[] huge(byte[] jpeg) {
        byte[] result = jpeg.clone();
        for (int i = 0; i < jpeg.length - 9; i++) {
            if (result[i] == (byte) 0xff && result[i + 1] == (byte) 0xc0) {
                ByteBuffer.wrap(result).putShort(i + 5, (short) 20_000).putShort(i + 7, (short) 20_000);
                return result;
            }
        }
        throw new AssertionError("no frame header");
    }

    /** Repeats the only scan. */
    private static byte[] scans(byte[] jpeg, int count) {
        int start = 0;
        while (jpeg[start] != (byte) 0xff || jpeg[start + 1] != (byte) 0xda) {
            start++;
        }
        int length = jpeg.length - 2 - start;
        byte[] result = Arrays.copyOf(jpeg, start + count * length + 2);
        for (int i = 1; i < count; i++) {
            System.arraycopy(jpeg, start, result, start + i * length, length);
        }
        System.arraycopy(jpeg, jpeg.length - 2, result, result.length - 2, 2);
        return result;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("images")
    void a_broken_image_is_named_or_skipped(String name, Spoiler spoiler, String problem) throws Exception {
        writeList(GOOD.formatted("b.jpg"));
        Files.delete(folder.resolve("b.jpg"));
        spoiler.spoil(folder.resolve("b.jpg"));
        assertNamedAndSkipped(problem);
        // and when it is found only in the course of training
        var batches = MtflCorpus.load(folder)
                .training()
                .cropping(CROP)
                .lazy()
                .cut()
                .batches()
                .tasks(org.mtl4j.faces.FaceTask.LANDMARKS)
                .build();
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(batches::next)
                .withMessageContaining(problem)
                .withMessageContaining("trainImageList.txt line 2");
    }

    @Test
    void a_fingerprint_of_a_pipe_does_not_wait_for_ever() throws Exception {
        writeList(GOOD.formatted("b.jpg"));
        Files.delete(folder.resolve("b.jpg"));
        makePipe(folder.resolve("b.jpg"));
        assertThatIOException()
                .isThrownBy(() -> MtflCorpus.load(folder).training().fingerprint())
                .withMessage("%s: not a regular file", folder.resolve("b.jpg"));
    }

    @Test
    void a_list_that_is_a_pipe_a_folder_or_a_link_out_is_refused() throws Exception {
        Path list = folder.resolve("trainImageList.txt");
        Files.createDirectory(list);
        assertThatIOException().isThrownBy(() -> MtflCorpus.load(folder)).withMessage("%s: not a regular file", list);
        Files.delete(list);
        makePipe(list);
        assertThatIOException().isThrownBy(() -> MtflCorpus.load(folder)).withMessage("%s: not a regular file", list);
        Files.delete(list);
        Path outside = temporary.resolve("secret.txt");
        Files.writeString(outside, GOOD.formatted("a.jpg"));
        Files.createSymbolicLink(list, outside);
        assertThatIOException()
                .isThrownBy(() -> MtflCorpus.load(folder))
                .withMessage("%s: a link leads out of the corpus %s", list, folder);
        // whoever names a list may have it anywhere
        assertThat(MtflCorpus.read(folder, outside).size()).isEqualTo(1);
    }

    @Test
    void a_list_without_any_good_line_is_refused_also_when_skipping() throws IOException {
        SkipReport report = new SkipReport();
        MtflReader reader = MtflReader.standard().withSkipReport(report);
        Path list = folder.resolve("trainImageList.txt");
        Files.writeString(list, GOOD.formatted("../a.jpg") + "\n" + GOOD.formatted("/a.jpg"));
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> reader.load(folder))
                .withMessage(
                        "%s: no line of the list can be read; the first, line 1: the path of an image is relative,"
                                + " without '..', and stays in the corpus, got '../a.jpg'",
                        list);
        assertThat(report.count()).isEqualTo(2);
        Files.write(list, new byte[] {(byte) 0xff, 'a'});
        assertThatExceptionOfType(MtflFormatException.class).isThrownBy(() -> reader.load(folder));
        writeList(GOOD.formatted("b.jpg"));
        for (String name : new String[] {"a.jpg", "b.jpg", "c.jpg"}) {
            Files.delete(folder.resolve(name));
        }
        assertThatIOException()
                .isThrownBy(() -> reader.load(folder)
                        .training()
                        .cropping(CROP)
                        .skipReport(report)
                        .cut())
                .withMessageStartingWith("3 of 3 faces cannot be cut out; the first, 'a.jpg' (");
    }

    @Test
    void faces_on_which_lists_contradict_each_other_are_skipped() throws IOException {
        writeList(GOOD.formatted("b.jpg"));
        StringBuilder mtfl = new StringBuilder();
        for (String name : new String[] {"c.jpg", "b.jpg", "a.jpg"}) {
            String x3 = name.equals("b.jpg") ? "21" : "19"; // 1-based; the other list says 18 and is 0-based
            mtfl.append(name).append(" 13 25 ").append(x3).append(" 14 24 16 16 21 27 27 1 2 1 3\n");
        }
        Files.writeString(folder.resolve("training.txt"), mtfl);
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> MtflCorpus.load(folder))
                .withMessageContaining("trainImageList.txt line 2: 'b.jpg': x3 is 18.0 (0-based), but 20.0 in ");
        SkipReport report = new SkipReport();
        FaceCorpus corpus =
                MtflReader.standard().withSkipReport(report).load(folder).training();
        assertThat(corpus.samples()).extracting(face -> face.id()).containsExactly("c.jpg", "a.jpg");
        assertThat(report.count()).isEqualTo(1);
        assertThat(corpus.get(0).box()).isPresent();
        assertThat(corpus.get(0).attributes().isComplete()).isTrue();
        assertThat(corpus.get(0).image().listedAt())
                .contains(folder.resolve("training.txt") + " line 1, " + folder.resolve("trainImageList.txt")
                        + " line 3");
    }

    @Test
    void the_limits_of_images_can_be_set() throws IOException {
        writeList(GOOD.formatted("b.jpg"));
        MtflReader reader = MtflReader.standard().withDecoder(new ImageDecoder(40 * 36 - 1, 1 << 20));
        assertThatIOException()
                .isThrownBy(() -> reader.load(folder).training().crops(CROP))
                .withMessageContaining("a.jpg: 40 x 36 pixels, the limit is 1439 in all");
    }

    @Test
    void a_report_counts_everything_and_keeps_the_first() {
        SkipReport report = new SkipReport();
        for (int i = 0; i < 1003; i++) {
            report.add("list line " + i, "broken");
        }
        assertThat(report.count()).isEqualTo(1003);
        assertThat(report.skipped()).hasSize(SkipReport.MAX_KEPT);
        assertThat(report)
                .asString()
                .startsWith("1003 skipped\nlist line 0: broken\n")
                .endsWith("list line 999: broken\n… and 3 more");
    }
}
