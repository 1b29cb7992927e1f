package org.mtl4j.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttribute;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.GeometryCheck;
import org.mtl4j.faces.LandmarkScheme;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.Point;
import org.mtl4j.faces.PointNormalizer;
import org.mtl4j.faces.SkipReport;
import org.mtl4j.image.ImageDecoder;
import org.mtl4j.synthetic.SyntheticFaces;

/** Lists in the published forms, by hand and written from drawn faces. */
class CorpusReaderTest {

    @TempDir
    private Path folder;

    private static final CorpusReader READER = CorpusReader.standard();

    /** Points (i + 1, 2 i + 1) in a file's own count from 1. */
    private static String pts(int points) {
        return "version: 1\nn_points:  %s\n{\n".formatted(points)
                + IntStream.range(0, points)
                        .mapToObj(i -> String.format(Locale.ROOT, "%d.500000 %d", i + 1, 2 * i + 1))
                        .collect(Collectors.joining("\n"))
                + "\n}\n";
    }

    private Path file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static void assertPointsEqual(FaceCorpus read, FaceCorpus written) {
        assertThat(read.size()).isEqualTo(written.size());
        for (int i = 0; i < read.size(); i++) {
            assertThat(read.get(i).landmarks().orElseThrow().toArray())
                    .containsExactly(written.get(i).landmarks().orElseThrow().toArray(), within(1e-6)); // as printed
        }
    }

    @Test
    void pts_files_count_from_one() throws IOException {
        file("helen/b.pts", pts(68).replace("\n", "\r\n"));
        file("helen/b.JPG", "");
        file("helen/a.pts", pts(68));
        file("helen/a.png", "");
        FaceCorpus faces = READER.withGeometryCheck(GeometryCheck.OFF).pts(folder);
        assertThat(faces.layout()).isEqualTo(FaceLayout.IBUG_68);
        assertThat(faces.samples()).extracting(FaceSample::id).containsExactly("helen/a.png", "helen/b.JPG");
        Landmarks points = faces.get(0).landmarks().orElseThrow();
        assertThat(points.point(0)).contains(new Point(0.5, 0));
        assertThat(points.point(67)).contains(new Point(67.5, 134));
        assertThat(faces.get(0).box()).isEmpty();
        assertThat(faces.get(0).withBoxFromLandmarks().box()).contains(new Box(0.5, 0, 67.5, 134));
    }

    @Test
    void copies_of_one_photo_stay_together() {
        assertThat(PtsFiles.photo("afw/1051618982_1")).isEqualTo("afw/1051618982");
        assertThat(PtsFiles.photo("ibug/image_003_1")).isEqualTo("ibug/image_003");
        assertThat(PtsFiles.photo("ibug/image_003")).isEqualTo("ibug/image_003");
        assertThat(PtsFiles.photo("lfpw/image_0001_mirror")).isEqualTo("lfpw/image_0001");
        assertThat(PtsFiles.photo("100032540_12_mirror")).isEqualTo("100032540");
        assertThat(PtsFiles.photo("mine/face_1")).isEqualTo("mine/face_1"); // other names are no copies
        assertThat(PtsFiles.photo("mine/2024_1")).isEqualTo("mine/2024_1");
    }

    @Test
    void broken_pts_files_are_named_with_line_and_field() throws IOException {
        file("a.png", "");
        assertFault("a.pts", pts(66), "a.pts line 2: expected n_points 68, got 66");
        assertFault("a.pts", pts(68).replace("version: 1", "version: 2"), "a.pts line 1: version 1 is read, got 2");
        assertFault("a.pts", "68 points", "a.pts line 1: expected 'n_points: 68', got '68 points'");
        assertFault(
                "a.pts",
                pts(68).replace("3.500000 5", "3.5"),
                "a.pts line 6: expected 2 fields (point 3 of 68, x and y), got 1: '3.5'");
        assertFault(
                "a.pts",
                pts(68).replace("3.500000 5", "3.5 NaN"),
                "a.pts line 6: y3 (field 2) must be a number, got 'NaN'");
        assertFault("a.pts", pts(68).replace("}", ""), "a.pts line 72: the file ends where '}' is expected");
        assertFault("a.pts", pts(68) + "7", "a.pts line 73: nothing is expected behind '}', got '7'");
        assertFault("a.pts", "", "a.pts line 1: the file ends where 'version: 1' is expected");
        file("a.jpg", "");
        assertFault("a.pts", pts(68), "a.pts: there are several images of this name beside it: [a.jpg, a.png]");
        assertThatIOException()
                .isThrownBy(() -> READER.pts(folder.resolve("none")))
                .withMessageStartingWith(folder.resolve("none") + ": there is no such folder");
        Files.delete(folder.resolve("a.pts"));
        assertThatIOException().isThrownBy(() -> READER.pts(folder)).withMessage(folder + ": there is no face in it");
    }

    private void assertFault(String name, String text, String message) throws IOException {
        file(name, text);
        assertThatExceptionOfType(CorpusFormatException.class)
                .isThrownBy(() -> READER.withGeometryCheck(GeometryCheck.OFF).pts(folder))
                .satisfies(fault -> assertThat(fault.getMessage().replace("a.png, a.jpg", "a.jpg, a.png"))
                        .isEqualTo(folder + "/" + message));
    }

    @Test
    void broken_files_are_left_out_and_counted() throws IOException {
        file("a.png", "");
        file("a.pts", pts(68));
        file("b.pts", pts(68));
        file("c.png", "");
        file("c.pts", "no points");
        SkipReport report = new SkipReport();
        FaceCorpus faces = READER.withGeometryCheck(GeometryCheck.OFF)
                .withSkipReport(report)
                .pts(folder);
        assertThat(faces.samples()).extracting(FaceSample::id).containsExactly("a.png");
        assertThat(report.toString())
                .isEqualTo("2 skipped\n%s/b.pts: there is no image of this name beside it, .jpg, .jpeg or .png\n"
                                .formatted(folder)
                        + "%s/c.pts line 1: expected 'n_points: 68', got 'no points'".formatted(folder));
    }

    @Test
    void drawn_faces_of_68_points_are_written_and_read() throws IOException {
        FaceCorpus drawn = SyntheticFaces.corpus(12, 5, FaceLayout.IBUG_68);
        CorpusWriter.pts(drawn, folder.resolve("pts"));
        FaceCorpus read = READER.pts(folder.resolve("pts"));
        assertThat(read.layout()).isEqualTo(drawn.layout());
        assertPointsEqual(read, drawn);
        assertThat(Files.readString(folder.resolve("pts/synthetic/000000.pts")))
                .startsWith("version: 1\nn_points: 68\n{\n");
        assertThat(read.map(FaceSample::withBoxFromLandmarks)
                        .crops(FaceCrop.of(16))
                        .size())
                .isEqualTo(12);
        assertThat(PointNormalizer.INTER_OCULAR.of(read.get(0)).orElseThrow())
                .isGreaterThan(PointNormalizer.INTER_PUPIL.of(read.get(0)).orElseThrow());
    }

    /** A line of WFLW: points (i, 2 i), a box, codes, a path. */
    private static String wflw(String codes, String path) {
        return IntStream.range(0, 98).mapToObj(i -> i + ".25 " + 2 * i).collect(Collectors.joining(" "))
                + " 1 2 98 196 " + codes + " " + path + "\n";
    }

    @Test
    void wflw_lists_have_points_box_attributes_and_several_faces_of_a_photo() throws IOException {
        Path list = file(
                "list.txt",
                wflw("1 0 0 1 0 1", "37--Soccer/37_Soccer_a.jpg")
                        + wflw("0 0 0 0 0 0", "b.jpg")
                        + wflw("0 1 1 0 1 0", "37--Soccer/37_Soccer_a.jpg").replace("0.25 0 ", "0.75 0 "));
        FaceCorpus faces = READER.withGeometryCheck(GeometryCheck.OFF).wflwList(folder, list);
        assertThat(faces.samples())
                .extracting(FaceSample::id)
                .containsExactly("37--Soccer/37_Soccer_a.jpg#1", "37--Soccer/37_Soccer_a.jpg#2", "b.jpg");
        assertThat(faces.photos()).containsExactly(0, 0, 1);
        FaceSample first = faces.get(0);
        assertThat(first.box()).contains(new Box(1, 2, 98, 196));
        assertThat(first.landmarks().orElseThrow().point(97)).contains(new Point(97.25, 194)); // as it stands
        assertThat(first.attributes().known().values())
                .containsExactly(
                        "large pose", "normal expression", "normal illumination", "make-up", "no occlusion", "blur");
        assertThat(first.image().listedAt()).contains(list + " line 1");
        for (int seed = 0; seed < 20; seed++) { // whichever are drawn, a photo is on one side
            FaceCorpus.Split split = faces.split(0.4, seed);
            Set<String> photos =
                    split.training().samples().stream().map(FaceSample::photo).collect(Collectors.toSet());
            assertThat(Collections.disjoint(
                            photos,
                            split.validation().samples().stream()
                                    .map(FaceSample::photo)
                                    .collect(Collectors.toCollection(HashSet::new))))
                    .isTrue();
        }
    }

    @Test
    void broken_wflw_lists_are_named_with_line_and_field() throws IOException {
        assertWflwFault(
                wflw("0 0 0 0 0 0 0", "a.jpg"),
                "line 1: expected 207 fields (x1 y1 … x98 y98, left top right"
                        + " bottom, pose expression illumination make-up occlusion blur, path), got 208;"
                        + " a path has no blanks");
        assertWflwFault(wflw("0 2 0 0 0 0", "a.jpg"), "line 1: expression (field 202) must be one of [1, 0], got '2'");
        assertWflwFault(
                "\n" + wflw("0 0 0 0 0 0", "../a.jpg"),
                "line 2: field 207: the path of an image is relative, without '..', and stays in the corpus, got"
                        + " '../a.jpg'");
        assertWflwFault(
                wflw("0 0 0 0 0 0", "a.jpg").replace("3.25 6 ", "3.25 6e6 "),
                "line 1: y4 (field 8) must be at most 100000, got 6e6");
        assertWflwFault(
                wflw("0 0 0 0 0 0", "a.jpg").replace(" 1 2 98 196 ", " 98 2 1 196 "),
                "line 1: a box is at least 1 pixel wide and high, got left 98.0, top 2.0, right 1.0, bottom 196.0");
        assertWflwFault(
                wflw("0 0 0 0 0 0", "a.jpg").replace("0.25", "0.2\u00005"),
                "line 1: it is not in UTF-8: there is a NUL character, as where UTF-16 is taken for something else");
        assertWflwFault("", "there is no face in it");
        Path list = file("list.txt", "");
        Files.write(list, new byte[] {'\n', '\r', (byte) 0xc3, (byte) 0x28});
        assertThatIOException()
                .isThrownBy(() -> READER.wflwList(folder, list))
                .withMessage(list + " line 3: it is not in UTF-8: there is C3");
    }

    @Test
    void lines_may_end_as_on_any_system() throws IOException {
        String line = wflw("0 0 0 0 0 0", "a.jpg").strip();
        for (String end : List.of("\n", "\r\n", "\r")) {
            Path list = file("list.txt", line + end + end + "bad" + end + line.replace("a.jpg", "b.jpg") + end);
            SkipReport report = new SkipReport();
            assertThat(READER.withSkipReport(report).wflwList(folder, list).size())
                    .isEqualTo(2);
            assertThat(report.toString()).contains(list + " line 3: ");
        }
    }

    private void assertWflwFault(String text, String message) throws IOException {
        Path list = file("list.txt", text);
        assertThatExceptionOfType(CorpusFormatException.class)
                .isThrownBy(() -> READER.withGeometryCheck(GeometryCheck.OFF).wflwList(folder, list))
                .withMessage(list + (message.startsWith("line") ? " " : ": ") + message);
    }

    @Test
    void drawn_faces_of_98_points_are_written_and_read() throws IOException {
        FaceCorpus drawn = SyntheticFaces.corpus(16, 5, FaceLayout.WFLW);
        CorpusWriter.wflw(FaceParts.of(drawn.subset(0, 12), drawn.subset(12, 16)), folder.resolve("w"));
        FaceParts read = READER.wflw(folder.resolve("w"));
        assertPointsEqual(read.training(), drawn.subset(0, 12));
        assertThat(read.testing().orElseThrow().samples())
                .extracting(FaceSample::attributes)
                .isEqualTo(drawn.subset(12, 16).samples().stream()
                        .map(FaceSample::attributes)
                        .toList());
        assertThat(read.training().samples())
                .extracting(FaceSample::box)
                .isEqualTo(drawn.subset(0, 12).samples().stream()
                        .map(FaceSample::box)
                        .toList());
        assertThat(read.validation()).isEmpty();
        // boxes of other faces are no boxes of these
        Path list = folder.resolve("w/" + WflwList.LISTS).resolve(WflwList.TRAINING);
        String moved = Files.readString(list)
                .lines()
                .map(line -> {
                    String[] fields = line.split(" ");
                    for (int i = 196; i < 200; i++) {
                        fields[i] = Double.toString(Double.parseDouble(fields[i]) + 500);
                    }
                    return String.join(" ", fields);
                })
                .collect(Collectors.joining("\n"));
        Files.writeString(list, moved);
        assertThatExceptionOfType(CorpusFormatException.class)
                .isThrownBy(() -> READER.wflw(folder.resolve("w")))
                .withMessageStartingWith(list + ": 12 of 12 faces have most of their points outside of their box")
                .withMessageContaining("CorpusReader.withGeometryCheck(GeometryCheck.WARN)");
    }

    private static final String POINTS = "3\n" + String.join(" ", CelebALists.POINT_COLUMNS) + "\n"
            + "000001.jpg 69 109  106 113   77 142   73  152  108 154\n"
            + "000002.jpg 69 110  107 112   81 135   70  151  108 153\n"
            + "000003.jpg 76 112  104 106  108 128   74  156   98 158\n";

    private static String attributes(String third) {
        String names =
                FaceLayout.CELEBA.attributes().stream().map(FaceAttribute::name).collect(Collectors.joining(" "));
        String no = String.join(" ", Collections.nCopies(39, "-1"));
        return "3\n" + names + " \n000001.jpg " + no + "  1\n000002.jpg 1 " + no + "\n000003.jpg " + no + " " + third
                + "\n";
    }

    @Test
    void celeba_lists_are_joined_and_divided_as_the_partition_says() throws IOException {
        file("Anno/list_landmarks_align_celeba.txt", POINTS);
        file("Anno/list_attr_celeba.txt", attributes("-1").replace("\n", "\r\n"));
        file("Anno/list_bbox_celeba.txt", "3\nimage_id x_1 y_1 width height\n000001.jpg 95 71 226 313\n");
        file("Eval/list_eval_partition.txt", "000001.jpg 0\n000002.jpg 2\n000003.jpg 0\n000004.jpg 1\n");
        FaceParts parts = READER.celebA(folder);
        assertThat(parts.training().layout()).isEqualTo(FaceLayout.CELEBA);
        assertThat(parts.training().samples()).extracting(FaceSample::id).containsExactly("000001.jpg", "000003.jpg");
        assertThat(parts.testing().orElseThrow().samples())
                .extracting(FaceSample::id)
                .containsExactly("000002.jpg");
        assertThat(parts.validation()).isEmpty();
        FaceSample first = parts.training().get(0);
        assertThat(first.landmarks())
                .contains(Landmarks.of(69, 109, 106, 113, 77, 142, 73, 152, 108, 154)); // as they stand
        assertThat(first.box()).isEmpty(); // boxes are those of the images in the wild
        assertThat(first.attributes().known()).hasSize(40).containsEntry(FaceAttribute.yesNo("Young"), "yes");
        assertThat(parts.training().classCounts(FaceLayout.CELEBA.named("attributes")))
                .containsEntry("Young", 1)
                .containsEntry("Bald", 0);
    }

    @Test
    void celeba_is_read_as_it_is_passed_on_with_commas_and_in_part() throws IOException {
        file("list_attr_celeba.csv", "image_id,Smiling,Wearing_Hat\n000001.jpg,1,-1\n000002.jpg,-1,-1\n");
        file("list_eval_partition.csv", "image_id,partition\n000001.jpg,0\n000002.jpg,1\n");
        FaceParts parts = READER.celebA(folder);
        assertThat(parts.training().layout().attributes())
                .extracting(FaceAttribute::name)
                .containsExactly("Smiling", "Wearing_Hat");
        assertThat(parts.training().get(0).attributes().known().values()).containsExactly("yes", "no");
        assertThat(parts.validation().orElseThrow().get(0).landmarks()).isEmpty();
    }

    @Test
    void celeba_in_the_wild_has_boxes() throws IOException {
        file("list_landmarks_celeba.txt", POINTS);
        file(
                "list_bbox_celeba.txt",
                "3\nimage_id x_1 y_1 width height\n000001.jpg    50  71 80 113\n000002.jpg 0 0 0 0\n"
                        + "000003.jpg 40 70 90 120\n");
        FaceCorpus faces = READER.celebAInTheWild(folder).training();
        assertThat(faces.samples())
                .extracting(FaceSample::box)
                .containsExactly(
                        Optional.of(new Box(50, 71, 130, 184)),
                        Optional.empty(), // there are some without any
                        Optional.of(new Box(40, 70, 130, 190)));
    }

    @Test
    void broken_celeba_lists_are_named_with_line_and_field() throws IOException {
        file("list_landmarks_align_celeba.txt", POINTS);
        assertCelebAFault(attributes("0"), "line 5: Young (field 41) must be one of [1, -1], got '0'");
        assertCelebAFault(
                attributes("-1").replace("3\n5_o", "4\n5_o"), "line 1: the list says that it has 4 images, and has 3");
        assertCelebAFault(attributes("-1").replace("000002", "000001"), "line 4: '000001.jpg' is in this list already");
        assertCelebAFault(
                attributes("-1").replace("Young", "Bald"),
                "line 2: attribute 'Bald': there is another attribute or a task of this name;"
                        + " 'landmarks' and 'attributes' are those of all points and of all attributes");
        assertCelebAFault("3\n", "line 1: the list is empty, or ends in its head");
        file("list_attr_celeba.txt", attributes("-1"));
        Path partition = file("list_eval_partition.txt", "000001.jpg 0\n000002.jpg 3\n");
        assertThatIOException()
                .isThrownBy(() -> READER.celebA(folder))
                .withMessage(partition + " line 2: partition (field 2) must be one of [0, 1, 2], got '3'");
        file("list_eval_partition.txt", "000001.jpg 0\n000002.jpg 1\n000001.jpg 2\n");
        assertThatIOException()
                .isThrownBy(() -> READER.celebA(folder))
                .withMessage(partition + " line 3: '000001.jpg' is in this list already");
        file("list_eval_partition.txt", "000001.jpg 0\n000002.jpg 1\n");
        assertThatIOException()
                .isThrownBy(() -> READER.celebA(folder))
                .withMessage("%s/list_landmarks_align_celeba.txt line 5: '000003.jpg' is not in %s"
                        .formatted(folder, partition));
        SkipReport report = new SkipReport();
        assertThat(READER.withSkipReport(report).celebA(folder).training().size())
                .isEqualTo(1);
        assertThat(report.count()).isEqualTo(1);
        assertThatIOException()
                .isThrownBy(() -> READER.celebA(folder.resolve("none")))
                .withMessage(folder.resolve("none") + ": no CelebA here, neither list_landmarks_align_celeba nor"
                        + " list_attr_celeba found in it or in Anno, as .txt or .csv");
    }

    private void assertCelebAFault(String text, String message) throws IOException {
        Path list = file("list_attr_celeba.txt", text);
        assertThatExceptionOfType(CorpusFormatException.class)
                .isThrownBy(() -> READER.celebA(folder))
                .withMessage(list + " " + message);
    }

    @Test
    void drawn_faces_of_40_attributes_are_written_and_read() throws IOException {
        FaceCorpus drawn = SyntheticFaces.corpus(15, 5, FaceLayout.CELEBA);
        FaceParts parts = new FaceParts(
                drawn.subset(0, 10), Optional.of(drawn.subset(10, 12)), Optional.of(drawn.subset(12, 15)));
        CorpusWriter.celebA(parts, true, folder.resolve("wild"));
        FaceParts wild = READER.celebAInTheWild(folder.resolve("wild"));
        assertPointsEqual(wild.training(), parts.training());
        assertThat(wild.validation().orElseThrow().size()).isEqualTo(2);
        assertThat(wild.testing().orElseThrow().samples())
                .extracting(FaceSample::attributes)
                .isEqualTo(drawn.subset(12, 15).samples().stream()
                        .map(FaceSample::attributes)
                        .toList());
        assertThat(wild.training().crops(FaceCrop.of(16)).size()).isEqualTo(10);
        CorpusWriter.celebA(parts, false, folder.resolve("aligned"));
        assertPointsEqual(READER.celebA(folder.resolve("aligned")).training(), parts.training());
        assertThatIOException()
                .isThrownBy(() -> CorpusWriter.celebA(parts, false, folder.resolve("aligned")))
                .withMessage(folder.resolve("aligned") + ": there is something in this folder already");
    }

    @Test
    void aflw_tables_of_both_kinds_are_read() throws IOException {
        String header = "image_name,scale,box_size,center_w,center_h,"
                + IntStream.range(0, 19)
                        .mapToObj(i -> "original_%s_x,original_%s_y".formatted(i, i))
                        .collect(Collectors.joining(","));
        String points =
                IntStream.range(0, 19).mapToObj(i -> i + 1 + "," + (i + 2)).collect(Collectors.joining(","));
        Path hrnet = file("hrnet.csv", header + "\n0/image00002.jpg,0.5,90,60,70," + points + "\n");
        FaceCorpus nineteen = READER.withGeometryCheck(GeometryCheck.OFF).aflw(folder, hrnet);
        assertThat(nineteen.layout()).isEqualTo(FaceLayout.AFLW_19);
        assertThat(nineteen.get(0).box()).contains(new Box(15, 25, 105, 115));
        assertThat(PointNormalizer.BOX_SIZE.of(nineteen.get(0))).hasValue(90);
        assertThat(nineteen.get(0).landmarks().orElseThrow().point(18)).contains(new Point(19, 20));

        String names = PointTable.AFLW_NAMES.stream()
                .map(name -> name + "_X," + name + "_Y")
                .collect(Collectors.joining(","));
        Path named = file(
                "named.csv",
                "#FILENAME,FACE_X,FACE_Y,FACE_WIDTH,FACE_HEIGHT," + names + "\ndata/flickr/0/a.jpg,10,20,30,40,1,2,"
                        + ",".repeat(38) + "99,98\n");
        FaceCorpus seen = READER.aflw(folder, named);
        assertThat(seen.layout()).isEqualTo(FaceLayout.AFLW_21);
        assertThat(seen.get(0).box()).contains(new Box(10, 20, 40, 60));
        Landmarks some = seen.get(0).landmarks().orElseThrow();
        assertThat(some.point(0)).contains(new Point(1, 2));
        assertThat(some.point(1)).isEmpty();
        assertThat(some.point(20)).contains(new Point(99, 98));
    }

    @Test
    void a_table_of_ones_own_has_points_boxes_and_attributes_by_name() throws IOException {
        FaceLayout layout = FaceLayout.of(
                LandmarkScheme.of("left eye", "right eye", "nose"),
                FaceAttribute.yesNo("mask"),
                FaceAttribute.of("gaze", "left", "ahead", "right"));
        Path csv = file(
                "faces.csv",
                "Image,left_eye_x,left_eye_y,right_eye_x,right_eye_y,nose_x,nose_y,note,x,y,width,height,gaze\n"
                        + "\"a, b.png\",1,2,nan,NaN,5,6,\"so, so\",0,1,10,20,ahead\n"
                        + "c.png,1,2,-1,-1,0,0,,,,,,\n"
                        + "c.png,,,,,,,,,,,,left\n");
        FaceCorpus faces = READER.csv(folder, csv, layout);
        assertThat(faces.layout()).isEqualTo(layout);
        assertThat(faces.samples()).extracting(FaceSample::id).containsExactly("a, b.png", "c.png#1", "c.png#2");
        assertThat(faces.get(0).landmarks().orElseThrow().toArray())
                .containsExactly(1, 2, Double.NaN, Double.NaN, 5, 6);
        assertThat(faces.get(0).box()).contains(new Box(0, 1, 10, 21));
        assertThat(faces.get(0).attributes()).isEqualTo(FaceAttributes.of(layout.attributes(), -1, 1));
        assertThat(faces.get(1).landmarks().orElseThrow().toArray())
                .containsExactly(1, 2, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
        assertThat(faces.get(1).box()).isEmpty();
        assertThat(faces.get(2).landmarks()).isEmpty();

        assertCsvFault(
                "image,gaze\na.png,up\n",
                layout,
                "line 2: gaze (field 2) must be one of [left, ahead, right], got 'up'");
        assertCsvFault(
                "image,colour\na.png,red\n",
                layout,
                "line 1: no column is of a point, a box or an attribute of the layout; there are [image, colour]");
        assertCsvFault(
                "image,gaze,left,top,right\na.png,left,1,2,3\n",
                layout,
                "line 1: a box has the columns [left, top, right, bottom], and there is no 'bottom'");
        assertCsvFault(
                "image,gaze,x,y,height\na.png,left,1,2,3\n",
                layout,
                "line 1: a box has the columns [x, y, width, height], and there is no 'width'");
        assertCsvFault(
                "image,gaze\na.png,left\nb.png,\"ahead\nc.png,left\n",
                layout,
                "line 3: a field that begins with a quote has no end");
        assertCsvFault(
                "photo,gaze\na.png,left\n",
                layout,
                "line 1: there is no column of images, which is called one of [image, image_name,"
                        + " image_id, filename, file, path]; there are [photo, gaze]");
        assertCsvFault(
                "image,left eye_x,left eye_y\na.png,1,2\n",
                layout,
                "line 1: there is no column x of point 2, 'right eye'");
        assertCsvFault("image,gaze,Gaze\na.png,left,left\n", layout, "line 1: columns 2 and 3 are both called 'Gaze'");
        assertCsvFault(
                "image,original_0_x,original_0_y\na.png,1,2\n",
                layout,
                "line 1: expected 3 points original_0_x, …, got 1");
        assertCsvFault(
                "image,left,top,right,bottom\na.png,1,2,,4\n",
                layout,
                "line 2: a box has all of [left, top, right, bottom] or none");
        assertCsvFault("image,gaze\na.png,left,1\n", layout, "line 2: expected 2 fields, got 3");
        assertCsvFault(
                "image,left_eye_x,left_eye_y,right_eye_x,right_eye_y,nose_x,nose_y\na.png,1,,3,4,5,6\n",
                layout,
                "line 2: left eye (fields 2 and 3) has one coordinate, and the other is missing");
        assertCsvFault("", layout, "the table is empty");
    }

    private void assertCsvFault(String text, FaceLayout layout, String message) throws IOException {
        Path csv = file("broken.csv", text);
        assertThatExceptionOfType(CorpusFormatException.class)
                .isThrownBy(() -> READER.csv(folder, csv, layout))
                .withMessage(csv + (message.startsWith("line") ? " " : ": ") + message);
    }

    @Test
    void drawn_faces_with_hidden_points_are_written_as_a_table_and_read() throws IOException {
        FaceCorpus drawn = SyntheticFaces.corpus(30, 7, FaceLayout.AFLW_21);
        long hidden = drawn.samples().stream()
                .filter(sample -> !sample.landmarks().orElseThrow().isComplete())
                .count();
        assertThat(hidden).isBetween(3L, 27L);
        CorpusWriter.csv(drawn, folder.resolve("aflw"));
        FaceCorpus read = READER.csv(folder.resolve("aflw"), folder.resolve("aflw/faces.csv"), FaceLayout.AFLW_21);
        assertPointsEqual(read, drawn);
        assertThat(read.crops(FaceCrop.of(16))
                        .batches()
                        .tasks(FaceLayout.AFLW_21.points())
                        .build()
                        .next()
                        .getLabelsMaskArray(0)
                        .shape())
                .containsExactly(30, 42);
    }

    @Test
    void photos_are_turned_upright_where_the_decoder_does_so() throws IOException {
        CorpusWriter.csv(SyntheticFaces.corpus(1, 7), folder.resolve("photos"));
        Path table = folder.resolve("photos/faces.csv");
        FaceSample stored =
                READER.csv(folder.resolve("photos"), table, FaceLayout.MTFL).get(0);
        FaceSample turned = READER.withDecoder(ImageDecoder.standard().withUpright())
                .csv(folder.resolve("photos"), table, FaceLayout.MTFL)
                .get(0);
        assertThat(turned.image().fingerprint()).isEqualTo(stored.image().fingerprint() + " upright");
        assertThat(turned.image().load().toBytes())
                .isEqualTo(stored.image().load().toBytes()); // lies upright
    }

    @Test
    void links_do_not_lead_out_of_a_corpus() throws IOException {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.writeString(outside.resolve("a.pts"), pts(68));
        Files.writeString(outside.resolve("list_attr_celeba.txt"), attributes("1"));
        Path corpus = Files.createDirectory(folder.resolve("corpus"));
        Files.createSymbolicLink(corpus.resolve("a.pts"), outside.resolve("a.pts"));
        Files.createSymbolicLink(corpus.resolve("list_attr_celeba.txt"), outside.resolve("list_attr_celeba.txt"));
        Files.writeString(corpus.resolve("a.png"), "");
        assertThatIOException()
                .isThrownBy(() -> READER.pts(corpus))
                .withMessage("%s: a link leads out of the corpus %s".formatted(corpus.resolve("a.pts"), corpus));
        assertThatIOException()
                .isThrownBy(() -> READER.celebA(corpus))
                .withMessageEndingWith("a link leads out of the corpus " + corpus);
    }

    @Test
    void five_points_of_drawn_faces_lie_where_other_layouts_have_them() {
        FaceCorpus five = SyntheticFaces.corpus(20, 3);
        for (FaceLayout layout : List.of(FaceLayout.IBUG_68, FaceLayout.WFLW, FaceLayout.AFLW_19)) {
            FaceCorpus other = SyntheticFaces.corpus(20, 3, layout);
            for (int i = 0; i < five.size(); i++) {
                double[] points = other.get(i)
                        .landmarks()
                        .flatMap(Landmarks::fivePoints)
                        .orElseThrow()
                        .toArray();
                // pupils look aside, and the mean of a lid's points is not the middle of the eye
                double allowed = 0.06 * five.get(i).box().orElseThrow().width();
                assertThat(points)
                        .containsExactly(five.get(i).landmarks().orElseThrow().toArray(), within(allowed));
            }
            assertThat(other.geometryFindings()).isEmpty();
        }
    }
}
