package org.mtl4j.mtfl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
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
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.Pose;
import org.mtl4j.faces.SkipReport;
import org.mtl4j.faces.Smile;
import org.mtl4j.image.GrayImage;
import org.mtl4j.synthetic.SyntheticFaces;

/** Photos with two faces, one 40 pixels to the right of the other. */
class SeveralFacesTest {

    private static final FaceAttributes MAN =
            FaceAttributes.of(Gender.MALE, Smile.SMILING, Glasses.GLASSES, Pose.FRONTAL);
    private static final FaceAttributes WOMAN =
            FaceAttributes.of(Gender.FEMALE, Smile.NOT_SMILING, Glasses.NO_GLASSES, Pose.LEFT);

    @TempDir
    private Path temporary;

    private Path folder;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectories(temporary.resolve("corpus"));
    }

    private static Landmarks points(double x) {
        return Landmarks.of(x + 12, 15, x + 24, 15, x + 18, 20, x + 13, 26, x + 23, 26);
    }

    private static Box box(double x) {
        return new Box(x + 5, 5, x + 30, 30);
    }

    private static String boxLine(String photo, int x) {
        return "%s %d %d 5 30 %d 15 %d 15 %d 20 %d 26 %d 26%n"
                .formatted(photo, x + 5, x + 30, x + 12, x + 24, x + 18, x + 13, x + 23);
    }

    private static String attributeLine(String photo, int x, String codes) {
        return "%s %d %d %d %d %d 16 16 21 27 27 %s%n".formatted(photo, x + 13, x + 25, x + 19, x + 14, x + 24, codes);
    }

    private void write(String list, String... lines) throws IOException {
        Files.writeString(folder.resolve(list), String.join("", lines));
    }

    private static GrayImage image(int seed) {
        byte[] gray = new byte[80 * 36];
        for (int i = 0; i < gray.length; i++) {
            gray[i] = (byte) (i * 7 + seed);
        }
        return GrayImage.of(80, 36, gray);
    }

    /** Two faces on each of some photos, and then as many photos with one. */
    private static FaceCorpus mixed(int photos) {
        List<FaceSample> samples = new ArrayList<>();
        for (int i = 0; i < photos; i++) {
            ImageSource source = ImageSource.of(image(i));
            samples.add(labelled("p" + i + "#1", source, 0, MAN));
            samples.add(labelled("p" + i + "#2", source, 40, WOMAN));
            samples.add(labelled("q" + i, ImageSource.of(image(-i)), 0, WOMAN));
        }
        return FaceCorpus.of(samples);
    }

    private static FaceSample labelled(String id, ImageSource source, double x, FaceAttributes attributes) {
        return FaceSample.of(id, source)
                .withBox(box(x))
                .withLandmarks(points(x))
                .withAttributes(attributes);
    }

    @Test
    void faces_of_a_photo_are_read_from_both_lists_and_joined_by_their_points() throws IOException {
        write(
                "training.txt",
                attributeLine("a.png", 0, "1 1 1 3"),
                attributeLine("b.png", 0, "2 2 2 2"),
                attributeLine("a.png", 40, "2 2 2 2"));
        write("trainImageList.txt", boxLine("a.png", 40), boxLine("a.png", 0), boxLine("c.png", 0));
        FaceCorpus faces = MtflCorpus.load(folder).training();
        assertThat(faces.samples()).extracting(FaceSample::id).containsExactly("a.png#1", "a.png#2", "b.png", "c.png");
        assertThat(faces.samples()).extracting(FaceSample::photo).containsExactly("a.png", "a.png", "b.png", "c.png");
        assertThat(faces.samples())
                .extracting(FaceSample::box)
                .containsExactly(Optional.of(box(0)), Optional.of(box(40)), Optional.empty(), Optional.of(box(0)));
        assertThat(faces.samples())
                .extracting(FaceSample::attributes)
                .containsExactly(MAN, WOMAN, WOMAN, FaceAttributes.UNKNOWN);
        assertThat(faces.get(1).image().listedAt())
                .contains("%s line 3, %s line 1"
                        .formatted(folder.resolve("training.txt"), folder.resolve("trainImageList.txt")));
        assertThat(faces.photos()).containsExactly(0, 0, 1, 2);
    }

    @Test
    void a_face_that_only_one_list_has_is_another_face_of_the_photo() throws IOException {
        write("training.txt", attributeLine("a.png", 0, "1 1 1 3"));
        write("trainImageList.txt", boxLine("a.png", 40), boxLine("a.png", 0));
        FaceCorpus faces = MtflCorpus.load(folder).training();
        assertThat(faces.samples()).extracting(FaceSample::attributes).containsExactly(MAN, FaceAttributes.UNKNOWN);
        assertThat(faces.samples())
                .extracting(FaceSample::landmarks)
                .containsExactly(Optional.of(points(0)), Optional.of(points(40)));
    }

    @Test
    void lists_that_disagree_on_one_of_two_faces_are_refused_or_that_face_is_left_out() throws IOException {
        write("training.txt", attributeLine("a.png", 0, "1 1 1 3"), attributeLine("a.png", 42, "2 2 2 2"));
        write("trainImageList.txt", boxLine("a.png", 0), boxLine("a.png", 40));
        String problem = "'a.png': x1 is 52.0 (0-based), but 54.0 in %s line 2; lists of one corpus must agree to 0.01"
                        .formatted(folder.resolve("training.txt"))
                + " pixels";
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> MtflCorpus.load(folder))
                .withMessage("%s line 2: %s", folder.resolve("trainImageList.txt"), problem);
        SkipReport report = new SkipReport();
        FaceCorpus faces =
                MtflReader.standard().withSkipReport(report).load(folder).training();
        assertThat(faces.samples()).extracting(FaceSample::id).containsExactly("a.png");
        assertThat(faces.get(0).landmarks()).contains(points(0));
        assertThat(report.skipped()).extracting(SkipReport.Skipped::problem).containsExactly(problem);
    }

    @Test
    void one_face_twice_is_a_fault_and_two_heads_are_not() throws IOException {
        Path list = folder.resolve("trainImageList.txt");
        write("trainImageList.txt", boxLine("a.png", 0), boxLine("a.png", 40), boxLine("a.png", 0));
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> MtflCorpus.load(folder))
                .withMessage("%s line 3: 'a.png' is in line 1 already", list);
        write("trainImageList.txt", boxLine("a.png", 0), boxLine("a.png", 2));
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> MtflCorpus.load(folder))
                .withMessage(
                        "%s line 2: 'a.png' is in line 1 already, with points only 2.0 pixels away: not another face of"
                                + " the photo",
                        list);
        write("trainImageList.txt", boxLine("a.png", 0), boxLine("a.png", 10));
        assertThat(MtflCorpus.load(folder).training().size()).isEqualTo(2);
    }

    @Test
    void a_broken_photo_is_reported_for_each_of_its_faces() throws IOException {
        ImageIO.write(image(0).toBufferedImage(), "png", folder.resolve("b.png").toFile());
        write(
                "trainImageList.txt",
                boxLine("a.png", 0),
                boxLine("b.png", 0),
                boxLine("a.png", 40),
                boxLine("b.png", 40));
        SkipReport report = new SkipReport();
        var crops = MtflCorpus.load(folder)
                .training()
                .cropping(FaceCrop.of(8))
                .skipReport(report)
                .cut();
        assertThat(crops.corpus().samples()).extracting(FaceSample::id).containsExactly("b.png#1", "b.png#2");
        Path list = folder.resolve("trainImageList.txt");
        assertThat(report.skipped())
                .extracting(SkipReport.Skipped::place)
                .containsExactly("'a.png#1' (%s line 1)".formatted(list), "'a.png#2' (%s line 3)".formatted(list));
    }

    @Test
    void a_photo_is_written_once_with_a_line_for_each_face() throws IOException {
        Path target = temporary.resolve("written");
        FaceCorpus faces = mixed(3);
        MtflCorpus.of(faces).write(target, ImageFormat.PNG);
        try (Stream<Path> files = Files.list(target)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "training.txt",
                            "trainImageList.txt",
                            "p0.png",
                            "p1.png",
                            "p2.png",
                            "q0.png",
                            "q1.png",
                            "q2.png");
        }
        FaceCorpus back = MtflCorpus.load(target).training();
        assertThat(back.samples()).extracting(FaceSample::id).startsWith("p0.png#1", "p0.png#2", "q0.png", "p1.png#1");
        for (int i = 0; i < faces.size(); i++) {
            assertThat(back.get(i).box()).isEqualTo(faces.get(i).box());
            assertThat(back.get(i).attributes()).isEqualTo(faces.get(i).attributes());
            assertThat(back.get(i).landmarks()).isEqualTo(faces.get(i).landmarks());
        }
        assertThat(back.photos()).containsExactly(faces.photos());
        assertThat(back.crops(FaceCrop.of(9)).size()).isEqualTo(9);
    }

    @Test
    void faces_that_could_not_be_told_apart_are_not_written() {
        ImageSource source = ImageSource.of(image(1));
        FaceSample one = labelled("a#1", source, 0, MAN);
        FaceSample same = labelled("a#2", source, 0, WOMAN);
        refused("'a#1' and 'a#2': the same points of the same photo; a face is written once", one, same);
        FaceSample boxOnly = FaceSample.of("a#2", source).withBox(box(40)).withLandmarks(points(40));
        FaceSample attributesOnly =
                FaceSample.of("a#1", source).withLandmarks(points(0)).withAttributes(MAN);
        refused("one cannot have a box alone and the other attributes alone", attributesOnly, boxOnly);
        FaceSample elsewhere = labelled("a#2", ImageSource.of(image(2)), 40, WOMAN);
        refused("'a#2': another face has the path 'a.png' already", one, elsewhere);
        Path target = temporary.resolve("written");
        MtflCorpus leaking = new MtflCorpus(
                FaceCorpus.of(List.of(one)), Optional.of(FaceCorpus.of(List.of(labelled("a#2", source, 40, MAN)))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> leaking.write(target, ImageFormat.PNG))
                .withMessageStartingWith("'a#2': the photo 'a.png' is among the training faces already");
        assertThat(target).doesNotExist();
    }

    private void refused(String message, FaceSample... samples) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MtflCorpus.of(FaceCorpus.of(List.of(samples)))
                        .write(temporary.resolve("written"), ImageFormat.PNG))
                .withMessageContaining(message);
    }

    @Test
    void a_photo_is_on_one_side_of_a_split_whatever_the_seed_and_the_number() {
        FaceCorpus faces = mixed(20);
        for (int seed = 0; seed < 20; seed++) {
            for (int count = 0; count <= faces.size(); count += 7) {
                FaceCorpus.Split split = faces.splitOff(count, seed);
                assertThat(split.validation().size()).isBetween(count - 1, count + 1);
                assertThat(split.training().size() + split.validation().size()).isEqualTo(60);
                Set<String> both = photos(split.training());
                both.retainAll(photos(split.validation()));
                assertThat(both).isEmpty();
            }
        }
    }

    @Test
    void labels_are_left_to_whole_photos() {
        FaceCorpus faces = mixed(20);
        FaceCorpus few = faces.withLabelFraction(FaceTask.SMILE, 0.3, 5);
        assertThat(few.countLabelled(FaceTask.SMILE)).isBetween(17, 19);
        Map<String, Set<Boolean>> labelled = few.samples().stream()
                .collect(Collectors.groupingBy(
                        FaceSample::photo, Collectors.mapping(FaceTask.SMILE::isLabelled, Collectors.toSet())));
        assertThat(labelled.values()).allMatch(states -> states.size() == 1);
        FaceCorpus more = faces.withLabelFraction(FaceTask.SMILE, 0.6, 5);
        for (int i = 0; i < faces.size(); i++) {
            assertThat(FaceTask.SMILE.isLabelled(more.get(i)) || !FaceTask.SMILE.isLabelled(few.get(i)))
                    .isTrue();
        }
    }

    @Test
    void samples_are_of_one_photo_by_id_by_number_or_by_source() {
        ImageSource shared = ImageSource.of(image(0));
        FaceCorpus faces = FaceCorpus.of(List.of(
                FaceSample.of("a", ImageSource.of(image(1))),
                FaceSample.of("b", shared),
                FaceSample.of("a", ImageSource.of(image(1))),
                FaceSample.of("c", shared),
                FaceSample.of("c#12", ImageSource.of(image(2))),
                FaceSample.of("#7", ImageSource.of(image(3))),
                FaceSample.of("#8", ImageSource.of(image(4)))));
        assertThat(faces.photos()).containsExactly(0, 1, 0, 1, 1, 2, 3);
        assertThat(faces.get(4).photo()).isEqualTo("c");
        assertThat(faces.get(5).photo()).isEqualTo("#7");
    }

    @Test
    void a_photo_is_decoded_once_for_all_its_faces_at_once_or_when_needed() throws IOException {
        Counting source = new Counting(image(3));
        FaceCorpus faces = FaceCorpus.of(List.of(
                labelled("a", source, 0, MAN),
                labelled("b", ImageSource.of(image(9)), 0, MAN),
                labelled("c", source, 40, WOMAN)));
        String whole = faces.crops(FaceCrop.of(10)).fingerprint();
        assertThat(source.loaded).isEqualTo(1);
        var lazy = faces.cropping(FaceCrop.of(10)).lazy().cut();
        assertThat(source.loaded).isEqualTo(1);
        assertThat(lazy.fingerprint()).isEqualTo(whole);
        assertThat(source.loaded).isEqualTo(2);
    }

    private static final class Counting implements ImageSource {
        private final GrayImage image;
        private int loaded;

        private Counting(GrayImage image) {
            this.image = image;
        }

        @Override
        public GrayImage load() {
            loaded++;
            return image;
        }

        @Override
        public String fingerprint() {
            return "counting";
        }
    }

    private static Set<String> photos(FaceCorpus faces) {
        return faces.samples().stream().map(FaceSample::photo).collect(Collectors.toCollection(HashSet::new));
    }

    @Test
    void corpora_with_one_face_a_photo_are_divided_as_they_always_were() throws IOException {
        FaceCorpus faces = SyntheticFaces.corpus(40, 1); // what the version before this one gave
        assertThat(faces.split(0.2, 7).validation().samples().stream()
                        .map(face -> Integer.parseInt(face.id().substring(10, 16))))
                .containsExactly(1, 2, 3, 4, 15, 18, 25, 30);
        assertThat(faces.withLabelFraction(FaceTask.SMILE, 0.5, 3).classCounts(FaceTask.SMILE))
                .containsExactly(entry("smiling", 10), entry("not smiling", 10));
        assertThat(faces.split(0.3, 2).validation().fingerprint())
                .isEqualTo("a0a501e1d78930d8364085cc534ba634b106c51950930bc6bec8e122533c3910");
    }
}
