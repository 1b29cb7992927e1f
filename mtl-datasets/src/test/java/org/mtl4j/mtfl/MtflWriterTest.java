package org.mtl4j.mtfl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.faces.Gender;
import org.mtl4j.faces.Glasses;
import org.mtl4j.faces.ImageSource;
import org.mtl4j.faces.LandmarkScheme;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.Pose;
import org.mtl4j.faces.Smile;
import org.mtl4j.image.GrayImage;
import org.mtl4j.synthetic.SyntheticFaces;

class MtflWriterTest {

    private static final double PRINTED = 0.5e-6 + 1e-9; // half of the last of 6 decimals

    private static final FaceSample FACE = FaceSample.of(
                    "lfw/Anna_0001.bmp", ImageSource.of(GrayImage.of(2, 1, new byte[] {10, 20})))
            .withBox(new Box(84, 92.5, 161, 169))
            .withLandmarks(Landmarks.of(106.25, 107.75, 146.75, 112.25, 125.25, 142.75, 105.25, 157.75, 139.75, 161.75))
            .withAttributes(FaceAttributes.of(Gender.MALE, Smile.NOT_SMILING, Glasses.NO_GLASSES, Pose.FRONTAL));

    @TempDir
    private Path temporary;

    private Path target;

    @BeforeEach
    void nameTarget() {
        target = temporary.resolve("corpus");
    }

    @Test
    void lines_are_in_the_published_form() throws IOException {
        MtflCorpus.of(FaceCorpus.of(List.of(FACE))).write(target, ImageFormat.PNG);
        assertThat(Files.readString(target.resolve("training.txt")))
                .isEqualTo(" lfw\\Anna_0001.bmp.png 107.250000 147.750000 126.250000 106.250000 140.750000 "
                        + "108.750000 113.250000 143.750000 158.750000 162.750000 1 2 2 3\r\n ");
        assertThat(Files.readString(target.resolve("trainImageList.txt")))
                .isEqualTo("lfw\\Anna_0001.bmp.png 84 161 92.500000 169 106.250000 107.750000 146.750000 112.250000 "
                        + "125.250000 142.750000 105.250000 157.750000 139.750000 161.750000\r\n ");
        assertThat(target.resolve("lfw/Anna_0001.bmp.png")).isRegularFile();
    }

    @Test
    void synthetic_faces_come_back_as_they_were() throws IOException {
        FaceCorpus training = SyntheticFaces.corpus(30, 5);
        FaceCorpus testing = SyntheticFaces.corpus(40, 5).subset(30, 40);
        new MtflCorpus(training, Optional.of(testing)).write(target, ImageFormat.PNG);
        MtflCorpus back = MtflCorpus.load(target);
        assertEqual(back.training(), training);
        assertEqual(back.testing().orElseThrow(), testing);
        for (int i = 0; i < training.size(); i++) {
            assertThat(back.training().get(i).image().load())
                    .isEqualTo(training.get(i).image().load());
        }
    }

    private static void assertEqual(FaceCorpus actual, FaceCorpus expected) {
        assertThat(actual.size()).isEqualTo(expected.size());
        for (int i = 0; i < expected.size(); i++) {
            FaceSample ours = actual.get(i);
            FaceSample theirs = expected.get(i);
            assertThat(ours.id()).isEqualTo(theirs.id());
            assertThat(ours.attributes()).isEqualTo(theirs.attributes());
            assertThat(ours.box()).isEqualTo(theirs.box()); // whole numbers
            assertThat(ours.landmarks().orElseThrow().toArray())
                    .containsExactly(theirs.landmarks().orElseThrow().toArray(), within(PRINTED));
        }
    }

    @Test
    void jpeg_images_are_close() throws IOException {
        FaceCorpus faces = SyntheticFaces.corpus(3, 5);
        MtflCorpus.of(faces).write(target, ImageFormat.JPEG);
        FaceCorpus back = MtflCorpus.load(target).training();
        assertThat(back.get(0).id()).isEqualTo("synthetic/000000.jpg");
        byte[] ours = back.get(0).image().load().toBytes();
        byte[] theirs = faces.get(0).image().load().toBytes();
        double difference = 0;
        for (int i = 0; i < ours.length; i++) {
            difference += Math.abs((ours[i] & 0xff) - (theirs[i] & 0xff)) / (double) ours.length;
        }
        assertThat(difference).isBetween(0.01, 8.0); // quality 0.75 on a noisy picture
    }

    @Test
    void what_is_unknown_stays_unknown() throws IOException {
        FaceSample boxless =
                new FaceSample("a.png", FACE.image(), Optional.empty(), FACE.landmarks(), FACE.attributes());
        FaceSample unlabelled =
                new FaceSample("b.png", FACE.image(), FACE.box(), FACE.landmarks(), FaceAttributes.UNKNOWN);
        MtflCorpus.of(FaceCorpus.of(List.of(boxless, unlabelled))).write(target, ImageFormat.PNG);
        FaceCorpus back = MtflCorpus.load(target).training();
        assertThat(back.get(0).box()).isEmpty();
        assertThat(back.get(0).attributes().isComplete()).isTrue();
        assertThat(back.get(1).box()).isPresent();
        assertThat(back.get(1).attributes()).isEqualTo(FaceAttributes.UNKNOWN);
    }

    @Test
    void attributes_of_which_only_some_are_known_are_not_lost_silently() {
        FaceCorpus some = FaceCorpus.of(List.of(FACE)).withLabelFraction(FaceTask.SMILE, 0, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MtflCorpus.of(some).write(target, ImageFormat.PNG))
                .withMessageContaining("all four attributes of a face or none, and only some are known")
                .withMessageContaining(FACE.id());
        assertThat(target).doesNotExist();
    }

    @Test
    void nothing_is_left_where_writing_fails() throws IOException {
        ImageSource broken = new ImageSource() {
            @Override
            public GrayImage load() throws IOException {
                throw new IOException("gone");
            }

            @Override
            public String fingerprint() {
                return "";
            }
        };
        FaceSample bad = new FaceSample("z.png", broken, FACE.box(), FACE.landmarks(), FACE.attributes());
        assertThatIOException()
                .isThrownBy(
                        () -> MtflCorpus.of(FaceCorpus.of(List.of(FACE, bad))).write(target, ImageFormat.PNG))
                .withMessage("gone");
        try (Stream<Path> left = Files.list(temporary)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void a_folder_with_content_is_not_touched() throws IOException {
        Files.createDirectories(target);
        Files.writeString(target.resolve("mine.txt"), "mine");
        assertThatIOException()
                .isThrownBy(() -> MtflCorpus.of(FaceCorpus.of(List.of(FACE))).write(target, ImageFormat.PNG))
                .withMessage("%s: there is something in this folder already", target);
        assertThat(Files.readString(target.resolve("mine.txt"))).isEqualTo("mine");
        Files.delete(target.resolve("mine.txt"));
        MtflCorpus.of(FaceCorpus.of(List.of(FACE))).write(target, ImageFormat.PNG); // empty: taken
        assertThat(target.resolve("training.txt")).isRegularFile();
    }

    @Test
    void what_could_not_be_read_back_is_refused() {
        refused("'../a' is no path that a list can hold", named("../a"));
        refused("'/a' is no path that a list can hold", named("/a"));
        refused("'a b' is no path that a list can hold", named("a b"));
        refused("'C:x' is no path that a list can hold", named("C:x"));
        refused("'x/Y.jpg': another face has the path 'x/Y.png' already", named("x/y.png"), named("x/Y.jpg"));
        refused(
                "a: no landmarks to write",
                FaceSample.of("a", FACE.image()).withBox(FACE.box().orElseThrow()));
        refused(
                "a: a face needs a box or all attributes to be written",
                FaceSample.of("a", FACE.image()).withLandmarks(FACE.landmarks().orElseThrow()));
        refused(
                "the coordinate 1000000.0 is beyond",
                FACE.withLandmarks(Landmarks.of(1e6 - 1, 1, 2, 3, 4, 5, 6, 7, 8, 9)));
        refused("a box of less than 1.0 pixels cannot be read back", FACE.withBox(new Box(1, 1, 1.5, 2.5)));
        refused("a part of a corpus to be written needs at least one face");
    }

    private static FaceSample named(String id) {
        return new FaceSample(id, FACE.image(), FACE.box(), FACE.landmarks(), FACE.attributes());
    }

    private void refused(String message, FaceSample... samples) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MtflCorpus.of(FaceCorpus.of(List.of(samples))).write(target, ImageFormat.PNG))
                .withMessageContaining(message);
        assertThat(target).doesNotExist();
    }

    /** That of zip files does not move folders with their content. */
    @Test
    void any_file_system_will_do() throws IOException {
        FaceCorpus faces = SyntheticFaces.corpus(3, 1);
        MtflCorpus.of(faces).write(target, ImageFormat.PNG);
        try (FileSystem zip = FileSystems.newFileSystem(temporary.resolve("a.zip"), Map.of("create", "true"))) {
            for (String path : List.of("/deep/written", "relative")) {
                Path place = zip.getPath(path);
                MtflCorpus.of(faces).write(place, ImageFormat.PNG);
                assertEqual(MtflCorpus.load(place).training(), faces);
                assertThat(MtflCorpus.load(place)
                                .training()
                                .crops(FaceCrop.of(39))
                                .fingerprint())
                        .isEqualTo(MtflCorpus.load(target)
                                .training()
                                .crops(FaceCrop.of(39))
                                .fingerprint());
            }
            Path failed = zip.getPath("/failed");
            FaceCorpus second = FaceCorpus.of(
                    List.of(faces.get(0), FaceSample.of("b.png", faces.get(1).image())));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> MtflCorpus.of(second).write(failed, ImageFormat.PNG))
                    .withMessageContaining("no landmarks to write");
            assertThat(failed).doesNotExist();
        }
        Path javaItself = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/corpus");
        assertThatIOException()
                .isThrownBy(() -> MtflCorpus.of(faces).write(javaItself, ImageFormat.PNG))
                .withMessage("/corpus: its file system is read-only");
    }

    @Test
    void faces_of_other_points_are_refused() {
        Landmarks some = Landmarks.of(LandmarkScheme.numbered(2), new double[] {1, 2, 3, 4});
        FaceCorpus others = FaceCorpus.of(List.of(FACE.withLandmarks(some)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MtflCorpus.of(others).write(temporary.resolve("others"), ImageFormat.PNG))
                .withMessage("%s: a list has the usual five points of a face, got %s".formatted(FACE.id(), some));
    }
}
