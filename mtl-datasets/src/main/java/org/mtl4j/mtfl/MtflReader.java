package org.mtl4j.mtfl;

import com.google.common.collect.ListMultimap;
import com.google.common.collect.MultimapBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.mtl4j.corpora.internal.CorpusImage;
import org.mtl4j.corpora.internal.CorpusRemarks;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.GeometryCheck;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.SkipReport;
import org.mtl4j.image.ImageDecoder;
import org.mtl4j.internal.io.SimilarNames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads corpora with options; {@link MtflCorpus#load} and {@link MtflCorpus#read} are for those who need none.
 *
 * <pre>{@code
 * SkipReport report = new SkipReport();
 * FaceCorpus faces = MtflReader.standard().withSkipReport(report).load(folder).training();
 * FaceCrops crops = faces.cropping(FaceCrop.of(39)).skipReport(report).cut();
 * }</pre>
 *
 * @param decoder reads the images, within its limits of pixels and bytes
 * @param skipReport where lines that break the form of a list, and faces on which lists contradict each other, are
 *     reported and left out; empty if the first of them is to be an exception. A list that is no text, empty, too long,
 *     or has no good line at all is an exception in any case
 * @param geometryCheck whether a list whose points and boxes make no sense as a whole is refused, as numbers in another
 *     order or unit make none; is kept by the corpora that are read
 */
public record MtflReader(ImageDecoder decoder, Optional<SkipReport> skipReport, GeometryCheck geometryCheck) {

    /** How far the points of two lists may be apart for one image, in pixels: both are printed to 6 decimals. */
    private static final double TOLERANCE = 0.01;

    private static final Logger log = LoggerFactory.getLogger(MtflReader.class);

    /**
     * Checks that neither is null.
     *
     * @param decoder reads the images, within its limits of pixels and bytes
     * @param skipReport where lines that break the form of a list, and faces on which lists contradict each other, are
     *     reported and left out; empty if the first of them is to be an exception. A list that is no text, empty, too
     *     long, or has no good line at all is an exception in any case
     * @param geometryCheck whether a list whose points and boxes make no sense as a whole is refused, as numbers in
     *     another order or unit make none; is kept by the corpora that are read
     */
    public MtflReader {
        Objects.requireNonNull(decoder, "decoder");
        Objects.requireNonNull(skipReport, "skipReport");
        Objects.requireNonNull(geometryCheck, "geometryCheck");
    }

    /**
     * Reads as {@link #standard} does, but for these.
     *
     * @param decoder reads the images, within its limits of pixels and bytes
     * @param skipReport where what is broken is reported and left out; empty if it is to be an exception
     */
    public MtflReader(ImageDecoder decoder, Optional<SkipReport> skipReport) {
        this(decoder, skipReport, GeometryCheck.REFUSE);
    }

    /**
     * {@return {@link ImageDecoder#standard}, the first fault is an exception, and a list that makes no sense as a
     * whole is refused}
     */
    public static MtflReader standard() {
        return new MtflReader(ImageDecoder.standard(), Optional.empty());
    }

    /**
     * {@return this reader with other limits for images}
     *
     * @param decoder with its limits
     */
    public MtflReader withDecoder(ImageDecoder decoder) {
        return new MtflReader(decoder, skipReport, geometryCheck);
    }

    /**
     * {@return this reader, leaving out what is broken and saying so in the report}
     *
     * @param report is added to
     */
    public MtflReader withSkipReport(SkipReport report) {
        return new MtflReader(decoder, Optional.of(report), geometryCheck);
    }

    /**
     * {@return this reader with another answer to lists whose points and boxes make no sense as a whole}
     *
     * @param check whether they are refused
     */
    public MtflReader withGeometryCheck(GeometryCheck check) {
        return new MtflReader(decoder, skipReport, check);
    }

    /**
     * Loads as {@link MtflCorpus#load} does.
     *
     * @param directory the folder of the corpus
     * @return the corpus
     * @throws MtflFormatException if a list breaks its form, or two lists contradict each other, and is not to be
     *     skipped; if points and boxes of a list make no sense as a whole, see {@link GeometryCheck}
     * @throws IOException if the folder or a training list is missing, a list is a link that leads out of the folder,
     *     or a list cannot be read
     */
    public MtflCorpus load(Path directory) throws IOException {
        List<Path> training = existing(directory, true);
        if (training.isEmpty()) {
            throw new IOException("%s: no corpus here, neither %s nor %s found in it"
                    .formatted(directory, MtflCorpus.list(true, false), MtflCorpus.list(true, true)));
        }
        List<Path> testing = existing(directory, false);
        FaceCorpus trained = join(directory, training);
        if (testing.isEmpty()) {
            return MtflCorpus.of(trained);
        }
        FaceCorpus tested = join(directory, testing);
        warnOfSharedPhotos(directory, trained, tested);
        return new MtflCorpus(trained, Optional.of(tested));
    }

    private static void warnOfSharedPhotos(Path directory, FaceCorpus training, FaceCorpus testing) {
        Set<String> photos = photos(training);
        int all = photos.size();
        photos.retainAll(photos(testing));
        if (!photos.isEmpty()) {
            log.warn(
                    "{}: {} of the {} training photos are in the testing lists, too, the first {}:"
                            + " what is measured on them is no measure",
                    directory,
                    photos.size(),
                    all,
                    photos.iterator().next());
        }
    }

    private static Set<String> photos(FaceCorpus corpus) {
        return corpus.samples().stream().map(FaceSample::photo).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static List<Path> existing(Path directory, boolean training) throws IOException {
        List<Path> files = new ArrayList<>();
        for (boolean withBoxes : new boolean[] {false, true}) {
            Path file = directory.resolve(MtflCorpus.list(training, withBoxes));
            if (Files.exists(file)) {
                if (!file.toRealPath().startsWith(directory.toRealPath())) {
                    throw new IOException("%s: a link leads out of the corpus %s".formatted(file, directory));
                }
                files.add(file);
            }
        }
        return files;
    }

    /**
     * Reads as {@link MtflCorpus#read} does.
     *
     * @param directory where the paths in the lists start
     * @param list the first list; may lie anywhere
     * @param more further lists
     * @return the faces
     * @throws MtflFormatException if a list breaks its form, or two lists contradict each other, and is not to be
     *     skipped; if points and boxes of a list make no sense as a whole, see {@link GeometryCheck}
     * @throws IOException if a list cannot be read
     */
    public FaceCorpus read(Path directory, Path list, Path... more) throws IOException {
        List<Path> lists = new ArrayList<>();
        lists.add(list);
        lists.addAll(List.of(more));
        return join(directory, lists);
    }

    private FaceCorpus join(Path directory, List<Path> files) throws IOException {
        List<Face> faces = new ArrayList<>();
        ListMultimap<String, Face> byPath =
                MultimapBuilder.hashKeys().arrayListValues(1).build();
        for (Path file : files) {
            if (!Files.isRegularFile(file)) {
                throw new IOException(
                        Files.exists(file)
                                ? "%s: not a regular file".formatted(file)
                                : "%s: there is no such list%s".formatted(file, SimilarNames.hint(file)));
            }
            FaceList list = FaceList.read(file, skipReport, geometryCheck);
            for (Map.Entry<String, Collection<FaceList.Entry>> photo :
                    list.entries().asMap().entrySet()) {
                join(list, photo.getKey(), photo.getValue(), byPath, faces);
            }
        }
        FaceCorpus corpus = FaceCorpus.of(samples(directory, faces, byPath)).withGeometryCheck(geometryCheck);
        log.debug("{} faces in {}", corpus.size(), files);
        return corpus;
    }

    /** A face, as far as the lists that have been read know it. */
    private static final class Face {
        private final String path;
        private Landmarks landmarks;
        private Optional<Box> box = Optional.empty();
        private FaceAttributes attributes = FaceAttributes.UNKNOWN;
        private String place = "";
        private boolean contradicted;

        private Face(String path, Landmarks landmarks) {
            this.path = path;
            this.landmarks = landmarks;
        }

        /**
         * Takes what a list says. A box list's points are kept where both have them: they are 0-based as they stand.
         */
        private void add(FaceList.Entry entry, String where) {
            place = place.isEmpty() ? where : place + ", " + where;
            if (entry.box().isPresent()) {
                box = entry.box();
                landmarks = entry.landmarks();
            }
            if (entry.attributes().isComplete()) {
                attributes = entry.attributes();
            }
        }
    }

    /**
     * Joins what a list says of one photo with what earlier lists have said. Faces are told apart by their points. A
     * face that only one of them has is another face of the photo, unless the other has such a face, too: then one of
     * the lists has the wrong points.
     */
    private void join(
            FaceList list,
            String path,
            Collection<FaceList.Entry> entries,
            ListMultimap<String, Face> byPath,
            List<Face> faces)
            throws MtflFormatException {
        List<Face> unmatched = new ArrayList<>(byPath.get(path));
        List<Face> leftOut =
                unmatched.stream().filter(face -> face.contradicted).toList();
        List<FaceList.Entry> others = new ArrayList<>();
        for (FaceList.Entry entry : entries) {
            Optional<Face> known = unmatched.stream()
                    .filter(face -> difference(face.landmarks, entry.landmarks()) <= TOLERANCE)
                    .findFirst();
            if (known.isEmpty()) {
                others.add(entry);
                continue;
            }
            Face face = known.get();
            unmatched.remove(face);
            if (leftOut.contains(face)) {
                continue;
            }
            try {
                checkAgreement(face, list, entry);
                face.add(entry, place(list, entry));
            } catch (MtflFormatException e) {
                leaveOut(face, e);
            }
        }
        for (FaceList.Entry entry : others) {
            if (unmatched.isEmpty()) {
                Face face = new Face(path, entry.landmarks());
                face.add(entry, place(list, entry));
                byPath.put(path, face);
                faces.add(face);
                continue;
            }
            Face nearest = Collections.min(
                    unmatched, Comparator.comparingDouble(face -> difference(face.landmarks, entry.landmarks())));
            if (unmatched.size() > 1) {
                unmatched.remove(nearest);
            }
            if (!leftOut.contains(nearest)) {
                leaveOut(nearest, contradiction(nearest, list, entry));
            }
        }
    }

    private void leaveOut(Face face, MtflFormatException fault) throws MtflFormatException {
        FaceList.skip(skipReport, fault);
        face.contradicted = true;
    }

    private static String place(FaceList list, FaceList.Entry entry) {
        return "%s line %s".formatted(list.file(), entry.line());
    }

    private List<FaceSample> samples(Path directory, List<Face> faces, ListMultimap<String, Face> byPath) {
        List<FaceSample> samples = new ArrayList<>(faces.size());
        CorpusRemarks remarks = new CorpusRemarks("MtflReader");
        for (Face face : faces) {
            if (face.contradicted) {
                continue;
            }
            List<Face> together = byPath.get(face.path).stream()
                    .filter(other -> !other.contradicted)
                    .toList();
            String id = together.size() == 1 ? face.path : face.path + "#" + (together.indexOf(face) + 1);
            FaceSample sample = FaceSample.of(
                            id, new CorpusImage(directory, face.path, face.path, face.place, decoder, remarks))
                    .withLandmarks(face.landmarks)
                    .withAttributes(face.attributes);
            samples.add(face.box.map(sample::withBox).orElse(sample));
        }
        return samples;
    }

    /** {@return by how much the points of two lists are apart, the largest difference of a coordinate} */
    private static double difference(Landmarks ours, Landmarks theirs) {
        double[] a = ours.toArray();
        double[] b = theirs.toArray();
        return IntStream.range(0, a.length)
                .mapToDouble(i -> Math.abs(a[i] - b[i]))
                .max()
                .orElseThrow();
    }

    private static MtflFormatException contradiction(Face known, FaceList list, FaceList.Entry entry) {
        double[] ours = known.landmarks.toArray();
        double[] theirs = entry.landmarks().toArray();
        int first = IntStream.range(0, ours.length)
                .filter(i -> !(Math.abs(ours[i] - theirs[i]) <= TOLERANCE))
                .findFirst()
                .orElseThrow();
        return new MtflFormatException(
                list.file(),
                entry.line(),
                "'%s': %s%d is %s (0-based), but %s in %s; lists of one corpus must agree to %s pixels"
                        .formatted(
                                known.path,
                                first % 2 == 0 ? "x" : "y",
                                first / 2 + 1,
                                theirs[first],
                                ours[first],
                                known.place,
                                TOLERANCE));
    }

    private static void checkAgreement(Face known, FaceList list, FaceList.Entry entry) throws MtflFormatException {
        String contradiction = null;
        if (known.box.isPresent()
                && entry.box().isPresent()
                && !near(known.box.get(), entry.box().get())) {
            contradiction = "%s, but %s".formatted(entry.box().get(), known.box.get());
        } else if (known.attributes.isComplete()
                && entry.attributes().isComplete()
                && !known.attributes.equals(entry.attributes())) {
            contradiction = "%s, but %s".formatted(names(entry.attributes()), names(known.attributes));
        }
        if (contradiction != null) {
            throw new MtflFormatException(
                    list.file(), entry.line(), "'%s': %s in %s".formatted(known.path, contradiction, known.place));
        }
    }

    private static List<String> names(FaceAttributes attributes) {
        return Stream.of(attributes.gender(), attributes.smile(), attributes.glasses(), attributes.pose())
                .map(label ->
                        label.orElseThrow().name().toLowerCase(Locale.ROOT).replace('_', ' '))
                .toList();
    }

    private static boolean near(Box ours, Box theirs) {
        return Math.abs(ours.left() - theirs.left()) <= TOLERANCE
                && Math.abs(ours.top() - theirs.top()) <= TOLERANCE
                && Math.abs(ours.right() - theirs.right()) <= TOLERANCE
                && Math.abs(ours.bottom() - theirs.bottom()) <= TOLERANCE;
    }
}
