package org.mtl4j.mtfl;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.GeometryCheck;

/**
 * Holds a corpus in the published MTFL layout: a folder with lists and images.
 *
 * <pre>{@code
 * FaceCorpus faces = MtflCorpus.load(Path.of("mtfl")).training();
 * }</pre>
 *
 * @param training the faces of {@code training.txt} joined with those of {@code trainImageList.txt}
 * @param testing the faces of {@code testing.txt} joined with those of {@code testImageList.txt}; empty if the folder
 *     has neither
 */
public record MtflCorpus(FaceCorpus training, Optional<FaceCorpus> testing) {

    private static final String TRAINING = "training.txt";
    private static final String TRAINING_BOXES = "trainImageList.txt";
    private static final String TESTING = "testing.txt";
    private static final String TESTING_BOXES = "testImageList.txt";

    /**
     * Checks that neither is null.
     *
     * @param training the faces of {@code training.txt} joined with those of {@code trainImageList.txt}
     * @param testing the faces of {@code testing.txt} joined with those of {@code testImageList.txt}; empty if the
     *     folder has neither
     */
    public MtflCorpus {
        Objects.requireNonNull(training, "training");
        Objects.requireNonNull(testing, "testing");
    }

    /**
     * {@return a corpus with training faces only}
     *
     * @param training the faces
     */
    public static MtflCorpus of(FaceCorpus training) {
        return new MtflCorpus(training, Optional.empty());
    }

    /**
     * Loads the lists of a folder. For training, {@code training.txt} (points, attributes) or
     * {@code trainImageList.txt} (boxes, points) must be there; with both, they are joined by path. Testing likewise,
     * but both lists may be missing. A photo that is in the lists of both is warned of. Images are read later, when
     * they are needed. {@link MtflReader} can leave out what is broken.
     *
     * @param directory the folder
     * @return the corpus
     * @throws MtflFormatException if a list breaks its form, two lists contradict each other, or points and boxes of a
     *     list make no sense as a whole (see {@link GeometryCheck}; {@link MtflReader#withGeometryCheck} takes them)
     * @throws IOException if the folder or a training list is missing, a list is a link that leads out of the folder,
     *     or a list cannot be read
     */
    public static MtflCorpus load(Path directory) throws IOException {
        return MtflReader.standard().load(directory);
    }

    /**
     * Loads the faces of one list, in MTFL or CUHK form, or of several that are joined by path: the faces of the first
     * in its order, then those that only later lists have. What no list says of a face is left empty.
     *
     * <p>A photo that is in several lines of a list, with points of different faces, has several faces: samples with
     * {@code #1}, {@code #2} and so on behind the path in their ids, and one {@linkplain FaceSample#photo photo}. Lists
     * are joined face by face, by their points. Two lines with one path and the same points, or points nearer to each
     * other than two heads can be, are one face twice: a fault in the second line.
     *
     * @param directory where the paths in the lists start
     * @param list the first list; may lie anywhere
     * @param more further lists
     * @return the faces
     * @throws MtflFormatException if a list breaks its form, two lists contradict each other, or points and boxes of a
     *     list make no sense as a whole (see {@link GeometryCheck}; {@link MtflReader#withGeometryCheck} takes them)
     * @throws IOException if a list cannot be read
     */
    public static FaceCorpus read(Path directory, Path list, Path... more) throws IOException {
        return MtflReader.standard().read(directory, list, more);
    }

    /**
     * Writes the corpus in this layout: {@code training.txt} with the faces whose attributes are all known,
     * {@code trainImageList.txt} with those that have a box, the images, and likewise for testing. {@link #load} reads
     * it back: attributes and order equal, coordinates to the 6 decimals that the form prints. (Order changes where
     * faces without attributes stand before others: they come last. Faces of one photo come together.)
     *
     * <p>An image has the name of its {@linkplain FaceSample#photo photo} as its path, with the ending of the format. A
     * photo with several faces is written once, and has several lines. The folder appears under its name only when it
     * is complete; if writing fails, nothing is left behind. The path may be of any file system that can be written to;
     * on others than the default one the folder is there at once, and the lists come last.
     *
     * @param format of the images
     * @param directory a folder that does not exist yet, or is empty
     * @throws IllegalArgumentException if a face has no landmarks, or others than the usual five, or neither a box nor
     *     all attributes, or some attributes and not all; if a part has no face; if the name of a photo is no path that
     *     the form can hold (relative, without {@code ..} and blanks), or two photos would share one, or one is among
     *     the training and the testing faces; if two faces of a photo have the same points, or one a box alone and the
     *     other attributes alone, so that they could not be told apart; if a point or box is beyond what can be read
     *     back. The message names the sample
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
