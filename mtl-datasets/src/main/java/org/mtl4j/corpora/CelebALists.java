package org.mtl4j.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mtl4j.corpora.internal.ImagePaths;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttribute;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.LandmarkScheme;
import org.mtl4j.faces.Landmarks;

/**
 * Reads the lists of CelebA, which are alike: the number of images, the names of the columns, and then a line for each
 * image, separated by blanks; or the same with commas, without the number and with a name for the first column, too.
 */
final class CelebALists {
    static final String POINTS = "list_landmarks_celeba";
    static final String POINTS_ALIGNED = "list_landmarks_align_celeba";
    static final String ATTRIBUTES = "list_attr_celeba";
    static final String BOXES = "list_bbox_celeba";
    static final String PARTITION = "list_eval_partition";
    static final String IMAGES = "img_celeba";
    static final String IMAGES_ALIGNED = "img_align_celeba";

    /** The points' columns, in the order of {@link LandmarkScheme#FIVE_POINTS}. */
    static final List<String> POINT_COLUMNS = List.of(
            "lefteye_x",
            "lefteye_y",
            "righteye_x",
            "righteye_y",
            "nose_x",
            "nose_y",
            "leftmouth_x",
            "leftmouth_y",
            "rightmouth_x",
            "rightmouth_y");

    static final List<String> BOX_COLUMNS = List.of("x_1", "y_1", "width", "height");

    private static final List<String> PARTITION_COLUMNS = List.of("partition");
    private static final List<String> PARTS = List.of("0", "1", "2");

    /** What the list has for the first and for the second class of an attribute, "yes" and "no". */
    private static final List<String> CODES = List.of("1", "-1");

    private static final Pattern COUNT = Pattern.compile("[0-9]{1,9}");
    private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");

    private final CorpusReader options;
    private final Path directory;
    private final boolean aligned;

    /** By the path of the image, in the order in which the lists name them. */
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private List<FaceAttribute> attributes = FaceLayout.CELEBA.attributes();
    private final List<CorpusFormatException> faults = new ArrayList<>();

    /** What the lists say of one image. */
    private static final class Entry {
        private @Nullable Landmarks landmarks;
        private @Nullable Box box;
        private FaceAttributes attributes = FaceAttributes.UNKNOWN;
        private int part;
        private int line;
        private @Nullable Path list;
    }

    CelebALists(CorpusReader options, Path directory, boolean aligned) {
        this.options = options;
        this.directory = directory;
        this.aligned = aligned;
    }

    FaceParts read() throws IOException {
        Optional<Path> points = find(aligned ? POINTS_ALIGNED : POINTS);
        Optional<Path> labels = find(ATTRIBUTES);
        if (points.isEmpty() && labels.isEmpty()) {
            throw new IOException("%s: no CelebA here, neither %s nor %s found in it or in Anno, as .txt or .csv"
                    .formatted(directory, aligned ? POINTS_ALIGNED : POINTS, ATTRIBUTES));
        }
        if (points.isPresent()) {
            read(points.get(), Optional.of(POINT_COLUMNS), (row, columns) -> points(row));
        }
        if (labels.isPresent()) {
            read(labels.get(), Optional.empty(), this::attributes);
        }
        Optional<Path> boxes = aligned ? Optional.empty() : find(BOXES);
        if (boxes.isPresent()) {
            read(boxes.get(), Optional.of(BOX_COLUMNS), (row, columns) -> box(row));
        }
        Optional<Path> partition = find(PARTITION);
        entries.values().forEach(entry -> entry.part = partition.isPresent() ? -1 : 0);
        if (partition.isPresent()) {
            read(partition.get(), Optional.of(PARTITION_COLUMNS), (row, columns) -> part(row));
        }
        return parts(images(), partition);
    }

    /** Finds a list; {@return none if it is not there} */
    private Optional<Path> find(String name) throws IOException {
        for (String folder : List.of("", "Anno", "Eval")) {
            for (String ending : List.of(".txt", ".csv")) {
                Path file = directory.resolve(folder).resolve(name + ending);
                if (Files.exists(file)) {
                    FaceSamples.checkWithin(directory, file);
                    return Optional.of(file);
                }
            }
        }
        return Optional.empty();
    }

    /** Finds the folder of the images; those that are passed on with commas have it twice. */
    private Path images() {
        String name = aligned ? IMAGES_ALIGNED : IMAGES;
        Path usual = directory.resolve(name);
        return Stream.of(usual.resolve(name), usual, directory.resolve("Img").resolve(name))
                .filter(Files::isDirectory)
                .findFirst()
                .orElse(usual);
    }

    /** Takes what one line says of an image. */
    @FunctionalInterface
    private interface LineReader {
        void read(ListRow row, List<String> columns) throws CorpusFormatException;
    }

    private void read(Path file, Optional<List<String>> expected, LineReader reader) throws IOException {
        try (TextLines lines = TextLines.open(file)) {
            String first = next(lines);
            boolean commas = first.indexOf(',') >= 0;
            boolean counted = !commas && COUNT.matcher(first).matches();
            boolean partition = expected.equals(Optional.of(PARTITION_COLUMNS));
            List<String> columns;
            @Nullable String line;
            if (partition && !commas) { // the only list that names no columns
                columns = PARTITION_COLUMNS;
                line = first;
            } else {
                String header = counted ? next(lines) : first;
                List<String> names = fields(header, commas);
                columns = commas || names.get(0).equals("image_id") ? names.subList(1, names.size()) : names;
                if (expected.isPresent() && !columns.equals(expected.get())) {
                    throw lines.fault("expected the columns %s, got %s"
                            .formatted(expected.get(), ImagePaths.shown(columns.toString())));
                }
                if (expected.isEmpty()) {
                    named(lines, columns);
                }
                line = lines.next();
            }
            int count = 0;
            for (; line != null; line = lines.next()) {
                ListRow row = new ListRow(file, lines.number(), fields(line, commas));
                count++;
                try {
                    row.checkCount(1 + columns.size(), "path, " + columns);
                    reader.read(row, columns);
                } catch (CorpusFormatException e) {
                    skip(e);
                }
            }
            if (counted && count != Integer.parseInt(first)) {
                skip(new CorpusFormatException(
                        file, 1, "the list says that it has %s images, and has %d".formatted(first, count)));
            }
        }
    }

    private static String next(TextLines lines) throws IOException {
        @Nullable String line = lines.next();
        if (line == null) {
            throw lines.fault("the list is empty, or ends in its head");
        }
        return line;
    }

    private static List<String> fields(String line, boolean commas) {
        return commas ? List.of(COMMA.split(line, -1)) : TextLines.split(line);
    }

    /** Takes the names of the attributes: CelebA's, or those of a list of one's own. */
    private void named(TextLines lines, List<String> names) throws CorpusFormatException {
        List<String> usual =
                FaceLayout.CELEBA.attributes().stream().map(FaceAttribute::name).toList();
        if (names.equals(usual)) {
            return;
        }
        try {
            attributes = new FaceLayout(
                            LandmarkScheme.FIVE_POINTS,
                            names.stream().map(FaceAttribute::yesNo).toList())
                    .attributes();
        } catch (IllegalArgumentException e) {
            throw lines.fault(String.valueOf(e.getMessage()));
        }
    }

    private Entry entry(ListRow row) throws CorpusFormatException {
        Entry entry = entries.computeIfAbsent(row.path(0), path -> new Entry());
        if (entry.list == null) {
            entry.list = row.file();
            entry.line = row.line();
        }
        return entry;
    }

    private static CorpusFormatException twice(ListRow row) {
        return row.fault("'%s' is in this list already"
                .formatted(ImagePaths.shown(row.fields().get(0))));
    }

    private void points(ListRow row) throws CorpusFormatException {
        double[] xy = new double[POINT_COLUMNS.size()];
        for (int i = 0; i < xy.length; i++) {
            xy[i] = row.coordinate(1 + i, POINT_COLUMNS.get(i));
        }
        Entry entry = entry(row);
        if (entry.landmarks != null) {
            throw twice(row);
        }
        entry.landmarks = Landmarks.of(xy);
    }

    private void attributes(ListRow row, List<String> columns) throws CorpusFormatException {
        int[] classes = new int[columns.size()];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = row.code(1 + i, columns.get(i), CODES);
        }
        Entry entry = entry(row);
        if (!entry.attributes.known().isEmpty()) {
            throw twice(row);
        }
        entry.attributes = FaceAttributes.of(attributes, classes);
    }

    private void box(ListRow row) throws CorpusFormatException {
        double[] box = new double[BOX_COLUMNS.size()];
        for (int i = 0; i < box.length; i++) {
            box[i] = row.coordinate(1 + i, BOX_COLUMNS.get(i));
        }
        Entry entry = entry(row);
        if (entry.box != null) {
            throw twice(row);
        }
        if (box[2] > 0 && box[3] > 0) {
            entry.box = row.box(box[0], box[1], box[0] + box[2], box[1] + box[3]);
        }
    }

    private void part(ListRow row) throws CorpusFormatException {
        int part = row.code(1, "partition", PARTS);
        Entry entry = entries.get(row.path(0));
        if (entry != null) { // the others have no label
            if (entry.part >= 0) {
                throw twice(row); // whichever of them counted, the face might be measured on and trained on
            }
            entry.part = part;
        }
    }

    private void skip(CorpusFormatException fault) throws CorpusFormatException {
        if (options.skipReport().isEmpty()) {
            throw fault;
        }
        options.skipReport().get().add(fault.place(), fault.problem());
        faults.add(fault);
    }

    private FaceParts parts(Path images, Optional<Path> partition) throws CorpusFormatException {
        FaceLayout layout = new FaceLayout(LandmarkScheme.FIVE_POINTS, attributes);
        List<FaceSamples> parts = new ArrayList<>();
        int[] sizes = new int[PARTS.size()];
        for (int i = 0; i < PARTS.size(); i++) {
            parts.add(new FaceSamples(options, directory, layout));
        }
        for (Map.Entry<String, Entry> image : entries.entrySet()) {
            Entry entry = image.getValue();
            Path list = entry.list == null ? directory : entry.list;
            if (entry.part < 0) {
                skip(new CorpusFormatException(
                        list,
                        entry.line,
                        "'%s' is not in %s".formatted(ImagePaths.shown(image.getKey()), partition.orElse(directory))));
                continue;
            }
            sizes[entry.part]++;
            parts.get(entry.part)
                    .add(
                            image.getKey(),
                            new FaceSamples.Face(
                                    images,
                                    image.getKey(),
                                    "%s line %s".formatted(list, entry.line),
                                    Optional.ofNullable(entry.box),
                                    Optional.ofNullable(entry.landmarks),
                                    entry.attributes));
        }
        if (sizes[0] == 0) {
            throw new CorpusFormatException(
                    directory,
                    faults.isEmpty()
                            ? "there is no training face in it"
                            : "nothing in it can be read; the first, %s"
                                    .formatted(faults.get(0).getMessage()));
        }
        return new FaceParts(
                parts.get(0).corpus(),
                sizes[1] == 0 ? Optional.empty() : Optional.of(parts.get(1).corpus()),
                sizes[2] == 0 ? Optional.empty() : Optional.of(parts.get(2).corpus()));
    }
}
