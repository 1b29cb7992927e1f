package org.mtl4j.mtfl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.GeometryCheck;
import org.mtl4j.faces.ImageSource;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.Pose;
import org.mtl4j.faces.SkipReport;
import org.mtl4j.faces.internal.BoxOrder;
import org.mtl4j.faces.internal.FaceGeometry;
import org.mtl4j.faces.internal.PointOrder;
import org.mtl4j.image.GrayImage;
import org.mtl4j.synthetic.SyntheticFaces;

/** Lists that are right, and lists that are wrong as a whole or in three lines of ten. */
class GeometryTest {

    private static final int FACES = 1200;
    private static final FaceCorpus DRAWN = SyntheticFaces.corpus(FACES, 11);

    @TempDir
    private Path folder;

    /** The numbers of a line: left, right, top, bottom, and x1, y1, … x5, y5. */
    private record Line(double[] box, double[] xy) {
        static Line of(FaceSample face) {
            Box box = face.box().orElseThrow();
            return new Line(
                    new double[] {box.left(), box.right(), box.top(), box.bottom()},
                    face.landmarks().orElseThrow().toArray());
        }

        Line box(int... order) {
            return new Line(picked(box, order), xy);
        }

        Line xy(int... order) {
            return new Line(box, picked(xy, order));
        }

        /** Changes the coordinates to per cent, fractions and the like: (x - origin) * factor / size. */
        Line scaled(double factor, boolean ofBox) {
            double[] changed = new double[xy.length];
            for (int i = 0; i < xy.length; i++) {
                double origin = ofBox ? box[i % 2 * 2] : 0;
                double size = ofBox ? box[i % 2 * 2 + 1] - origin : 250;
                changed[i] = (xy[i] - origin) * factor / size;
            }
            return new Line(box, changed);
        }

        Line widths() {
            return new Line(new double[] {box[0], box[2], box[1] - box[0], box[3] - box[2]}, xy);
        }

        String cuhk(int i) {
            return line(i, box, xy, "");
        }

        String mtfl(int i) {
            double[] numbers = picked(xy, 0, 2, 4, 6, 8, 1, 3, 5, 7, 9);
            return line(i, new double[0], numbers, " 1 2 1 3");
        }

        private static String line(int i, double[] box, double[] points, String end) {
            StringBuilder text = new StringBuilder("f%d.jpg".formatted(i));
            for (double edge : box) {
                text.append(String.format(Locale.ROOT, " %.2f", edge));
            }
            for (double coordinate : points) {
                text.append(String.format(Locale.ROOT, " %.6f", coordinate));
            }
            return text + end + "\n";
        }
    }

    /** Puts a face in per cent of its box into a box that is around them, whatever they are. */
    private static Line ofLargeBoxes(Line line) {
        double[] box = line.box;
        return new Line(new double[] {box[0] - 60, box[1] + 30, box[2] - 60, box[3] + 30}, line.scaled(100, true).xy);
    }

    private static double[] picked(double[] values, int... order) {
        double[] result = new double[order.length];
        for (int i = 0; i < order.length; i++) {
            result[i] = values[order[i]];
        }
        return result;
    }

    private static List<Line> lines(FaceCorpus faces) {
        return faces.samples().stream().map(Line::of).toList();
    }

    private static List<Line> changed(List<Line> lines, UnaryOperator<Line> change, IntPredicate which) {
        List<Line> result = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            result.add(which.test(i) ? change.apply(lines.get(i)) : lines.get(i));
        }
        return result;
    }

    /** Gives each line the box of the next one. */
    private static List<Line> shifted(List<Line> lines, int by, IntPredicate which) {
        List<Line> result = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Line other = lines.get(Math.floorMod(i + by, lines.size()));
            result.add(which.test(i) ? new Line(other.box, lines.get(i).xy) : lines.get(i));
        }
        return result;
    }

    private Path write(List<Line> lines, boolean isMtfl) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            text.append(isMtfl ? lines.get(i).mtfl(i) : lines.get(i).cuhk(i));
        }
        return Files.writeString(folder.resolve("list.txt"), text);
    }

    /** What the reader of a list in CUHK form finds in its numbers. */
    private static FaceGeometry look(List<Line> lines) {
        FaceGeometry.Builder geometry = FaceGeometry.expecting(PointOrder.IN_PAIRS, BoxOrder.LEFT_RIGHT_TOP_BOTTOM);
        lines.forEach(line -> geometry.add(line.xy, line.box));
        return geometry.look();
    }

    private static List<String> findings(List<Line> lines) {
        return look(lines).findings().stream().map(FaceGeometry.Finding::text).toList();
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("left, top, right, bottom", l -> l.box(0, 2, 1, 3), "read as left, top, right, bottom"),
                fault("x, y, width, height", Line::widths, "read as x, y, width, height"),
                fault("top, right, bottom, left", l -> l.box(2, 1, 3, 0), "read as top, right, bottom, left"),
                fault("fractions of the image", l -> l.scaled(1, false), "as fractions from 0 to 1 do"),
                fault("fractions of the box", l -> l.scaled(1, true), "as fractions from 0 to 1 do"),
                fault("all x first", l -> l.xy(0, 2, 4, 6, 8, 1, 3, 5, 7, 9), "read in the order x1 … x5, y1 … y5"),
                fault("x and y exchanged", l -> l.xy(1, 0, 3, 2, 5, 4, 7, 6, 9, 8), "with x and y exchanged"),
                fault("left and right", l -> l.xy(2, 3, 0, 1, 4, 5, 8, 9, 6, 7), "with left and right exchanged"),
                fault("the eyes", l -> l.xy(2, 3, 0, 1, 4, 5, 6, 7, 8, 9), "with the left eye and the right eye"),
                fault("the mouth", l -> l.xy(0, 1, 2, 3, 4, 5, 8, 9, 6, 7), "right corner of the mouth exchanged"),
                fault(
                        "the nose last",
                        l -> l.xy(0, 1, 2, 3, 6, 7, 8, 9, 4, 5),
                        "the nose as the third point, not the last"));
    }

    private static Arguments fault(String name, UnaryOperator<Line> change, String suspicion) {
        return Arguments.of(name, change, suspicion);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void a_list_that_is_wrong_as_a_whole_is_refused_with_numbers_and_the_reason(
            String name, UnaryOperator<Line> change, String suspicion) throws IOException {
        List<Line> right = lines(DRAWN);
        for (int size : new int[] {12, 100, FACES}) {
            Path list = write(changed(right.subList(0, size), change, i -> true), false);
            for (MtflReader reader :
                    List.of(MtflReader.standard(), MtflReader.standard().withSkipReport(new SkipReport()))) {
                assertThatExceptionOfType(MtflFormatException.class)
                        .isThrownBy(() -> reader.read(folder, list))
                        .withMessageMatching("(?s)\\Q%s: \\E[0-9]+ of %d faces have .*".formatted(list, size))
                        .withMessageContaining(suspicion)
                        .withMessageContaining("expected ")
                        .withMessageEndingWith(
                                "MtflReader.withGeometryCheck(GeometryCheck.WARN), or --any-geometry, takes"
                                        + " such faces all the same");
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void three_lines_of_ten_are_read_and_warned_of(String name, UnaryOperator<Line> change, String suspicion)
            throws IOException {
        List<Line> right = lines(DRAWN);
        List<Line> mixed = changed(right, change, i -> i * 7 % 10 < 3);
        SkipReport report = new SkipReport(); // boxes that are none are faults of their lines
        FaceCorpus faces = MtflReader.standard().withSkipReport(report).read(folder, write(mixed, false));
        assertThat(faces.size() + report.count()).isEqualTo(FACES);
        assertThat(look(mixed).refusal()).isEmpty();
        assertThat(findings(mixed))
                .singleElement()
                .asString()
                .matches("(34[0-9]|35[0-9]|360) of %d faces have .*".formatted(FACES))
                .contains(suspicion);
    }

    @Test
    void points_in_pairs_in_a_list_of_all_x_first_are_refused() throws IOException {
        Path list = write(changed(lines(DRAWN), l -> l.xy(0, 5, 1, 6, 2, 7, 3, 8, 4, 9), i -> true), true);
        assertThat(Files.readAllLines(list).get(0).split(" ")[2])
                .isEqualTo("%.6f"
                        .formatted(
                                DRAWN.get(0).landmarks().orElseThrow().leftEye().y()));
        assertThatExceptionOfType(MtflFormatException.class)
                .isThrownBy(() -> MtflCorpus.read(folder, list))
                .withMessageStartingWith("%s: %d of %d faces have points that are no face", list, FACES, FACES)
                .withMessageContaining("but read in the order x1, y1, x2, y2 … x5, y5");
        assertThat(MtflReader.standard()
                        .withGeometryCheck(GeometryCheck.WARN)
                        .read(folder, list)
                        .geometryCheck())
                .isEqualTo(GeometryCheck.WARN);
    }

    @Test
    void points_in_per_cent_are_found_in_boxes_and_in_images() throws IOException {
        assertThat(findings(changed(lines(DRAWN), l -> l.scaled(100, true), i -> true)))
                .singleElement()
                .asString()
                .contains("all between 0 and 100, as per cent are");
        assertThat(findings(changed(lines(DRAWN), GeometryTest::ofLargeBoxes, i -> true)))
                .singleElement()
                .asString()
                .contains("boxes of other faces?");
        // without boxes a face in per cent is a face; that all are in one corner of their photos is seen when these are
        Path list = write(changed(lines(DRAWN), l -> l.scaled(100, false), i -> true), true);
        FaceCorpus read = MtflCorpus.read(folder, list).map(FaceSample::withBoxFromLandmarks);
        ImageSource large = ImageSource.of(GrayImage.of(250, 250, new byte[250 * 250]));
        FaceCorpus faces = FaceCorpus.of(read.samples().stream()
                .map(s -> new FaceSample(s.id(), large, s.box(), s.landmarks(), s.attributes()))
                .toList());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> faces.crops(FaceCrop.of(4)))
                .withMessageStartingWith(
                        "%d of %d faces have all their points between 0 and 100, as per cent are", FACES, FACES);
        assertThat(faces.withGeometryCheck(GeometryCheck.WARN)
                        .crops(FaceCrop.of(4))
                        .size())
                .isEqualTo(FACES);
    }

    @Test
    void boxes_that_are_shifted_against_their_lines_are_refused_and_parts_are_warned_of() throws IOException {
        List<Line> right = lines(DRAWN);
        for (int by : new int[] {1, -1, 2}) {
            Path list = write(shifted(right, by, i -> true), false);
            assertThatExceptionOfType(MtflFormatException.class)
                    .isThrownBy(() -> MtflCorpus.read(folder, list))
                    .withMessageContaining(
                            "of %d faces with boxes, place and size of the points go with the boxes", FACES)
                    .withMessageContaining("%d further %s", Math.abs(by), by > 0 ? "up" : "down");
            assertThat(findings(shifted(right, by, i -> i >= FACES * 7 / 10)))
                    .singleElement()
                    .asString()
                    .contains("shifted against their lines");
        }
        List<Line> others = new ArrayList<>(right);
        Collections.shuffle(others, new Random(4));
        List<Line> shuffled = new ArrayList<>();
        for (int i = 0; i < FACES; i++) {
            shuffled.add(new Line(others.get(i).box, right.get(i).xy));
        }
        assertThat(findings(shuffled)).singleElement().asString().contains("boxes of other faces?");
    }

    @Test
    void corpora_made_in_code_are_looked_at_where_they_are_cut_out() throws IOException {
        FaceCorpus exchanged = DRAWN.subset(0, 30).map(face -> {
            double[] xy = face.landmarks().orElseThrow().toArray();
            return face.withLandmarks(Landmarks.of(picked(xy, 2, 3, 0, 1, 4, 5, 8, 9, 6, 7)));
        });
        assertThatIllegalArgumentException()
                .isThrownBy(() -> exchanged.crops(FaceCrop.of(8)))
                .withMessageStartingWith("30 of 30 faces have points that are no face from any side, but with left and")
                .withMessageEndingWith("FaceCorpus.withGeometryCheck(GeometryCheck.WARN), or --any-geometry, takes such"
                        + " faces all the same");
        assertThat(exchanged.geometryFindings()).hasSize(1);
        assertThat(exchanged
                        .withGeometryCheck(GeometryCheck.OFF)
                        .crops(FaceCrop.of(8))
                        .size())
                .isEqualTo(30);
        assertThat(exchanged.subset(0, 9).crops(FaceCrop.of(8)).size()).isEqualTo(9); // too few to say
    }

    @Test
    void faces_that_are_right_are_never_found_odd_whichever_are_taken() {
        assertNothingFound(lines(DRAWN), 400, 1);
        assertNothingFound(mirrored(lines(DRAWN)), 100, 2);
        assertNothingFound(
                lines(SyntheticFaces.corpus(4000, 5)
                        .filter(face -> face.attributes().pose().orElseThrow() == Pose.LEFT_PROFILE
                                || face.attributes().pose().orElseThrow() == Pose.RIGHT_PROFILE)),
                200,
                3);
    }

    @Test
    void published_faces_are_never_found_odd_whichever_are_taken() throws IOException {
        Path corpus = PublishedCorpusTest.folder();
        assumeTrue(Files.isRegularFile(corpus.resolve("training.txt")), "no MTFL corpus");
        FaceCorpus faces = MtflCorpus.load(corpus).training();
        List<Line> all = lines(faces);
        assertThat(faces.geometryFindings()).isEmpty();
        assertNothingFound(all, 400, 1);
        assertNothingFound(mirrored(all), 20, 2);
        assertNothingFound(lines(faces.filter(face -> face.attributes().pose().orElseThrow() != Pose.FRONTAL)), 100, 3);
        assertThat(findings(shifted(all, 1, i -> true)))
                .singleElement()
                .asString()
                .contains("not with their own");
        assertThat(findings(shifted(all, 1, i -> i * 7 % 10 < 3)))
                .singleElement()
                .asString()
                .contains("some boxes");
        assertThat(findings(shifted(all, 1, i -> i >= 7000)))
                .singleElement()
                .asString()
                .contains("shifted");
    }

    private static List<Line> mirrored(List<Line> lines) {
        return lines.stream()
                .map(line -> {
                    double[] xy = picked(line.xy, 2, 3, 0, 1, 4, 5, 8, 9, 6, 7);
                    for (int i = 0; i < xy.length; i += 2) {
                        xy[i] = 300 - xy[i];
                    }
                    return new Line(new double[] {300 - line.box[1], 300 - line.box[0], line.box[2], line.box[3]}, xy);
                })
                .toList();
    }

    /** Takes 1 to all of the faces at random, in order and in no order. */
    private static void assertNothingFound(List<Line> lines, int rounds, long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < rounds; round++) {
            int size = (int) Math.ceil(Math.exp(random.nextDouble() * Math.log(Math.min(lines.size(), 2000))));
            List<Integer> indices = new ArrayList<>();
            random.ints(size, 0, lines.size()).distinct().forEach(indices::add);
            if (round % 2 == 0) {
                Collections.sort(indices);
            }
            assertThat(findings(indices.stream().map(lines::get).toList()))
                    .as("round %d: %s", round, indices)
                    .isEmpty();
        }
    }
}
