package mtl.mtfl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import mtl.faces.Box;
import mtl.faces.FaceCorpus;
import mtl.faces.FaceSample;
import mtl.faces.FaceTask;
import mtl.faces.Gender;
import mtl.faces.Pose;
import mtl.synthetic.SyntheticFaces;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MtflCorpusTest {
    private static final String MTFL = " a\\one.jpg 11 31 21 12 30 12.5 13 22 33 34 1 2 2 3";
    private static final String CUHK = "a\\one.jpg 2 42 4 44 10 11.5 30 12 20 21 11 32 29 33";

    @TempDir
    Path directory;

    private FaceCorpus read(String... lines) throws IOException {
        Path list = Files.writeString(
                directory.resolve("list.txt"), String.join("\r\n", lines) + "\r\n \r\n", StandardCharsets.US_ASCII);
        return MtflCorpus.read(directory, list);
    }

    @Test
    void the_official_form_is_read_with_its_oddities() throws IOException {
        FaceSample face = read(MTFL).get(0);
        assertThat(face.id()).isEqualTo("a/one.jpg");
        // 1-based x1..x5 y1..y5 become 0-based pairs
        assertThat(face.landmarks().orElseThrow().toArray()).containsExactly(10, 11.5, 30, 12, 20, 21, 11, 32, 29, 33);
        assertThat(face.attributes().gender()).contains(Gender.MALE);
        assertThat(face.attributes().pose()).contains(Pose.FRONTAL);
        assertThat(face.box()).isEmpty();
    }

    @Test
    void boxes_are_joined_by_path() throws IOException {
        Files.writeString(directory.resolve("training.txt"), MTFL + "\r\n");
        Files.writeString(directory.resolve("trainImageList.txt"), CUHK + "\n");
        FaceSample face = MtflCorpus.load(directory).training().get(0);
        assertThat(face.box()).contains(new Box(2, 4, 42, 44)); // left, top, right, bottom
        assertThat(face.attributes().complete()).isTrue();
    }

    @Test
    void a_list_of_boxes_alone_has_no_attributes() throws IOException {
        FaceSample face = read(CUHK).get(0);
        assertThat(face.box()).isPresent();
        assertThat(FaceTask.GENDER.isLabelled(face)).isFalse();
        assertThat(FaceTask.LANDMARKS.isLabelled(face)).isTrue();
    }

    @Test
    void lists_that_contradict_each_other_are_refused() throws IOException {
        Files.writeString(directory.resolve("training.txt"), MTFL + "\n");
        Files.writeString(directory.resolve("trainImageList.txt"), CUHK.replace(" 10 11.5", " 17 11.5") + "\n");
        assertThatThrownBy(() -> MtflCorpus.load(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a/one.jpg")
                .hasMessageContaining("x1");
    }

    @ParameterizedTest(name = "{0}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "too few fields | a\\two.jpg 1 2 3 4 5 | expected 15 fields",
                "too many fields | a\\two.jpg 11 31 21 12 30 12.5 13 22 33 34 1 2 2 3 9 | expected 15 fields",
                "not a number | a\\two.jpg 11 31 21 12 30 12.5 13 x 33 34 1 2 2 3 | y3",
                "NaN | a\\two.jpg NaN 31 21 12 30 12.5 13 22 33 34 1 2 2 3 | x1",
                "a huge coordinate | a\\two.jpg 11 31 21 12 30 12.5 13 22 33 99999999 1 2 2 3 | y5",
                "an unknown gender | a\\two.jpg 11 31 21 12 30 12.5 13 22 33 34 3 2 2 3 | gender",
                "an unknown pose | a\\two.jpg 11 31 21 12 30 12.5 13 22 33 34 1 2 2 6 | pose",
                "a path upwards | ..\\two.jpg 11 31 21 12 30 12.5 13 22 33 34 1 2 2 3 | without '..'",
                "an absolute path | /etc/two.jpg 11 31 21 12 30 12.5 13 22 33 34 1 2 2 3 | relative",
                "a drive | C:\\two.jpg 11 31 21 12 30 12.5 13 22 33 34 1 2 2 3 | relative",
                "twice the same | a/one.jpg 11 31 21 12 30 12.5 13 22 33 34 1 2 2 3 | already"
            })
    void a_fault_is_named_with_file_and_line(String fault, String line, String message) {
        assertThatThrownBy(() -> read(MTFL, line))
                .as(fault)
                .isInstanceOf(MtflFormatException.class)
                .hasMessageContaining("list.txt")
                .hasMessageContaining("line 2")
                .hasMessageContaining(message);
    }

    @Test
    void an_empty_list_and_a_missing_corpus_are_named() {
        assertThatThrownBy(() -> read(""))
                .isInstanceOf(MtflFormatException.class)
                .hasMessageContaining("list.txt");
        assertThatThrownBy(() -> MtflCorpus.load(directory.resolve("none")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none");
    }

    @Test
    void a_missing_image_and_a_link_out_of_the_corpus_are_named() throws IOException {
        FaceSample face = read(MTFL).get(0);
        assertThatThrownBy(() -> face.image().load())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("one.jpg");
        Path outside = Files.writeString(Files.createTempFile("outside", ".jpg"), "x");
        Files.createDirectories(directory.resolve("a"));
        Files.createSymbolicLink(directory.resolve("a/one.jpg"), outside);
        assertThatThrownBy(() -> face.image().load())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("leads out of the corpus");
        Files.delete(outside);
    }

    @Test
    void what_is_written_is_read_back() throws IOException {
        FaceCorpus faces = SyntheticFaces.corpus(12, 5);
        MtflCorpus.of(faces).write(directory, ImageFormat.PNG);
        assertThat(Files.readString(directory.resolve("training.txt")))
                .contains("\\")
                .contains("\r\n");
        FaceCorpus read = MtflCorpus.load(directory).training();
        assertThat(read.size()).isEqualTo(12);
        for (int i = 0; i < 12; i++) {
            assertThat(read.get(i).attributes()).isEqualTo(faces.get(i).attributes());
            double[] expected = faces.get(i).landmarks().orElseThrow().toArray();
            double[] actual = read.get(i).landmarks().orElseThrow().toArray();
            for (int k = 0; k < 10; k++) {
                assertThat(actual[k]).isCloseTo(expected[k], within(1e-6)); // six decimals in the list
            }
            assertThat(read.get(i).image().load())
                    .isEqualTo(faces.get(i).image().load());
        }
    }

    @Test
    void the_real_corpus_has_its_published_totals() throws IOException {
        Path corpus = Path.of(System.getProperty("mtl.mtfl", "../../shared/mtfl"));
        assumeTrue(
                Files.exists(corpus.resolve("training.txt")), "no MTFL corpus at " + corpus + "; set -Dmtl.mtfl=DIR");
        FaceCorpus faces = MtflCorpus.load(corpus).training();
        assertThat(faces.size()).isEqualTo(10_000);
        assertThat(faces.labelled(FaceTask.POSE)).isEqualTo(10_000);
        Map<FaceTask, Double> majorityError =
                Map.of(FaceTask.GENDER, 41.9, FaceTask.SMILE, 43.8, FaceTask.GLASSES, 14.1, FaceTask.POSE, 25.6);
        majorityError.forEach((task, percent) -> {
            int most =
                    faces.counts(task).values().stream().mapToInt(n -> n).max().orElseThrow();
            assertThat(100 - most / 100.0).as(task.toString()).isCloseTo(percent, within(0.05));
        });
        assertThat(faces.samples()).allMatch(face -> face.box().isPresent());
    }
}
