package mtl.mtfl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import mtl.faces.FaceCorpus;
import mtl.faces.FaceSample;
import mtl.faces.Landmarks;
import mtl.image.ImageDecoder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A corpus in the published MTFL layout: a folder with lists and images.
 *
 * <pre>{@code
 * FaceCorpus faces = MtflCorpus.load(Path.of("mtfl")).training();
 * }</pre>
 *
 * @param training the faces of {@code training.txt} joined with those of {@code trainImageList.txt}
 * @param testing the faces of {@code testing.txt} joined with those of {@code testImageList.txt}; empty if the folder has
 *     neither
 */
public record MtflCorpus(FaceCorpus training, Optional<FaceCorpus> testing) {

    /** How far the points of two lists may be apart for one image, in pixels: both are printed to 6 decimals. */
    private static final double TOLERANCE = 0.01;

    private static final String TRAINING = "training.txt";
    private static final String TRAINING_BOXES = "trainImageList.txt";
    private static final String TESTING = "testing.txt";
    private static final String TESTING_BOXES = "testImageList.txt";

    private static final Logger log = LoggerFactory.getLogger(MtflCorpus.class);

    /** Checks that neither is null. */
    public MtflCorpus {
        Objects.requireNonNull(training, "training");
        Objects.requireNonNull(testing, "testing");
    }

    /** A corpus with training faces only. */
    public static MtflCorpus of(FaceCorpus training) {
        return new MtflCorpus(training, Optional.empty());
    }

    /**
     * Loads the lists of a folder. For training, {@code training.txt} (points, attributes) or {@code trainImageList.txt}
     * (boxes, points) must be there; with both, they are joined by path. Testing likewise, but both lists may be missing.
     * Images are read later, when they are needed.
     *
     * @throws MtflFormatException if a list breaks its form, or two lists contradict each other
     * @throws IOException if the folder or a training list is missing, or a list cannot be read
     */
    public static MtflCorpus load(Path directory) throws IOException {
        List<Path> training = existing(directory, TRAINING, TRAINING_BOXES);
        if (training.isEmpty()) {
            throw new IOException(
                    "%s: no corpus here, neither %s nor %s found in it".formatted(directory, TRAINING, TRAINING_BOXES));
        }
        List<Path> testing = existing(directory, TESTING, TESTING_BOXES);
        return new MtflCorpus(
                join(directory, training),
                testing.isEmpty() ? Optional.empty() : Optional.of(join(directory, testing)));
    }

    private static List<Path> existing(Path directory, String... names) {
        List<Path> files = new ArrayList<>();
        for (String name : names) {
            if (Files.exists(directory.resolve(name))) {
                files.add(directory.resolve(name));
            }
        }
        return files;
    }

    /**
     * Loads the faces of one list, in MTFL or CUHK form, or of several that are joined by path: the faces of the first in
     * its order, then those that only later lists have. What no list says of a face is left empty.
     *
     * @param directory where the paths in the lists start
     * @param list the first list; may lie anywhere
     * @param more further lists
     * @throws MtflFormatException if a list breaks its form, or two lists contradict each other
     * @throws IOException if a list cannot be read
     */
    public static FaceCorpus read(Path directory, Path list, Path... more) throws IOException {
        List<Path> lists = new ArrayList<>();
        lists.add(list);
        lists.addAll(List.of(more));
        return join(directory, lists);
    }

    private static FaceCorpus join(Path directory, List<Path> files) throws IOException {
        Map<String, FaceSample> samples = new LinkedHashMap<>();
        Map<String, String> places = new LinkedHashMap<>();
        for (Path file : files) {
            if (!Files.isRegularFile(file)) {
                throw new IOException("%s: there is no such list".formatted(file));
            }
            FaceList list = FaceList.read(file);
            for (Map.Entry<String, FaceList.Entry> line : list.entries().entrySet()) {
                String path = line.getKey();
                FaceList.Entry entry = line.getValue();
                FaceSample known = samples.get(path);
                if (known == null) {
                    known = FaceSample.of(path, new CorpusImage(directory, path, ImageDecoder.standard()))
                            .withLandmarks(entry.landmarks());
                    places.put(path, "%s line %d".formatted(file, entry.line()));
                } else {
                    checkAgreement(known.landmarks().orElseThrow(), places.get(path), list, path, entry);
                }
                samples.put(path, with(known, entry));
            }
        }
        FaceCorpus corpus = FaceCorpus.of(List.copyOf(samples.values()));
        log.debug("{} faces in {}", corpus.size(), files);
        return corpus;
    }

    /** A box list's points are kept where both lists have them: they are 0-based as they stand. */
    private static FaceSample with(FaceSample sample, FaceList.Entry entry) {
        FaceSample result = sample;
        if (entry.box().isPresent()) {
            result = result.withBox(entry.box().get()).withLandmarks(entry.landmarks());
        }
        if (entry.attributes().complete()) {
            result = result.withAttributes(entry.attributes());
        }
        return result;
    }

    private static void checkAgreement(Landmarks known, String place, FaceList list, String path, FaceList.Entry entry)
            throws MtflFormatException {
        double[] ours = known.toArray();
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
    }

    /**
     * Writes the corpus in this layout: {@code training.txt} with the faces whose attributes are all known,
     * {@code trainImageList.txt} with those that have a box, the images, and likewise for testing. {@link #load} reads it
     * back: attributes and order equal, coordinates to the 6 decimals that the form prints. (Order changes where faces
     * without attributes stand before others: they come last.)
     *
     * <p>An image keeps its sample's id as its path, with the ending of the format. The folder appears under its name
     * only when it is complete; if writing fails, nothing is left behind.
     *
     * @param directory a folder that does not exist yet, or is empty
     * @throws IllegalArgumentException if a face has no landmarks, or neither a box nor all attributes, or a part has no face; if an id is no
     *     path that the form can hold (relative, without {@code ..} and blanks), or two faces would share one; if a point
     *     or box is beyond what can be read back. The message names the sample
     * @throws IOException if the folder has content, or an image cannot be loaded or written
     */
    public void write(Path directory, ImageFormat format) throws IOException {
        MtflWriter.write(this, directory, format);
    }

    static String list(boolean isTraining, boolean withBoxes) {
        if (isTraining) {
            return withBoxes ? TRAINING_BOXES : TRAINING;
        }
        return withBoxes ? TESTING_BOXES : TESTING;
    }
}
