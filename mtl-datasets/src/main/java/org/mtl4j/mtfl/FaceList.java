package org.mtl4j.mtfl;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.Gender;
import org.mtl4j.faces.Glasses;
import org.mtl4j.faces.LandmarkName;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.Pose;
import org.mtl4j.faces.SkipReport;
import org.mtl4j.faces.Smile;

/**
 * The content of one list file: its entries by path, in the order of the file.
 *
 * @param file where it was read
 * @param entries by normalised path, with {@code /}
 */
record FaceList(Path file, ImmutableMap<String, Entry> entries) {

    /** One line: its number from 1, and what it says, 0-based. */
    record Entry(int line, Landmarks landmarks, Optional<Box> box, FaceAttributes attributes) {}

    static final int FIELDS = 15;

    /** Longest list that is read; the published ones have 1.5 MB. */
    private static final int MOST_BYTES = 64 << 20;

    /** Faces of one list; the published ones have 10,000. */
    private static final int MOST_FACES = 1_000_000;

    /** Length of a path; file systems have 255 per part and 4,096 in all. */
    private static final int MOST_PATH = 4096;

    /** Coordinates beyond this are no pixels of an image that could be decoded. */
    static final double MOST_COORDINATE = 100_000;

    /** Width and height that a box has at least, in pixels. */
    static final double LEAST_BOX = 1;

    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final Pattern BLANKS = Pattern.compile("[ \t]+");
    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]{1,9}(\\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})?");
    /** A code, right or wrong: coordinates have more than one digit. */
    private static final Pattern DIGIT = Pattern.compile("[0-9]");

    private static final Pattern CODE = Pattern.compile("[1-5]");
    private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:.*");

    private enum Form {
        MTFL,
        CUHK
    }

    private record Line(int number, List<String> fields) {
        boolean isBlank() {
            return fields.get(0).isEmpty();
        }
    }

    /**
     * Reads a list.
     *
     * @throws MtflFormatException if it breaks its form
     * @throws IOException if it cannot be read
     */
    static FaceList read(Path file) throws IOException {
        return read(file, Optional.empty());
    }

    /**
     * Reads a list.
     *
     * @param skipped where faulty lines are reported, which are then left out; empty if they are exceptions
     * @throws MtflFormatException if it breaks its form; with a report, only if it does so as a whole
     * @throws IOException if it cannot be read
     */
    static FaceList read(Path file, Optional<SkipReport> skipped) throws IOException {
        String text = text(file);
        Form form = form(file, text);
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (Line line : lines(text)) {
            if (line.isBlank()) {
                continue;
            }
            try {
                add(entries, file, form, line);
            } catch (MtflFormatException e) {
                skip(skipped, e);
            }
            if (entries.size() > MOST_FACES) {
                throw new MtflFormatException(
                        file, line.number, "a list of more than %d faces is not read".formatted(MOST_FACES));
            }
        }
        if (entries.isEmpty()) {
            throw new MtflFormatException(file, "no line of the list can be read");
        }
        return new FaceList(file, ImmutableMap.copyOf(entries));
    }

    /** Reports a fault, or throws it if there is no report. */
    static void skip(Optional<SkipReport> skipped, MtflFormatException fault) throws MtflFormatException {
        if (skipped.isEmpty()) {
            throw fault;
        }
        skipped.get().add(fault.place(), fault.problem());
    }

    private static void add(Map<String, Entry> entries, Path file, Form form, Line line) throws MtflFormatException {
        if (line.fields.size() != FIELDS) {
            throw new MtflFormatException(
                    file,
                    line.number,
                    "expected %d fields, %s, got %s"
                            .formatted(FIELDS, form(form), line.fields.size() > FIELDS ? "more" : line.fields.size()));
        }
        Entry entry = form == Form.MTFL ? mtfl(file, line) : cuhk(file, line);
        Entry earlier = entries.putIfAbsent(path(file, line), entry);
        if (earlier != null) {
            throw new MtflFormatException(
                    file, line.number, "'%s' is in line %d already".formatted(shown(line.fields.get(0)), earlier.line));
        }
    }

    private static String form(Form form) {
        return switch (form) {
            case MTFL -> "path, x1 … x5, y1 … y5, gender, smile, glasses, pose";
            case CUHK -> "path, left, right, top, bottom, x1, y1 … x5, y5";
        };
    }

    private static String text(Path file) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MOST_BYTES + 1);
        }
        if (bytes.length > MOST_BYTES) {
            throw new MtflFormatException(file, "a list of more than %d bytes is not read".formatted(MOST_BYTES));
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new MtflFormatException(file, "not a text in UTF-8 or ASCII");
        }
    }

    /** The lines one by one: all of them at once could take many times the memory of the text. */
    private static Iterable<Line> lines(String text) {
        return () -> {
            int[] number = {0};
            return text.lines()
                    .map(
                            line -> { // what is more than one field too many is not told apart
                                number[0]++;
                                return new Line(number[0], List.of(BLANKS.split(line.strip(), FIELDS + 1)));
                            })
                    .iterator();
        };
    }

    /** The form that most lines have. A line ends in four attribute codes, or it starts with a box; never both. */
    private static Form form(Path file, String text) throws MtflFormatException {
        int mtfl = 0;
        int cuhk = 0;
        int first = 0;
        for (Line line : lines(text)) {
            first = first == 0 && !line.isBlank() ? line.number : first;
            if (line.fields.size() == FIELDS) {
                if (endsInCodes(line.fields)) {
                    mtfl++;
                } else if (startsWithBox(line.fields)) {
                    cuhk++;
                }
            }
        }
        if (first == 0) {
            throw new MtflFormatException(file, "the list is empty");
        }
        if (mtfl == 0 && cuhk == 0) {
            throw new MtflFormatException(
                    file,
                    first,
                    "neither in MTFL form (%d fields: %s) nor in CUHK form (%d fields: %s)"
                            .formatted(FIELDS, form(Form.MTFL), FIELDS, form(Form.CUHK)));
        }
        return mtfl >= cuhk ? Form.MTFL : Form.CUHK;
    }

    private static boolean endsInCodes(List<String> fields) {
        for (int i = FIELDS - 4; i < FIELDS; i++) {
            if (!DIGIT.matcher(fields.get(i)).matches()) {
                return false;
            }
        }
        return true;
    }

    private static boolean startsWithBox(List<String> fields) {
        for (int i = 1; i < FIELDS; i++) {
            if (!NUMBER.matcher(fields.get(i)).matches()) {
                return false;
            }
        }
        return Double.parseDouble(fields.get(1)) < Double.parseDouble(fields.get(2))
                && Double.parseDouble(fields.get(3)) < Double.parseDouble(fields.get(4));
    }

    private static Entry mtfl(Path file, Line line) throws MtflFormatException {
        double[] xy = new double[2 * Landmarks.POINTS];
        for (int i = 0; i < Landmarks.POINTS; i++) {
            xy[2 * i] = coordinate(file, line, 1 + i, "x" + (i + 1)) - 1;
            xy[2 * i + 1] = coordinate(file, line, 1 + Landmarks.POINTS + i, "y" + (i + 1)) - 1;
        }
        Landmarks landmarks = Landmarks.of(xy);
        if (Stream.of(LandmarkName.values()).map(landmarks::get).distinct().count() == 1) { // such a face has no size
            throw new MtflFormatException(
                    file, line.number, "all points of a face are at one place, %s".formatted(landmarks.nose()));
        }
        FaceAttributes attributes = FaceAttributes.of(
                code(file, line, 11, "gender", Gender.values()),
                code(file, line, 12, "smile", Smile.values()),
                code(file, line, 13, "glasses", Glasses.values()),
                code(file, line, 14, "pose", Pose.values()));
        return new Entry(line.number, landmarks, Optional.empty(), attributes);
    }

    private static Entry cuhk(Path file, Line line) throws MtflFormatException {
        double left = coordinate(file, line, 1, "left");
        double right = coordinate(file, line, 2, "right");
        double top = coordinate(file, line, 3, "top");
        double bottom = coordinate(file, line, 4, "bottom");
        if (!(right - left >= LEAST_BOX && bottom - top >= LEAST_BOX)) {
            throw new MtflFormatException(
                    file,
                    line.number,
                    "a box is at least 1 pixel wide and high, got left %s, right %s, top %s, bottom %s"
                            .formatted(line.fields.get(1), line.fields.get(2), line.fields.get(3), line.fields.get(4)));
        }
        double[] xy = new double[2 * Landmarks.POINTS];
        for (int i = 0; i < xy.length; i++) {
            xy[i] = coordinate(file, line, 5 + i, (i % 2 == 0 ? "x" : "y") + (i / 2 + 1));
        }
        return new Entry(
                line.number, Landmarks.of(xy), Optional.of(new Box(left, top, right, bottom)), FaceAttributes.UNKNOWN);
    }

    private static double coordinate(Path file, Line line, int field, String name) throws MtflFormatException {
        String text = line.fields.get(field);
        if (!NUMBER.matcher(text).matches()) {
            throw new MtflFormatException(
                    file,
                    line.number,
                    "%s (field %d) must be a number, got '%s'".formatted(name, field + 1, shown(text)));
        }
        double value = Double.parseDouble(text);
        if (!(Math.abs(value) <= MOST_COORDINATE)) {
            throw new MtflFormatException(
                    file,
                    line.number,
                    "%s (field %d) must be at most %.0f, got %s".formatted(name, field + 1, MOST_COORDINATE, text));
        }
        return value;
    }

    private static <E> E code(Path file, Line line, int field, String name, E[] values) throws MtflFormatException {
        String text = line.fields.get(field);
        if (CODE.matcher(text).matches()) {
            int code = text.charAt(0) - '0';
            if (code <= values.length) {
                return values[code - 1];
            }
        }
        throw new MtflFormatException(
                file,
                line.number,
                "%s (field %d) must be 1 to %d, got '%s'".formatted(name, field + 1, values.length, shown(text)));
    }

    /** The path of a line with {@code /}, refused unless it stays below the folder that it starts in. */
    private static String path(Path file, Line line) throws MtflFormatException {
        String field = line.fields.get(0);
        if (field.length() > MOST_PATH) {
            throw new MtflFormatException(
                    file, line.number, "a path of more than %d characters: '%s'".formatted(MOST_PATH, shown(field)));
        }
        String path = field.replace('\\', '/');
        boolean absolute = path.startsWith("/") || DRIVE.matcher(path).matches();
        StringBuilder normalised = new StringBuilder();
        boolean leaves = false;
        for (String part : path.split("/", -1)) {
            leaves |= part.equals("..") || part.chars().anyMatch(c -> c < ' ' || c == 0x7f);
            if (!part.isEmpty() && !part.equals(".")) {
                normalised.append(normalised.isEmpty() ? "" : "/").append(part);
            }
        }
        if (absolute || leaves || normalised.isEmpty() || path.endsWith("/")) {
            throw new MtflFormatException(
                    file,
                    line.number,
                    "the path of an image is relative, without '..', and stays in the corpus, got '%s'"
                            .formatted(shown(field)));
        }
        return normalised.toString();
    }

    /** A field as it is shown in a message: short, and without control characters. */
    private static String shown(String text) {
        String start = text.length() <= 80 ? text : text.substring(0, 80) + "…";
        return start.replaceAll("\\p{Cntrl}", "?");
    }
}
