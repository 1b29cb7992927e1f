package org.mtl4j.mtfl;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.mtl4j.corpora.internal.ImagePaths;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.Gender;
import org.mtl4j.faces.Glasses;
import org.mtl4j.faces.LandmarkName;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.Pose;
import org.mtl4j.faces.Smile;
import org.mtl4j.faces.internal.BoxOrder;
import org.mtl4j.faces.internal.FaceGeometry;
import org.mtl4j.faces.internal.PointOrder;

/**
 * One line of a list, split at its blanks.
 *
 * @param file the list, for messages
 * @param number of the line, from 1
 * @param fields at least one; of a blank line it is empty
 */
record ListLine(Path file, int number, List<String> fields) {

    /** How many fields a line has, in either form. */
    static final int FIELDS = 15;

    /** Coordinates beyond this are no pixels of an image that could be decoded. */
    static final double MOST_COORDINATE = 100_000;

    /** Width and height that a box has at least, in pixels. */
    static final double LEAST_BOX = 1;

    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]{1,9}(\\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})?");

    /** How many attribute codes a line in MTFL form ends in. */
    private static final int CODES = 4;

    /** Codes, right or wrong, are below this; the coordinates of a face in pixels are not, all of them. */
    private static final double MOST_CODE = 9;

    /** As many commas, semicolons or bars in one field are no part of a name. */
    private static final int SEPARATORS = 5;

    private static final Pattern OTHER_SEPARATOR = Pattern.compile("[,;|]");
    private static final Pattern CODE = Pattern.compile("[1-5]");

    boolean isBlank() {
        return fields.get(0).isEmpty();
    }

    /** {@return an exception that names the line} */
    MtflFormatException fault(String problem) {
        return new MtflFormatException(file, number, problem);
    }

    /**
     * {@return the form that this line has, or would have if its codes were right} In CUHK form the last four fields
     * are the corners of the mouth, as large as the coordinates before them. In MTFL form they are codes: whole numbers
     * of one digit, be it with decimals or a sign, or numbers that are small beside the coordinates, or no numbers.
     */
    Optional<ListForm> form() {
        if (fields.size() != FIELDS) {
            return Optional.empty();
        }
        int numbers = 0;
        int digits = 0;
        for (int i = FIELDS - CODES; i < FIELDS; i++) {
            if (NUMBER.matcher(fields.get(i)).matches()) {
                double value = Double.parseDouble(fields.get(i));
                numbers++;
                digits += value == Math.rint(value) && Math.abs(value) <= MOST_CODE ? 1 : 0;
            }
        }
        boolean codes = numbers == 0
                || digits >= CODES / 2
                || largest(FIELDS - CODES, FIELDS) <= MOST_CODE && largest(5, FIELDS - CODES) > MOST_CODE;
        return Optional.of(codes ? ListForm.MTFL : ListForm.CUHK);
    }

    private double largest(int from, int to) {
        return fields.subList(from, to).stream()
                .filter(field -> NUMBER.matcher(field).matches())
                .mapToDouble(field -> Math.abs(Double.parseDouble(field)))
                .max()
                .orElse(0);
    }

    /** {@return what may be wrong with a line that has another number of fields, to be added to a message} */
    String hint() {
        if (fields.size() > FIELDS) {
            return " (a path has no blanks)";
        }
        return fields.stream()
                .filter(field -> OTHER_SEPARATOR.splitAsStream(field).count() > SEPARATORS)
                .findFirst()
                .map(field -> "; fields are separated by blanks, not by commas and the like, got '%s'"
                        .formatted(shown(field)))
                .orElse("");
    }

    /**
     * Reads what the line says of a face.
     *
     * @throws MtflFormatException if it breaks this form
     */
    FaceList.Entry entry(ListForm form) throws MtflFormatException {
        if (fields.size() != FIELDS) {
            throw fault("expected %d fields, %s, got %s%s"
                    .formatted(FIELDS, form.fields(), fields.size() > FIELDS ? "more" : fields.size(), hint()));
        }
        return form == ListForm.MTFL ? mtfl() : cuhk();
    }

    /** {@return what looks at the lines of a list in this form as a whole} */
    static FaceGeometry.Builder geometry(ListForm form) {
        return form == ListForm.MTFL
                ? FaceGeometry.expecting(PointOrder.AXIS_BY_AXIS, BoxOrder.LEFT_RIGHT_TOP_BOTTOM)
                : FaceGeometry.expecting(PointOrder.IN_PAIRS, BoxOrder.LEFT_RIGHT_TOP_BOTTOM);
    }

    /** Adds points and box as they stand, whatever else is wrong with the line; nothing if they are no numbers. */
    void addTo(FaceGeometry.Builder geometry, ListForm form) {
        int from = form == ListForm.MTFL ? 1 : 5;
        int to = from + 2 * Landmarks.POINTS;
        if (fields.size() != FIELDS
                || !fields.subList(1, to).stream()
                        .allMatch(field -> NUMBER.matcher(field).matches())) {
            return;
        }
        double[] numbers =
                fields.subList(1, to).stream().mapToDouble(Double::parseDouble).toArray();
        if (form == ListForm.CUHK) {
            geometry.add(Arrays.copyOfRange(numbers, 4, numbers.length), Arrays.copyOf(numbers, 4));
            return;
        }
        double[] xy = new double[2 * Landmarks.POINTS];
        for (int i = 0; i < Landmarks.POINTS; i++) {
            xy[2 * i] = numbers[i];
            xy[2 * i + 1] = numbers[Landmarks.POINTS + i];
        }
        geometry.add(xy, null);
    }

    private FaceList.Entry mtfl() throws MtflFormatException {
        double[] xy = new double[2 * Landmarks.POINTS];
        for (int i = 0; i < Landmarks.POINTS; i++) {
            xy[2 * i] = coordinate(1 + i, "x" + (i + 1)) - 1;
            xy[2 * i + 1] = coordinate(1 + Landmarks.POINTS + i, "y" + (i + 1)) - 1;
        }
        Landmarks landmarks = Landmarks.of(xy);
        if (Stream.of(LandmarkName.values()).map(landmarks::get).distinct().count() == 1) { // such a face has no size
            throw fault("all points of a face are at one place, %s".formatted(landmarks.nose()));
        }
        FaceAttributes attributes = FaceAttributes.of(
                code(11, "gender", Gender.values()),
                code(12, "smile", Smile.values()),
                code(13, "glasses", Glasses.values()),
                code(14, "pose", Pose.values()));
        return new FaceList.Entry(number, landmarks, Optional.empty(), attributes);
    }

    private FaceList.Entry cuhk() throws MtflFormatException {
        double left = coordinate(1, "left");
        double right = coordinate(2, "right");
        double top = coordinate(3, "top");
        double bottom = coordinate(4, "bottom");
        if (!(right - left >= LEAST_BOX && bottom - top >= LEAST_BOX)) {
            throw fault("a box is at least 1 pixel wide and high, got left %s, right %s, top %s, bottom %s"
                    .formatted(fields.get(1), fields.get(2), fields.get(3), fields.get(4)));
        }
        double[] xy = new double[2 * Landmarks.POINTS];
        for (int i = 0; i < xy.length; i++) {
            xy[i] = coordinate(5 + i, (i % 2 == 0 ? "x" : "y") + (i / 2 + 1));
        }
        return new FaceList.Entry(
                number, Landmarks.of(xy), Optional.of(new Box(left, top, right, bottom)), FaceAttributes.UNKNOWN);
    }

    private double coordinate(int field, String name) throws MtflFormatException {
        String text = fields.get(field);
        if (!NUMBER.matcher(text).matches()) {
            throw fault("%s (field %d) must be a number, got '%s'".formatted(name, field + 1, shown(text)));
        }
        double value = Double.parseDouble(text);
        if (!(Math.abs(value) <= MOST_COORDINATE)) {
            throw fault("%s (field %d) must be at most %.0f, got %s".formatted(name, field + 1, MOST_COORDINATE, text));
        }
        return value;
    }

    private <E> E code(int field, String name, E[] values) throws MtflFormatException {
        String text = fields.get(field);
        if (CODE.matcher(text).matches()) {
            int code = text.charAt(0) - '0';
            if (code <= values.length) {
                return values[code - 1];
            }
        }
        throw fault("%s (field %d) must be 1 to %d, got '%s'".formatted(name, field + 1, values.length, shown(text)));
    }

    /**
     * Reads the path of the image, with {@code /}.
     *
     * @throws MtflFormatException unless it stays below the folder that it starts in
     */
    String path() throws MtflFormatException {
        try {
            return ImagePaths.normalised(fields.get(0));
        } catch (IllegalArgumentException e) {
            throw fault(String.valueOf(e.getMessage()));
        }
    }

    /** {@return a field as it is shown in a message: short, and without control characters} */
    static String shown(String text) {
        return ImagePaths.shown(text);
    }
}
