package org.mtl4j.mtfl;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ListMultimap;
import com.google.common.collect.MultimapBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.GeometryCheck;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.SkipReport;
import org.mtl4j.faces.internal.FaceGeometry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the content of one list file: its entries by path, in the order of the file; those of one photo together.
 *
 * @param file where it was read
 * @param entries by normalised path, with {@code /}: one for each face of the photo
 */
record FaceList(Path file, ImmutableListMultimap<String, Entry> entries) {

    /** One line: its number from 1, and what it says, 0-based. */
    record Entry(int line, Landmarks landmarks, Optional<Box> box, FaceAttributes attributes) {}

    /** Longest list that is read; the published ones have 1.5 MB. */
    private static final int MOST_BYTES = 64 << 20;

    /** Faces of one list; the published ones have 10,000. */
    private static final int MOST_FACES = 1_000_000;

    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final Logger log = LoggerFactory.getLogger(FaceList.class);
    private static final Pattern BLANKS = Pattern.compile("[ \t]+");

    /**
     * Points of two lines that are nearer to each other than this, as part of the size of the face, are of one face:
     * two heads cannot be in one place.
     */
    private static final double SAME_FACE = 0.5;

    /**
     * Reads a list.
     *
     * @throws MtflFormatException if it breaks its form
     * @throws IOException if it cannot be read
     */
    static FaceList read(Path file) throws IOException {
        return read(file, Optional.empty(), GeometryCheck.OFF);
    }

    /**
     * Reads a list.
     *
     * @param skipped where faulty lines are reported, which are then left out; empty if they are exceptions
     * @param check what happens where points and boxes make no sense as a whole
     * @throws MtflFormatException if it breaks its form; with a report, only if it does so as a whole
     * @throws IOException if it cannot be read
     */
    static FaceList read(Path file, Optional<SkipReport> skipped, GeometryCheck check) throws IOException {
        String text = text(file);
        ListForm form = form(file, text);
        ListMultimap<String, Entry> entries =
                MultimapBuilder.linkedHashKeys().arrayListValues(1).build();
        Optional<MtflFormatException> firstFault = Optional.empty();
        FaceGeometry.Builder geometry = ListLine.geometry(form);
        for (ListLine line : lines(file, text)) {
            if (line.isBlank()) {
                continue;
            }
            if (check != GeometryCheck.OFF) {
                line.addTo(geometry, form);
            }
            try {
                add(entries, form, line);
            } catch (MtflFormatException e) {
                firstFault = firstFault.or(() -> Optional.of(e));
                skipped.ifPresent(report -> report.add(e.place(), e.problem()));
            }
            if (entries.size() > MOST_FACES) {
                throw line.fault("a list of more than %d faces is not read".formatted(MOST_FACES));
            }
        }
        if (check != GeometryCheck.OFF) {
            checkGeometry(file, geometry.look(), check);
        }
        if (firstFault.isPresent() && skipped.isEmpty()) {
            throw firstFault.get();
        }
        if (entries.isEmpty()) {
            throw new MtflFormatException(
                    file,
                    "no line of the list can be read"
                            + firstFault
                                    .map(fault -> "; the first, line %d: %s"
                                            .formatted(fault.line().orElseThrow(), fault.problem()))
                                    .orElse(""));
        }
        return new FaceList(file, ImmutableListMultimap.copyOf(entries));
    }

    /** Looks at the list as a whole before its single faults: those may be of the same cause. */
    private static void checkGeometry(Path file, FaceGeometry geometry, GeometryCheck check)
            throws MtflFormatException {
        Optional<String> refusal = geometry.refusal();
        if (refusal.isPresent() && check == GeometryCheck.REFUSE) {
            throw new MtflFormatException(
                    file,
                    ("%s. MtflReader.withGeometryCheck(GeometryCheck.WARN), or --any-geometry, takes such faces all"
                                    + " the same")
                            .formatted(refusal.get()));
        }
        geometry.findings().forEach(finding -> log.warn("{}: {}", file, finding.text()));
    }

    /** Reports a fault, or throws it if there is no report. */
    static void skip(Optional<SkipReport> skipped, MtflFormatException fault) throws MtflFormatException {
        if (skipped.isEmpty()) {
            throw fault;
        }
        skipped.get().add(fault.place(), fault.problem());
    }

    private static void add(ListMultimap<String, Entry> entries, ListForm form, ListLine line)
            throws MtflFormatException {
        Entry entry = line.entry(form);
        String path = line.path();
        for (Entry earlier : entries.get(path)) {
            if (isSameFace(entry.landmarks, earlier.landmarks)) {
                double distance = distance(entry.landmarks, earlier.landmarks);
                throw line.fault("'%s' is in line %d already%s"
                        .formatted(
                                ListLine.shown(line.fields().get(0)),
                                earlier.line,
                                distance == 0
                                        ? ""
                                        : String.format(
                                                Locale.ROOT,
                                                ", with points only %.1f pixels away: not another face of the photo",
                                                distance)));
            }
        }
        entries.put(path, entry);
    }

    /** {@return whether faces of one photo are one, as their points are where two heads could not be} */
    static boolean isSameFace(Landmarks ours, Landmarks theirs) {
        return distance(ours, theirs) <= SAME_FACE * Math.min(size(ours), size(theirs));
    }

    /** {@return the root mean square distance between the points of two faces} */
    private static double distance(Landmarks ours, Landmarks theirs) {
        double[] a = ours.toArray();
        double[] b = theirs.toArray();
        double squares = 0;
        for (int i = 0; i < a.length; i++) {
            squares += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return Math.sqrt(squares / Landmarks.POINTS);
    }

    /** {@return the root mean square distance of a face's points to their mean} */
    private static double size(Landmarks landmarks) {
        double[] xy = landmarks.toArray();
        double[] mean = new double[2];
        for (int i = 0; i < xy.length; i++) {
            mean[i % 2] += xy[i] / Landmarks.POINTS;
        }
        double squares = 0;
        for (int i = 0; i < xy.length; i++) {
            squares += (xy[i] - mean[i % 2]) * (xy[i] - mean[i % 2]);
        }
        return Math.sqrt(squares / Landmarks.POINTS);
    }

    private static String text(Path file) throws IOException {
        byte[] bytes;
        try (InputStream stream = Files.newInputStream(file)) {
            bytes = stream.readNBytes(MOST_BYTES + 1);
        }
        if (bytes.length > MOST_BYTES) {
            throw new MtflFormatException(file, "a list of more than %d bytes is not read".formatted(MOST_BYTES));
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(in).toString();
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            int place = in.position(); // of the first byte that is none
            throw new MtflFormatException(
                    file,
                    line(bytes, place),
                    "not a text in UTF-8 or ASCII: there is the byte 0x%s"
                            .formatted(Integer.toHexString(Byte.toUnsignedInt(bytes[place]))));
        }
    }

    /** The line in which a byte is, from 1. */
    private static int line(byte[] bytes, int place) {
        int line = 1;
        for (int i = 0; i < place; i++) {
            line += bytes[i] == '\r' || bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r') ? 1 : 0;
        }
        return line;
    }

    /** Reads the lines one by one: all of them at once could take many times the memory of the text. */
    private static Iterable<ListLine> lines(Path file, String text) {
        return () -> {
            int[] number = {0};
            return text.lines()
                    .map(
                            line -> { // what is more than one field too many is not told apart
                                number[0]++;
                                List<String> fields = List.of(BLANKS.split(line.strip(), ListLine.FIELDS + 1));
                                return new ListLine(file, number[0], fields);
                            })
                    .iterator();
        };
    }

    /** {@return the form that most lines have} */
    private static ListForm form(Path file, String text) throws MtflFormatException {
        int mtfl = 0;
        int cuhk = 0;
        ListLine first = null;
        for (ListLine line : lines(file, text)) {
            first = first == null && !line.isBlank() ? line : first;
            Optional<ListForm> form = line.form();
            mtfl += form.equals(Optional.of(ListForm.MTFL)) ? 1 : 0;
            cuhk += form.equals(Optional.of(ListForm.CUHK)) ? 1 : 0;
        }
        if (first == null) {
            throw new MtflFormatException(file, "the list is empty");
        }
        if (mtfl == 0 && cuhk == 0) {
            throw first.fault("neither in MTFL form (%d fields: %s) nor in CUHK form (%d fields: %s)%s"
                    .formatted(
                            ListLine.FIELDS,
                            ListForm.MTFL.fields(),
                            ListLine.FIELDS,
                            ListForm.CUHK.fields(),
                            first.hint()));
        }
        return mtfl >= cuhk ? ListForm.MTFL : ListForm.CUHK;
    }
}
