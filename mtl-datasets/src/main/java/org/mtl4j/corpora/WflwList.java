package org.mtl4j.corpora;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mtl4j.faces.FaceAttribute;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.Landmarks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a list of WFLW; see {@link CorpusReader#wflwList}. */
final class WflwList {
    private static final Logger log = LoggerFactory.getLogger(WflwList.class);

    static final String IMAGES = "WFLW_images";
    static final String LISTS = "WFLW_annotations/list_98pt_rect_attr_train_test";
    static final String TRAINING = "list_98pt_rect_attr_train.txt";
    static final String TESTING = "list_98pt_rect_attr_test.txt";

    private static final FaceLayout LAYOUT = FaceLayout.WFLW;
    private static final int COORDINATES = 2 * LAYOUT.scheme().size();
    private static final int BOX = 4;
    private static final int FIELDS = COORDINATES + BOX + LAYOUT.attributes().size() + 1;
    private static final String NAMES =
            "x1 y1 … x98 y98, left top right bottom, pose expression illumination make-up occlusion blur, path";

    /** What the lists have for the second and for the first class of an attribute. */
    private static final List<String> CODES = List.of("1", "0");

    private final CorpusReader options;
    private final Path images;
    private final Path list;

    WflwList(CorpusReader options, Path images, Path list) {
        this.options = options;
        this.images = images;
        this.list = list;
    }

    static FaceParts load(CorpusReader options, Path directory) throws IOException {
        Path lists = directory.resolve(LISTS);
        for (String name : List.of(TRAINING, TESTING)) {
            FaceSamples.checkWithin(directory, lists.resolve(name));
        }
        Path images = directory.resolve(IMAGES);
        FaceCorpus training = new WflwList(options, images, lists.resolve(TRAINING)).read();
        FaceCorpus testing = new WflwList(options, images, lists.resolve(TESTING)).read();
        warnOfSharedPhotos(directory, training, testing);
        return FaceParts.of(training, testing);
    }

    /** Says so if photos are trained on and measured on. */
    static void warnOfSharedPhotos(Path directory, FaceCorpus training, FaceCorpus testing) {
        Set<String> photos = new HashSet<>();
        training.samples().forEach(sample -> photos.add(sample.photo()));
        List<String> shared = testing.samples().stream()
                .map(FaceSample::photo)
                .filter(photos::contains)
                .distinct()
                .toList();
        if (!shared.isEmpty()) {
            log.warn(
                    "{}: {} of the {} training photos are in the testing list, too, the first {}:"
                            + " what is measured on them is no measure",
                    directory,
                    shared.size(),
                    photos.size(),
                    shared.get(0));
        }
    }

    FaceCorpus read() throws IOException {
        FaceSamples faces = new FaceSamples(options, list, LAYOUT);
        try (TextLines lines = TextLines.open(list)) {
            for (@Nullable String line = lines.next(); line != null; line = lines.next()) {
                try {
                    add(faces, new ListRow(list, lines.number(), TextLines.split(line)));
                } catch (CorpusFormatException e) {
                    faces.skip(e);
                }
            }
        }
        return faces.corpus();
    }

    private void add(FaceSamples faces, ListRow row) throws CorpusFormatException {
        row.checkCount(FIELDS, NAMES);
        double[] xy = new double[COORDINATES];
        for (int i = 0; i < xy.length; i++) {
            xy[i] = row.coordinate(i, (i % 2 == 0 ? "x" : "y") + (i / 2 + 1));
        }
        double[] edges = new double[BOX];
        List<String> names = List.of("left", "top", "right", "bottom");
        for (int i = 0; i < BOX; i++) {
            edges[i] = row.coordinate(COORDINATES + i, names.get(i));
        }
        int[] classes = new int[LAYOUT.attributes().size()];
        for (int i = 0; i < classes.length; i++) {
            FaceAttribute attribute = LAYOUT.attributes().get(i);
            classes[i] = row.code(COORDINATES + BOX + i, attribute.name(), CODES);
        }
        String path = row.path(FIELDS - 1);
        faces.add(
                path,
                new FaceSamples.Face(
                        images,
                        path,
                        "%s line %s".formatted(list, row.line()),
                        Optional.of(row.box(edges[0], edges[1], edges[2], edges[3])),
                        Optional.of(Landmarks.of(LAYOUT.scheme(), xy)),
                        FaceAttributes.of(LAYOUT.attributes(), classes)));
    }
}
