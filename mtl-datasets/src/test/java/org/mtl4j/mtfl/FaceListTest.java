package org.mtl4j.mtfl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.Gender;
import org.mtl4j.faces.GeometryCheck;
import org.mtl4j.faces.Glasses;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.Pose;
import org.mtl4j.faces.SkipReport;
import org.mtl4j.faces.Smile;

class FaceListTest {

    private static final String MTFL = " a\\b.jpg 11.25 31.5 21 12 30 41 42 51 61 62 2 1 2 4";
    private static final String CUHK = "a\\b.jpg 5 40 35 70 10.25 40 30.5 41 20 50 11 60 29 61";
    private static final String OTHER_MTFL = "c.jpg 1 2 3 4 5 6 7 8 9 10 1 2 1 5";

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("list.txt");
    }

    private FaceList read(String text) throws IOException {
        Files.writeString(file, text);
        return FaceList.read(file);
    }

    @Test
    void mtfl_lines_are_1_based_with_all_x_before_all_y() throws IOException {
        FaceList.Entry entry = read(MTFL).entries().get("a/b.jpg").get(0);
        assertThat(entry.landmarks()).isEqualTo(Landmarks.of(10.25, 40, 30.5, 41, 20, 50, 11, 60, 29, 61));
        assertThat(entry.box()).isEmpty();
        assertThat(entry.attributes())
                .isEqualTo(FaceAttributes.of(Gender.FEMALE, Smile.SMILING, Glasses.NO_GLASSES, Pose.RIGHT));
    }

    @Test
    void cuhk_lines_are_0_based_with_left_right_top_bottom_and_points_in_pairs() throws IOException {
        FaceList.Entry entry = read(CUHK).entries().get("a/b.jpg").get(0);
        assertThat(entry.landmarks()).isEqualTo(Landmarks.of(10.25, 40, 30.5, 41, 20, 50, 11, 60, 29, 61));
        assertThat(entry.box()).contains(new Box(5, 35, 40, 70));
        assertThat(entry.attributes()).isEqualTo(FaceAttributes.UNKNOWN);
    }

    @Test
    void every_code_has_its_meaning() throws IOException {
        String points = " 1 2 3 4 5 6 7 8 9 10 ";
        StringBuilder text = new StringBuilder();
        for (int pose = 1; pose <= 5; pose++) {
            text.append("p")
                    .append(pose)
                    .append(points)
                    .append("1 1 1 ")
                    .append(pose)
                    .append('\n');
        }
        text.append("n").append(points).append("2 2 2 3\n");
        FaceList list = read(text.toString());
        assertThat(list.entries().get("n").get(0).attributes())
                .isEqualTo(FaceAttributes.of(Gender.FEMALE, Smile.NOT_SMILING, Glasses.NO_GLASSES, Pose.FRONTAL));
        assertThat(list.entries().get("p1").get(0).attributes())
                .isEqualTo(FaceAttributes.of(Gender.MALE, Smile.SMILING, Glasses.GLASSES, Pose.LEFT_PROFILE));
        assertThat(list.entries().get("p2").get(0).attributes().pose()).contains(Pose.LEFT);
        assertThat(list.entries().get("p4").get(0).attributes().pose()).contains(Pose.RIGHT);
        assertThat(list.entries().get("p5").get(0).attributes().pose()).contains(Pose.RIGHT_PROFILE);
    }

    @Test
    void blanks_line_ends_and_separators_do_not_matter() throws IOException {
        FaceList plain = read(MTFL.strip().replace('\\', '/') + "\n" + OTHER_MTFL + "\n");
        FaceList published = read(MTFL + "\r\n " + OTHER_MTFL.replace(" ", "  ") + "\r\n ");
        FaceList tabs = read("\uFEFF" + MTFL.strip().replace(' ', '\t') + "\n\n\r\n./" + OTHER_MTFL);
        assertThat(published.entries()).isEqualTo(plain.entries());
        assertThat(tabs.entries().keySet()).isEqualTo(plain.entries().keySet());
        assertThat(tabs.entries().get("c.jpg").get(0).line()).isEqualTo(4);
    }

    @Test
    void codes_that_count_from_0_are_no_coordinates() throws IOException {
        String zero =
                OTHER_MTFL.strip().replaceFirst("\\S+ (\\S+ \\S+ \\S+)$", "0 $1"); // it would start with a box, too
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> read(zero))
                .withMessage("%s line 1: gender (field 12) must be 1 to 2, got '0'", file);
    }

    /** Lists whose every line has wrong codes; x1 < x2 and x3 < x4, so that the lines start like boxes. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            quoteCharacter = '|',
            value = {
                "1.0 2.0 1.0 3.0, |gender (field 12) must be 1 to 2, got '1.0'|",
                "-1 -1 -1 -1, |gender (field 12) must be 1 to 2, got '-1'|",
                "1 0 1 3, |smile (field 13) must be 1 to 2, got '0'|",
                "1 2 NaN 3, |glasses (field 14) must be 1 to 2, got 'NaN'|",
                "NaN NaN NaN NaN, |gender (field 12) must be 1 to 2, got 'NaN'|",
                "|1,0 2,0 1,0 3,0|, |gender (field 12) must be 1 to 2, got '1,0'|",
                "0.93 0.12 0.4 3, |gender (field 12) must be 1 to 2, got '0.93'|",
                "male yes no left, |gender (field 12) must be 1 to 2, got 'male'|",
                "1 2 1 35, |pose (field 15) must be 1 to 5, got '35'|"
            })
    void wrong_codes_are_refused_by_field_and_never_taken_for_boxes(String codes, String problem) throws IOException {
        String points = " 11.25 31.5 21 62 30 41 42 51 61 62 ";
        Files.writeString(file, "a.jpg" + points + codes + "\nb.jpg" + points + codes + "\n");
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> FaceList.read(file))
                .withMessage("%s line 1: %s", file, problem);
        SkipReport report = new SkipReport();
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> FaceList.read(file, Optional.of(report), GeometryCheck.REFUSE))
                .withMessage("%s: no line of the list can be read; the first, line 1: %s", file, problem);
        assertThat(report.count()).isEqualTo(2);
    }

    @Test
    void lists_with_commas_quotes_and_blanks_in_names_are_told_what_is_wrong() {
        assertRefused(MTFL.strip().replace(' ', ','), "fields are separated by blanks, not by commas and the like");
        assertRefused("\"a.jpg\"" + MTFL.strip().substring(7), "the path of an image has no quotes around it");
        assertRefused("my " + MTFL.strip(), "(a path has no blanks)");
    }

    private void assertRefused(String text, String problem) {
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> read(text))
                .withMessageStartingWith("%s line 1: ", file)
                .withMessageContaining(problem);
    }

    @Test
    void the_form_is_that_of_most_lines_whatever_the_name_of_the_file() throws IOException {
        file = folder.resolve("training.txt");
        assertThat(read(CUHK).entries().get("a/b.jpg").get(0).box()).isPresent();
        // x1 < x2 and x3 < x4 look like a box, but the line ends in codes
        assertThat(read(OTHER_MTFL).entries().get("c.jpg").get(0).box()).isEmpty();
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> read(MTFL + "\n" + OTHER_MTFL + "\n" + CUHK.replace("a\\b", "d")))
                .withMessage("%s line 3: gender (field 12) must be 1 to 2, got '11'", file);
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("", "list.txt: the list is empty"),
                fault(" \r\n\r\n ", "list.txt: the list is empty"),
                fault("hello world", "line 1: neither in MTFL form (15 fields: path, x1"),
                fault(
                        MTFL + "\nb.jpg 1 2 3",
                        "line 2: expected 15 fields, path, x1 … x5, y1 … y5, gender, smile, glasses, pose, got 4"),
                fault(
                        MTFL + "\n" + OTHER_MTFL + " 3 4",
                        "line 2: expected 15 fields, path, x1 … x5, y1 … y5, gender, smile, glasses, pose, got more"),
                fault(
                        CUHK + "\n" + CUHK.replace("a\\b", "c") + " 3",
                        "line 2: expected 15 fields, path, left, right, top"),
                fault(
                        MTFL + "\n" + OTHER_MTFL.replace(" 3 ", " three "),
                        "line 2: x3 (field 4) must be a number, got 'three'"),
                fault(
                        MTFL + "\n" + OTHER_MTFL.replace(" 3 ", " NaN "),
                        "line 2: x3 (field 4) must be a number, got 'NaN'"),
                fault(MTFL + "\n" + OTHER_MTFL.replace(" 3 ", " Infinity "), "line 2: x3 (field 4) must be a number"),
                fault(MTFL + "\n" + OTHER_MTFL.replace(" 3 ", " 0x1p3 "), "line 2: x3 (field 4) must be a number"),
                fault(MTFL + "\n" + OTHER_MTFL.replace(" 3 ", " 3f "), "line 2: x3 (field 4) must be a number"),
                fault(
                        MTFL + "\n" + OTHER_MTFL.replace(" 10 ", " 1e9 "),
                        "line 2: y5 (field 11) must be at most 100000, got 1e9"),
                fault(
                        MTFL + "\n" + OTHER_MTFL.replace(" 10 ", " -100001 "),
                        "line 2: y5 (field 11) must be at most 100000, got -100001"),
                fault(
                        MTFL + "\n" + OTHER_MTFL.replace(" 1 2 1 5", " 3 2 1 5"),
                        "line 2: gender (field 12) must be 1 to 2, got '3'"),
                fault(
                        MTFL + "\n" + OTHER_MTFL.replace(" 1 2 1 5", " 1 0 1 5"),
                        "line 2: smile (field 13) must be 1 to 2, got '0'"),
                fault(
                        MTFL + "\n" + OTHER_MTFL.replace(" 1 2 1 5", " 1 2 -1 5"),
                        "line 2: glasses (field 14) must be 1 to 2, got '-1'"),
                fault(
                        MTFL + "\n" + OTHER_MTFL.replace(" 1 2 1 5", " 1 2 1 6"),
                        "line 2: pose (field 15) must be 1 to 5, got '6'"),
                fault(
                        MTFL + "\n" + OTHER_MTFL.replace(" 1 2 1 5", " 1 2 1 3.0"),
                        "line 2: pose (field 15) must be 1 to 5, got '3.0'"),
                fault(
                        MTFL + "\n" + OTHER_MTFL + "\n" + MTFL.replace('\\', '/'),
                        "line 3: 'a/b.jpg' is in line 1 already"),
                fault(
                        CUHK + "\n" + CUHK.replace("a\\b", "c").replace(" 5 40 ", " 40 5 "),
                        "line 2: a box is at least 1 pixel wide and high, got left 40, right 5"),
                fault(
                        CUHK + "\n" + CUHK.replace("a\\b", "c").replace(" 35 70 ", " 35 35.5 "),
                        "line 2: a box is at least 1 pixel wide and high"),
                fault(
                        CUHK + "\n" + CUHK.replace("a\\b", "c").replace(" 35 70 ", " 35 nan "),
                        "line 2: bottom (field 5) must be a number, got 'nan'"),
                path("../secret.jpg"),
                path("a/../../secret.jpg"),
                path("a\\..\\b.jpg"),
                path(".."),
                path("/etc/passwd"),
                path("\\\\server\\share\\a.jpg"),
                path("C:\\a.jpg"),
                path("c:a.jpg"),
                path("a/"),
                path("."),
                path("a\u0000.jpg"),
                path("a\u0001.jpg"));
    }

    private static Arguments fault(String text, String message) {
        return Arguments.of(text, message);
    }

    private static Arguments path(String path) {
        return fault(
                MTFL + "\n" + OTHER_MTFL.replace("c.jpg", path),
                "line 2: the path of an image is relative, without '..', and stays in the corpus, got '");
    }

    /** The number in "line 2: ..."; empty if a message is about the list as a whole. */
    private static OptionalInt line(String message) {
        return message.startsWith("line ")
                ? OptionalInt.of(Integer.parseInt(message.substring(5, message.indexOf(':'))))
                : OptionalInt.empty();
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("faults")
    void a_fault_is_named_with_file_and_line(String text, String message) {
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> read(text))
                .withMessageStartingWith(file.toString())
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.file()).isEqualTo(file.toString()))
                .satisfies(e -> assertThat(e.line()).isEqualTo(line(message)));
    }

    @Test
    void bytes_that_are_no_text_are_refused() throws IOException {
        Files.write(file, new byte[] {'a', '\r', '\n', 'b', '\n', 'c', (byte) 0xff, (byte) 0xfe, '\n'});
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> FaceList.read(file))
                .withMessage("%s line 3: not a text in UTF-8 or ASCII: there is the byte 0xff", file);
        Files.write(file, new byte[] {0x1f, (byte) 0x8b, 8, 0});
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> FaceList.read(file))
                .withMessage("%s line 1: not a text in UTF-8 or ASCII: there is the byte 0x8b", file);
    }

    @Test
    void a_path_may_have_letters_of_any_language() throws IOException {
        assertThat(read(OTHER_MTFL.replace("c.jpg", "Zoë/Ångström.jpg"))
                        .entries()
                        .keySet())
                .containsExactly("Zoë/Ångström.jpg");
    }

    @Test
    void a_long_field_is_cut_in_the_message() {
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> read(MTFL + "\n" + OTHER_MTFL.replace(" 3 ", " " + "x".repeat(100_000) + " ")))
                .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(400));
    }

    @Tag("slow")
    @Test
    void spoilt_lists_are_read_or_refused_but_nothing_else() throws IOException {
        Random random = new Random(5);
        byte[] whole = (MTFL + "\r\n " + OTHER_MTFL + "\r\n ").getBytes(StandardCharsets.US_ASCII);
        String letters = " \t\r\n.\\/:-+eE0123456789aN\u0000";
        int refused = 0;
        for (int round = 0; round < 3000; round++) {
            byte[] spoilt = whole.clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                spoilt[random.nextInt(spoilt.length)] = (byte) letters.charAt(random.nextInt(letters.length()));
            }
            Files.write(file, spoilt);
            try {
                FaceList.read(file).entries().forEach((path, entry) -> {
                    Path resolved = folder.resolve(path).normalize();
                    assertThat(resolved.startsWith(folder) && !resolved.equals(folder))
                            .as(path)
                            .isTrue();
                    for (double coordinate : entry.landmarks().toArray()) {
                        assertThat(coordinate).isBetween(-100_001.0, 100_001.0);
                    }
                });
            } catch (MtflFormatException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(500, 2900);
    }
}
