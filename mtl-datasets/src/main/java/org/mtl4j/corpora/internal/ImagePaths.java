package org.mtl4j.corpora.internal;

import java.util.regex.Pattern;

/** Checks the paths of images that lists name: they need not be trusted. */
public final class ImagePaths {

    /** Length of a path; file systems have 255 per part and 4,096 in all. */
    private static final int MOST_PATH = 4096;

    /** How much of a field is shown in a message. */
    private static final int SHOWN = 80;

    private static final Pattern QUOTED = Pattern.compile("\".*\"|'.*'");
    private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:.*");

    private ImagePaths() {}

    /**
     * {@return a path as it is used: with {@code /}, without empty parts}
     *
     * @param field as a list has it
     * @throws IllegalArgumentException unless it stays below the folder that it starts in
     */
    public static String normalised(String field) {
        if (field.length() > MOST_PATH) {
            throw new IllegalArgumentException(
                    "a path of more than %d characters: '%s'".formatted(MOST_PATH, shown(field)));
        }
        if (QUOTED.matcher(field).matches()) {
            throw new IllegalArgumentException(
                    "the path of an image has no quotes around it, got %s".formatted(shown(field)));
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
            throw new IllegalArgumentException(
                    "the path of an image is relative, without '..', and stays in the corpus, got '%s'"
                            .formatted(shown(field)));
        }
        return normalised.toString();
    }

    /** {@return a field as it is shown in a message: short, and without control characters} */
    public static String shown(String text) {
        String start = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
        return start.replaceAll("\\p{Cntrl}", "?");
    }
}
