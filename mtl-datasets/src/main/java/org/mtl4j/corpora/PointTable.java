package org.mtl4j.corpora;

import com.google.common.collect.ImmutableMap;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mtl4j.corpora.internal.ImagePaths;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttribute;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.LandmarkScheme;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.table.internal.CsvRecords;
import org.mtl4j.table.internal.TextException;

/** Reads a table of faces with columns that are found by their names; see {@link CorpusReader#csv}. */
final class PointTable {
    static final List<String> IMAGE = List.of("image", "image_name", "image_id", "filename", "file", "path");

    private static final List<String> EDGES = List.of("left", "top", "right", "bottom");
    private static final List<String> CORNER_AND_SIZE = List.of("x", "y", "width", "height");
    private static final List<String> FACE = List.of("face_x", "face_y", "face_width", "face_height");
    private static final List<String> SQUARE = List.of("center_w", "center_h", "box_size");
    private static final List<String> SCALED = List.of("center_w", "center_h", "scale");

    /** What scales of such tables are in. */
    private static final double PIXELS_PER_SCALE = 200;

    /** The names of the points in AFLW's database, in its order. */
    static final List<String> AFLW_NAMES = List.of(
            "LeftBrowLeftCorner",
            "LeftBrowCenter",
            "LeftBrowRightCorner",
            "RightBrowLeftCorner",
            "RightBrowCenter",
            "RightBrowRightCorner",
            "LeftEyeLeftCorner",
            "LeftEyeCenter",
            "LeftEyeRightCorner",
            "RightEyeLeftCorner",
            "RightEyeCenter",
            "RightEyeRightCorner",
            "LeftEar",
            "NoseLeft",
            "NoseCenter",
            "NoseRight",
            "RightEar",
            "MouthLeftCorner",
            "MouthCenter",
            "MouthRightCorner",
            "ChinCenter");

    private final CorpusReader options;
    private final Path images;
    private final Path csv;
    private final FaceLayout layout;

    PointTable(CorpusReader options, Path images, Path csv, FaceLayout layout) {
        this.options = options;
        this.images = images;
        this.csv = csv;
        this.layout = layout;
    }

    /** Reads AFLW's: by its columns with 19 points or with 21. */
    static FaceCorpus aflw(CorpusReader options, Path images, Path csv) throws IOException {
        List<String> header;
        try (TextLines lines = TextLines.open(csv)) {
            @Nullable String first = lines.next();
            header = first == null
                    ? List.of()
                    : List.of(first.toLowerCase(Locale.ROOT).split("\\s*,\\s*", -1));
        }
        boolean named = header.contains(AFLW_NAMES.get(1).toLowerCase(Locale.ROOT) + "_x");
        return new PointTable(options, images, csv, named ? FaceLayout.AFLW_21 : FaceLayout.AFLW_19).read();
    }

    /** Where the columns are. */
    private record Columns(
            int count,
            int image,
            int[] points,
            List<String> boxNames,
            int[] box,
            Map<FaceAttribute, Integer> attributes) {}

    FaceCorpus read() throws IOException {
        FaceSamples faces = new FaceSamples(options, csv, layout);
        try (Reader in = TextLines.reader(csv)) {
            CsvRecords records = new CsvRecords(CsvReader.builder(), in, TextLines.MOST_CHARACTERS);
            ListRow header = row(records).orElseThrow(() -> new CorpusFormatException(csv, "the table is empty"));
            Columns columns = columns(header);
            for (Optional<ListRow> row = row(records); row.isPresent(); row = row(records)) {
                try {
                    add(faces, columns, row.get());
                } catch (CorpusFormatException e) {
                    faces.skip(e);
                }
            }
        }
        return faces.corpus();
    }

    private Optional<ListRow> row(CsvRecords records) throws IOException {
        try {
            CsvRecord found = records.next();
            return found == null
                    ? Optional.empty()
                    : Optional.of(new ListRow(
                            csv,
                            Math.toIntExact(found.getStartingLineNumber()),
                            found.getFields().stream().map(String::strip).toList()));
        } catch (TextException e) {
            throw TextLines.fault(csv, e);
        }
    }

    private Columns columns(ListRow header) throws CorpusFormatException {
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < header.fields().size(); i++) {
            String name = header.fields().get(i);
            String column = (i == 0 && name.startsWith("#") ? name.substring(1) : name).toLowerCase(Locale.ROOT);
            Integer other = places.putIfAbsent(column, i);
            if (other != null && !column.isEmpty()) {
                throw header.fault(
                        "columns %d and %d are both called '%s'".formatted(other + 1, i + 1, ImagePaths.shown(name)));
            }
        }
        int image = IMAGE.stream()
                .filter(places::containsKey)
                .mapToInt(places::get)
                .findFirst()
                .orElseThrow(() -> header.fault("there is no column of images, which is called one of %s; there are %s"
                        .formatted(IMAGE, ImagePaths.shown(header.fields().toString()))));
        List<String> boxNames = List.of(EDGES, FACE, CORNER_AND_SIZE, SQUARE, SCALED).stream()
                .filter(names -> places.keySet().containsAll(names))
                .findFirst()
                .orElse(List.of());
        ImmutableMap.Builder<FaceAttribute, Integer> attributes = ImmutableMap.builder();
        for (FaceAttribute attribute : layout.attributes()) {
            Integer place = places.get(attribute.name().toLowerCase(Locale.ROOT));
            if (place != null) {
                attributes.put(attribute, place);
            }
        }
        int[] box = boxNames.stream().mapToInt(places::get).toArray();
        Columns columns = new Columns(
                header.fields().size(), image, points(header, places), boxNames, box, attributes.buildOrThrow());
        checkSomething(header, places, columns);
        return columns;
    }

    /** Fails where columns say nothing of faces, or all but one column of a box is there. */
    private void checkSomething(ListRow header, Map<String, Integer> places, Columns columns)
            throws CorpusFormatException {
        for (List<String> names : List.of(EDGES, FACE, CORNER_AND_SIZE)) {
            List<String> absent =
                    names.stream().filter(name -> !places.containsKey(name)).toList();
            if (columns.box.length == 0 && absent.size() == 1) {
                throw header.fault("a box has the columns %s, and there is no '%s'".formatted(names, absent.get(0)));
            }
        }
        if (columns.points.length == 0 && columns.box.length == 0 && columns.attributes.isEmpty()) {
            throw header.fault("no column is of a point, a box or an attribute of the layout; there are %s"
                    .formatted(ImagePaths.shown(header.fields().toString())));
        }
    }

    /** Finds the columns of x1, y1, x2, y2, …; none if there is none. */
    private int[] points(ListRow header, Map<String, Integer> places) throws CorpusFormatException {
        LandmarkScheme scheme = layout.scheme();
        int first = places.containsKey("original_0_x") ? 0 : 1;
        int numbered = (int) places.keySet().stream()
                .filter(name -> name.matches("original_[0-9]+_x"))
                .count();
        int[] columns = new int[2 * scheme.size()];
        int missing = -1;
        int found = 0;
        for (int i = 0; i < columns.length; i++) {
            String axis = i % 2 == 0 ? "_x" : "_y";
            int point = i / 2;
            Integer place = numbered > 0
                    ? places.get("original_" + (first + point) + axis)
                    : namesOf(scheme, point).stream()
                            .map(name -> places.get(name.toLowerCase(Locale.ROOT) + axis))
                            .filter(number -> number != null)
                            .findFirst()
                            .orElse(null);
            found += place == null ? 0 : 1;
            missing = place == null && missing < 0 ? i : missing;
            columns[i] = place == null ? -1 : place;
        }
        if (numbered > 0 && numbered != scheme.size()) {
            throw header.fault("expected %d points original_%d_x, …, got %d".formatted(scheme.size(), first, numbered));
        }
        if (found > 0 && missing >= 0) {
            throw header.fault("there is no column %s of point %d, '%s'"
                    .formatted(
                            missing % 2 == 0 ? "x" : "y",
                            missing / 2 + 1,
                            scheme.names().get(missing / 2)));
        }
        return found == 0 ? new int[0] : columns;
    }

    private static List<String> namesOf(LandmarkScheme scheme, int point) {
        String name = scheme.names().get(point);
        boolean aflw = scheme.equals(LandmarkScheme.AFLW_21);
        return List.of(name, name.replace(' ', '_'), aflw ? AFLW_NAMES.get(point) : name);
    }

    private void add(FaceSamples faces, Columns columns, ListRow row) throws CorpusFormatException {
        if (row.fields().size() != columns.count) {
            throw row.fault("expected %d fields, got %d"
                    .formatted(columns.count, row.fields().size()));
        }
        String path = row.path(columns.image);
        faces.add(
                path,
                new FaceSamples.Face(
                        images,
                        path,
                        "%s line %s".formatted(csv, row.line()),
                        box(columns, row),
                        landmarks(columns, row),
                        attributes(columns, row)));
    }

    private Optional<Landmarks> landmarks(Columns columns, ListRow row) throws CorpusFormatException {
        double[] xy = new double[columns.points.length];
        boolean known = false;
        for (int i = 0; i < xy.length; i += 2) {
            String name = layout.scheme().names().get(i / 2);
            double x = number(row, columns.points[i], name + ", x");
            double y = number(row, columns.points[i + 1], name + ", y");
            if (Double.isNaN(x) != Double.isNaN(y)) {
                throw row.fault("%s (fields %d and %d) has one coordinate, and the other is missing"
                        .formatted(name, columns.points[i] + 1, columns.points[i + 1] + 1));
            }
            boolean none = Double.isNaN(x) || x == 0 && y == 0 || x == -1 && y == -1;
            xy[i] = none ? Double.NaN : x;
            xy[i + 1] = none ? Double.NaN : y;
            known |= !none;
        }
        return known ? Optional.of(Landmarks.of(layout.scheme(), xy)) : Optional.empty();
    }

    private static boolean isMissing(String text) {
        return text.isEmpty() || text.equalsIgnoreCase("nan");
    }

    private static double number(ListRow row, int field, String name) throws CorpusFormatException {
        String text = row.fields().get(field);
        return isMissing(text) ? Double.NaN : row.coordinate(field, name);
    }

    private static Optional<Box> box(Columns columns, ListRow row) throws CorpusFormatException {
        double[] numbers = new double[columns.box.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = number(row, columns.box[i], columns.boxNames.get(i));
        }
        long missing = Arrays.stream(numbers).filter(Double::isNaN).count();
        if (missing == numbers.length) {
            return Optional.empty();
        }
        if (missing > 0) {
            throw row.fault("a box has all of %s or none".formatted(columns.boxNames));
        }
        if (columns.boxNames.equals(EDGES)) {
            return Optional.of(row.box(numbers[0], numbers[1], numbers[2], numbers[3]));
        }
        if (numbers.length == CORNER_AND_SIZE.size()) {
            return Optional.of(row.box(numbers[0], numbers[1], numbers[0] + numbers[2], numbers[1] + numbers[3]));
        }
        double half = numbers[2] * (columns.boxNames.equals(SCALED) ? PIXELS_PER_SCALE : 1) / 2;
        return Optional.of(row.box(numbers[0] - half, numbers[1] - half, numbers[0] + half, numbers[1] + half));
    }

    private FaceAttributes attributes(Columns columns, ListRow row) throws CorpusFormatException {
        if (columns.attributes.isEmpty()) {
            return FaceAttributes.UNKNOWN;
        }
        int[] classes =
                IntStream.range(0, layout.attributes().size()).map(i -> -1).toArray();
        for (int i = 0; i < classes.length; i++) {
            FaceAttribute attribute = layout.attributes().get(i);
            Integer field = columns.attributes.get(attribute);
            if (field != null && !isMissing(row.fields().get(field))) {
                classes[i] = row.code(field, attribute.name(), attribute.classes());
            }
        }
        return FaceAttributes.of(layout.attributes(), classes);
    }
}
