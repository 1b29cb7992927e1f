package org.mtl4j.mtfl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.image.GrayImage;

class MtflCorpusTest {

    private static final String A = "d\\a.png 11 31 21 12 30 41 42 51 61 62 2 1 2 4\r\n ";
    private static final String B = "d\\b.png 12 32 22 13 31 41 42 51 61 62 1 1 2 3\r\n ";
    private static final String BOX_A = "d\\a.png 5 40 35 70 10 40 30 41 20 50 11 60 29 61\r\n";
    private static final String BOX_C = "d\\c.png 6 40 35 70 10 40 30 41 20 50 11 60 29 61\r\n";

    @TempDir
    private Path temporary;

    private Path folder;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectories(temporary.resolve("corpus"));
        Files.createDirectories(folder.resolve("d"));
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private static void writeImage(Path file, int gray) throws IOException {
        byte[] luma = new byte[100];
        java.util.Arrays.fill(luma, (byte) gray);
        ImageIO.write(GrayImage.of(10, 10, luma).toBufferedImage(), "png", file.toFile());
    }

    @Test
    void lists_are_joined_by_path() throws IOException {
        write("training.txt", " " + B + A);
        write("trainImageList.txt", BOX_A + BOX_C);
        MtflCorpus corpus = MtflCorpus.load(folder);
        assertThat(corpus.testing()).isEmpty();
        FaceCorpus training = corpus.training();
        assertThat(training.samples()).extracting(FaceSample::id).containsExactly("d/b.png", "d/a.png", "d/c.png");
        assertThat(training.get(0).box()).isEmpty(); // not in the box list
        assertThat(training.get(1).box()).contains(new Box(5, 35, 40, 70));
        assertThat(training.get(1).attributes().isComplete()).isTrue();
        assertThat(training.get(2).attributes()).isEqualTo(FaceAttributes.UNKNOWN); // only in the box list
        assertThat(training.countLabelled(FaceTask.LANDMARKS)).isEqualTo(3);
        assertThat(training.countLabelled(FaceTask.SMILE)).isEqualTo(2);
    }

    @Test
    void testing_lists_are_found_and_one_list_is_enough() throws IOException {
        write("trainImageList.txt", BOX_A);
        write("testing.txt", B);
        MtflCorpus corpus = MtflCorpus.load(folder);
        assertThat(corpus.training().size()).isEqualTo(1);
        assertThat(corpus.testing().orElseThrow().get(0).id()).isEqualTo("d/b.png");
        assertThat(MtflCorpus.read(folder, folder.resolve("testing.txt")).get(0).box())
                .isEmpty();
    }

    @Test
    void lists_that_contradict_each_other_are_refused() throws IOException {
        write("training.txt", B + A);
        // the first error of such a join: points taken as 1-based in one list and 0-based in the other
        write("trainImageList.txt", BOX_A.replace(" 20 50 ", " 20 51 "));
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> MtflCorpus.load(folder))
                .withMessage(
                        "%s line 1: 'd/a.png': y3 is 51.0 (0-based), but 50.0 in %s line 2; "
                                + "lists of one corpus must agree to 0.01 pixels",
                        folder.resolve("trainImageList.txt"), folder.resolve("training.txt"));
        write("trainImageList.txt", BOX_A.replace(" 20 50 ", " 20 50.009 "));
        assertThat(MtflCorpus.load(folder).training().size()).isEqualTo(2);
    }

    @Test
    void lists_that_contradict_each_other_in_attributes_or_boxes_are_refused() throws IOException {
        write("training.txt", A);
        write("other.txt", A.replace("62 2 1", "62 1 1"));
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> read("training.txt", "other.txt"))
                .withMessage(
                        "%s line 1: 'd/a.png': [male, smiling, no glasses, right],"
                                + " but [female, smiling, no glasses, right]"
                                + " in %s line 1",
                        folder.resolve("other.txt"), folder.resolve("training.txt"));
        write("boxes.txt", BOX_A);
        write("others.txt", BOX_A.replaceFirst(" ", " 1"));
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> read("boxes.txt", "others.txt"))
                .withMessageContaining("'d/a.png': Box[left=1")
                .withMessageContaining(", but Box[left=")
                .withMessageEndingWith(" in %s line 1", folder.resolve("boxes.txt"));
        assertThat(read("training.txt", "boxes.txt", "boxes.txt").size()).isEqualTo(1);
    }

    private FaceCorpus read(String first, String... more) throws IOException {
        return MtflCorpus.read(
                folder,
                folder.resolve(first),
                java.util.Arrays.stream(more).map(folder::resolve).toArray(Path[]::new));
    }

    @Test
    void a_face_without_size_is_refused() throws IOException {
        write("training.txt", "a.jpg 10 10 10 10 10 7 7 7 7 7 1 1 1 3\n");
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> MtflCorpus.load(folder))
                .withMessage(
                        "%s line 1: all points of a face are at one place, Point[x=9.0, y=6.0]",
                        folder.resolve("training.txt"));
    }

    @Test
    void a_folder_without_lists_is_no_corpus() {
        assertThatIOException()
                .isThrownBy(() -> MtflCorpus.load(folder))
                .withMessage("%s: no corpus here, neither training.txt nor trainImageList.txt found in it", folder);
        assertThatIOException()
                .isThrownBy(() -> MtflCorpus.read(folder, folder.resolve("no.txt")))
                .withMessage("%s: there is no such list", folder.resolve("no.txt"));
    }

    @Test
    void images_are_read_when_they_are_needed_and_missing_ones_named() throws IOException {
        write("training.txt", A + B);
        FaceCorpus corpus = MtflCorpus.load(folder).training();
        assertThatIOException()
                .isThrownBy(() -> corpus.get(0).image().load())
                .withMessage("%s: there is no such image file", folder.resolve("d/a.png"));
        assertThatIOException()
                .isThrownBy(corpus::fingerprint)
                .withMessage("%s: there is no such image file", folder.resolve("d/a.png"));
        writeImage(folder.resolve("d/a.png"), 7);
        writeImage(folder.resolve("d/b.png"), 8);
        assertThat(corpus.get(0).image().load().at(3, 3)).isEqualTo(7);
        String before = corpus.fingerprint();
        writeImage(folder.resolve("d/b.png"), 9);
        assertThat(corpus.fingerprint()).isNotEqualTo(before);
    }

    @Test
    void links_may_not_lead_out_of_the_corpus() throws IOException {
        Path secret = temporary.resolve("secret.png");
        writeImage(secret, 7);
        writeImage(folder.resolve("d/inside.png"), 8);
        Files.createSymbolicLink(folder.resolve("d/a.png"), secret);
        Files.createSymbolicLink(folder.resolve("d/b.png"), folder.resolve("d/inside.png"));
        write("training.txt", A + B);
        FaceCorpus corpus = MtflCorpus.load(folder).training();
        assertThatIOException()
                .isThrownBy(() -> corpus.get(0).image().load())
                .withMessage("%s: a link leads out of the corpus %s", folder.resolve("d/a.png"), folder);
        assertThatIOException().isThrownBy(() -> corpus.get(0).image().fingerprint());
        assertThat(corpus.get(1).image().load().at(0, 0)).isEqualTo(8);
        // the folder of the corpus itself may be a link
        Path link = Files.createSymbolicLink(temporary.resolve("link"), folder);
        assertThat(MtflCorpus.load(link).training().get(1).image().load().at(0, 0))
                .isEqualTo(8);
    }
}
