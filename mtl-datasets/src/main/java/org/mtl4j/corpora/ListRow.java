package org.mtl4j.corpora;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.mtl4j.corpora.internal.ImagePaths;
import org.mtl4j.faces.Box;

/**
 * One line of a list, split into fields, each of which is read with its name for messages.
 *
 * @param file the list
 * @param line its number, from 1
 * @param fields at least one
 */
record ListRow(Path file, int line, List<String> fields) {

    /** Coordinates beyond this are no pixels of an image that could be decoded. */
    static final double MOST_COORDINATE = 100_000;

    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]{1,9}(\\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})?");

    CorpusFormatException fault(String problem) {
        return new CorpusFormatException(file, line, problem);
    }

    /** Fails unless there are as many fields as are expected. */
    void checkCount(int count, String names) throws CorpusFormatException {
        if (fields.size() != count) {
            throw fault("expected %d fields (%s), got %d%s"
                    .formatted(
                            count,
                            names,
                            fields.size(),
                            fields.size() == 1 && count > 1
                                    ? ": '%s'".formatted(ImagePaths.shown(fields.get(0)))
                                    : fields.size() > count ? "; a path has no blanks" : ""));
        }
    }

    /** Reads the path of an image. */
    String path(int field) throws CorpusFormatException {
        try {
            return ImagePaths.normalised(fields.get(field));
        } catch (IllegalArgumentException e) {
            throw fault("field %d: %s".formatted(field + 1, e.getMessage()));
        }
    }

    /** Reads a number of pixels. */
    double coordinate(int field, String name) throws CorpusFormatException {
        return coordinate(fields.get(field), field, name);
    }

    double coordinate(String text, int field, String name) throws CorpusFormatException {
        if (!NUMBER.matcher(text).matches()) {
            throw fault("%s (field %d) must be a number, got '%s'".formatted(name, field + 1, ImagePaths.shown(text)));
        }
        double value = Double.parseDouble(text);
        if (!(Math.abs(value) <= MOST_COORDINATE)) {
            throw fault("%s (field %d) must be at most %.0f, got %s".formatted(name, field + 1, MOST_COORDINATE, text));
        }
        return value;
    }

    /** Reads one of several texts; {@return its place among them} */
    int code(int field, String name, List<String> accepted) throws CorpusFormatException {
        int code = accepted.indexOf(fields.get(field));
        if (code < 0) {
            throw fault("%s (field %d) must be one of %s, got '%s'"
                    .formatted(name, field + 1, accepted, ImagePaths.shown(fields.get(field))));
        }
        return code;
    }

    /** Makes a box of what was read. */
    Box box(double left, double top, double right, double bottom) throws CorpusFormatException {
        if (!(right - left >= 1 && bottom - top >= 1)) {
            throw fault("a box is at least 1 pixel wide and high, got left %s, top %s, right %s, bottom %s"
                    .formatted(left, top, right, bottom));
        }
        return new Box(left, top, right, bottom);
    }
}
