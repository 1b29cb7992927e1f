package org.mtl4j.mtfl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.SkipReport;
import org.mtl4j.image.ImageDecoder;
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
 */
public record MtflReader(ImageDecoder decoder, Optional<SkipReport> skipReport) {

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
     */
    public MtflReader {
        Objects.requireNonNull(decoder, "decoder");
        Objects.requireNonNull(skipReport, "skipReport");
    }

    /** {@return {@link ImageDecoder#standard}, and the first fault is an exception} */
    public static MtflReader standard() {
        return new MtflReader(ImageDecoder.standard(), Optional.empty());
    }

    /**
     * {@return this reader with other limits for images}
     *
     * @param decoder with its limits
     */
    public MtflReader withDecoder(ImageDecoder decoder) {
        return new MtflReader(decoder, skipReport);
    }

    /**
     * {@return this reader, leaving out what is broken and saying so in the report}
     *
     * @param report is added to
     */
    public MtflReader withSkipReport(SkipReport report) {
        return new MtflReader(decoder, Optional.of(report));
    }

    /**
     * Loads as {@link MtflCorpus#load} does.
     *
     * @param directory the folder of the corpus
     * @return the corpus
     * @throws MtflFormatException if a list breaks its form, or two lists contradict each other, and is not to be
     *     skipped
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
        return new MtflCorpus(
                join(directory, training),
                testing.isEmpty() ? Optional.empty() : Optional.of(join(directory, testing)));
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
     *     skipped
     * @throws IOException if a list cannot be read
     */
    public FaceCorpus read(Path directory, Path list, Path... more) throws IOException {
        List<Path> lists = new ArrayList<>();
        lists.add(list);
        lists.addAll(List.of(more));
        return join(directory, lists);
    }

    private FaceCorpus join(Path directory, List<Path> files) throws IOException {
        Map<String, FaceSample> samples = new LinkedHashMap<>();
        Map<String, String> places = new LinkedHashMap<>();
        Set<String> contradicted = new HashSet<>();
        for (Path file : files) {
            if (!Files.isRegularFile(file)) {
                throw new IOException(
                        Files.exists(file)
                                ? "%s: not a regular file".formatted(file)
                                : "%s: there is no such list".formatted(file));
            }
            FaceList list = FaceList.read(file, skipReport);
            for (Map.Entry<String, FaceList.Entry> line : list.entries().entrySet()) {
                String path = line.getKey();
                FaceList.Entry entry = line.getValue();
                String place = "%s line %d".formatted(file, entry.line());
                FaceSample known = samples.get(path);
                Landmarks landmarks = entry.landmarks();
                if (known != null) {
                    landmarks = known.landmarks().orElseThrow();
                    String earlier = Objects.requireNonNull(places.get(path), path);
                    try {
                        checkAgreement(known, earlier, list, path, entry);
                    } catch (MtflFormatException e) {
                        FaceList.skip(skipReport, e);
                        samples.remove(path);
                        contradicted.add(path);
                    }
                    place = earlier + ", " + place;
                }
                if (!contradicted.contains(path)) {
                    places.put(path, place);
                    samples.put(
                            path, joined(known, new CorpusImage(directory, path, place, decoder), landmarks, entry));
                }
            }
        }
        FaceCorpus corpus = FaceCorpus.of(List.copyOf(samples.values()));
        log.debug("{} faces in {}", corpus.size(), files);
        return corpus;
    }

    /** Joins two lists. A box list's points are kept where both have them: they are 0-based as they stand. */
    private static FaceSample joined(
            @Nullable FaceSample known, CorpusImage image, Landmarks landmarks, FaceList.Entry entry) {
        FaceSample result = FaceSample.of(image.path(), image).withLandmarks(landmarks);
        if (known != null) {
            result = known.box().map(result::withBox).orElse(result).withAttributes(known.attributes());
        }
        if (entry.box().isPresent()) {
            result = result.withBox(entry.box().get()).withLandmarks(entry.landmarks());
        }
        if (entry.attributes().isComplete()) {
            result = result.withAttributes(entry.attributes());
        }
        return result;
    }

    private static void checkAgreement(FaceSample known, String place, FaceList list, String path, FaceList.Entry entry)
            throws MtflFormatException {
        double[] ours = known.landmarks().orElseThrow().toArray();
        double[] theirs = entry.landmarks().toArray();
        for (int i = 0; i < ours.length; i++) {
            if (!(Math.abs(ours[i] - theirs[i]) <= TOLERANCE)) {
                throw new MtflFormatException(
                        list.file(),
                        entry.line(),
                        "'%s': %s%d is %s (0-based), but %s in %s; lists of one corpus must agree to %s pixels"
                                .formatted(
                                        path, i % 2 == 0 ? "x" : "y", i / 2 + 1, theirs[i], ours[i], place, TOLERANCE));
            }
        }
        String contradiction = null;
        if (known.box().isPresent()
                && entry.box().isPresent()
                && !near(known.box().get(), entry.box().get())) {
            contradiction =
                    "%s, but %s".formatted(entry.box().get(), known.box().get());
        } else if (known.attributes().isComplete()
                && entry.attributes().isComplete()
                && !known.attributes().equals(entry.attributes())) {
            contradiction = "%s, but %s".formatted(names(entry.attributes()), names(known.attributes()));
        }
        if (contradiction != null) {
            throw new MtflFormatException(
                    list.file(), entry.line(), "'%s': %s in %s".formatted(path, contradiction, place));
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
